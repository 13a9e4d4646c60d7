#!/usr/bin/env python3
"""What a multi-layer perceptron reaches on MNIST: the table of the README, measured again.

    cargo build --release && python3 benches/reach.py data/MNISTdata.hdf5 [ROW …] [--seeds 0 1 2]

Every row is one command line, run once a seed on all 60,000 training rows (`--validation 0`, so the last weights count)
and judged once on the 10,000 of the test half. All choices were made before, on 10,000 of the training rows. Needs
nothing but Python; the runs stay in runs/reach-ROW-SEED.
"""
import argparse, json, resource, statistics, subprocess, sys

ROWS = {
}


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def train(program, data, name, flags, seed):
    start = cpu()
    command = [program, "train", data, *flags.split(), "--seed", str(seed)]
    command += ["--run", f"runs/reach-{name}-{seed}", "--overwrite", "--json", "-q"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    right = 100 * result["test"]["accuracy"]
    print(f"{name} seed {seed}: {right:.2f} %, {result['seconds']:.0f} s, {cpu() - start:.0f} CPU s", file=sys.stderr)
    return right, result["seconds"], cpu() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
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
