#!/usr/bin/env python
import os
import sys

from registry.embedded_postgres import EmbeddedServerError, ensure_database_for


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    try:
        ensure_database_for(sys.argv)
    except EmbeddedServerError as error:
        print(f"manage.py: {error}", file=sys.stderr)
        return 1
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
