"""The exit door: allowed, logged before the first byte, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from records import exits

if TYPE_CHECKING:
    from tests.worlds import World


def leave(world: World, who: str, **changes: object) -> object:
    given = {"what": "dataset", "purpose": "the paper", "centres": [world.here], "content": b"a,b", "filename": "d.csv"}
    return exits.leave(by=world.users[who], **(given | changes))  # type: ignore[arg-type]


def test_what_leaves_is_logged_with_who_what_and_why(world: World) -> None:
    from records.models import Exit

    response = leave(world, "investigator")
    logged = Exit.objects.get()
    assert (logged.by, logged.purpose, logged.centres) == (world.users["investigator"], "the paper", ["HERE"])
    assert "d.csv" in logged.what
    assert b"".join(response.streaming_content) == b"a,b"  # type: ignore[attr-defined]


def test_the_log_stands_before_the_first_byte_is_made(world: World) -> None:
    from records.models import Exit

    def content():  # type: ignore[no-untyped-def]
        assert Exit.objects.count() == 1
        yield b"first"

    response = leave(world, "manager", content=content())
    assert Exit.objects.count() == 1
    assert b"".join(response.streaming_content) == b"first"  # type: ignore[attr-defined]


@pytest.mark.parametrize("who", ["abstractor", "coordinator", "auditor", "stranger"])
def test_who_may_not_export_gets_nothing_and_leaves_no_log(world: World, who: str) -> None:
    from records.models import Exit

    with pytest.raises(PermissionDenied):
        leave(world, who)
    assert not Exit.objects.exists()


def test_every_centre_in_the_file_must_be_allowed(world: World) -> None:
    with pytest.raises(PermissionDenied):
        leave(world, "investigator", centres=[world.here, world.there.pk])
    with pytest.raises(PermissionDenied):
        leave(world, "investigator", centres=None)
    assert leave(world, "administrator", centres=None)


def test_a_purpose_is_asked_for(world: World) -> None:
    with pytest.raises(ValidationError):
        leave(world, "investigator", purpose="  ")


def test_the_log_can_be_neither_changed_nor_deleted(world: World) -> None:
    from records.models import Exit

    leave(world, "investigator")
    with pytest.raises(DatabaseError), transaction.atomic():
        Exit.objects.update(purpose="another")
    with pytest.raises(DatabaseError), transaction.atomic():
        Exit.objects.all().delete()


DANGEROUS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "\r\n=1", "\x00=1", "＝1+1"]


@pytest.mark.parametrize("cell", DANGEROUS)
def test_no_cell_is_a_formula(cell: str) -> None:
    assert exits.guarded(cell).startswith("'")


@pytest.mark.parametrize("cell", ["-5", "+3.2", "-1e-5", "NPC-000001", "2012-05-17", "a=b", ""])
def test_numbers_dates_and_plain_texts_stay(cell: str) -> None:
    assert exits.guarded(cell) == cell


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_a_csv_is_read_back_as_it_was_guarded(rows: list[list[str]]) -> None:
    content = b"".join(exits.csv_lines(["a", "b"], rows)).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(content, newline="")))
    assert read == [["a", "b"], *([exits.guarded(cell) for cell in row] for row in rows)]


def test_a_workbook_holds_texts_and_numbers_and_no_formula() -> None:
    content = exits.xlsx({"Table": (["=name", "n"], [["=1+1", 3], ["\x07bell", None]])})
    sheet = load_workbook(io.BytesIO(content))["Table"]
    assert [[cell.value for cell in row] for row in sheet] == [["'=name", "n"], ["'=1+1", 3], ["bell", None]]
    assert all(cell.data_type != "f" for row in sheet for cell in row)
