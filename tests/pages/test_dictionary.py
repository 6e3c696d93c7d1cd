"""The data dictionary as page and files, and the file of it in the documentation."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from django.urls import reverse

from records.dictionary import tables
from registry import data_dictionary
from registry.paths import BASE_DIR

if TYPE_CHECKING:
    from django.test import Client

    from tests.worlds import World


def test_the_page_has_a_table_per_model_and_a_list_to_jump_by(client: Client, world: World) -> None:
    client.force_login(world.users["auditor"])
    page = client.get(reverse("dictionary")).content.decode()
    for table in tables():
        assert f'id="{table.anchor}"' in page
        assert f'href="#{table.anchor}"' in page
    assert page.count('<th scope="row">') == sum(len(table.fields) for table in tables())


def test_the_csv_has_a_line_per_field(client: Client, world: World) -> None:
    client.force_login(world.users["investigator"])
    response = client.get(reverse("dictionary_csv"))
    lines = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(lines) == sum(len(table.fields) for table in tables())
    height = next(line for line in lines if line["field"] == "height_cm")
    assert (height["table"], height["unit"], height["range"], height["classification"]) == (
        "patients.diagnosis", "cm", "40 to 250", "clinical",
    )  # fmt: skip


def test_redcap_gets_its_file_without_a_mark_before_the_header(client: Client, world: World) -> None:
    client.force_login(world.users["manager"])
    assert client.get(reverse("dictionary_redcap")).content.startswith(b"Variable / Field Name,")


def test_the_file_in_the_documentation_is_current() -> None:
    file = data_dictionary.FILE
    renew = f"renew {file.relative_to(BASE_DIR)}: .venv/bin/python manage.py data_dictionary"
    assert file.exists(), renew
    assert file.read_text(encoding="utf-8") == data_dictionary.text(), renew
