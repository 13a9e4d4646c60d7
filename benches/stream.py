#!/usr/bin/env python3
"""Data larger than memory: backburn streaming a file against backburn holding it, and what either needs.

    python3 benches/stream.py [--gigabytes 4] [--memory 300M] [--hidden 256] [--rounds 3] [--folder DIR]

Makes files of the same rows (ten classes, 784 float32 features that no byte can hold): sorted by class, contiguous and
gzip, in chunks of 256 rows and in the tall narrow chunks that h5py chooses; and shuffled, which is what the sorted ones
should be as good as. For each, in alternation: an epoch streamed, an epoch in memory, and a pass over the file alone, which reads
and inflates it as a stream does; then peak memory (VmHWM) and test accuracy. Needs numpy and h5py, and the disk for the files.
"""
import argparse, contextlib, json, os, re, statistics, subprocess, tempfile, threading, time

WIDTH, CLASSES, TEST = 784, 10, 10000


def make(path, rows, layout, shuffled):
    """Each class is a mixture of eight prototypes; the noise has few bits, so that gzip has something to do."""
    import h5py, numpy as np
    rng = np.random.default_rng(7)
    prototypes = rng.random((CLASSES, 8, WIDTH), dtype="float32") * (rng.random((CLASSES, 8, WIDTH)) < 0.2) * np.float32(0.3)

    def draw(labels):
        x = prototypes[labels, rng.integers(0, 8, len(labels))]
        x += rng.integers(-24, 25, x.shape, dtype="int16") * np.float32(1 / 32) * (rng.random(x.shape, dtype="float32") < 0.3)
        return x

    with h5py.File(path, "w", libver="v110") as f:
        options = {"contiguous": {}, "gzip": dict(chunks=(256, WIDTH), compression="gzip", compression_opts=4, shuffle=True),
                   "tall": dict(chunks=True, compression="gzip", compression_opts=4)}[layout]
        x = f.create_dataset("x_train", (rows, WIDTH), "float32", **options)
        labels = np.arange(rows) * CLASSES // rows
        if shuffled:
            rng.shuffle(labels)
        f["y_train"] = labels.astype("int32")
        step = x.chunks[0] if x.chunks else 4096
        step *= max(1, 8192 // step)
        for i in range(0, rows, step):
            x[i:i + step] = draw(labels[i:i + step])
        test = rng.integers(0, CLASSES, TEST)
        f["x_test"], f["y_test"] = draw(test), test.astype("int32")


def run(program, arguments, folder):
    """(seconds of each epoch, JSON of the end, VmHWM in MB)"""
    command = [program, "train", *arguments, "--json", "--run", os.path.join(folder, "run"), "--overwrite"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peaks = [0]

    def sample():
        while process.poll() is None:
            with contextlib.suppress(OSError):
                peaks.extend(int(m) for m in re.findall(r"VmHWM:\s+(\d+)", open(f"/proc/{process.pid}/status").read()))
            time.sleep(0.02)

    sampler = threading.Thread(target=sample)
    sampler.start()
    marks = [time.perf_counter() for line in process.stderr if line.startswith(("784-", "epoch"))]
    out = process.stdout.read()
    sampler.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return [b - a for a, b in zip(marks, marks[1:])], json.loads(out.splitlines()[-1]), max(peaks) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gigabytes", type=float, default=4); parser.add_argument("--memory", default="300M")
    parser.add_argument("--hidden", default="256"); parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3); parser.add_argument("--validation", default="0.01")
    parser.add_argument("--threads", default="2"); parser.add_argument("--folder")
    parser.add_argument("--layouts", default="contiguous,gzip,tall"); parser.add_argument("--orders", default="sorted,shuffled")
    args = parser.parse_args()
    program = os.environ.get("BACKBURN", "target/release/backburn")
    bench = subprocess.run(["cargo", "bench", "--no-run", "--bench", "epoch", "--message-format", "short"], stderr=subprocess.PIPE, text=True, check=True).stderr
    reader = bench.rsplit("(", 1)[1].split(")")[0]
    rows = int(args.gigabytes * 1e9 / WIDTH / 4)
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.folder or scratch
        knobs = ["--hidden", args.hidden, "--epochs", str(args.epochs), "--threads", args.threads, "--validation", args.validation,
                 "--dropout", "0", "--batch-size", "128", "--rate", "0.001", "--schedule", "constant"]
        print(f"{rows} rows x {WIDTH} float32 = {rows * WIDTH * 4 / 1e9:.2f} GB, 784-{args.hidden}-10, batch 128, --threads {args.threads}, --memory {args.memory}")
        print(f"{'file':<22}{'size GB':>8}{'pass s':>8}{'held s':>8}{'streamed s':>11}{'ratio':>7}{'/ larger':>9}{'peak MB':>9}{'held MB':>9}{'accuracy':>10}{'held':>8}")
        for layout in args.layouts.split(","):
            for order in args.orders.split(","):
                path = os.path.join(folder, f"{layout}-{order}.h5")
                if not os.path.exists(path):
                    make(path, rows, layout, order == "shuffled")
                subprocess.run(["cat", path], stdout=subprocess.DEVNULL)
                held, streamed, passes = [], [], []
                for _ in range(args.rounds):
                    passes.append(json.loads(subprocess.run([reader, path, "pass", args.threads], stdout=subprocess.PIPE, check=True).stdout)["pass"])
                    streamed.append(run(program, [path, *knobs, "--memory", args.memory], scratch))
                    held.append(run(program, [path, *knobs, "--memory", "16G"], scratch))
                epoch = lambda runs: statistics.median(t for r in runs for t in r[0][1:] or r[0])
                ratio = statistics.median(statistics.median(s[0][1:] or s[0]) / statistics.median(h[0][1:] or h[0]) for s, h in zip(streamed, held))
                larger = statistics.median(statistics.median(s[0][1:] or s[0]) / max(p, statistics.median(h[0][1:] or h[0])) for s, h, p in zip(streamed, held, passes))
                print(f"{os.path.basename(path):<22}{os.path.getsize(path) / 1e9:>8.2f}{statistics.median(passes):>8.1f}{epoch(held):>8.1f}{epoch(streamed):>11.1f}{ratio:>7.2f}{larger:>9.2f}"
                      f"{max(r[2] for r in streamed):>9.0f}{max(r[2] for r in held):>9.0f}{streamed[0][1]['test']['accuracy']:>10.4f}{held[0][1]['test']['accuracy']:>8.4f}", flush=True)


if __name__ == "__main__":
    main()
