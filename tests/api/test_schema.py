"""The API describes itself without a warning."""

from io import StringIO

from django.core.management import call_command


def test_the_schema_has_no_warnings() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())
