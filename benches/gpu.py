#!/usr/bin/env python3
"""The GPU against PyTorch on the same card: eager, and with the whole step in a CUDA graph.

    python3 benches/gpu.py [--backends vulkan,cuda] [--widths 30,256,1024,4096] [--batch 1024] [--epochs 3] [--cpu]

For every width: rows a second of the last epoch of 784-width-10 relu, Adam, float32, on generated rows. backburn is the
program that a user runs, built with the feature of the backend (`cargo build --release --features vulkan`, in a target
folder of its own beside the default one); the rate is the one it prints. PyTorch holds the rows on the card, draws the
order there, and reads the loss once an epoch. With --cpu both run on the processor (flex), to try the script where there is no card. Needs numpy, h5py, torch.
"""
import argparse, os, re, subprocess, sys, tempfile, time

ROWS = 60000


def make(path):
    import h5py, numpy as np
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as f:
        f["x_train"], f["y_train"] = rng.random((ROWS, 784), dtype="float32"), (np.arange(ROWS) % 10).astype("int32")


def torch_rate(path, width, batch, epochs, style, device):
    import h5py, torch
    with h5py.File(path) as f:
        x, y = (torch.from_numpy(f[k][()]).to(device) for k in ("x_train", "y_train"))
    y = y.long()
    net = torch.nn.Sequential(torch.nn.Linear(784, width), torch.nn.ReLU(), torch.nn.Linear(width, 10)).to(device)
    loss_of = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, capturable=style == "graph")
    xb, yb, total = torch.empty(batch, 784, device=device), torch.empty(batch, dtype=torch.long, device=device), torch.zeros((), device=device)

    def step():
        optimizer.zero_grad(set_to_none=style != "graph")
        loss = loss_of(net(xb), yb)
        loss.backward()
        optimizer.step()
        total.add_(loss.detach())

    graph = None
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
    for _ in range(epochs):
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        order = torch.randperm(ROWS, device=device)
        for i in range(0, ROWS // batch * batch, batch):
            torch.index_select(x, 0, order[i:i + batch], out=xb); torch.index_select(y, 0, order[i:i + batch], out=yb)
            graph.replay() if graph else step()
        total.item()
        rate = ROWS // batch * batch / (time.perf_counter() - start)
    return rate


def backburn_rate(program, path, width, batch, epochs, device, folder):
    command = [program, "train", path, "--hidden", str(width), "--dropout", "0", "--optimizer", "adam", "--rate", "0.001", "--batch-size", str(batch),
               "--validation", "0", "--epochs", str(epochs), "--device", device, "--run", os.path.join(folder, "run"), "--overwrite"]
    out = subprocess.run(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    marks = re.findall(r"(\d+) rows/s", out.stderr)
    return float(marks[-1]) if marks else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--backends", default="vulkan"); parser.add_argument("--widths", default="30,256,1024,4096")
    parser.add_argument("--batch", type=int, default=1024); parser.add_argument("--epochs", type=int, default=3); parser.add_argument("--cpu", action="store_true")
    args = parser.parse_args()
    try:
        import torch
    except ImportError:
        torch = None
    cuda = torch is not None and torch.cuda.is_available()
    if not (cuda or args.cpu):
        sys.exit("gpu: SKIPPED, no GPU that PyTorch can use is at hand; --cpu tries the script on the processor")
    backends = ["flex"] if args.cpu else args.backends.split(",")
    programs = {}
    for backend in backends:
        target = "target" if backend == "flex" else os.path.join("target", backend)
        features = [] if backend == "flex" else ["--features", backend]
        built = subprocess.run(["cargo", "build", "--release", *features], env=dict(os.environ, CARGO_TARGET_DIR=target))
        if built.returncode:
            print(f"gpu: {backend} does not build here")
        else:
            programs[backend] = os.path.join(target, "release", "backburn")
    print(f"784-width-10 relu, Adam, batch {args.batch}, {ROWS} rows; rows a second on {torch.cuda.get_device_name() if cuda else 'the processor'}")
    names = [f"backburn {b}" for b in programs] + ([f"torch {s}" for s in (["eager", "graph"] if cuda else ["eager"])] if torch else [])
    print(f"{'width':>6}" + "".join(f"{name:>20}" for name in names))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rows.h5")
        make(path)
        for width in map(int, args.widths.split(",")):
            rates = [backburn_rate(p, path, width, args.batch, args.epochs, b, folder) for b, p in programs.items()]
            if torch:
                rates += [torch_rate(path, width, args.batch, args.epochs, s, "cuda" if cuda else "cpu") for s in (["eager", "graph"] if cuda else ["eager"])]
            print(f"{width:>6}" + "".join(f"{r:>20,.0f}" if r else f"{'failed':>20}" for r in rates), flush=True)


if __name__ == "__main__":
    main()
