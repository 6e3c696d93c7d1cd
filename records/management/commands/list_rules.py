"""The data-quality rules as a page for people."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand

from records import quality
from records.quality import Rule, Severity

HEAD = """# Data-quality rules

Generated from the declared rules by `manage.py list_rules`: change those, not this file. A rule that a record breaks
opens a data query on it, which closes by itself once the data are right. What is impossible is refused and no rule.

{counts}

| rule | record | field | what is remarked on | kind | harms |
| --- | --- | --- | --- | --- | --- |
"""


class Command(BaseCommand):
    help = "Print the data-quality rules as a Markdown page: docs/data-quality-rules.md."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(quality.registered()), ending="")


def page(rules: Iterable[Rule]) -> str:
    found = list(rules)
    counts = [
        f"- **{severity.label}**: {sum(rule.severity == severity for rule in found)} rules." for severity in Severity
    ]
    return HEAD.format(counts="\n".join(counts)) + "".join(map(line, found))


def line(rule: Rule) -> str:
    field = f"`{rule.field}`" if rule.field else ""
    harms = ", ".join(f"`{name}`" for name in rule.harms)
    record = str(rule.model._meta.verbose_name).capitalize()
    return f"| {rule.id} | {record} | {field} | {rule.sentence} | {rule.severity.label} | {harms} |\n"
