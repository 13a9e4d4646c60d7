#!/usr/bin/env python3
"""How cost grows: one step against rows, width, batch and classes, measured, modelled and drawn.

    python3 benches/growth.py [--largest 10000000] [--threads 1]

Writes benches/growth.csv and benches/growth-{rows,width,batch,classes}.svg. The model of a step of 784-width-classes is

    t = fixed + flops / rate + entries · nanoseconds
    flops = 2 batch (2 · 784 width + 3 width classes)       forward, and back without the input's gradient
    entries = batch (784 + 3 width + 5 classes)             rows gathered; activation there and back; softmax, targets

with three constants for the whole machine, fitted by least squares on the logarithms of all points together; the title
of each picture says how far it is off. `backburn` is timed, never the model's own code. Needs numpy and h5py.
"""
import argparse, csv, os, statistics, subprocess, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
BASE = dict(rows=60000, width=30, batch=128, classes=10)
AXES = {
    "rows": [1000, 10000, 100000, 1000000, 10000000],
    "width": [30, 64, 128, 256, 512, 1024, 2048, 4096],
    "batch": [1, 4, 16, 64, 256, 1024, 4096, 16384, 60000],
    "classes": [2, 10, 30, 100, 300, 1000, 3000, 10000],
}


def flops(p):
    return 2 * p["batch"] * (2 * 784 * p["width"] + 3 * p["width"] * p["classes"])


def entries(p):
    return p["batch"] * (784 + 3 * p["width"] + 5 * p["classes"])


def write(path, p):
    """Rows of bytes, so that ten million of them are 8 GB in the file and in memory."""
    import h5py, numpy as np
    rng = np.random.default_rng(1)
    with h5py.File(path, "w") as f:
        x = f.create_dataset("x", (p["rows"], 784), "uint8")
        for i in range(0, p["rows"], 100000):
            x[i:i + 100000] = rng.integers(0, 256, (min(100000, p["rows"] - i), 784), dtype="uint8")
        y = np.arange(p["rows"]) % p["classes"]
        f["y"] = y.astype("int32")
        for l, (i, o) in enumerate([(784, p["width"]), (p["width"], p["classes"])], 1):
            f[f"W{l}"], f[f"b{l}"] = (rng.standard_normal((i, o)) * (0.001 if l == 1 else (1 / i) ** 0.5)).astype("float32"), np.zeros(o, "float32")


def measure(program, path, p, threads, seconds):
    """Microseconds of a step: the least of several epochs; of one thread its processor time, which no other work lengthens."""
    command = [program, path, "backburn", str(p["width"]), "sigmoid", "sgd", "0.01", str(p["batch"]), str(threads)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    times, start = [], time.perf_counter()
    while len(times) < 2 or (time.perf_counter() - start < seconds and len(times) < 15):
        process.stdin.write("\n"); process.stdin.flush()
        times.append(float(process.stdout.readline().split()[2 if threads == 1 else 0]))
    process.stdin.close(); process.wait()
    return min(times) * 1e3 / -(-p["rows"] // p["batch"])


def fit(points):
    """fixed, microseconds a flop and an entry: non-negative, least squares of relative errors."""
    import numpy as np
    a = np.array([[1, flops(p), entries(p)] for p, _ in points]) / np.array([[t] for _, t in points])
    active = [0, 1, 2]
    while True:
        solution, *_ = np.linalg.lstsq(a[:, active], np.ones(len(points)), rcond=None)
        if (solution >= 0).all():
            return [float(solution[active.index(k)]) if k in active else 0.0 for k in range(3)]
        active = [k for k, s in zip(active, solution) if s >= 0]


def draw(path, axis, points, model, note):
    import math
    w, h, left, bottom, top = 640, 400, 70, 50, 46
    xs, ys = [math.log10(p[axis]) for p, _ in points], [math.log10(t) for _, t in points]
    parts = {"fixed": lambda p: model[0], "flops": lambda p: model[1] * flops(p), "entries": lambda p: model[2] * entries(p), "model": lambda p: model[0] + model[1] * flops(p) + model[2] * entries(p)}
    low, high = math.floor(min(ys)) - 0.5, math.ceil(max(ys) + 0.2)
    X = lambda v: left + (v - xs[0]) / (xs[-1] - xs[0]) * (w - left - 110)
    Y = lambda v: h - bottom - (v - low) / (high - low) * (h - bottom - top)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" font-family="sans-serif" font-size="12"><rect width="{w}" height="{h}" fill="#fff"/>',
           f'<text x="{left}" y="18" font-size="14">a step against {axis}, microseconds</text><text x="{left}" y="35" fill="#555">{note}</text>']
    for e in range(math.ceil(low), math.floor(high) + 1):
        out.append(f'<line x1="{left}" x2="{w - 110}" y1="{Y(e):.1f}" y2="{Y(e):.1f}" stroke="#ddd"/><text x="{left - 8}" y="{Y(e) + 4:.1f}" text-anchor="end">{10 ** e:g}</text>')
    for x, (p, _) in zip(xs, points):
        out.append(f'<text x="{X(x):.1f}" y="{h - bottom + 18}" text-anchor="middle" font-size="10">{p[axis]:,}</text>')
    for name, colour in [("fixed", "#999"), ("flops", "#2a7"), ("entries", "#27c"), ("model", "#c33")]:
        line = [(X(x), Y(math.log10(parts[name](p)))) for x, (p, _) in zip(xs, points) if parts[name](p) > 10 ** low]
        if line:
            out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="{2 if name == "model" else 1}" stroke-dasharray="{"none" if name == "model" else "4 3"}" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in line)}"/><text x="{w - 104}" y="{line[-1][1] + (4 if name != "model" else -6):.1f}" fill="{colour}">{name}</text>')
    out += [f'<circle cx="{X(x):.1f}" cy="{Y(y):.1f}" r="4"/>' for x, y in zip(xs, ys)]
    open(path, "w").write("\n".join(out + [f'<text x="{(left + w - 110) / 2}" y="{h - 10}" text-anchor="middle">{axis}</text></svg>\n']))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--largest", type=int, default=10**7); parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    args = parser.parse_args()
    program = os.environ.get("BACKBURN_EPOCH")
    if not program:
        out = subprocess.run(["cargo", "bench", "--no-run", "--bench", "epoch", "--message-format", "short"], stderr=subprocess.PIPE, text=True, check=True).stderr
        program = out.rsplit("(", 1)[1].split(")")[0]
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for axis, values in AXES.items():
            for value in values:
                p = dict(BASE, **{axis: value})
                if axis in ("width", "classes"):
                    p["rows"] = max(2048, 12800 if value <= 300 else 2048, 3 * p["classes"])
                if p["rows"] > args.largest:
                    continue
                path = os.path.join(folder, "case.h5")
                write(path, p)
                t = measure(program, path, p, args.threads, args.seconds)
                measured.append((axis, p, t))
                print(f"{axis:<8}{value:>10,}{t:>14.1f} us a step", flush=True)
    model = fit([(p, t) for _, p, t in measured])
    value = lambda p: model[0] + model[1] * flops(p) + model[2] * entries(p)
    print(f"fixed {model[0]:.1f} us, {1e-3 / model[1] if model[1] else float('inf'):.0f} GFLOP/s, {1e3 * model[2]:.2f} ns an entry")
    with open(os.path.join(HERE, "growth.csv"), "w", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(["axis", "rows", "width", "batch", "classes", "threads", "microseconds", "flops", "entries", "model"])
        for axis, p, t in measured:
            writer.writerow([axis, p["rows"], p["width"], p["batch"], p["classes"], args.threads, f"{t:.1f}", flops(p), entries(p), f"{value(p):.1f}"])
    for axis in AXES:
        points = [(p, t) for a, p, t in measured if a == axis]
        worst = max(max(value(p) / t, t / value(p)) for p, t in points)
        note = f"{model[0]:.0f} us + flops at {1e-3 / max(model[1], 1e-12):.0f} GFLOP/s + entries at {1e3 * model[2]:.2f} ns; at worst off by a factor of {worst:.2f}"
        draw(os.path.join(HERE, f"growth-{axis}.svg"), axis, points, model, note)


if __name__ == "__main__":
    main()
