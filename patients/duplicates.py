"""Patients who are probably one person: pairs of one registry, scored, with the evidence in words.

The score is the sum of the weights below, as Fellegi and Sunter (1969) have it: a weight is about the binary logarithm
of how much more often a comparison comes out so for one person entered twice than for two persons. A date that gives
only month or year agrees with many others and weighs little. What is not known on either side weighs nothing.

Not every pair is compared. Candidates have the same national ID, or the same day of birth, or sex, year of birth and
day of diagnosis in common.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from patients.models import DistinctPair, Patient
from records import access
from records.access import Actor
from records.roles import Act

# Pairs of this score or more are listed. At 50,000 patients this is about where as many pairs are one person as two.
LIKELY = 20
NO_SCORE = -1000
MOST = 100
KEPT_SECONDS = 600


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison: an SQL condition on the patients ``a`` and ``b``."""

    words: str
    weight: int
    when: str


NEAR_DAYS = 31


# Unknown dates make these NULL, which no outcome takes for true; greatest() and least() would pass over them.
def near(column: str) -> str:
    """SQL: the two dates lie within ``NEAR_DAYS`` of each other for certain."""
    later = f"a.{column}_last - b.{column}_first <= {NEAR_DAYS}"
    earlier = f"b.{column}_last - a.{column}_first <= {NEAR_DAYS}"
    return f"{later} AND {earlier}"


def apart(column: str, days: int = 0) -> str:
    """SQL: the two dates lie more than so many days apart for certain."""
    return f"(a.{column}_first - b.{column}_last > {days} OR b.{column}_first - a.{column}_last > {days})"


DIGITS = " + ".join(f"(substr(a.born, {at}, 1) <> substr(b.born, {at}, 1))::int" for at in (6, 7, 9, 10))
SWAPPED = "substr(a.born, 6, 2) = substr(b.born, 9, 2) AND substr(a.born, 9, 2) = substr(b.born, 6, 2)"
ONLY_YEAR, ONLY_MONTH = (
    f"a.born_first <= b.born_last AND {length} IN (length(a.born), length(b.born))" for length in (4, 7)
)
LIKE_BIRTH_DAYS = f"a.born_day <> b.born_day AND a.block = b.block AND ({DIGITS} = 1 OR {SWAPPED})"

# Per comparison its outcomes; the first that holds counts.
NATIONAL_ID = (
    Level("Same national ID", 20, "a.national = b.national"),
    Level("Different national IDs", -10, "a.national <> b.national"),
)
HOSPITAL_NUMBER = (
    Level("Same hospital number, at two centres", 6, "a.hospital = b.hospital AND a.centre_id <> b.centre_id"),
)
SOURCE = (Level("Same identifier in the source, but for case and signs", 8, "a.source = b.source"),)
BIRTH = (
    Level("Same day of birth", 13, "a.born_day = b.born_day"),
    Level(
        "Days of birth that differ by one digit, or by day and month swapped",
        5,
        LIKE_BIRTH_DAYS,
    ),
    Level("Different birth dates", -8, apart("born")),
    Level("Same year of birth; a month is not known", 4, ONLY_YEAR),
    Level("Same month of birth; a day is not known", 7, ONLY_MONTH),
    Level("Same age, the birth dates are not known", 4, "a.age = b.age AND a.age_at = b.age_at"),
)
SEX = (Level("Same sex", 1, "a.sex = b.sex"), Level("Different sex", -7, "a.sex <> b.sex"))
DISEASE_DATES = (
    Level("Same day of diagnosis", 11, "a.found_day = b.found_day"),
    Level("Same day of metastasis", 11, "a.spread_day = b.spread_day"),
    Level(f"Diagnoses within {NEAR_DAYS} days", 6, near("found")),
    Level(f"Metastases within {NEAR_DAYS} days", 6, near("spread")),
    Level(f"Diagnoses more than {NEAR_DAYS} days apart", -4, apart("found", NEAR_DAYS)),
    Level("Diagnoses possibly at the same time", 2, f"NOT {apart('found')}"),
)
CATEGORIES = (
    Level("Same T and N category", 4, "a.t = b.t AND a.n = b.n"),
    Level("Different T or N category", -2, "a.t <> b.t OR a.n <> b.n"),
)
SITES = (Level("Metastases in the same organs", 4, "a.organs = b.organs"),)

COMPARISONS = (NATIONAL_ID, HOSPITAL_NUMBER, SOURCE, BIRTH, SEX, DISEASE_DATES, CATEGORIES)
# Asked only of pairs that may still be likely with it, since it gathers the sites of each.
LAST = SITES
EVERY = (*COMPARISONS, LAST)

# Candidates have one of these keys in common.
BLOCKS = ("a.national = b.national", "a.by_birth = b.by_birth", "a.by_diagnosis = b.by_diagnosis")
# How the candidates are found: by hashed keys, in memory.
PLANNED = {"work_mem": "64MB", "enable_mergejoin": "off"}


@dataclass(frozen=True)
class Pair:
    """Two patients, the lower number first; ``evidence`` speaks for (+) and against (-) their being one person."""

    patient: Patient
    other: Patient
    score: int
    evidence: tuple[Level, ...]


@dataclass(frozen=True)
class Listed:
    """The pairs that are probably one person, most alike first, as they were found ``at`` that time."""

    pairs: list[Pair]
    at: datetime


def listed(user: Actor, *, again: bool = False) -> Listed:
    """The likely pairs at the centres that the user manages, found ``again`` or kept from the last ``KEPT_SECONDS``.

    Left out: the merged, second entries, and pairs that were judged to be two persons, also since.
    """
    managed, seen = (_listed(access.centres_of(user, act)) for act in (Act.MANAGE, Act.SEE_IDENTITY))
    key = f"duplicates:{managed}:{seen}".replace(" ", "")
    kept = None if again else cache.get(key)
    if kept is None:
        kept = timezone.now(), _found(BLOCKS, managed, seen, LIKELY)
        cache.set(key, kept, KEPT_SECONDS)
    at, rows = kept
    judged = set(DistinctPair.objects.filter(voided_at=None).values_list("patient", "other"))
    return Listed(_pairs(user, [row for row in rows if tuple(row[:2]) not in judged]), at)


def compared(user: Actor, patient: Patient, other: Patient) -> Pair | None:
    """The evidence about these two, however little it is; None where the user does not manage both centres."""
    managed, seen = (_listed(access.centres_of(user, act)) for act in (Act.MANAGE, Act.SEE_IDENTITY))
    return next(iter(_pairs(user, _found(("TRUE",), managed, seen, None, [patient.pk, other.pk]))), None)


def _listed(centres: set[int] | None) -> list[int] | None:
    return None if centres is None else sorted(centres)


def _found(
    blocks: Sequence[str],
    managed: list[int] | None,
    seen: list[int] | None,
    least: int | None,
    only: list[int] | None = None,
) -> list[Any]:
    """Rows of two primary keys, the score, and per comparison the place of its outcome."""
    given = {
        "managed": managed,
        "seen": seen,
        "only": only,
        "most": MOST,
        "least": NO_SCORE if least is None else least,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for name, value in PLANNED.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        cursor.execute(_statement(blocks), given)
        return cursor.fetchall()


def _pairs(user: Actor, rows: Sequence[Any]) -> list[Pair]:
    """Those of the rows whose patients stand still and are not hidden from the user."""
    keys = {key for row in rows for key in row[:2]}
    patients = Patient.objects.filter(voided_at=None, merged_into=None).select_related("centre", "registry")
    live = access.visible_to(user, patients, Act.MANAGE).in_bulk(keys)
    return [_pair(row, live) for row in rows if row[0] in live and row[1] in live]


def _pair(row: Sequence[Any], patients: dict[int, Patient]) -> Pair:
    key, other, score, *places = row
    known = zip(EVERY, places, strict=True)
    evidence = [levels[place] for levels, place in known if place is not None]
    one, two = sorted((patients[key], patients[other]), key=lambda patient: patient.number)
    return Pair(one, two, score, tuple(sorted(evidence, key=lambda level: -level.weight)))


# Keys are single numbers, by which joins are fast; a day is known where a partial date begins and ends on it.
PATIENTS = """(
    SELECT id, registry_id, centre_id, sex, external_id, age_at_reference AS age, age_reference AS age_at,
        birth_date AS born, birth_date_first AS born_first, birth_date_last AS born_last,
        CASE WHEN birth_date_first = birth_date_last THEN birth_date_first END AS born_day,
        coalesce(left(birth_date, 4), age_reference || age_at_reference) AS block
    FROM patients_patient
    WHERE voided_at IS NULL AND merged_into_id IS NULL AND second_of_id IS NULL
        AND (%(managed)s::bigint[] IS NULL OR centre_id = ANY(%(managed)s::bigint[]))
        AND (%(only)s::bigint[] IS NULL OR id = ANY(%(only)s::bigint[]))
)"""
DIAGNOSES = """(
    SELECT *, CASE WHEN date_first = date_last THEN date END AS found_day,
        CASE WHEN metastasis_date_first = metastasis_date_last THEN metastasis_date END AS spread_day
    FROM patients_diagnosis WHERE voided_at IS NULL
)"""

ORGANS = """(
    SELECT string_agg(DISTINCT organ, ' ' ORDER BY organ) AS organs
    FROM patients_metastaticsite WHERE patient_id = {patient} AND voided_at IS NULL
)"""


def _case(levels: Iterable[Level], by: str) -> str:
    """The weight of a comparison's outcome, or its place among the levels."""
    chosen = (level.weight if by == "weight" else place for place, level in enumerate(levels))
    whens = " ".join(f"WHEN {level.when} THEN {value}" for level, value in zip(levels, chosen, strict=True))
    return f"CASE {whens} ELSE {'0' if by == 'weight' else 'NULL::int'} END"


def _statement(blocks: Sequence[str]) -> str:
    """One statement: the patients, their candidates block by block, the score, the sites of what may be likely."""
    score = " + ".join(_case(levels, "weight") for levels in COMPARISONS)
    places = ", ".join(f"{_case(levels, 'place')} AS c{at}" for at, levels in enumerate(COMPARISONS))
    candidates = " UNION ".join(
        f"""
        SELECT a.id AS one, b.id AS two, {score} AS score, {places}
        FROM person a JOIN person b ON {block} AND a.id < b.id
        WHERE {score} >= %(least)s - {LAST[0].weight}
        """
        for block in blocks
    )
    columns = ", ".join(f"c{at}" for at in range(len(COMPARISONS)))
    return f"""
        WITH person AS MATERIALIZED (
            SELECT p.id, p.centre_id, p.sex, p.born, p.born_first, p.born_last, p.born_day, p.age, p.age_at, p.block,
                p.registry_id * 1000000 + (p.born_day - date '1800-01-01') AS by_birth,
                hashtextextended(p.sex || p.block || d.found_day, p.registry_id) AS by_diagnosis,
                hashtextextended(i.national_id_index, p.registry_id) AS national,
                hashtextextended(i.hospital_number_index, p.registry_id) AS hospital,
                hashtextextended(translate(upper(p.external_id), ' -_./', ''), p.registry_id) AS source,
                d.date_first AS found_first, d.date_last AS found_last, d.found_day,
                d.metastasis_date_first AS spread_first, d.metastasis_date_last AS spread_last, d.spread_day,
                ascii(substr(nullif(d.t_category, 'TX'), 2)) AS t, ascii(substr(nullif(d.n_category, 'NX'), 2)) AS n
            FROM {PATIENTS} p
            LEFT JOIN {DIAGNOSES} d ON d.patient_id = p.id
            LEFT JOIN patients_identity i ON i.patient_id = p.id AND i.voided_at IS NULL
                AND (%(seen)s::bigint[] IS NULL OR i.centre_id = ANY(%(seen)s::bigint[]))
        ),
        scored AS MATERIALIZED ({candidates})
        SELECT one, two, score + {_case(LAST, "weight")} AS total, {columns}, {_case(LAST, "place")}
        FROM scored, LATERAL {ORGANS.format(patient="one")} a, LATERAL {ORGANS.format(patient="two")} b
        WHERE score + {_case(LAST, "weight")} >= %(least)s
        ORDER BY total DESC, one, two LIMIT %(most)s
    """
