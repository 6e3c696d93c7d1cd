"""Demo mode and the mode for real data, each in a process of its own."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from registry.paths import BASE_DIR

REAL = {
    "SECRET_KEY": "a-secret-of-more-than-fifty-characters-that-only-this-test-knows-0123456789",
    "FIELD_KEYS": Fernet.generate_key().decode(),
    "BLIND_INDEX_KEY": "another-secret",
    "ALLOWED_HOSTS": "registry.example.org",
}
SHOW = "from django.conf import settings as s; print([s.DEMO, s.SESSION_COOKIE_SECURE, s.SECRET_KEY, s.FIELD_KEYS])"


def _python(var_dir: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    usual = {name: value for name, value in os.environ.items() if name not in {*REAL, "DEMO"}}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        env=usual | {"REGISTRY_VAR_DIR": str(var_dir), "DJANGO_SETTINGS_MODULE": "registry.settings"} | environment,
        capture_output=True,
        text=True,
    )


def test_without_keys_it_is_a_demo_whose_keys_stay(tmp_path: Path) -> None:
    first, second = _python(tmp_path, "-c", SHOW), _python(tmp_path, "-c", SHOW)
    assert first.stdout.startswith("[True, False, ")
    assert first.stdout == second.stdout
    assert stat.S_IMODE((tmp_path / "demo_keys.json").stat().st_mode) == 0o600


def test_two_processes_at_once_agree_on_the_demo_keys(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from registry import keys; print(keys.for_demo(Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(tmp_path)]
    started = [subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1


def test_real_mode_is_secure_and_takes_the_operators_keys(tmp_path: Path) -> None:
    done = _python(tmp_path, "-c", SHOW, **REAL)
    assert done.stdout.startswith(f"[False, True, '{REAL['SECRET_KEY']}', ('{REAL['FIELD_KEYS']}',)")
    assert not (tmp_path / "demo_keys.json").exists()


@pytest.mark.parametrize("missing", ["FIELD_KEYS", "BLIND_INDEX_KEY"])
def test_real_mode_refuses_to_start_without_a_key(tmp_path: Path, missing: str) -> None:
    done = _python(tmp_path, "-c", SHOW, **{name: value for name, value in REAL.items() if name != missing})
    assert done.returncode == 1
    assert f"ImproperlyConfigured: {missing} not set" in done.stderr.splitlines()[-1]


def test_a_key_of_the_wrong_form_is_named(tmp_path: Path) -> None:
    done = _python(tmp_path, "-c", SHOW, **REAL | {"FIELD_KEYS": f"{REAL['FIELD_KEYS']},short"})
    last = done.stderr.splitlines()[-1]
    assert "FIELD_KEYS: key 2 is not a Fernet key" in last
    assert REAL["FIELD_KEYS"] not in done.stderr


def test_deployment_check_is_clean(tmp_path: Path) -> None:
    done = _python(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **REAL)
    assert done.returncode == 0, done.stderr


LOG = """
import django, logging
django.setup()
try:
    raise ValueError("Key (hospital_number)=(H-4711) already exists")
except ValueError:
    logging.getLogger("anything").exception("saving failed")
"""


def test_logs_are_json_without_the_words_of_an_exception(tmp_path: Path) -> None:
    done = _python(tmp_path, "-c", LOG)
    (line,) = done.stderr.splitlines()
    record = json.loads(line)
    assert record["message"] == "saving failed"
    assert record["exception"] == "ValueError"
    assert record["stack"]
    assert "4711" not in line
