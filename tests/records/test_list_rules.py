"""The page of the rules is current, and says of each what it is."""

from records import quality
from records.management.commands.list_rules import page
from registry.paths import BASE_DIR

PAGE = BASE_DIR / "docs" / "data-quality-rules.md"


def test_the_page_is_current() -> None:
    renew = "renew it: .venv/bin/python manage.py list_rules > docs/data-quality-rules.md"
    assert PAGE.read_text(encoding="utf-8") == page(quality.registered()), renew
