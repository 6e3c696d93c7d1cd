from tests.analyses.conftest import world

__all__ = ["world"]
