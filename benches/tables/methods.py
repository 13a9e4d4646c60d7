"""The methods of the table: what each makes of a split, and the processor seconds of one core that it takes.

A method takes (x, y, x_test, seed) and gives the probabilities of the test rows; backburn is run as people run it, as a
command on an HDF5 file, reading, validation and model card included. All run on one thread.
"""
import json, os, resource, subprocess, tempfile, time, warnings

import numpy as np

PROGRAM = os.environ.get("BACKBURN", "target/release/backburn")


def behind_scaler(model):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    return make_pipeline(StandardScaler(), model)


def perceptron(seed):
    from sklearn.neural_network import MLPClassifier
    return behind_scaler(MLPClassifier(random_state=seed))


def logistic(seed):
    from sklearn.linear_model import LogisticRegression
    return behind_scaler(LogisticRegression(max_iter=1000))


def forest(seed):
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(random_state=seed)


def boosting(seed):
    from sklearn.ensemble import HistGradientBoostingClassifier
    return HistGradientBoostingClassifier(random_state=seed)


def lightgbm(seed):
    from lightgbm import LGBMClassifier
    return LGBMClassifier(random_state=seed, n_jobs=1, verbose=-1)


def realmlp(seed):
    from pytabkit import RealMLP_TD_Classifier
    return RealMLP_TD_Classifier(random_state=seed, device="cpu", n_threads=1, verbosity=0)


def realmlp_s(seed):
    from pytabkit import RealMLP_TD_S_Classifier
    return RealMLP_TD_S_Classifier(random_state=seed, device="cpu", n_threads=1, verbosity=0)


PYTHON = {"MLPClassifier": perceptron, "logistic regression": logistic, "random forest": forest,
          "HistGradientBoosting": boosting, "LightGBM": lightgbm, "RealMLP-TD": realmlp, "RealMLP-TD-S": realmlp_s}


def judge(model, x, y, x_test, y_test):
    """Accuracy, log loss and processor seconds of a model in Python."""
    from sklearn.metrics import log_loss
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        p = np.asarray(model.fit(x, y).predict_proba(x_test), dtype="float64")
    seconds = time.process_time() - start
    loss = log_loss(y_test, p / p.sum(1, keepdims=True), labels=model.classes_)
    return float((model.classes_[p.argmax(1)] == y_test).mean()), float(loss), seconds


def write(path, x, y, x_test, y_test):
    import h5py
    with h5py.File(path, "w") as file:
        for name, value in zip(("x_train", "y_train", "x_test", "y_test"), (x, y, x_test, y_test)):
            file[name] = value


def backburn(path, flags, seed, folder):
    """Accuracy, log loss and processor seconds of the command on an HDF5 file."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory(dir=folder) as run:
        command = [PROGRAM, "train", path, *flags.split(), "--threads", "1", "--seed", str(seed), "--run", run, "--overwrite"]
        said = subprocess.run([*command, "--json", "-q"], capture_output=True, text=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    if said.returncode:
        raise RuntimeError(f"{path} {flags}: {said.stderr.strip()[-300:]}")
    result = json.loads(said.stdout.splitlines()[-1])
    return result["test"]["accuracy"], result["test"]["loss"], seconds
