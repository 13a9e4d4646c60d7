#!/usr/bin/env python3
"""The GPU: the same numbers as on the processor, and how fast, against PyTorch on the same card.

    python3 benches/gpu.py [--program target/gpu/backburn] [--devices cuda,vulkan] [--parts parity,speed,window,start,kernels,memory,mnist]

It measures a program that was built elsewhere (`tests/backends/cuda.sh` builds one where there is no GPU), so it needs neither
Rust nor a network: python3 with numpy, h5py and, for the comparison, torch. Everything takes about four minutes.

- parity: ten steps of every optimizer, two layers, on each device against flex; the largest difference of a loss.
- speed: rows a second of 784-width-10 relu, Adam, on 60,000 generated rows. Ours is taken from the lines that `train` prints an
  epoch, from the second epoch to the last but one, so it holds all that an epoch does and not the end of a run; PyTorch holds the rows on the card, draws the order there
  and gathers there, once with a kernel a call (eager), once with the step in a CUDA graph, and, where asked for, compiled.
  A device may name a precision, as in --devices cuda,cuda@tf32,cuda@bf16; that stands in every part.
- window: rows a second where rows do not stay on the card, because some features are switched off anew in every epoch
  (--input-dropout): beside it the rate where they stay.
- start: seconds from the start of the process to the end of its first epoch of one step.
- kernels: the launches of one step with their times, by ncu.
- memory: what the card's memory grows by.
- mnist: seconds and epochs to 98 % of the held-out rows, if --mnist names the file.
"""
import argparse, csv, json, os, re, shutil, statistics, subprocess, sys, tempfile, time

ROWS = 60000
SPEED = [(128, 256), (1024, 256), (1024, 1024), (1024, 4096), (8192, 256), (8192, 1024), (8192, 4096)]


def make(path, rows=ROWS, width=784, classes=10, learnable=False):
    import h5py, numpy as np
    rng = np.random.default_rng(0)
    x = rng.random((rows, width), dtype="float32")
    y = (x[:, :5].sum(1) * 2).astype("int32") % classes if learnable else (np.arange(rows) % classes).astype("int32")
    with h5py.File(path, "w") as f:
        f["x_train"], f["y_train"] = x, y


def place(device):
    name, _, precision = device.partition("@")
    return ["--device", name, *(["--precision", precision] if precision else [])]


def command(program, path, run, device, *options):
    return [program, "train", path, *place(device), "--run", run, "--overwrite", "--validation", "0", "--dropout", "0", *options]


def events(run):
    with open(os.path.join(run, "journal.jsonl")) as f:
        return [json.loads(line) for line in f]


def parity(program, devices, folder):
    path = os.path.join(folder, "small.h5")
    make(path, rows=640, width=20, classes=4, learnable=True)
    print("parity: the largest difference from flex in a loss of ten steps, and in anything that the journal holds")
    for device in devices:
        for options in (["sgd"], ["sgd", "--momentum", "0.9", "--nesterov"], ["rmsprop"], ["adam"], ["adamw", "--weight-decay", "0.01", "--clip", "1"]):
            seen = []
            for name in ("flex", device):
                run = os.path.join(folder, "run-parity")
                subprocess.run(command(program, path, run, name, "--optimizer", *options, "--rate", "0.003", "--hidden", "48,17", "--batch-size", "64",
                                       "--epochs", "1", "--watch", "strict"), check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
                seen.append(events(run))
            losses = [[e["loss"] for e in run if "loss" in e and "layers" in e] for run in seen]
            far = max(abs(a - b) for a, b in zip(*losses)) if losses[0] else float("nan")
            print(f"  {device:8} {' '.join(options):40} {len(losses[1]):3} steps {far:.1e} {worst(*seen):.1e} relative", flush=True)


def worst(a, b):
    if isinstance(a, dict):
        return max([worst(a[k], b.get(k)) for k in a] or [0])
    if isinstance(a, list):
        return max([worst(x, y) for x, y in zip(a, b)] or [0])
    if isinstance(a, (int, float)) and not isinstance(a, bool):
        return abs(a - b) / (abs(a) + 1e-3)
    return 0


def lines(arguments, environment=None):
    """When each epoch was over, in seconds since the start of the process."""
    start, times = time.perf_counter(), []
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment) as process:
        for line in process.stderr:
            if re.match(r"\d+/\d+\*? ", line):
                times.append(time.perf_counter() - start)
            elif "error" in line or "panic" in line:
                print("   ", line.strip()[:200])
    return times


def own_rate(program, path, width, batch, device, folder, threads=None, more=()):
    steps = ROWS // batch
    epochs = max(4, min(60, 20000 // max(steps, width // 8))) if device != "flex" else 3
    options = ["--hidden", str(width), "--optimizer", "adam", "--rate", "0.001", "--schedule", "constant", "--batch-size", str(batch), "--epochs", str(epochs)]
    times = lines(command(program, path, os.path.join(folder, "run-speed"), device, *options, *more, *(["--threads", str(threads)] if threads else [])))
    if len(times) < 4:
        return None, None
    return (len(times) - 2) * ROWS / (times[-2] - times[0]), times[0]


def torch_rate(path, width, batch, style, epochs=12):
    import h5py, torch
    with h5py.File(path) as f:
        x, y = (torch.from_numpy(f[k][()]).to("cuda") for k in ("x_train", "y_train"))
    y = y.long()
    net = torch.nn.Sequential(torch.nn.Linear(784, width), torch.nn.ReLU(), torch.nn.Linear(width, 10)).to("cuda")
    loss_of = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, capturable=style == "graph")
    xb, yb, total = torch.empty(batch, 784, device="cuda"), torch.empty(batch, dtype=torch.long, device="cuda"), torch.zeros((), device="cuda")

    def step():
        optimizer.zero_grad(set_to_none=style != "graph")
        loss = loss_of(net(xb), yb)
        loss.backward()
        optimizer.step()
        total.add_(loss.detach())

    call, graph = step, None
    if style == "compile":
        call = torch.compile(step)
    if style == "graph":
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        xb.copy_(x[:batch]); yb.copy_(y[:batch])
        with torch.cuda.stream(side):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        call = graph.replay
    rates = []
    for _ in range(epochs):
        torch.cuda.synchronize()
        start = time.perf_counter()
        order = torch.randperm(ROWS, device="cuda")
        for i in range(0, ROWS // batch * batch, batch):
            torch.index_select(x, 0, order[i:i + batch], out=xb); torch.index_select(y, 0, order[i:i + batch], out=yb)
            call()
        total.item()
        rates.append(ROWS // batch * batch / (time.perf_counter() - start))
    return statistics.median(rates[len(rates) // 2:])


def speed(program, devices, folder, args):
    path = os.path.join(folder, "rows.h5")
    make(path)
    styles = [s for s in args.torch.split(",") if s]
    names = devices + (["flex"] if args.flex else []) + [f"torch {s}" for s in styles]
    print(f"speed: rows a second, 784-width-10 relu, Adam, {ROWS} rows; behind ours the seconds to the end of the first epoch, then the ratio to the last column")
    print(f"{'batch':>6} {'width':>6}" + "".join(f"{name:>22}" for name in names))
    for batch, width in SPEED if not args.only else [tuple(map(int, only.split("x"))) for only in args.only.split(",")]:
        cells, last = [], None
        for style in styles:
            rate = torch_rate(path, width, batch, style)
            cells.append(f"{rate:,.0f}"); last = rate
        own = []
        for device in devices + (["flex"] if args.flex else []):
            rate, first = own_rate(program, path, width, batch, device, folder)
            own.append("failed" if rate is None else f"{rate:,.0f} {first:.1f} s" + (f" {rate / last:.2f}" if last else ""))
        print(f"{batch:>6} {width:>6}" + "".join(f"{cell:>22}" for cell in own + cells), flush=True)


def window(program, devices, folder):
    path = os.path.join(folder, "rows.h5")
    make(path)
    print("window: rows a second where the host prepares the rows of every epoch (--input-dropout 0.1), and where they stay")
    for device in devices:
        for batch, width in ((1024, 1024), (8192, 1024)):
            rates = [own_rate(program, path, width, batch, device, folder, more=more)[0] for more in (("--input-dropout", "0.1"), ())]
            print(f"  {device:12} {batch:>6} {width:>6}" + "".join(f"{rate or 0:>16,.0f}" for rate in rates), flush=True)


def start(program, devices, folder):
    path = os.path.join(folder, "first.h5")
    make(path, rows=1024)
    print("start: seconds from the start of the process to the end of its first step and epoch, three times")
    for device in devices:
        times = [lines(command(program, path, os.path.join(folder, "run-start"), device, "--hidden", "256", "--batch-size", "1024", "--epochs", "1"))[:1] for _ in range(3)]
        print(f"  {device:8} {' '.join(f'{t:.2f}' for time in times for t in time)}", flush=True)


def kernels(program, folder, sizes):
    if not shutil.which("ncu"):
        print("kernels: SKIPPED, no ncu"); return
    for batch, width in sizes:
        path = os.path.join(folder, "some.h5")
        make(path, rows=4 * batch)
        arguments = command(program, path, os.path.join(folder, "run-kernels"), "cuda", "--hidden", str(width), "--optimizer", "adam", "--batch-size", str(batch),
                            "--epochs", "1", "--watch", "off")
        # The child that reads the file may open few files, and would be ended with the profiler's beside them: it is left alone.
        out = subprocess.run(["ncu", "--target-processes", "application-only", "--clock-control", "none", "--csv", "--metrics",
                              "gpu__time_duration.sum,sm__inst_executed_pipe_fma.avg.pct_of_peak_sustained_active", "-k",
                              "regex:gather|mask|product|loss|fold|update|record", "--launch-count", "12", *arguments], capture_output=True, text=True, timeout=120)
        print(f"kernels: the first step at batch {batch}, width {width}: block, grid, nanoseconds, share of the multipliers' time")
        found = {}
        for cells in csv.reader(out.stdout.splitlines()):
            if len(cells) > 11 and cells[0].isdigit():
                found.setdefault((int(cells[0]), cells[4][:16], cells[7], cells[8]), []).append(cells[-1])
        for (_, *what), values in found.items():
            print(f"  {what[0]:16} {what[1]:>16} {what[2]:>16} {values[0]:>12} {values[-1]:>8}")


def memory(program, devices, folder):
    path = os.path.join(folder, "rows.h5")
    if not os.path.exists(path):
        make(path)
    for device in devices:
        process = subprocess.Popen(command(program, path, os.path.join(folder, "run-memory"), device, "--hidden", "1024", "--batch-size", "1024", "--epochs", "200"), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        most = 0
        for _ in range(20):
            time.sleep(0.2)
            found = subprocess.run(["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"], capture_output=True, text=True).stdout.split()
            most = max([most] + [int(v) for v in found if v.isdigit()])
        process.terminate(); process.wait()
        print(f"memory: {device} {most} MiB of the card in use at 784-1024-10, batch 1,024, {ROWS} rows (188 MB as float32)", flush=True)


def mnist(program, devices, folder, path):
    for device in devices:
        begun = time.perf_counter()
        arguments = [program, "train", path, *place(device), "--run", os.path.join(folder, "run-mnist"), "--overwrite", "--hidden", "800", "--optimizer", "adam",
                     "--rate", "0.003", "--batch-size", "256", "--epochs", "20"]
        with subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stderr:
                found = re.match(r"(\d+)/\d+\*? .* ([\d.]+) % ", line)
                if found and float(found[2]) >= 98:
                    print(f"mnist: {device} reached {found[2]} % of the held-out rows in epoch {found[1]} after {time.perf_counter() - begun:.2f} s of the process")
                    process.terminate(); break
            else:
                print(f"mnist: {device} did not reach 98 % in twenty epochs")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/gpu/backburn"); parser.add_argument("--devices", default="cuda,vulkan")
    parser.add_argument("--parts", default="parity,speed,window,start,kernels,memory,mnist"); parser.add_argument("--torch", default="eager,graph")
    parser.add_argument("--only", help="1024x256,8192x1024: these batches and widths alone"); parser.add_argument("--mnist")
    parser.add_argument("--kernels", default="1024x1024"); parser.add_argument("--flex", action="store_true", help="flex on all processors as well")
    args = parser.parse_args()
    program = os.path.abspath(args.program)
    if not os.access(program, os.X_OK):
        sys.exit(f"gpu: there is no program at {args.program}; build one with tests/backends/cuda.sh")
    try:
        import torch
        card = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    except ImportError:
        card = None
    if card is None:
        args.torch = ""
    print(f"card: {card or 'none that PyTorch can use, so nothing is compared with it'}; {os.cpu_count()} processors")
    devices, parts, begun = args.devices.split(","), args.parts.split(","), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        if "start" in parts:
            start(program, devices, folder)
        if "parity" in parts:
            parity(program, devices, folder)
        if "speed" in parts:
            speed(program, devices, folder, args)
        if "window" in parts:
            window(program, devices, folder)
        if "kernels" in parts and "cuda" in devices:
            kernels(program, folder, [tuple(map(int, size.split("x"))) for size in args.kernels.split(",")])
        if "memory" in parts and card:
            memory(program, devices, folder)
        if "mnist" in parts and args.mnist:
            mnist(program, devices, folder, args.mnist)
    print(f"took {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
