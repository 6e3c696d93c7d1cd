"""`python -m analyses.verification`: the table in the terminal; ends with 1 where a number is missed."""

import sys
from collections.abc import Sequence
from itertools import groupby
from time import perf_counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analyses.verification import Check, beside_checkout, r_versions, software, verify

# where the output is no terminal
WIDTH = 120


def main() -> int:
    started = perf_counter()
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    shared = beside_checkout()
    found = verify(shared)
    for method, checks in found.by_method().items():
        console.rule(f"[bold]{method}", align="left")
        console.print(_table([], header=True))
        for (data, source), numbers in groupby(checks, key=lambda check: (check.data, check.source)):
            console.print(Text.assemble((data, "bold"), "  ", source))
            console.print(_table(list(numbers)))
    if found.misses:
        console.rule("[bold red]missed", align="left")
        for check in found.misses:
            console.print(Text.assemble((f"{check.method}  {check.data}", "bold"), "  ", check.source))
            console.print(_table([check]))
    ours = software()
    libraries = ", ".join(f"{name} {version}" for name, version in (*ours.libraries.items(), *r_versions().items()))
    console.print(
        f"\nVersion {ours.version}, commit {ours.commit or 'not known'}, pipeline {ours.source[:12]}; {libraries}."
    )
    if shared is None:
        console.print("Data sets beside the checkout (../shared) are not here; the shipped ones were verified.")
    console.print(
        f"{found.summary} ({perf_counter() - started:.1f} s)", style="bold red" if found.misses else "bold green"
    )
    return 1 if found.misses else 0


def _table(checks: Sequence[Check], *, header: bool = False) -> Table:
    table = Table(box=None, padding=(0, 1), show_header=header)
    table.add_column("number", width=44)
    table.add_column("published or R", justify="right", width=20)
    table.add_column("ours", justify="right", width=18)
    table.add_column("difference", justify="right", width=10)
    table.add_column("", width=5)
    for check in checks:
        verdict = Text("pass", "green") if check.passed else Text("MISS", "bold red")
        table.add_row(check.number, check.expected.shown, check.shown, check.shown_difference, verdict)
    return table


if __name__ == "__main__":
    sys.exit(main())
