import subprocess
import sys

import pytest

from registry.paths import BASE_DIR

FRAMEWORKS = {"django", "rest_framework", "celery"}
IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
print("\\n".join({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.parametrize(
    "package", ["analyses.pipeline", "analyses.derivation", "analyses.reporting", "analyses.verification"]
)
def test_no_framework_is_loaded(package: str) -> None:
    """The statistical core serves notebooks and other programs, which have no Django to configure."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, package], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    assert FRAMEWORKS.isdisjoint(done.stdout.split())
