"""Our numbers beside those of R and of publications: what `make verify` prints and the registry's page shows."""

from analyses.verification.beside import beside_checkout
from analyses.verification.check import Check, Expected, Kind, brief
from analyses.verification.coverage import public_functions
from analyses.verification.references import r_versions
from analyses.verification.run import Verification, verify
from analyses.verification.software import Software, software

__all__ = [
    "Check",
    "Expected",
    "Kind",
    "Software",
    "Verification",
    "beside_checkout",
    "brief",
    "public_functions",
    "r_versions",
    "software",
    "verify",
]
