#!/usr/bin/env python3
"""What a multi-layer perceptron reaches on MNIST: the table of the README, measured again.

    cargo build --release && python3 benches/reach.py data/MNISTdata.hdf5 [ROW …] [--seeds 0 1 2]

Every row is one command line, run once a seed on all 60,000 training rows (`--validation 0`: there is nothing left to
choose) and judged once on the 10,000 of the test half. All choices were made before, on 10,000 of the training rows.
Row `best` is an ensemble, and its networks alone are three more seeds each. Needs nothing but Python; the runs stay in
runs/reach-ROW-SEED.
"""
import argparse, json, resource, statistics, subprocess, sys

ROWS = {
    "30": "--hidden 30 --activation sigmoid --dropout 0 --optimizer sgd --rate 1 --weight-decay 0.00005 --batch-size 10 "
          "--epochs 30",
    "30-affine": "--hidden 30 --activation sigmoid --dropout 0 --optimizer sgd --rate 1 --weight-decay 0.00003 "
                 "--batch-size 10 --epochs 100 --augment affine --strength 0.25",
    "100": "--hidden 100 --dropout 0.2 --input-dropout 0.1 --weight-decay 0.1 --epochs 60",
    "100-elastic": "--hidden 100 --dropout 0 --epochs 150 --augment elastic --strength 0.7",
    "800": "--hidden 800 --dropout 0.5 --input-dropout 0.2 --rate 0.002 --weight-decay 0.1 --batch-size 128 --epochs 100",
    "800-elastic": "--hidden 800 --dropout 0 --rate 0.002 --weight-decay 0.1 --batch-size 128 --epochs 300 "
                   "--augment elastic --strength 0.9",
    "best": "--hidden 1000,500 --dropout 0 --rate 0.001 --weight-decay 0.1 --batch-size 128 --epochs 240 "
            "--augment elastic --strength 1.1 --ensemble 3",
}


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def train(program, data, name, flags, seed):
    start = cpu()
    command = [program, "train", data, *flags.split(), "--validation", "0", "--seed", str(seed)]
    command += ["--run", f"runs/reach-{name}-{seed}", "--overwrite", "--json", "-q"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    right = 100 * result["test"]["accuracy"]
    alone = "".join(f" {100 * network['accuracy']:.2f}" for network in result.get("networks", []))
    print(f"{name} seed {seed}: {right:.2f} %{alone and ' of' + alone}, {result['seconds']:.0f} s, {cpu() - start:.0f} CPU s",
          file=sys.stderr, flush=True)
    return right, result["seconds"], cpu() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 10, 20])
    parser.add_argument("--program", default="target/release/backburn")
    args = parser.parse_args()
    print("| row | flags | test accuracy, % | mean ± spread | seconds | CPU seconds |\n|---|---|---|---|---|---|")
    for name in args.rows or ROWS:
        runs = [train(args.program, args.data, name, ROWS[name], seed) for seed in args.seeds]
        right, seconds, used = zip(*runs)
        spread = statistics.stdev(right) if len(right) > 1 else 0.0
        print(f"| {name} | `{ROWS[name]}` | {' '.join(f'{a:.2f}' for a in right)} "
              f"| {statistics.mean(right):.2f} ± {spread:.2f} | {statistics.median(seconds):.0f} "
              f"| {statistics.median(used):.0f} |", flush=True)


main()
