#!/usr/bin/env python3
"""The diagnosis on runs of other people's making: every case is trained and diagnosed, and the answer compared with its truth.

    cargo build --release && python3 benches/faults/field.py FOLDER [CASE …] [--data]

FOLDER holds a folder for each case with `data.h5`, `flags` (what is added to `backburn train`) and `truth.json`
({"healthy", "cause", "where"}; several causes with commas between them). With --data the file alone is looked at, by
`diagnose --data`. Needs nothing but Python; the runs stay in FOLDER/CASE/run.
"""
import argparse, json, os, subprocess, time


def causes(program, folder, data_alone):
    run, data = os.path.join(folder, "run"), os.path.join(folder, "data.h5")
    if data_alone:
        answer = subprocess.run([program, "diagnose", "--data", data, "--json"], capture_output=True, text=True)
        return [(f["name"], f["where"]) for f in json.loads(answer.stdout)["findings"]], "", 0.0
    flags = open(os.path.join(folder, "flags")).read().split()
    start = time.time()
    trained = subprocess.run([program, "train", data, *flags, "--run", run, "--overwrite", "-q"], capture_output=True, text=True)
    length = time.time() - start
    if trained.returncode == 3:  # there is no run, and the file alone says why
        return causes(program, folder, True)
    answer = subprocess.run([program, "diagnose", run, "--json"], capture_output=True, text=True)
    if answer.returncode:
        return [("failed", answer.stderr.strip())], "", 0.0
    answer = json.loads(answer.stdout)
    found = [(c["name"], c["where"]) for c in answer["causes"]]
    return found, answer["cure"] or "", (time.time() - start - length) / max(length, 1e-9)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--program", default="target/release/backburn")
    parser.add_argument("--data", action="store_true", help="look at the files alone")
    args = parser.parse_args()
    right = total = 0
    for name in sorted(os.listdir(args.folder)):
        folder = os.path.join(args.folder, name)
        if not os.path.isdir(folder) or args.cases and name not in args.cases:
            continue
        truth = json.load(open(os.path.join(folder, "truth.json")))
        wanted = sorted(word.strip() for word in truth["cause"].split(",") if word.strip())
        found, cure, times = causes(args.program, folder, args.data)
        fits = sorted({cause for cause, _ in found}) == wanted
        right, total = right + fits, total + 1
        print(f"{'right' if fits else 'WRONG'} {name:32} {times:4.1f} × the run  {found} {cure}", flush=True)
        if not fits:
            print(f"      {'':32} wanted {wanted} in {truth.get('where', '')}", flush=True)
    print(f"{right} of {total} right")


if __name__ == "__main__":
    main()
