"""What hangs below a course on the chart: its cycles with a column per drug, its volumes; and what of it is given."""

from decimal import Decimal

from records import trail
from records.sections import Below
from treatments.models import ChemotherapyCycle, RadiotherapyCourse, RadiotherapyVolume, SystemicCourse


def live_cycles(course: SystemicCourse) -> list[ChemotherapyCycle]:
    return sorted((cycle for cycle in course.cycles.all() if not cycle.is_void), key=lambda cycle: cycle.number)


def live_volumes(course: RadiotherapyCourse) -> list[RadiotherapyVolume]:
    return [volume for volume in course.volumes.all() if not volume.is_void]


def of_cycles(course: SystemicCourse) -> Below | None:
    """A line per cycle, a column per drug of which a dose is recorded."""
    cycles = live_cycles(course)
    if not cycles:
        return None
    given = [{dose.drug: dose for dose in cycle.doses.all() if not dose.is_void} for cycle in cycles]
    drugs = list(dict.fromkeys(drug for doses in given for drug in doses))
    lines = tuple(
        (
            str(cycle.number),
            cycle.day_1 or "",
            *(number(doses[drug].mg_m2) if drug in doses else "" for drug in drugs),
            how_given(cycle, [dose.reduction_reason for dose in doses.values()]),
        )
        for cycle, doses in zip(cycles, given, strict=True)
    )
    head = ("Cycle", "Day 1", *(f"{drug}, mg/m² per day" for drug in drugs), "As planned")
    title = f"{len(cycles)} cycle{'s' if len(cycles) > 1 else ''}"
    return Below(title, head, lines, frozenset({0, *range(2, 2 + len(drugs))}))


def how_given(cycle: ChemotherapyCycle, reasons: list[str]) -> str:
    parts = [] if cycle.as_planned is None else [trail.said(cycle.as_planned)]
    parts += [f"delayed {cycle.delay_days} d"] if cycle.delay_days else []
    return ", ".join([*parts, *dict.fromkeys(filter(None, reasons))])


def of_volumes(course: RadiotherapyCourse) -> Below | None:
    volumes = live_volumes(course)
    if not volumes:
        return None
    lines = tuple(
        (
            volume.label or volume.get_volume_display(),
            number(volume.prescribed_gy),
            number(volume.delivered_gy),
            str(volume.fractions or ""),
        )
        for volume in volumes
    )
    head = ("Volume", "Prescribed, Gy", "Delivered, Gy", "Fractions")
    return Below(f"{len(volumes)} target volume{'s' if len(volumes) > 1 else ''}", head, lines, frozenset({1, 2, 3}))


def number(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def cycles_dated(course: SystemicCourse) -> bool:
    cycles = live_cycles(course)
    return bool(cycles) and all(cycle.day_1 for cycle in cycles)


def doses_given(course: SystemicCourse) -> bool | None:
    """Whether every cycle has a dose; not asked where there are no cycles."""
    cycles = live_cycles(course)
    return all(any(not dose.is_void for dose in cycle.doses.all()) for cycle in cycles) if cycles else None


def volumes_dosed(course: RadiotherapyCourse) -> bool:
    volumes = live_volumes(course)
    return bool(volumes) and all(volume.prescribed_gy is not None for volume in volumes)
