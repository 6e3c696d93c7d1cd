"""The data sets that are verified on: those that lifelines ships, and small published ones written out in `data`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).parent / "data"
COLUMNS = ["one", "two", "three", "four", "five", "six", "seven"]


@dataclass(frozen=True, slots=True)
class DataSet:
    """`prepare` turns the table of `file` into the one that the cases and the R scripts compute on."""

    name: str
    about: str
    source: str
    file: Path
    prepare: Callable[[pd.DataFrame], pd.DataFrame] = pd.DataFrame
    open: Callable[[Path], pd.DataFrame] = pd.read_csv

    @property
    def is_here(self) -> bool:
        return self.file.exists()

    def read(self) -> pd.DataFrame:
        return self.prepare(self.open(self.file))


@cache
def lifelines_folder() -> Path:
    """Where lifelines keeps its data sets; found without importing it."""
    spec = find_spec("lifelines")
    folders = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(folders or ["lifelines"]))) / "datasets"


def spaced(file: Path) -> pd.DataFrame:
    """A table whose columns are separated by spaces."""
    return pd.read_csv(file, sep=" ")


def design(table: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Columns of a model as numbers."""
    return table[list(names)].astype(float)


def indicators(table: pd.DataFrame, column: str, levels: Iterable[Any]) -> pd.DataFrame:
    """One 0/1 column per level, named by it."""
    return pd.DataFrame({str(level): (table[column] == level) * 1.0 for level in levels})


def _leukemia(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(treat=table["Rx"], time=table["t"], event=table["status"])


def _rossi(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(treat=table["fin"], time=table["week"], event=table["arrest"])


def _gbsg2(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(
        treat=(table["horTh"] == "yes") * 1,
        event=table["cens"],
        post=(table["menostat"] == "Post") * 1,
        grade2=(table["tgrade"] == "II") * 1,
        grade3=(table["tgrade"] == "III") * 1,
    )


def _larynx(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(stage=1 + table["Stage_II"] + 2 * table["Stage_III"] + 3 * table["Stage_IV"])


def _waiting(table: pd.DataFrame) -> pd.DataFrame:
    """Each patient's first row: transplanted (1), died before (2), still waiting (0)."""
    transplanted = table.loc[table["transplant"] == 1, "id"]
    first = table.drop_duplicates("id").reset_index(drop=True)
    return first.assign(
        time=first["stop"],
        event=np.where(first["id"].isin(transplanted), 1, 2 * first["event"]),
        arm=pd.cut(first["age"], [-np.inf, -5, 3, np.inf], labels=["young", "middle", "old"]).astype(str),
    )


def _senators(table: pd.DataFrame) -> pd.DataFrame:
    """Died in office (1), left it otherwise (2), still in it (0), in the first, second, ... year: ties abound."""
    liberal = table["Political Affiliation at Appointment"] == "Liberal Party of Canada"
    return pd.DataFrame(
        {
            "time": np.floor(table["diff_days"] / 365.25) + 1,
            "event": np.where(table["reason"] == "Death", 1, np.where(table["observed"], 2, 0)),
            "party": np.where(liberal, "liberal", "other"),
            "liberal": liberal * 1,
            "quebec": (table["Province / Territory"] == "Quebec") * 1,
            "ontario": (table["Province / Territory"] == "Ontario") * 1,
        }
    )


def _myeloma(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(contrived=(table["time"] <= 65) * 1)


def _ovarian(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(late=(table["futime"] > 700) * 1)


def _rows_of(name: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda table: table[table["data"] == name].reset_index(drop=True)


def counts(table: pd.DataFrame, part: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The contingency table `part` of one that holds several."""
    return table.loc[table["part"] == part, COLUMNS].dropna(axis=1).to_numpy(dtype=np.float64)


def draws(name: str) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    """The units of each replicate that the R scripts draw."""
    table = pd.read_csv(HERE / "draws.csv")
    return [np.array(units.split(), dtype=np.int64) for units in table.loc[table["data"] == name, "units"]]


def _shipped(name: str, file: str, about: str, source: str, **how: Any) -> DataSet:
    return DataSet(name, about, f"{source}; lifelines", lifelines_folder() / file, **how)


def _written(name: str, file: str, about: str, source: str, **how: Any) -> DataSet:
    return DataSet(name, about, source, HERE / file, **how)


def _counted(name: str, about: str, source: str, file: str = "counts.csv") -> DataSet:
    return _written(name, file, about, source, prepare=_rows_of(name))


DATA_SETS = (
    _shipped("leukemia", "anderson.csv", "6-mercaptopurine or placebo, 42 children, weeks with heavy ties",
             "Freireich et al., Blood 1963", prepare=_leukemia, open=spaced),
    _shipped("rossi", "rossi.csv", "432 released prisoners, weeks to arrest with heavy ties",
             "Rossi, Berk and Lenihan, Money, Work and Crime, 1980", prepare=_rossi),
    _shipped("gbsg2", "gbsg2.csv", "686 patients with breast cancer, days",
             "Schumacher et al., J Clin Oncol 1994", prepare=_gbsg2),
    _shipped("larynx", "larynx.csv", "90 patients with cancer of the larynx, four stages, ties",
             "Kardaun, Stat Neerl 1983", prepare=_larynx),
    _shipped("lung", "lung.csv", "228 patients with lung cancer, days", "Loprinzi et al., J Clin Oncol 1994"),
    _shipped("waltons", "waltons_dataset.csv", "163 flies, days with heavy ties", "Walton, in lifelines"),
    _shipped("dd", "dd.csv", "1,808 governments, whole years with very heavy ties",
             "Cheibub, Gandhi and Vreeland, Public Choice 2010"),
    _shipped("kidney", "kidney_transplant.csv", "863 kidney transplants, days",
             "Klein and Moeschberger, Survival Analysis, section 1.7"),
    _shipped("heart", "stanford_heart.csv", "103 candidates for a heart, with delayed entry after transplantation",
             "Crowley and Hu, JASA 1977"),
    _shipped("waiting", "stanford_heart.csv", "the same until transplantation or death, two competing causes",
             "Crowley and Hu, JASA 1977", prepare=_waiting),
    _shipped("senators", "canadian_senators.csv", "933 senators, two ways to leave office, whole years with heavy ties",
             "Parliament of Canada", prepare=_senators),
    _written("aml", "aml.csv", "23 patients with myelogenous leukaemia, weeks", "Miller, Survival Analysis, 1981"),
    _written("ovarian", "ovarian.csv", "26 patients with ovarian cancer, days",
             "Edmonson et al., Cancer Treat Rep 1979; R survival", prepare=_ovarian),
    _written("iud", "iud.csv", "18 women until they stop using an intrauterine device, weeks",
             "Collett, Modelling Survival Data in Medical Research, table 1.1"),
    _written("myeloma", "myeloma.csv", "65 patients with multiple myeloma, months with heavy ties",
             "Krall, Uthoff and Harley, Biometrics 1975", prepare=_myeloma),
    _written("sleep", "sleep.csv", "extra hours of sleep, 2 x 10", "Student, Biometrika 1908"),
    _written("plantgrowth", "plantgrowth.csv", "yields of 3 x 10 plants",
             "Dobson, Introduction to Statistical Modelling, 1983"),
    _counted("tea", "2 x 2 table", "Fisher, The Design of Experiments, 1935"),
    _counted("twins", "2 x 2 table", "Fisher, Statistical Methods for Research Workers, 1970"),
    _counted("job", "4 x 4 table", "Agresti, Categorical Data Analysis, 2002, p. 57"),
    _counted("mp6", "5 x 7 table", "Mehta and Patel, JASA 1983"),
    _counted("oral", "9 x 3 table", "Mehta and Patel, Exact Tests, 1996"),
    _counted("party", "2 x 3 table", "Agresti, An Introduction to Categorical Data Analysis, 2007, p. 39"),
    _counted("admissions", "2 x 2 table", "Bickel, Hammel and O'Connell, Science 1975"),
    _counted("npc", "Table 1 of 355 patients with nasopharyngeal carcinoma, before and after matching",
             "the published study of the protocol"),
    _counted("respiratory death", "a risk ratio", "VanderWeele and Ding, Ann Intern Med 2017", "estimates.csv"),
    _counted("infant leukaemia", "a risk ratio", "VanderWeele and Ding, Ann Intern Med 2017", "estimates.csv"),
    _counted("lung cancer", "a risk ratio", "Hammond and Horn, JAMA 1958", "estimates.csv"),
    _counted("study effect", "a hazard ratio", "the published study of the protocol, Table 2", "estimates.csv"),
    _counted("140 events 1:1", "a design", "no data needed", "designs.csv"),
    _counted("60 events 1:2", "a design", "no data needed", "designs.csv"),
)  # fmt: skip
