"""What long runs cost: `python3 benches/long.py soak|epochs|flush [--minutes M] [--count N] [--program BACKBURN]`.

* `soak`    trains without an end for M minutes and prints how much memory is resident, minute by minute, and by how much
            it has grown since the first tenth of the time. Linux alone. The allocator gives back at once what was freed
            (MIMALLOC_PURGE_DELAY=0): what it keeps for the next time otherwise is a matter of chance, and ten times as
            much as the growth that is looked for.
* `epochs`  trains a tiny network for N epochs and prints the processor time of every tenth of them.
* `flush`   trains the built-in digits with epochs that are saved at once, N times as they are and N times with a library
            in front of the system's whose fsync does nothing (built with `rustc`), in turn, and prints the difference.

Everything is written into a temporary folder; `flush` measures the disk that TMPDIR is on.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
SHIM = """
#[unsafe(no_mangle)] pub extern "C" fn fsync(_: i32) -> i32 { 0 }
#[unsafe(no_mangle)] pub extern "C" fn fdatasync(_: i32) -> i32 { 0 }
"""


def resident(pid):
    """Bytes of the process's own in memory: pages of its file come and go with the other work of the machine."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def processor(pid):
    """Seconds of processor time of a process that runs."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def soak(program, folder, args):
    run = subprocess.Popen([program, "train", "-q", "--epochs", "16777216", "--rate", "1e-4", "--schedule", "constant",
                            "--augment", "none", "--threads", "1", "--run", "run"], cwd=folder,
                           env=dict(os.environ, MIMALLOC_PURGE_DELAY="0"))
    begun, seen = time.time(), []
    while time.time() < begun + 60 * args.minutes and run.poll() is None:
        time.sleep(1)
        seen.append(resident(run.pid))
        if len(seen) % 60 == 0:
            print(f"{len(seen) // 60:4} min  {seen[-1] / 1e6:.2f} MB", flush=True)
    used = processor(run.pid) if run.poll() is None else 0
    run.terminate()
    run.wait()
    with open(folder / "run/metrics.csv") as metrics:
        last = metrics.readlines()[-1].split(",")
    tenth = max(1, len(seen) // 10)
    print(f"{last[1]} steps, {last[0]} epochs, {used:.0f} s of processor time in {len(seen)} s")
    for name, of in (("median", statistics.median), ("most", max)):
        early, late = of(seen[:tenth]), of(seen[tenth:] if of is max else seen[-tenth:])
        print(f"{name} {early / 1e6:.2f} MB in the first tenth, {late / 1e6:.2f} MB"
              f" {'after it' if of is max else 'in the last'}: {100 * (late / early - 1):+.2f} %")


def epochs(program, folder, args):
    table = folder / "t.csv"
    table.write_text("".join(f"{i / 40},{i % 7},{i % 2}\n" for i in range(40)))
    subprocess.run([program, "import", table, "-q", "-o", folder / "t.h5"], check=True)
    run = subprocess.Popen([program, "train", "t.h5", "-q", "--epochs", str(args.count), "--batch-size", "40", "--hidden", "4",
                            "--on-trouble", "ignore", "--threads", "1", "--run", "run"], cwd=folder)
    metrics, marks, done = folder / "run/metrics.csv", [(0, 0.0)], 0
    position = 0
    while run.poll() is None:
        time.sleep(0.05)
        if not metrics.exists():
            continue
        with open(metrics, "rb") as file:
            file.seek(position)
            done += file.read().count(b"\n")
            position = file.tell()
        try:
            now = processor(run.pid)
        except (FileNotFoundError, ProcessLookupError):
            break
        if done >= marks[-1][0] + args.count // 10:
            marks.append((done, now))
    print("| epochs | milliseconds of processor time an epoch |\n|---|---|")
    for (first, before), (last, after) in zip(marks, marks[1:]):
        print(f"| {first} to {last} | {1000 * (after - before) / (last - first):.4f} |")


def flush(program, folder, args):
    (folder / "shim.rs").write_text(SHIM)
    shim = folder / "shim.so"
    subprocess.run(["rustc", "--edition=2024", "--crate-type=cdylib", "-O", "-Cpanic=abort", "-o", shim,
                    folder / "shim.rs"], check=True)
    seconds = {"as it is": [], "without": []}
    for i in range(args.count):
        for kind in seconds if i % 2 else reversed(seconds):
            env = dict(os.environ, LD_PRELOAD=str(shim) if kind == "without" else "")
            begun = time.time()
            subprocess.run([program, "train", "-q", "--hidden", "32", "--threads", "1", "--seed", "1", "--run", "run",
                            "--overwrite"], cwd=folder, env=env, check=True, capture_output=True)
            seconds[kind].append(time.time() - begun)
    for kind, all in seconds.items():
        print(f"{kind}: median {statistics.median(all):.3f} s of {len(all)} runs ({min(all):.3f} to {max(all):.3f})")
    pairs = [a - b for a, b in zip(*seconds.values())]
    print(f"a run is {1000 * statistics.median(pairs):.0f} ms longer with it")


parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["soak", "epochs", "flush"])
parser.add_argument("--minutes", type=float, default=60)
parser.add_argument("--count", type=int)
parser.add_argument("--program", default=HERE / "target/release/backburn")
args = parser.parse_args()
args.count = args.count or {"epochs": 100_000, "flush": 15, "soak": 0}[args.what]
with tempfile.TemporaryDirectory() as folder:
    dict(soak=soak, epochs=epochs, flush=flush)[args.what](str(args.program), pathlib.Path(folder), args)
