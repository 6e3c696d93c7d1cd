"""Further open data in a folder beside the checkout, with the numbers of R and of publications on them.

The folder is no part of the project: without it the shipped data sets are verified alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analyses.verification.case import Key
from analyses.verification.datasets import DataSet, indicators, spaced
from analyses.verification.further import RHC_SHOWN
from analyses.verification.references import Reference, read_json, software

R_REFERENCE = "reference/r_reference.json"
BESIDE = Path(__file__).resolve().parents[2].parent / "shared"


def beside_checkout() -> Path | None:
    """The folder, where it is there."""
    return BESIDE if (BESIDE / R_REFERENCE).exists() else None


def data_sets(shared: Path) -> tuple[DataSet, ...]:
    """Those of the folder `shared` that this package computes on."""
    survival = shared / "data" / "survival"
    return (
        DataSet("veteran", "137 patients with lung cancer, days", "Kalbfleisch and Prentice 1980; R survival",
                survival / "veteran.csv", _veteran),
        DataSet("colon", "929 patients with colon cancer until death, days",
                "Moertel et al., N Engl J Med 1990; R survival", survival / "colon.csv", _colon),
        DataSet("diabetic", "394 eyes of 197 patients, months with ties", "Huster et al., Biometrics 1989; R survival",
                survival / "diabetic.csv"),
        DataSet("mgus2", "1,384 patients with monoclonal gammopathy, two causes, months with heavy ties",
                "Kyle et al., N Engl J Med 2002; R survival", survival / "mgus2.csv", _mgus2),
        DataSet("RADCURE", "3,346 patients with head and neck cancer, hundredths of years with ties",
                "Welch et al., TCIA 2023", shared / "data/radcure/RADCURE_Clinical_v04_20241219.csv", _radcure),
        DataSet("TCGA-CDR", "11,160 patients with cancer, nine kinds that have stages, days",
                "Liu et al., Cell 2018, Table S1",
                shared / "data/tcga_cdr/TCGA-CDR-SupplementalTableS1.xlsx", open=_tcga),
        DataSet("lalonde", "614 workers, a training programme", "Dehejia and Wahba, JASA 1999; MatchIt",
                shared / "data/lalonde/lalonde.tab", partial(_lalonde, shared), spaced),
        DataSet("RHC", "5,735 intensive care patients, right heart catheter or none", "Connors et al., JAMA 1996",
                shared / "data/rhc/rhc.csv", partial(_rhc, shared), _rhc_file),
    )  # fmt: skip


def _veteran(table: pd.DataFrame) -> pd.DataFrame:
    kinds = indicators(table, "celltype", ("adeno", "large", "smallcell"))
    return table.join(kinds.add_prefix("celltype"))


def _colon(table: pd.DataFrame) -> pd.DataFrame:
    deaths = table[table["etype"] == 2].reset_index(drop=True)
    return deaths.join(indicators(deaths, "rx", ("Lev", "Lev+5FU")).add_prefix("rx"))


def _mgus2(table: pd.DataFrame) -> pd.DataFrame:
    """Progression (1), death without it (2)."""
    progressed = table["pstat"] == 1
    return table.assign(
        time=np.where(progressed, table["ptime"], table["futime"]),
        event=np.where(progressed, 1, 2 * table["death"]),
        male=(table["sex"] == "M") * 1,
    )


def _radcure(table: pd.DataFrame) -> pd.DataFrame:
    """Radiotherapy with chemotherapy or alone."""
    modality = table["Tx Modality"].str.strip()
    wanted = modality.isin(["ChemoRT", "RT alone"])
    return pd.DataFrame(
        {
            "time": table["Length FU"],
            "event": (table["Status"] == "Dead") * 1,
            "chemo": (modality == "ChemoRT") * 1,
            "age": table["Age"],
            "male": (table["Sex"] == "Male") * 1,
        }
    )[wanted].reset_index(drop=True)


def _tcga(file: Path) -> pd.DataFrame:
    columns = [
        "type",
        "ajcc_pathologic_tumor_stage",
        *(f"{name}{end}" for name in ("OS", "PFI", "DSS") for end in ("", ".time")),
    ]
    return pd.read_excel(file, sheet_name="TCGA-CDR", usecols=columns, na_values=["#N/A"])


def _lalonde(shared: Path, table: pd.DataFrame) -> pd.DataFrame:
    races = indicators(table, "race", ("hispan", "white")).add_prefix("race")
    return table.join(races).assign(matchit=_matchit(shared, "lalonde_pairs.csv", table.index.to_series()))


def _rhc_file(file: Path) -> pd.DataFrame:
    """'None' is a level."""
    return pd.read_csv(file, keep_default_na=False, na_values=["", "NA"])


def _rhc(shared: Path, table: pd.DataFrame) -> pd.DataFrame:
    """With the columns of the published score's formula, named as R names them after 'score '."""
    published = read_json(shared / R_REFERENCE)["rhc_psm"]
    columns: dict[str, Any] = {}
    for name in (term.strip() for term in published["call"].split("~")[1].split("+")):
        if table[name].dtype != object:
            columns[f"score {name}"] = table[name].astype(float)
            continue
        levels = [level for level in sorted(table[name].unique()) if name + level in published["ps_coef"]]
        columns |= {f"score {name}{level}": (table[name] == level) * 1.0 for level in levels}
    treat = (table["swang1"] == "RHC") * 1
    return table.join(pd.DataFrame(columns)).assign(
        treat=treat, matchit=_matchit(shared, "rhc_pairs.csv", table["ptid"])
    )


def _matchit(shared: Path, file: str, ids: pd.Series[Any]) -> Any:
    """The number of the pair of each patient, NaN for those without one."""
    pairs = pd.read_csv(shared / "reference" / file)
    return ids.map(pairs.set_index("id")["subclass"]).to_numpy()


def references(shared: Path) -> Iterator[Reference]:
    """R's numbers on them, and the published hazard ratios of TCGA-CDR."""
    found = read_json(shared / R_REFERENCE)
    yield from _of_models(found)
    yield from _of_tests(found)
    yield from _of_competing(found)
    yield from _of_matchit(found)
    yield _of_tcga(pd.read_csv(shared / "reference/tcga_cdr_published_vs_computed.csv"))


def _of_models(found: Any) -> Iterator[Reference]:
    for name, data in (("veteran", "veteran"), ("colon_death", "colon")):
        fit = found[name]["cox_efron"]
        yield _software("fit_cox", data, found[name]["cox_call"], {**_terms(fit["coef"]), **_tests(fit)})
    fit = found["more"]["diabetic_cluster"]
    names = ("trt", "laser")
    yield _software("fit_cox", "diabetic", fit["call"], {
        **_named("log HR {}", names, fit["coef"]),
        **_named("SE {}", names, fit["robust_se"]),
        **_named("SE {}, no clusters", names, fit["naive_se"]),
    }, "clusters")  # fmt: skip


def _terms(coef: Mapping[str, Any]) -> dict[str, float]:
    estimates = {f"log HR {name}": term["logHR"] for name, term in coef.items()}
    return {**estimates, **{f"SE {name}": term["se"] for name, term in coef.items()}}


def _tests(fit: Any) -> dict[str, float]:
    c, error = fit["concordance"]
    statistics = {"likelihood ratio": fit["lrt"][0], "score": fit["score"][0]}
    return {"log-likelihood": fit["loglik"][1], **statistics, "C": c, "SE of C": error}


def _of_tests(found: Any) -> Iterator[Reference]:
    veteran, test = found["veteran"], found["colon_death"]["logrank_rx"]
    zph = {f"p {name}": value for name, value in veteran["zph_p"].items()}
    yield _software("ph_test", "veteran", f"cox.zph({veteran['cox_call']})", zph)
    numbers = {"chi-square": test["chisq"], "p": test["p"]}
    yield _software("logrank", "colon", "survdiff(Surv(time, status) ~ rx)", numbers)
    steps: dict[str, float] = {}
    for line in veteran["km_by_trt"]["at_times"]:
        place = f"({line['time']}), trt {line['strata'][-1]}"
        steps |= {f"S{place}": line["surv"], f"SE{place}": line["se"]}
    yield _software("kaplan_meier", "veteran", "survfit(Surv(time, status) ~ trt)", steps)


def _of_competing(found: Any) -> Iterator[Reference]:
    mgus2 = found["mgus2"]
    incidence = {f"F({time}), {line['_row']}": line[time] for line in mgus2["cif"] for time in ("60", "120", "240")}
    yield _software("cumulative_incidence", "mgus2", "cuminc(etime, event, sex)", incidence)
    tests: dict[str, float] = {}
    for cause, line in enumerate(mgus2["gray"], start=1):
        tests |= {f"chi-square, cause {cause}": line["stat"], f"p, cause {cause}": line["pv"]}
    yield _software("gray_test", "mgus2", "cuminc(etime, event, sex)$Tests", tests)
    for cause in (1, 2):
        fit, names = found["more"][f"mgus2_crr_cause{cause}"], ("age", "male")
        numbers = {
            **_named(f"log HR {{}}, cause {cause}", names, fit["coef"]),
            **_named(f"SE {{}}, cause {cause}", names, fit["se"]),
        }
        yield _software("fine_gray", "mgus2", f"crr(etime, event, cbind(age, male), failcode = {cause})", numbers)


def _of_matchit(found: Any) -> Iterator[Reference]:
    lalonde, rhc, meta = found["lalonde"], found["rhc_psm"], found["meta"]
    matchit, call = f"MatchIt {meta['MatchIt'].split()[0]}", lalonde["call"]
    yield _software(
        "fit_propensity", "lalonde", f"glm({call[8:].split(',')[0]}, binomial)", _coefficients(lalonde["ps_coef"])
    )
    yield _software(
        "fit_propensity",
        "RHC",
        "glm(swang1 == 'RHC' ~ 50 covariates, binomial)",
        _coefficients(
            {name: rhc["ps_coef"][name] for name in ("(Intercept)", "age", "sexMale", "aps1", "dnr1Yes", "crea1")}
        ),
    )
    pairs = {"pairs": 185, "pairs that are MatchIt's": 185}
    calipers = {
        "pairs, caliper 0.1 on probability": 111,
        "pairs, caliper 0.2 on probability": 113,
        "pairs, caliper 0.1 on logit": 112,
        "pairs, caliper 0.2 on logit": 117,
    }
    yield _software("match_nearest", "lalonde", f"{matchit}: {call}; {meta['lalonde_caliper']}", {**pairs, **calipers})
    width = {"pairs": 1678, "pairs that are MatchIt's": 1678, "caliper width": rhc["caliper_abs"]}
    yield _software("match_nearest", "RHC", f"{matchit}: {rhc['method']}", width, "caliper 0.2")
    yield _software("balance_table", "lalonde", f"{matchit}: summary({call})", _balance(lalonde, lalonde["smd_before"]))
    yield _software("balance_table", "RHC", f"{matchit}: summary of {rhc['method']}", _balance(rhc, RHC_SHOWN))


def _coefficients(values: Mapping[str, float]) -> dict[str, float]:
    return {f"coefficient {name}": value for name, value in values.items()}


def _balance(found: Any, names: Any) -> dict[str, float]:
    before = {f"{name} SMD before": found["smd_before"][name] for name in names}
    return {**before, **{f"{name} SMD after": found["smd_after"][name] for name in names}}


def _of_tcga(published: pd.DataFrame) -> Reference:
    rows = published[published["n"].notna()]
    name = rows["type"] + " " + rows["endpoint"]
    source = "Liu et al., Cell 2018, Table S1, sheet Fig2EFG_AdditionalInfo"
    numbers = {**_named("log HR {}", name, rows["pub_logHR"]), **_named("SE {}", name, rows["pub_se"])}
    return _software("fit_cox", "TCGA-CDR", source, numbers)


def _named(form: str, names: Any, values: Any) -> dict[str, float]:
    return {form.format(name): value for name, value in zip(names, values, strict=True)}


def _software(method: str, data: str, source: str, numbers: Mapping[str, float], variant: str = "") -> Reference:
    return software(Key(method, data, variant), source, numbers)
