"""The test run's own environment: keys of its own, and a database to work in."""

import os
from pathlib import Path

import django
import pytest
import pytest_django
from cryptography.fernet import Fernet
from django.conf import settings
from hypothesis import settings as hypothesis

from registry import embedded_postgres, paths

CHROMIUM = Path("/usr/bin/chromium")
SHARED = paths.BASE_DIR.parent / "shared"


# How long an example takes says something of the machine, not of the code.
hypothesis.register_profile("untimed", deadline=None)
hypothesis.load_profile("untimed")


# Before pytest-django reads the settings (its own hook comes last), so that they find the server where it listens.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    os.environ["DEMO"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "registry.settings"
    os.environ["SECRET_KEY"] = "only-for-tests"
    os.environ["FIELD_KEYS"] = Fernet.generate_key().decode()
    os.environ["BLIND_INDEX_KEY"] = "only-for-tests"
    # The static files' server warns where their folder is absent.
    (paths.var_dir() / "static").mkdir(parents=True, exist_ok=True)
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = embedded_postgres.attach(paths.var_dir())
    # pytest-django looked for settings before this hook ran and found none.
    django.setup()
    # A password is hashed slowly on purpose, which a test that logs in need not wait for.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("services") and "AMQP_URL" not in os.environ:
        pytest.skip("needs PostgreSQL 15, Redis and RabbitMQ: make test-services")
    if item.get_closest_marker("browser") and not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM}")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> None:
    from django.db import connection

    from tests import database_template

    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = database_template.ensure()


def needs_shared(*parts: str) -> Path:
    """A file or folder beside the checkout that holds reference figures and data; skips where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {path}, which is not on this machine")
    return path
