#!/usr/bin/env python3
"""How good the defaults are on other people's tables: backburn beside what its users would take instead.

    cargo build --release && python3 benches/tables/table.py --half tuning --splits 10 --results results.csv

Stratified splits, 30 % to test, at most 10,000 rows, features as worlds.py reads them, one core. Results are kept in a CSV
and not computed again; `--method "backburn: --epochs 5"` runs backburn with flags (one of the methods is its search, two minutes a split). The half `apart` is for the end: rules
are chosen on `tuning`. The summary gives means over data sets, mean ranks, and against the first method wins, ties and
losses (a tie is less than a standard error of the difference over splits), and the p of a Wilcoxon signed-rank test over
data sets. Needs `pip install scikit-learn h5py lightgbm pytabkit` beside the packages that worlds.py names.
"""
import argparse, csv, os, pathlib, sys, tempfile

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np

import methods, worlds

FIELDS = ["world", "split", "method", "accuracy", "loss", "seconds"]


def read(path):
    if not path.exists():
        return {}
    with open(path) as file:
        rows = csv.DictReader(file)
        return {(r["world"], int(r["split"]), r["method"]): tuple(float(r[k]) for k in FIELDS[3:]) for r in rows}


def measure(world, seed, method, parts, folder):
    if method.startswith("backburn"):
        path = os.path.join(folder, f"{world}-{seed}.h5")
        if not os.path.exists(path):
            methods.write(path, *parts)
        return methods.backburn(path, method.partition(":")[2], seed, folder)
    return methods.judge(methods.PYTHON[method](seed), *parts)


def run(args, results):
    new = not args.results.exists()
    with open(args.results, "a", newline="") as file, tempfile.TemporaryDirectory() as folder:
        out = csv.writer(file, lineterminator="\n")
        if new:
            out.writerow(FIELDS)
        for seed in range(args.splits):
            for world in args.worlds or worlds.names(args.half):
                missing = [method for method in args.method if (world, seed, method) not in results]
                parts = worlds.split(world, seed) if missing else None
                for method in missing:
                    try:
                        scores = measure(world, seed, method, parts, folder)
                    except Exception as error:  # one method that fails on one table must not end the night
                        print(f"{world} {seed} {method}: {str(error)[-300:]}", file=sys.stderr, flush=True)
                        continue
                    results[world, seed, method] = scores
                    out.writerow([world, seed, method, *scores])
                    file.flush()


def summary(args, results):
    names = [w for w in (args.worlds or worlds.names(args.half))]
    keys = [(w, s) for w in names for s in range(args.splits) if all((w, s, m) in results for m in args.method)]
    names = sorted({w for w, _ in keys})
    if not names:
        return
    from scipy.stats import rankdata, wilcoxon
    # cube[world] is [method, split, (accuracy, loss, seconds)]
    cube = {w: np.array([[results[w, s, m] for v, s in keys if v == w] for m in args.method]) for w in names}
    means = np.array([cube[w].mean(axis=1) for w in names])  # [worlds, methods, 3]
    ranks = np.array([rankdata(-np.round(row[:, 0], 6)) for row in means])
    print(f"{len(names)} data sets, {len(keys)} splits")
    print(f"{'method':44} accuracy  log loss  mean rank  seconds  geometric  against the first: win tie loss, p of accuracy, loss")
    for i, method in enumerate(args.method):
        accuracy, loss, seconds = means[:, i].mean(axis=0)
        against = ""
        if i:
            signs = [sign(cube[w][0, :, 0] - cube[w][i, :, 0]) for w in names]
            p = [wilcoxon(d).pvalue if (d := means[:, 0, k] - means[:, i, k]).any() else 1.0 for k in (0, 1)]
            against = f"{signs.count(1):4}{signs.count(0):4}{signs.count(-1):4}  {p[0]:.3f}  {p[1]:.3f}"
        geometric = np.exp(np.log(means[:, i, 2]).mean())
        print(f"{method:44} {100 * accuracy:8.2f} {loss:9.4f} {ranks[:, i].mean():10.2f} {seconds:8.2f} {geometric:10.2f}  {against}")
    if args.each:
        for w in names:
            print(f"{w:28}", *(f"{100 * a:6.1f}/{b:.3f}" for a, b, _ in cube[w].mean(axis=1)))


def sign(difference):
    """1 for a win of the first, -1 for a loss, 0 within a standard error."""
    error = difference.std(ddof=1) / len(difference) ** 0.5 if len(difference) > 1 else 0.0
    return 0 if abs(difference.mean()) <= max(error, 1e-9) else int(np.sign(difference.mean()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=["tuning", "apart", "later", "all"], default="tuning")
    parser.add_argument("--worlds", nargs="*", choices=list(worlds.WORLDS), metavar="NAME")
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--results", type=pathlib.Path, default=pathlib.Path("tables.csv"))
    parser.add_argument("--method", nargs="*", default=["backburn", "backburn: --tune 2", *methods.PYTHON])
    parser.add_argument("--each", action="store_true", help="a line for each data set")
    arguments = parser.parse_args()
    known = read(arguments.results)
    run(arguments, known)
    summary(arguments, known)
