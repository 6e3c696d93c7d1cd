"""What the catalogue says of the regimens, for the form to propose from."""

from typing import Any

from treatments.models import Drug, Regimen, RegimenDrug


def dose_label(drug: Drug) -> str:
    return f"{drug.name}, mg/m² per day"


def proposals() -> dict[str, dict[str, Any]]:
    """Per regimen: cycle length, the class of its drugs where they share one, and a column per drug with its dose."""
    regimens = Regimen.objects.prefetch_related("drugs__drug")
    return {str(regimen.pk): proposal(regimen, list(regimen.drugs.all())) for regimen in regimens}


def proposal(regimen: Regimen, parts: list[RegimenDrug]) -> dict[str, Any]:
    classes = {part.drug.agent_class for part in parts}
    return {
        "days": regimen.cycle_days,
        "agent_class": classes.pop() if len(classes) == 1 else "",
        "drugs": [
            {"pk": part.drug_id, "label": dose_label(part.drug), "mg_m2": plain(part.mg_m2)}
            for part in sorted(parts, key=lambda part: part.pk)
        ],
    }


def plain(number: Any) -> str:
    return "" if number is None else f"{number.normalize():f}"
