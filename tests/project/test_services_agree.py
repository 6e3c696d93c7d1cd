"""Compose, CI, Makefile and settings speak of the same services, versions and variables."""

import re
import tomllib
from typing import Any

import pytest
import yaml
from django.db import connection

from registry import keys
from registry.paths import BASE_DIR

POSTGRES, PORTS = "15", {"SERVICES_DATABASE_URL": 5432, "SERVICES_REDIS_URL": 6379, "SERVICES_AMQP_URL": 5672}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
    return loaded


def _read(path: str) -> str:
    return (BASE_DIR / path).read_text()


def test_compose_has_every_part(compose: dict[str, Any]) -> None:
    assert {"web", "worker", "beat", "postgres", "redis"} <= set(compose["services"])
    assert compose["services"]["postgres"]["image"] == f"postgres:{POSTGRES}"


def test_secrets_have_no_default(compose: dict[str, Any]) -> None:
    given = compose["services"]["web"]["environment"]
    for name in keys.REQUIRED:
        assert given[name].startswith(f"${{{name}:?"), name
    assert "${POSTGRES_PASSWORD:?" in given["DATABASE_URL"]
    assert given["DATABASE_URL"].endswith("@postgres:5432/registry")


def test_every_variable_of_compose_is_read(compose: dict[str, Any]) -> None:
    code = _read("registry/settings.py") + _read("registry/keys.py")
    given = compose["services"]["web"]["environment"]
    assert [name for name in given if not re.search(rf'"{name}"', code)] == []


def test_all_parts_share_one_environment(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["web"]["environment"] == services["worker"]["environment"] == services["beat"]["environment"]


def test_commands_of_compose_exist(compose: dict[str, Any]) -> None:
    for name in ("worker", "beat", "migrate"):
        command = compose["services"][name]["command"].split()
        assert command[:2] == ["python", "manage.py"]
        own = BASE_DIR / "registry" / "management" / "commands" / f"{command[2]}.py"
        assert own.exists() or command[2] == "migrate"


def test_services_of_the_tests_stand_on_their_standard_ports() -> None:
    makefile = _read("Makefile")
    for name, port in PORTS.items():
        assert re.search(rf"^{name} \?= \w+://[^\n]*127\.0\.0\.1:{port}/", makefile, re.MULTILINE), name


def test_ci_runs_lint_tests_and_services() -> None:
    steps = [line for line in _read(".ci/run").splitlines() if line.startswith("make ")]
    assert steps == ["make lint", "make test", "make test-services"]
    assert "make test" in _read("README.md")


def test_image_and_project_agree_on_python() -> None:
    image = re.search(r"^FROM python:(\d+\.\d+)-", _read("Dockerfile"), re.MULTILINE)
    project = tomllib.loads(_read("pyproject.toml"))
    assert image
    assert project["project"]["requires-python"] == f">={image[1]}"
    assert project["tool"]["ruff"]["target-version"] == f"py{image[1].replace('.', '')}"


@pytest.mark.services
@pytest.mark.django_db
def test_the_services_are_those_of_compose() -> None:
    assert str(connection.cursor().connection.info.server_version)[:2] == POSTGRES
