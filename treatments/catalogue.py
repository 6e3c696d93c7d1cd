"""The catalogue of drugs and regimens that a new registry starts with.

Doses of PF, TP and TPF as published for the study's centre; GP as in the phase III trial of gemcitabine and cisplatin
in nasopharyngeal carcinoma (Zhang et al., Lancet 2016). Where no dose is standard, none is given.
"""

from typing import Any

from django.db import transaction

from treatments.models import AgentClass, Drug, Regimen, RegimenDrug, Route

IV, CIV, PO = Route.INTRAVENOUS, Route.CONTINUOUS, Route.ORAL

DRUGS: tuple[tuple[str, str, AgentClass, bool], ...] = (
    ("cisplatin", "Cisplatin", AgentClass.CHEMOTHERAPY, True),
    ("carboplatin", "Carboplatin", AgentClass.CHEMOTHERAPY, True),
    ("nedaplatin", "Nedaplatin", AgentClass.CHEMOTHERAPY, True),
    ("lobaplatin", "Lobaplatin", AgentClass.CHEMOTHERAPY, True),
    ("fluorouracil", "Fluorouracil", AgentClass.CHEMOTHERAPY, False),
    ("docetaxel", "Docetaxel", AgentClass.CHEMOTHERAPY, False),
    ("paclitaxel", "Paclitaxel", AgentClass.CHEMOTHERAPY, False),
    ("gemcitabine", "Gemcitabine", AgentClass.CHEMOTHERAPY, False),
    ("capecitabine", "Capecitabine", AgentClass.CHEMOTHERAPY, False),
    ("s1", "S-1 (tegafur, gimeracil, oteracil)", AgentClass.CHEMOTHERAPY, False),
    ("bleomycin", "Bleomycin", AgentClass.CHEMOTHERAPY, False),
    ("toripalimab", "Toripalimab", AgentClass.CHECKPOINT_INHIBITOR, False),
    ("camrelizumab", "Camrelizumab", AgentClass.CHECKPOINT_INHIBITOR, False),
    ("nivolumab", "Nivolumab", AgentClass.CHECKPOINT_INHIBITOR, False),
    ("pembrolizumab", "Pembrolizumab", AgentClass.CHECKPOINT_INHIBITOR, False),
    ("cetuximab", "Cetuximab", AgentClass.ANTI_EGFR, False),
    ("nimotuzumab", "Nimotuzumab", AgentClass.ANTI_EGFR, False),
)

# Regimen: name, cycle length in days, and per drug the dose in mg/m2 per day, its days and route.
REGIMENS: dict[str, tuple[str, int, tuple[tuple[str, float | None, list[int], Route], ...]]] = {
    "PF": (
        "Cisplatin and fluorouracil",
        21,
        (("cisplatin", 80, [1], IV), ("fluorouracil", 1000, [1, 2, 3, 4], CIV)),
    ),
    "GP": ("Gemcitabine and cisplatin", 21, (("gemcitabine", 1000, [1, 8], IV), ("cisplatin", 80, [1], IV))),
    "TP": ("Docetaxel and cisplatin", 21, (("docetaxel", 75, [1], IV), ("cisplatin", 75, [1], IV))),
    "TPF": (
        "Docetaxel, cisplatin and fluorouracil",
        21,
        (("docetaxel", 75, [1], IV), ("cisplatin", 75, [1], IV), ("fluorouracil", 750, [1, 2, 3, 4, 5], CIV)),
    ),
    "TC": ("Paclitaxel and carboplatin", 21, (("paclitaxel", 175, [1], IV), ("carboplatin", None, [1], IV))),
    "GN": ("Gemcitabine and nedaplatin", 21, (("gemcitabine", 1000, [1, 8], IV), ("nedaplatin", 80, [1], IV))),
    "cisplatin": ("Cisplatin", 21, (("cisplatin", 100, [1], IV),)),
    "carboplatin": ("Carboplatin", 21, (("carboplatin", None, [1], IV),)),
    "nedaplatin": ("Nedaplatin", 21, (("nedaplatin", 100, [1], IV),)),
    "lobaplatin": ("Lobaplatin", 21, (("lobaplatin", 50, [1], IV),)),
    "capecitabine": ("Capecitabine", 21, (("capecitabine", 2000, list(range(1, 15)), PO),)),
    "S-1": ("S-1", 21, (("s1", None, list(range(1, 15)), PO),)),
}


def ensure(**_: Any) -> None:
    """Create what the catalogue lacks; what a centre changed stays. Runs after each migration."""
    with transaction.atomic():
        for code, name, agent_class, is_platinum in DRUGS:
            Drug.objects.get_or_create(
                code=code, defaults={"name": name, "agent_class": agent_class, "is_platinum": is_platinum}
            )
        for code, (name, cycle_days, drugs) in REGIMENS.items():
            regimen, created = Regimen.objects.get_or_create(
                code=code, defaults={"name": name, "cycle_days": cycle_days}
            )
            if created:
                RegimenDrug.objects.bulk_create(
                    RegimenDrug(regimen=regimen, drug=Drug.objects.get(code=drug), mg_m2=mg_m2, days=days, route=route)
                    for drug, mg_m2, days, route in drugs
                )
