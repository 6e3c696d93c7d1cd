"""A small world for runs: two centres, their users, one registry, a plan, and a study result without a study."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now

from analyses.actions import save_plan
from analyses.models import Leased, Plan, Run, State
from analyses.pipeline.results import Arm, Attrition, Manifest, StudyResult
from analyses.pipeline.spec import StudySpec
from patients.actions import register
from records.models import Centre, Membership, Registry, User
from records.roles import Role
from tests.pipeline.factories import plan as shipped_plan


@dataclass
class World:
    registry: Registry
    east: Centre
    west: Centre
    admin: User
    eva: User  # investigator in the east
    wim: User  # investigator in the west
    ines: User  # investigator at both
    abe: User  # abstractor in the east
    plan: Plan

    def run(self, *, by: User | None = None) -> Run:
        """A queued run on the eastern patients that no broker has heard of."""
        run = Run.objects.create(plan=self.plan, requested_by=by or self.eva)
        run.centres.set([self.east])
        run.refresh_from_db()
        return run


def build() -> World:
    registry = Registry.objects.create(code="test", title="Test registry", number_prefix="NPC", is_invented=True)
    east, west = (Centre.objects.create(code=code, name=f"{code} hospital") for code in ("East", "West"))
    admin = User.objects.create_superuser("ada")
    people = {name: User.objects.create_user(name) for name in ("eva", "wim", "ines", "abe")}
    for name, centre, role in (
        ("eva", east, Role.INVESTIGATOR),
        ("wim", west, Role.INVESTIGATOR),
        ("ines", east, Role.INVESTIGATOR),
        ("ines", west, Role.INVESTIGATOR),
        ("abe", east, Role.ABSTRACTOR),
    ):
        Membership.objects.create(user=people[name], centre=centre, role=role)
    for centre in (east, west):
        register(by=admin, registry=registry, centre=centre, sex="male")
    plan = save_plan(by=people["eva"], registry=registry, spec=shipped_plan())
    return World(registry=registry, east=east, west=west, admin=admin, plan=plan, **people)


def bare_result(spec: StudySpec, *, sha256: str = "d" * 64, registry: str = "Test registry") -> StudyResult:
    """A result in which every section was left out."""
    attrition = Attrition(
        top_label=registry, top_count=2, rows=(), patients=("NPC-000001", "NPC-000002"), met=(0, 0), unknown=(0, 0)
    )
    manifest = Manifest(
        spec_fingerprint=spec.fingerprint(),
        dataset_sha256=sha256,
        seed=spec.seed,
        registry=registry,
        invented=True,
        data_cutoff="2019-12-31",
        versions={"numpy": "2"},
        timings={"eligibility": 0.1},
    )
    return StudyResult(
        spec=spec,
        arms=(Arm(level="PCT+RT", label="PCT+RT", n=1), Arm(level="PCT+CCRT", label="PCT+CCRT", n=1)),
        attrition=attrition,
        table1_before=None,
        table1_after=None,
        propensity=None,
        matching=None,
        balance=None,
        survival=(),
        effects=None,
        imputation=None,
        competing=(),
        stability=None,
        prognostic=None,
        combinations=(),
        subgroups=None,
        landmarks=(),
        time_dependent=(),
        toxicity=None,
        sensitivity=None,
        diagnostics=(),
        warnings=(),
        second_opinion=None,
        manifest=manifest,
    )


def silence(row: Leased) -> None:
    """The worker that holds the run or chunk falls silent: its lease lies in the past."""
    held = type(row)._default_manager.filter(pk=row.pk, state=State.RUNNING)
    held.update(lease_expires=Now() - timedelta(seconds=1))
