"""Who may do what at which address: the one declared matrix, checked by ``tests/pages/test_access_matrix.py``.

A row is an address (by its URL name), a method, and two sets of users: those who see the page or the object, and those
for whom the request does something (``do``; the same where not given). Every URL name that the resolver knows must have
a row, or the test fails. What follows from a row:

==================  =====================================================================================
who                 gets
==================  =====================================================================================
not logged in       the login page (an API: 401 or 403)
in ``do``           an answer (200, 201, 302, ... or 400 where the test sends nothing useful)
in ``see`` only     403
in neither          403 on a page without an object; 404 on one with an object, as if it were absent
anybody             404 for an object that is absent, or at a centre of which the user is no member
==================  =====================================================================================

To add a page, append a row to its group: ``Row("analyses:run", GET, VIEWERS, kind="analyses.Run")``. Where its object
is of a new kind, add to ``OBJECTS`` how one is made at a centre (a kind that belongs to no centre goes to ``COMMON`` as
well).
The users are named in ``tests/worlds.py``: one per role, all at the same centre.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.worlds import World

GET, POST, PATCH = "GET", "POST", "PATCH"

ADMIN = frozenset({"administrator"})
MANAGE = ADMIN | {"manager"}
ENTER = MANAGE | {"abstractor"}
FOLLOW_UP = ENTER | {"coordinator"}
EDIT_IDENTITY = ENTER
SEE_IDENTITY = EDIT_IDENTITY | {"coordinator"}
ANALYSE = EXPORT = MANAGE | {"investigator"}
AUDIT = ADMIN | {"auditor"}
VIEWERS = FOLLOW_UP | {"investigator", "auditor"}
SIGNED_IN = VIEWERS | {"stranger"}
ANYBODY = SIGNED_IN | {"anonymous"}


@dataclass(frozen=True)
class Row:
    """``kind`` names the object of the address in ``OBJECTS``; ``key`` the attribute of it that the address carries."""

    name: str
    method: str
    see: frozenset[str]
    do: frozenset[str] | None = None
    kind: str = ""
    key: str = "pk"
    extra: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    # What is sent: a function of the world and the object, so that a refusal is one of the user and not of the data.
    data: Callable[[Any, Any], Any] = lambda world, found: {}
    api: bool = False
    # Whoever is not in ``see`` gets 403 whether the object is there or not, which tells as little as 404.
    closed: bool = False
    # Statuses of an answer, where a row has its own.
    answers: frozenset[int] = frozenset({200, 201, 202, 204, 302, 400})

    @property
    def doers(self) -> frozenset[str]:
        return self.see if self.do is None else self.do


# How one record of a kind is made for a patient, besides the patient.
RECORDS: dict[str, dict[str, Any]] = {
    "patients.Identity": {},
    "patients.Consent": {"basis": "consent", "scope": "research", "date": "2012"},
    "patients.Diagnosis": {"date": "2012-05-17"},
    "patients.MetastaticSite": {"organ": "bone"},
    "patients.PerformanceStatus": {"timepoint": "baseline", "kps": 90},
    "patients.LabResult": {"date": "2012", "analyte": "ldh", "value": 200, "unit": "U/L"},
    "patients.QualityOfLife": {"date": "2012", "instrument": "qlq_c30", "scale": "Global health status", "score": 50},
    "patients.FollowUp": {"date": "2013", "status": "alive"},
    "patients.Progression": {"date": "2013", "kind": "distant"},
    "patients.Death": {"date": "2014", "cause": "cancer"},
    "patients.DataQuery": {"table": "patients.patient", "row": 1, "text": "Sex is not known."},
    "patients.ChartLock": {},
    "treatments.SystemicCourse": {"intent": "palliative", "agent_class": "chemotherapy"},
    "treatments.ChemotherapyCycle": {"number": 1},
    "treatments.DrugDose": {"mg_m2": 75},
    "treatments.RadiotherapyCourse": {"intent": "locoregional"},
    "treatments.RadiotherapyVolume": {"volume": "gtvnx"},
    "treatments.LocalTreatment": {"modality": "surgery"},
    "treatments.ResponseAssessment": {"timepoint": "after_pct"},
    "treatments.TargetLesion": {"location": "liver", "baseline_mm": 20, "current_mm": 10},
    "treatments.AdverseEvent": {"term": "Neutrophil count decreased", "grade": 3},
}
# Kinds without entry forms of their own.
FORMLESS: dict[str, dict[str, Any]] = {
    "patients.DistinctPair": {},
    "patients.SecondEntry": {},
    "patients.Discrepancy": {"table": "patients.diagnosis", "row": 1, "second_row": 2},
}
PARENTS = {
    "patients.Discrepancy": "patients.SecondEntry",
    "treatments.ChemotherapyCycle": "treatments.SystemicCourse",
    "treatments.DrugDose": "treatments.ChemotherapyCycle",
    "treatments.RadiotherapyVolume": "treatments.RadiotherapyCourse",
    "treatments.TargetLesion": "treatments.ResponseAssessment",
}
# Who writes a kind of record, where that is not ``ENTER``.
WRITERS = {
    "patients.Identity": EDIT_IDENTITY,
    "patients.FollowUp": FOLLOW_UP,
    "patients.Progression": FOLLOW_UP,
    "patients.Death": FOLLOW_UP,
    # Signed off and unlocked from the chart's own page.
    "patients.ChartLock": frozenset(),
    "patients.DataQuery": MANAGE,
}
READERS = {"patients.Identity": SEE_IDENTITY}


def record(world: World, centre: Any, kind: str) -> Any:
    """One record of ``kind``, of a patient of its own, with what it hangs below."""
    return world.add(model_of(kind), **values_of(world, centre, kind))


def values_of(world: World, centre: Any, kind: str) -> dict[str, Any]:
    """Values of a record of ``kind`` that is not stored yet, of a patient of its own, with what it hangs below."""
    from treatments.models import Drug

    values = {**RECORDS, **FORMLESS}[kind].copy()
    if kind in PARENTS:
        values[model_of(kind).parent_field] = record(world, centre, PARENTS[kind])
    else:
        values["patient"] = world.patient(centre)
    if kind == "patients.Identity":
        values["centre"] = centre
    if kind == "patients.DistinctPair":
        values["other"] = world.patient(centre)
    if kind == "patients.SecondEntry":
        values |= {"chart": world.patient(centre, second_of=values["patient"]), "abstractor": world.users["abstractor"]}
    if kind == "treatments.DrugDose":
        values["drug"] = Drug.objects.get(code="cisplatin")
    return values


def membership(world: World, centre: Any) -> Any:
    from records.models import Membership, User

    newcomer = User.objects.create(username=f"newcomer at {centre.code}")
    return Membership.objects.create(user=newcomer, centre=centre, role="auditor")


def exit_of(world: World, centre: Any) -> Any:
    from records import exits

    return exits.record(by=world.admin, what="a table", purpose="a test", centres=[centre])


def plan(world: World, centre: Any) -> Any:
    from analyses.actions import save_plan
    from tests.pipeline.factories import plan as shipped

    return save_plan(by=world.admin, registry=world.registry, spec=shipped())


def cohort(world: World, centre: Any) -> Any:
    from analyses.actions import save_cohort
    from tests.pipeline.factories import plan as shipped

    return save_cohort(by=world.admin, registry=world.registry, name="a cohort", criteria=shipped().eligibility)


def run(world: World, centre: Any) -> Any:
    """A queued run that read the centre's patients."""
    from analyses.models import Run

    world.patient(centre)
    queued = Run.objects.create(plan=plan(world, centre), requested_by=world.admin)
    queued.centres.set([centre])
    return queued


def second_of_two(world: World, centre: Any) -> Any:
    """A patient beside whom another was registered."""
    world.patient(centre)
    return world.patient(centre)


OBJECTS: dict[str, Callable[[World, Any], Any]] = {
    "pair": second_of_two,
    "patients.Patient": lambda world, centre: world.patient(centre),
    "records.User": lambda world, centre: world.users["stranger"],
    "records.Centre": lambda world, centre: centre,
    "records.Registry": lambda world, centre: world.registry,
    "records.Membership": membership,
    "records.Exit": exit_of,
    "treatments.Drug": lambda world, centre: model_of("treatments.Drug").objects.get(code="cisplatin"),
    "treatments.Regimen": lambda world, centre: model_of("treatments.Regimen").objects.get(code="TPF"),
    "analyses.Plan": plan,
    "analyses.Cohort": cohort,
    "analyses.Run": run,
    **{kind: (lambda world, centre, kind=kind: record(world, centre, kind)) for kind in (*RECORDS, *FORMLESS)},
}
# Kinds that belong to no centre: there is no other centre's object to refuse.
COMMON = {
    "records.User", "records.Centre", "records.Registry", "treatments.Drug", "treatments.Regimen", "analyses.Plan",
    "analyses.Cohort",
}  # fmt: skip


def model_of(kind: str) -> Any:
    from django.apps import apps

    return apps.get_model(kind)


def entry(kind: str) -> list[Row]:
    """The entry pages of a kind of record."""
    readers, writers = READERS.get(kind, VIEWERS), WRITERS.get(kind, ENTER)
    prefix = "admin:" + kind.lower().replace(".", "_")
    of: dict[str, Any] = {"kind": kind}
    return [
        Row(f"{prefix}_changelist", GET, readers),
        Row(f"{prefix}_add", GET, writers),
        Row(f"{prefix}_add", POST, writers),
        Row(f"{prefix}_change", GET, readers, **of),
        Row(f"{prefix}_change", POST, readers, writers, data=lambda world, found: {"_version": 1}, **of),
        Row(f"{prefix}_history", GET, readers, **of),
        Row(f"{prefix}_void", GET, readers, writers, **of),
        Row(f"{prefix}_void", POST, readers, writers, data=lambda w, found: {"version": 1, "reason": "a test"}, **of),
    ]


def table(kind: str, see: frozenset[str], change: frozenset[str], deletable: bool = False) -> list[Row]:
    """The pages of one of the registry's own tables."""
    prefix = "admin:" + kind.lower().replace(".", "_")
    rows = [
        Row(f"{prefix}_changelist", GET, see),
        Row(f"{prefix}_add", GET, change),
        Row(f"{prefix}_add", POST, change),
        Row(f"{prefix}_change", GET, see, kind=kind),
        Row(f"{prefix}_change", POST, see, change, kind=kind),
        Row(f"{prefix}_history", GET, see, kind=kind),
    ]
    if deletable:
        rows += [Row(f"{prefix}_delete", method, see, change, kind=kind) for method in (GET, POST)]
    return rows


def api_records(name: str, kind: str, key: str = "pk") -> list[Row]:
    """The addresses of a kind of record under /api/v1/."""
    writers = WRITERS.get(kind, ENTER)
    of: dict[str, Any] = {"kind": kind, "key": key, "api": True, "answers": frozenset({200, 201, 400, 412})}
    return [
        Row(f"{name}-list", GET, SIGNED_IN, api=True),
        Row(f"{name}-detail", GET, VIEWERS, **of),
        Row(f"{name}-detail", PATCH, VIEWERS, writers, data=lambda world, found: {"note": "a test"}, **of),
        Row(f"{name}-void", POST, VIEWERS, writers, data=lambda world, found: {"reason": "a test"}, **of),
    ]


API_NAMES = {
    "consents": "patients.Consent",
    "diagnoses": "patients.Diagnosis",
    "metastatic-sites": "patients.MetastaticSite",
    "performance-status": "patients.PerformanceStatus",
    "laboratory-results": "patients.LabResult",
    "quality-of-life": "patients.QualityOfLife",
    "follow-up": "patients.FollowUp",
    "progressions": "patients.Progression",
    "deaths": "patients.Death",
    "data-queries": "patients.DataQuery",
    "systemic-courses": "treatments.SystemicCourse",
    "chemotherapy-cycles": "treatments.ChemotherapyCycle",
    "drug-doses": "treatments.DrugDose",
    "radiotherapy-courses": "treatments.RadiotherapyCourse",
    "radiotherapy-volumes": "treatments.RadiotherapyVolume",
    "local-treatments": "treatments.LocalTreatment",
    "response-assessments": "treatments.ResponseAssessment",
    "target-lesions": "treatments.TargetLesion",
    "adverse-events": "treatments.AdverseEvent",
}

PAGES = [
    Row("health", GET, ANYBODY),
    Row("home", GET, SIGNED_IN),
    Row("home_due", GET, FOLLOW_UP),
    Row("chart", GET, VIEWERS, kind="patients.Patient", key="number"),
    Row("chart_history", GET, VIEWERS, kind="patients.Patient", key="number"),
    *(Row("sign_off", method, VIEWERS, ENTER, kind="patients.Patient", key="number") for method in (GET, POST)),
    *(Row("unlock", method, VIEWERS, MANAGE, kind="patients.Patient", key="number") for method in (GET, POST)),
    Row("transfer", GET, VIEWERS, MANAGE, kind="patients.Patient", key="number"),
    Row("transfer", POST, VIEWERS, MANAGE, kind="patients.Patient", key="number"),
    Row("withdrawal", GET, VIEWERS, ENTER, kind="patients.Patient", key="number"),
    Row("withdrawal", POST, VIEWERS, ENTER, kind="patients.Patient", key="number"),
    Row("second_entries", GET, ENTER),
    Row("second_entries", POST, MANAGE),
    Row("second_entry", GET, ENTER, kind="patients.SecondEntry"),
    Row("second_entry", POST, ENTER, MANAGE, kind="patients.SecondEntry"),
    Row("finish_second_entry", POST, ENTER, frozenset({"abstractor"}), kind="patients.SecondEntry"),
    Row("withdraw_second_entry", POST, ENTER, MANAGE, kind="patients.SecondEntry"),
    Row("agreement", GET, MANAGE),
    Row("agreement", POST, MANAGE, data=lambda world, found: {"purpose": "a test"}),
    Row("find_patient", POST, SEE_IDENTITY, data=lambda world, found: {"hospital_number": "H-1"}),
    Row("dictionary", GET, VIEWERS),
    Row("dictionary_csv", GET, VIEWERS),
    Row("dictionary_redcap", GET, VIEWERS),
    Row("account", GET, SIGNED_IN),
    Row("session", GET, ANYBODY),
    # Who is logged in already is led on from the login page.
    Row("account_login", GET, ANYBODY),
    Row("account_login", POST, ANYBODY, data=lambda world, found: {"login": "nobody", "password": "wrong"}),
    Row("account_logout", GET, ANYBODY),
    Row("account_logout", POST, ANYBODY),
    Row("account_inactive", GET, ANYBODY),
    Row("account_reauthenticate", GET, SIGNED_IN),
    Row("account_change_password", GET, SIGNED_IN),
    Row("account_change_password", POST, SIGNED_IN),
    Row("mfa_index", GET, SIGNED_IN),
    Row("mfa_authenticate", GET, ANYBODY),  # leads to the login page unless a login waits for its second factor
    Row("mfa_reauthenticate", GET, SIGNED_IN),
    Row("mfa_activate_totp", GET, SIGNED_IN),
    Row("mfa_deactivate_totp", GET, SIGNED_IN, answers=frozenset({200, 302, 404})),
    Row("mfa_view_recovery_codes", GET, SIGNED_IN, answers=frozenset({200, 302, 404})),
    Row("mfa_generate_recovery_codes", GET, SIGNED_IN),
    Row("mfa_download_recovery_codes", GET, SIGNED_IN, answers=frozenset({200, 302, 404})),
    Row("admin:index", GET, SIGNED_IN),
    Row("admin:jsi18n", GET, SIGNED_IN),
    Row("admin:app_list", GET, VIEWERS, kind="app", key="label"),
    Row(
        "admin:autocomplete",
        GET,
        VIEWERS,
        query="?term=NPC&app_label=patients&model_name=diagnosis&field_name=patient",
    ),
]

TABLES = [
    *table("records.User", MANAGE, ADMIN),
    Row("admin:auth_user_password_change", GET, MANAGE, ADMIN, kind="records.User"),
    *table("records.Centre", MANAGE, ADMIN),
    *table("records.Registry", MANAGE, ADMIN),
    *table("records.Membership", MANAGE, MANAGE, deletable=True),
    *table("records.Exit", AUDIT, frozenset()),
    *table("analyses.Plan", ADMIN, frozenset()),
    *table("analyses.Cohort", ADMIN, frozenset()),
    *table("analyses.Run", ADMIN, frozenset()),
    *table("treatments.Drug", VIEWERS, MANAGE),
    *table("treatments.Regimen", VIEWERS, MANAGE),
]

API = [
    Row("registries-list", GET, SIGNED_IN, api=True),
    Row("registries-detail", GET, VIEWERS, kind="records.Registry", key="code", api=True),
    Row("centres-list", GET, SIGNED_IN, api=True),
    Row("centres-detail", GET, VIEWERS, kind="centre of a member", key="code", api=True),
    *api_records("patients", "patients.Patient", key="number"),
    *(row for name, kind in API_NAMES.items() for row in api_records(name, kind)),
    Row("cohorts-list", GET, SIGNED_IN, api=True),
    Row("cohorts-detail", GET, VIEWERS, kind="analyses.Cohort", api=True),
    Row("plans-list", GET, SIGNED_IN, api=True),
    Row("plans-detail", GET, VIEWERS, kind="analyses.Plan", api=True),
    Row("runs-list", GET, SIGNED_IN, api=True),
    Row("runs-detail", GET, VIEWERS, kind="analyses.Run", api=True),
    Row("runs-cancel", POST, VIEWERS, ANALYSE, kind="analyses.Run", api=True),
    Row("runs-files", GET, VIEWERS, kind="analyses.Run", api=True),
    # A run that has not finished has no result: absent for everybody.
    Row("runs-result", GET, frozenset(), kind="analyses.Run", api=True),
    Row("api-token", POST, ANYBODY, api=True),
    # They describe addresses and fields, and hold no data.
    Row("api-schema", GET, ANYBODY, api=True),
    Row("api-documentation", GET, ANYBODY, api=True),
]

ANALYSES = [
    Row("analyses:index", GET, VIEWERS),
    Row("analyses:verification", GET, ANALYSE | AUDIT),
    Row("analyses:new_plan", GET, ANALYSE),
    Row("analyses:new_plan", POST, ANALYSE),
    Row("analyses:plan", GET, VIEWERS, kind="analyses.Plan"),
    Row("analyses:new_version", GET, ANALYSE, kind="analyses.Plan", closed=True),
    Row("analyses:new_version", POST, ANALYSE, kind="analyses.Plan", closed=True),
    Row("analyses:start", POST, VIEWERS, ANALYSE, kind="analyses.Plan"),
    Row("analyses:run", GET, VIEWERS, kind="analyses.Run"),
    Row("analyses:progress", GET, VIEWERS, kind="analyses.Run"),
    Row("analyses:cancel", POST, VIEWERS, ANALYSE, kind="analyses.Run"),
    Row("analyses:take_away", GET, VIEWERS, kind="analyses.Run", answers=frozenset({200, 302, 404})),
    Row("analyses:figure", GET, frozenset(), kind="analyses.Run", extra={"name": "overlap"}),
    Row("analyses:section", GET, frozenset(), kind="analyses.Run", extra={"section": "survival"}),
]

# Whoever sees a chart may ask about it and comment; what else is done with a query follows from its state.
QUERIES = [
    row
    for row in entry("patients.DataQuery")
    if row.name not in ("admin:patients_dataquery_add", "admin:patients_dataquery_change")
] + [
    Row("admin:patients_dataquery_add", GET, VIEWERS),
    Row("admin:patients_dataquery_add", POST, VIEWERS),
    Row("admin:patients_dataquery_change", GET, VIEWERS, kind="patients.DataQuery"),
    Row("admin:patients_dataquery_change", POST, VIEWERS, kind="patients.DataQuery"),
]
QUERY_TURNS = {"answer": ENTER, "accept": MANAGE, "send-back": MANAGE, "close": MANAGE, "comment": VIEWERS}
API += [
    Row(
        f"data-queries-{turn}",
        POST,
        VIEWERS,
        may,
        kind="patients.DataQuery",
        data=lambda world, found: {"text": "a test"},
        api=True,
        answers=frozenset({200, 400}),
    )
    for turn, may in QUERY_TURNS.items()
]

# Of the first patient of this world and another one.
PAIR: dict[str, Any] = {"kind": "pair", "key": "number", "extra": {"other": "NPC-000001"}}
DUPLICATES = [
    Row("duplicates", GET, MANAGE),
    Row("duplicate_pair", GET, MANAGE, **PAIR),
    Row("duplicate_pair", POST, MANAGE, data=lambda world, found: {"decision": "merge"}, **PAIR),
]

ROWS: dict[str, list[Row]] = {
    "pages": PAGES,
    "tables": TABLES,
    "patients": [
        row
        for kind in ("patients.Patient", *RECORDS)
        if kind.startswith("patients.") and kind != "patients.DataQuery"
        for row in entry(kind)
    ],
    "queries": QUERIES,
    "treatments": [row for kind in RECORDS if kind.startswith("treatments.") for row in entry(kind)],
    "api": API,
    "analyses": ANALYSES,
    "duplicates": DUPLICATES,
}
