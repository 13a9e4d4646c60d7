#!/usr/bin/env python3
"""Start to finish: from the start of the process to the result, as a user waits for it.

    python3 benches/start.py MNISTdata.hdf5 [--rounds 5] [--threads 2]

Every line is a whole process, start-up and reading of the file included, in alternation: training to 97 % test
accuracy (784-100-10, the same optimizer, rates and batches; scikit-learn, which has no one-cycle schedule, with its own
Adam for as many epochs as it needs), prediction of the test half, and `--help`. `read` is the reading alone, timed
inside the process. Needs numpy, h5py, torch and scikit-learn; what is not installed is left out.
"""
import argparse, importlib.util, json, os, re, statistics, subprocess, sys, tempfile, time

HIDDEN, BATCH, EPOCHS, RATE = 100, 64, 2, 0.005


def arrays(path):
    import h5py
    with h5py.File(path) as f:
        return [f[k][()] for k in ("x_train", "y_train", "x_test", "y_test")]


def torch_network():
    import torch
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(784, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 10))


def torch_train(path, model_path):
    import torch
    x, y, x_test, y_test = (torch.from_numpy(a) for a in arrays(path))
    y, y_test = y.ravel().long(), y_test.ravel().long()
    net, loss_of = torch_network(), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0)
    steps = EPOCHS * -(-len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad(set_to_none=True)
            loss_of(net(x[rows]), y[rows]).backward()
            optimizer.step(); schedule.step()
    with torch.no_grad():
        print(json.dumps({"accuracy": (net(x_test).argmax(1) == y_test).float().mean().item()}))
    torch.save(net.state_dict(), model_path)


def torch_predict(path, model_path):
    import h5py, torch
    with h5py.File(path) as f:
        x = torch.from_numpy(f["x_test"][()])
    net = torch_network()
    net.load_state_dict(torch.load(model_path))
    with torch.no_grad():
        p = net(x).softmax(1)
    import numpy as np
    np.savetxt(model_path + ".csv", p.numpy(), delimiter=",")


def sklearn_train(path, _):
    from sklearn.neural_network import MLPClassifier
    x, y, x_test, y_test = arrays(path)
    net = MLPClassifier([HIDDEN], solver="adam", learning_rate_init=0.002, batch_size=BATCH, alpha=0, random_state=0)
    for _ in range(20):
        net.partial_fit(x, y.ravel(), classes=range(10))
        accuracy = net.score(x_test, y_test.ravel())
        if accuracy >= 0.97:
            break
    print(json.dumps({"accuracy": accuracy}))


def h5py_read(path, _):
    import h5py, numpy
    start = time.perf_counter()
    arrays(path)
    print(json.dumps({"read": time.perf_counter() - start}))


SCRIPTS = {f.__name__: f for f in (torch_train, torch_predict, sklearn_train, h5py_read)}


def measure(command, env):
    start = time.perf_counter()
    process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env, stdin=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    lines = [l for l in process.stdout.splitlines() if l.startswith("{")]
    return seconds, json.loads(lines[-1]) if lines else {}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data"); parser.add_argument("--rounds", type=int, default=5); parser.add_argument("--threads", default="2")
    args = parser.parse_args()
    subprocess.run(["cargo", "build", "--release"], check=True, stderr=subprocess.DEVNULL)
    bench = subprocess.run(["cargo", "bench", "--no-run", "--bench", "epoch", "--message-format", "short"], stderr=subprocess.PIPE, text=True, check=True).stderr
    ours, epoch = "target/release/backburn", bench.rsplit("(", 1)[1].split(")")[0]
    env = dict(os.environ, **{f"{k}_NUM_THREADS": args.threads for k in ("OMP", "OPENBLAS", "MKL")})
    with tempfile.TemporaryDirectory() as folder:
        model, run = os.path.join(folder, "model.pt"), os.path.join(folder, "run")
        knobs = f"--hidden {HIDDEN} --batch-size {BATCH} --epochs {EPOCHS} --rate {RATE} --dropout 0 --validation 0 --threads {args.threads}".split()
        script = lambda name: [sys.executable, __file__, "work", name, args.data, model]
        have = lambda name: importlib.util.find_spec(name) is not None
        cases = {
            "train to 97 %": [("backburn", [ours, "train", args.data, *knobs, "--run", run, "--overwrite", "--json", "-q"]),
                              *([("torch", script("torch_train"))] if have("torch") else []), *([("sklearn", script("sklearn_train"))] if have("sklearn") else [])],
            "read": [("backburn", [epoch, args.data, "read", args.threads]), ("h5py", script("h5py_read"))],
            "predict 10,000 rows": [("backburn", [ours, "predict", run, args.data, "-o", os.path.join(folder, "p.csv")]),
                                    *([("torch", script("torch_predict"))] if have("torch") else [])],
            "--help": [("backburn", [ours, "--help"])],
        }
        print(f"{'what':<22}{'program':<10}{'seconds':>9}{'least':>8}{'ours / it':>11}{'accuracy':>10}")
        for what, programs in cases.items():
            results = [[measure(command, env) for _, command in programs] for _ in range(args.rounds + 1)][1:]
            times = [[r[k][1].get("read", r[k][0]) for r in results] for k in range(len(programs))]
            for k, (name, _) in enumerate(programs):
                ratio = statistics.median(a / b for a, b in zip(times[0], times[k]))
                last = results[-1][k][1]
                accuracy = last.get("accuracy", (last.get("test") or {}).get("accuracy", float("nan")))
                print(f"{what:<22}{name:<10}{statistics.median(times[k]):>9.3f}{min(times[k]):>8.3f}{ratio:>11.2f}{accuracy:>10.4f}")
        process = subprocess.Popen([ours, "train", args.data, *knobs, "--run", run, "--overwrite", "-q"], stdout=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            status = open(f"/proc/{process.pid}/status").read()
            peak = max([peak] + [int(m) for m in re.findall(r"VmHWM:\s+(\d+)", status)])
            time.sleep(0.005)
        print(f"peak memory of train: {peak / 1024:.0f} MB")


if __name__ == "__main__":
    SCRIPTS[sys.argv[2]](*sys.argv[3:]) if sys.argv[1:2] == ["work"] else main()
