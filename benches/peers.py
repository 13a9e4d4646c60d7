#!/usr/bin/env python3
"""Epoch times of backburn and its peers on the same rows, the same network, the same work, in alternation.

    python3 benches/peers.py [--data FILE.hdf5] [--threads 1] [--rounds 7] [--case 30]

Every program runs in a process of its own and learns one epoch whenever it is told to, in turn, so that a busy
machine hurts all alike; the table gives medians and the median of the ratios to numpy within a round. All start from
the same weights and gather rows in a random order every epoch; a program whose loss after the last epoch is not that of
numpy within 5 % is reported. `floor` is the same step by hand, see benches/epoch/floor.rs. Needs numpy and h5py (pip
install numpy h5py torch jax scikit-learn). `cpu ms` is processor time, which other people's work does not lengthen; what is not installed or not built is left out. candle is a project of its own.
"""
import argparse, os, platform, statistics, subprocess, sys, tempfile, time

CASES = {
    "30": ("30", "sigmoid", "sgd", 0.1, 128),
    "800": ("800", "relu", "adam", 0.001, 128),
    "800-800": ("800-800", "relu", "adam", 0.001, 1024),
}
PEERS = ["backburn", "floor", "numpy", "torch-loop", "torch-eager", "torch-compile", "torch-dataloader", "jax", "sklearn", "candle"]


def load(path):
    import h5py
    with h5py.File(path) as f:
        return {k: f[k][()] for k in f}


def layers(a):
    return [(a[f"W{i}"], a[f"b{i}"]) for i in range(1, 10) if f"W{i}" in a]


def numpy_epochs(a, activation, rule, rate, batch):
    import numpy as np
    x, y = a["x"], np.eye(10, dtype=np.float32)[a["y"].ravel()]
    params = [p.copy() for wb in layers(a) for p in wb]
    first, second, t = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params], 0
    rng, rate = np.random.default_rng(0), np.float32(rate)
    while True:
        order, total = rng.permutation(len(x)), 0.0
        for i in range(0, len(x), batch):
            rows = order[i:i + batch]
            acts, target, n = [x[rows]], y[rows], np.float32(len(rows))
            for l in range(0, len(params), 2):
                z = acts[-1] @ params[l]
                z += params[l + 1]
                if l + 2 < len(params):
                    z = 1 / (1 + np.exp(-z)) if activation == "sigmoid" else np.maximum(z, 0)
                acts.append(z)
            z = acts[-1] - acts[-1].max(1, keepdims=True)
            e = np.exp(z)
            s = e.sum(1, keepdims=True)
            total += float((np.log(s[:, 0]) - (z * target).sum(1)).sum())
            delta, grads = (e / s - target) / n, [None] * len(params)
            for l in range(len(params) - 2, -1, -2):
                grads[l], grads[l + 1] = acts[l // 2].T @ delta, delta.sum(0)
                if l:
                    h = acts[l // 2]
                    delta = (delta @ params[l].T) * (h * (1 - h) if activation == "sigmoid" else (h > 0))
            t += 1
            for p, g, m, v in zip(params, grads, first, second):
                if rule == "sgd":
                    p -= rate * g
                else:
                    m *= np.float32(0.9); m += np.float32(0.1) * g
                    v *= np.float32(0.999); v += np.float32(0.001) * g * g
                    p -= np.float32(rate / (1 - 0.9 ** t)) * m / (np.sqrt(v) / np.float32((1 - 0.999 ** t) ** 0.5) + np.float32(1e-8))
        yield total / len(x)


def torch_epochs(style):
    def epochs(a, activation, rule, rate, batch):
        import torch
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        x, y = torch.from_numpy(a["x"]), torch.from_numpy(a["y"].ravel().astype("int64"))
        mods = []
        for w, b in layers(a):
            lin = torch.nn.Linear(*w.shape)
            lin.weight.data, lin.bias.data = torch.from_numpy(w.T.copy()), torch.from_numpy(b.copy())
            mods += [lin, torch.nn.Sigmoid() if activation == "sigmoid" else torch.nn.ReLU()]
        net, loss_of = torch.nn.Sequential(*mods[:-1]), torch.nn.CrossEntropyLoss()
        params = [p for p in net.parameters()]
        if style == "compile":
            net = torch.compile(net)
        make = torch.optim.SGD if rule == "sgd" else torch.optim.Adam
        optimizer = make(params, lr=rate)
        if style == "dataloader":
            data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=batch, shuffle=True)
        buffer = torch.empty(batch, x.shape[1])
        while True:
            total = 0.0
            if style == "dataloader":
                for xb, yb in data:
                    optimizer.zero_grad(set_to_none=True)
                    loss = loss_of(net(xb), yb)
                    loss.backward()
                    optimizer.step()
                    total += loss.item() * len(yb)
                yield total / len(x)
                continue
            order = torch.randperm(len(x))
            for i in range(0, len(x), batch):
                rows = order[i:i + batch]
                if style == "loop":
                    xb = buffer[:len(rows)]
                    torch.index_select(x, 0, rows, out=xb)
                    for p in params:
                        if p.grad is not None:
                            p.grad.zero_()
                else:
                    xb = x[rows]
                    optimizer.zero_grad(set_to_none=True)
                loss = loss_of(net(xb), y[rows])
                loss.backward()
                if style == "loop" and rule == "sgd":
                    with torch.no_grad():
                        for p in params:
                            p.sub_(p.grad, alpha=rate)
                else:
                    optimizer.step()
                total += loss.item() * len(rows)
            yield total / len(x)
    return epochs


def jax_epochs(a, activation, rule, rate, batch):
    import jax, jax.numpy as jnp, numpy as np
    x, y = jnp.asarray(a["x"]), jnp.asarray(a["y"].ravel().astype("int32"))
    params = [tuple(map(jnp.asarray, wb)) for wb in layers(a)]
    squash = jax.nn.sigmoid if activation == "sigmoid" else jax.nn.relu
    count = len(x) // batch * batch

    def loss_of(params, xb, yb):
        h = xb
        for w, b in params[:-1]:
            h = squash(h @ w + b)
        w, b = params[-1]
        logp = jax.nn.log_softmax(h @ w + b)
        return -jnp.take_along_axis(logp, yb[:, None], 1).mean()

    def step(state, rows):
        params, m, v, t = state
        loss, grads = jax.value_and_grad(loss_of)(params, x[rows], y[rows])
        tm = jax.tree_util.tree_map
        if rule == "sgd":
            return (tm(lambda p, g: p - rate * g, params, grads), m, v, t), loss
        t = t + 1
        m = tm(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
        v = tm(lambda v, g: 0.999 * v + 0.001 * g * g, v, grads)
        upd = lambda p, m, v: p - rate * (m / (1 - 0.9 ** t)) / (jnp.sqrt(v / (1 - 0.999 ** t)) + 1e-8)
        return (tm(upd, params, m, v), m, v, t), loss

    @jax.jit
    def epoch(state, key):
        order = jax.random.permutation(key, len(x))[:count].reshape(-1, batch)
        state, losses = jax.lax.scan(step, state, order)
        return state, losses.mean()

    zeros = jax.tree_util.tree_map(jnp.zeros_like, params)
    state, key = (params, zeros, zeros, 0.0), jax.random.PRNGKey(0)
    epoch(state, key)[1].block_until_ready()
    while True:
        key, sub = jax.random.split(key)
        state, loss = epoch(state, sub)
        yield float(loss)


def sklearn_epochs(a, activation, rule, rate, batch):
    import numpy as np
    from sklearn.neural_network import MLPClassifier
    x, y, wb = a["x"], a["y"].ravel(), layers(a)
    net = MLPClassifier([w.shape[1] for w, _ in wb[:-1]], activation={"sigmoid": "logistic"}.get(activation, activation),
                        solver=rule, learning_rate_init=rate, batch_size=batch, alpha=0, momentum=0, shuffle=True)
    net.partial_fit(x[:batch], y[:batch], classes=np.arange(10))
    net.coefs_, net.intercepts_ = [w.copy() for w, _ in wb], [b.copy() for _, b in wb]
    net._optimizer = None
    del net._optimizer
    while True:
        net.partial_fit(x, y)
        yield net.loss_


WORKERS = {"numpy": numpy_epochs, "torch-loop": torch_epochs("loop"), "torch-eager": torch_epochs("eager"),
           "torch-dataloader": torch_epochs("dataloader"), "torch-compile": torch_epochs("compile"), "jax": jax_epochs, "sklearn": sklearn_epochs}


def work(name, path, activation, rule, rate, batch):
    epochs = WORKERS[name](load(path), activation, rule, float(rate), int(batch))
    print("ready", flush=True)
    for _ in sys.stdin:
        start, before = time.perf_counter(), time.process_time()
        loss = next(epochs)
        print((time.perf_counter() - start) * 1e3, loss, (time.process_time() - before) * 1e3, flush=True)


def write(path, data, hidden):
    import h5py, numpy as np
    rng = np.random.default_rng(1)
    if data:
        with h5py.File(data) as f:
            x, y = f["x_train"][()].reshape(-1, 784).astype("float32"), f["y_train"][()].ravel()
    else:
        x, y = rng.random((60000, 784), dtype="float32"), rng.integers(0, 10, 60000)
    with h5py.File(path, "w") as f:
        f["x"], f["y"] = x, y.astype("int32")
        widths = [784] + [int(w) for w in hidden.split("-")] + [10]
        for l, (i, o) in enumerate(zip(widths, widths[1:]), 1):
            f[f"W{l}"] = (rng.standard_normal((i, o)) * (1 / i) ** 0.5).astype("float32")
            f[f"b{l}"] = np.zeros(o, "float32")


def build_candle(path):
    """Builds benches/candle and writes the arrays of the case where it reads them; None where either fails."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "candle")
    target = os.environ.get("CANDLE_TARGET_DIR", os.path.join(folder, "target"))
    built = subprocess.run(["cargo", "build", "--release"], cwd=folder, env=dict(os.environ, CARGO_TARGET_DIR=target), stderr=subprocess.DEVNULL)
    if built.returncode:
        return None
    raw = path + ".raw"
    os.makedirs(raw, exist_ok=True)
    for name, array in load(path).items():
        array.astype("<f4").tofile(os.path.join(raw, name))
    return [os.path.join(target, "release", "candle-epoch"), raw]


class Program:
    def __init__(self, name, path, case, threads):
        hidden, activation, rule, rate, batch = case
        env = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads),
                   JAX_PLATFORMS="cpu", XLA_FLAGS=f"--xla_cpu_multi_thread_eigen={'false' if threads == 1 else 'true'} intra_op_parallelism_threads={threads}")
        if name in ("backburn", "floor"):
            command = [os.environ["BACKBURN_EPOCH"], path, name, hidden, activation, rule, str(rate), str(batch), str(threads)]
        elif name == "candle":
            command = build_candle(path) or ["false"]
            command = command + [hidden, activation, rule, str(rate), str(batch)]
            env.update(RAYON_NUM_THREADS=str(threads))
        else:
            command = [sys.executable, __file__, "work", name, path, activation, rule, str(rate), str(batch)]
        if threads == 1:
            command = ["taskset", "-c", "0"] + command
        self.name, self.times, self.losses, self.cpu = name, [], [], []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
        self.alive = name in ("backburn", "floor") or self.process.stdout.readline().strip() == "ready"

    def epoch(self):
        try:
            self.process.stdin.write("\n"); self.process.stdin.flush()
            ms, loss, *cpu = map(float, self.process.stdout.readline().split())
        except (ValueError, BrokenPipeError):
            self.alive = False
            return
        self.times.append(ms); self.losses.append(loss); self.cpu.append(cpu[0] if cpu else float("nan"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data"); parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7); parser.add_argument("--case", default="30", choices=CASES)
    parser.add_argument("--peers", default=",".join(PEERS))
    args = parser.parse_args()
    if "BACKBURN_EPOCH" not in os.environ:
        out = subprocess.run(["cargo", "bench", "--no-run", "--bench", "epoch", "--message-format", "short"], stderr=subprocess.PIPE, text=True, check=True).stderr
        os.environ["BACKBURN_EPOCH"] = out.rsplit("(", 1)[1].split(")")[0]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.h5")
        write(path, args.data, CASES[args.case][0])
        programs = [p for p in (Program(n, path, CASES[args.case], args.threads) for n in args.peers.split(",")) if p.alive]
        for round in range(args.rounds + 1):
            for program in programs:
                if program.alive:
                    program.epoch()
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine()) if os.path.exists("/proc/cpuinfo") else platform.machine()
    print(f"784-{CASES[args.case][0]}-10 {' '.join(map(str, CASES[args.case][1:]))}, {args.threads} thread(s), {model}, {args.rounds} rounds after one to warm up")
    base = next((p for p in programs if p.name == "numpy" and p.alive), programs[0])
    print(f"{'program':<18}{'ms/epoch':>10}{'least':>8}{'/ numpy':>9}{'cpu ms':>9}{'/ numpy':>9}{'first loss':>12}{'last loss':>11}")
    for p in programs:
        if p.alive:
            ratio = statistics.median(a / b for a, b in zip(p.times[1:], base.times[1:]))
            cpu = statistics.median(a / b for a, b in zip(p.cpu[1:], base.cpu[1:]))
            off = abs(p.losses[-1] / base.losses[-1] - 1) > 0.05 and abs(p.losses[-1] - base.losses[-1]) > 0.005
            print(f"{p.name:<18}{statistics.median(p.times[1:]):>10.0f}{min(p.times[1:]):>8.0f}{ratio:>9.2f}{statistics.median(p.cpu[1:]):>9.0f}{cpu:>9.2f}{p.losses[0]:>12.4f}{p.losses[-1]:>11.4f}{'  LOSS DIFFERS' if off else ''}")


if __name__ == "__main__":
    work(*sys.argv[2:]) if sys.argv[1:2] == ["work"] else main()
