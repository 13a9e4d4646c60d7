//! A person's training script goes in, the wrong lines come out; right scripts go free, and what cannot be said is not.
//!
//! Needs a Python with numpy (`BACKBURN_PYTHON`, else `python3`); without one the tests say so and pass.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::shell::{backburn, folder, json, refused};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

/// The Python to ask, if it has these modules.
fn python(modules: &str) -> Option<String> {
    let python = std::env::var("BACKBURN_PYTHON").unwrap_or_else(|_| "python3".into());
    let ready = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
    if !ready.is_ok_and(|output| output.status.success()) {
        eprintln!("not run: {python} lacks one of {modules}");
        return None;
    }
    Some(python)
}

/// The mistakes of a script with the text of their lines, as its comments `# MISTAKE: name` say.
fn truth(text: &str) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for line in text.lines().flat_map(|line| line.split("\\n")) {
        let (code, comments) = line.split_once("# MISTAKE: ").unwrap_or((line, ""));
        let names = comments.split("# MISTAKE: ").filter(|name| !name.trim().is_empty());
        for name in names {
            let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            all.insert((name, code.trim_matches(|c| "#\",[] ".contains(c)).to_string()));
        }
    }
    all
}

/// A bias with a row for every row of the batch.
const BIAS_FOR_EACH_ROW: &str = "import numpy as np\nx = np.random.rand(6, 3); y = np.random.rand(6, 2)\nw = np.random.rand(3, 2); \
                                 b = np.random.rand(6, 2)\nfor i in range(9):\n    d = x @ w + b - y\n    w -= 0.1 * x.T @ d\n    \
                                 b -= 0.1 * d\n";

/// A bias that gets a column for every sample by its update.
const BIAS_THAT_GROWS: &str = "import numpy as np\nx = np.random.rand(3, 6); y = np.random.rand(2, 6)\nw = np.random.rand(2, 3); \
                               b = np.random.rand(2, 1)\nfor i in range(9):\n    d = w @ x + b - y\n    w = w - 0.1 * d @ x.T\n    \
                               b = b - 0.1 * d\n";

/// Targets in a column beside outputs in a row, whose difference has an entry for every pair.
const EVERY_PAIR: &str = "import numpy as np\nx = np.random.rand(6, 3); y = np.random.rand(6, 1)\nw = np.random.rand(3)\n\
                          for i in range(9):\n    d = x @ w - y\n    w -= 0.1 * (x.T @ d).mean(axis=1)\n";

/// A layer whose units are arrays of their own, which are stacked for each product.
const STACKED: &str = "import numpy as np\nx = np.random.randn(30, 2); y = np.random.rand(30, 2)\nu, w, v = np.random.randn(2), \
                       np.random.randn(2), np.random.randn(2, 2)\nfor i in range(9):\n    a = np.tanh(x @ np.vstack((u, w)).T)\n    \
                       d = (a @ v - y) / 30\n    e = (d @ v.T) * (1 - a * a)\n    v -= 0.1 * a.T @ d\n    u -= 0.1 * e[:, 0] @ x\n    \
                       w -= 0.1 * e[:, 1] @ x\n";

/// Weights of whole numbers, which cut each step.
const CUT: &str = "import numpy as np\nx = np.random.rand(6, 3); y = np.random.rand(6)\nw = np.array([1, 0, 1])\nfor i in range(9):\n    \
                   d = x @ w - y\n    w[:] = w - 0.1 * x.T @ d\n";

/// An error whose rows have weights, which no known loss has.
const WEIGHTED: &str = "import numpy as np\nr = np.random.RandomState(4); x = r.randn(20, 3); y = (x[:, 0] > 0) * 1.0\n\
                        w, c = r.randn(3), np.where(y > 0, 0.7, 1.6)\nfor i in range(9):\n    d = c * (1 / (1 + np.exp(-x @ w)) - y)\n    \
                        w -= 0.1 * x.T @ d / c.sum()\n";

/// A network whose sigmoids are of base 2, and their derivative that of base e.
const BASE_TWO: &str = "import numpy as np\nr = np.random.RandomState(4); x = r.randn(20, 3); y = (x[:, :1] > 0) * 1.0\n\
                        w, v = r.randn(3, 4), r.randn(4, 1)\nfor i in range(9):\n    a = 1 / (1 + 2 ** -(x @ w))\n    \
                        p = 1 / (1 + 2 ** -(a @ v))\n    d = (p - y) * p * (1 - p)\n    e = (d @ v.T) * a * (1 - a)\n    \
                        v -= 0.5 * a.T @ d\n    w -= 0.5 * x.T @ e\n";

/// A network whose update takes the third power of its gradients, so that no array is the gradient that it takes.
const CUBED: &str = "import numpy as np\nr = np.random.RandomState(4); x = r.randn(20, 3); y = (x[:, :1] > 0) * 1.0\n\
                     w, v = r.randn(3, 4), r.randn(4, 1)\nfor i in range(9):\n    a = np.tanh(x @ w)\n    \
                     p = 1 / (1 + np.exp(-(a @ v)))\n    d = (p - y) / 20\n    e = (d @ v.T) * (1 - a ** 2)\n    \
                     v = v - 0.5 * (a.T @ d) ** 3\n    w = w - 0.5 * (x.T @ e) ** 3\n";

/// A model whose output is one number, whatever comes in.
const CONSTANT: &str = "import numpy as np\nr = np.random.RandomState(4); x = r.randn(20, 3); y = (x[:, :1] > 0) * 1.0\n\
                        w = r.randn(3, 1)\nfor i in range(9):\n    z = x @ w\n    p = np.exp(z) / np.exp(1 + z)\n    \
                        w = w - 0.1 * x.T @ (p - y) / 20\n";

/// A network of which one weight is left out of the update.
const LEFT_OUT: &str = "import numpy as np\nr = np.random.RandomState(4); x = r.randn(20, 3); y = (x[:, :1] > 0) * 1.0\n\
                        w, b, v = r.randn(3, 4), np.zeros(4), r.randn(4, 1)\nfor i in range(9):\n    a = np.tanh(x @ w + b)\n    \
                        d = (1 / (1 + np.exp(-a @ v)) - y) / 20\n    e = (d @ v.T) * (1 - a ** 2)\n    \
                        dw, db, dv = x.T @ e, e.sum(axis=0), a.T @ d\n    v -= 0.5 * dv\n    b -= 0.5 * db\n";

/// The rule of the perceptron, whose output is a step.
const PERCEPTRON: &str = "import numpy as np\nr = np.random.RandomState(4); x = r.randn(20, 3); y = np.sign(x[:, 0])\nw = r.randn(3)\n\
                          for i in range(9):\n    for one, t in zip(x, y):\n        p = 1 if np.dot(one, w) > 0 else -1\n        \
                          w += 0.1 * (t - p) * one\n";

/// A network whose hidden layer is normalised over the batch by hand, backward too.
const NORMALISED: &str = "import numpy as np\n\
    r = np.random.RandomState(4); x = r.randn(40, 3); y = (x[:, :1] > 0) * 1.0\n\
    w, g, b, v, c = r.randn(3, 5), np.ones(5), np.zeros(5), r.randn(5, 1), np.zeros(1)\n\
    for i in range(9):\n\
    \x20   z = x @ w\n\
    \x20   mu, var = z.mean(axis=0), z.var(axis=0)\n\
    \x20   n = (z - mu) / np.sqrt(var + 1e-5)\n\
    \x20   a = np.maximum(g * n + b, 0)\n\
    \x20   p = 1 / (1 + np.exp(-(a @ v + c)))\n\
    \x20   d = (p - y) / len(x)\n\
    \x20   e = (d @ v.T) * (a > 0)\n\
    \x20   f = e * g\n\
    \x20   f = (f - f.mean(axis=0) - n * (f * n).mean(axis=0)) / np.sqrt(var + 1e-5)\n\
    \x20   v -= 0.5 * a.T @ d; c -= 0.5 * d.sum(axis=0)\n\
    \x20   g -= 0.5 * (e * n).sum(axis=0); b -= 0.5 * e.sum(axis=0); w -= 0.5 * x.T @ f\n";

/// Every script of a person's that the tests have, with what is wrong in it.
fn scripts() -> Vec<(PathBuf, BTreeSet<(String, String)>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(here("scripts")).unwrap().flatten() {
        let path = entry.path();
        let kind = path.extension().is_some_and(|ending| ending == "py" || ending == "ipynb");
        if kind && !path.ends_with("check.py") && !path.ends_with("missing_file.py") {
            let text = std::fs::read_to_string(&path).unwrap();
            all.push((path, truth(&text)));
        }
    }
    all.sort();
    all
}

fn judged(python: &str, script: &Path) -> Value {
    let script = script.to_str().unwrap();
    json(&backburn(folder().path(), &["gradcheck", script, "--python", python, "--json"]))
}

#[test]
fn the_tracer_takes_every_array_for_what_the_script_holds_under_its_name() {
    let Some(python) = python("numpy") else { return };
    let output = Command::new(python).arg(here("scripts/check.py")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_line_of_every_mistake_is_named_and_no_right_script_is_convicted() {
    let Some(python) = python("numpy") else { return };
    let (mut named, mut wanted) = (0, 0);
    let mut missed = Vec::new();
    for (script, truth) in scripts() {
        let name = script.file_name().unwrap().to_string_lossy().into_owned();
        let verdict = judged(&python, &script);
        if truth.is_empty() {
            assert_eq!(verdict["verdict"], "right", "{name}: {verdict}");
            continue;
        }
        let mistakes: BTreeSet<&str> = truth.iter().map(|(mistake, _)| mistake.as_str()).collect();
        let found: BTreeSet<&str> =
            verdict["mistakes"].as_array().unwrap().iter().filter_map(|mistake| mistake.as_str()).collect();
        assert!(found.is_subset(&mistakes), "{name}: {found:?} instead of {mistakes:?}");
        for (mistake, code) in &truth {
            wanted += 1;
            let lines = verdict["lines"].as_array().unwrap();
            let hit = lines.iter().any(|line| {
                line["mistake"] == mistake.as_str() && line["source"].as_str().unwrap().starts_with(code.as_str())
            });
            named += usize::from(hit);
            missed.extend((!hit).then(|| format!("{name}: {mistake} at `{code}`: {lines:?}")));
        }
    }
    println!("{named} of {wanted} mistakes named with their line");
    assert!(wanted >= 20 && named * 100 >= wanted * 95, "{}", missed.join("\n"));
}

#[test]
fn a_script_that_ends_early_is_told_why_with_its_line() {
    let Some(python) = python("numpy") else { return };
    let missing = here("scripts/missing_file.py");
    let output = backburn(folder().path(), &["gradcheck", missing.to_str().unwrap(), "--python", &python]);
    refused(&output, 3, &["FileNotFoundError", "missing_file.py:4", "no_such_file.csv"]);
    let at = folder();
    for (name, text, words) in [
        ("module.py", "import numpy\nimport no_such_module\n", ["ModuleNotFoundError", "module.py:2"]),
        ("nothing.py", "import numpy as np\nprint(np.zeros(3))\n", ["nothing was found to check", "nothing.py"]),
        ("syntax.py", "import numpy\nprint('x'\n", ["SyntaxError", "syntax.py:2"]),
        ("asks.py", "import numpy\nn = int(input())\n", ["EOFError", "asks.py:2"]),
        ("rule.py", PERCEPTRON, ["is a step, which has no gradient", "rule.py:6"]),
        ("base.py", BASE_TWO, ["a sigmoid of base 2", "0.693147*a*(1-a)"]),
        ("cubed.py", CUBED, ["nothing certain can be said", "the step of the parameter of dW2"]),
        ("constant.py", CONSTANT, ["layer 1 (0.367879 for every z", "that is none of those known\n"]),
        ("rows.py", BIAS_FOR_EACH_ROW, ["a row for each of the 6 rows of the batch", "b = np.zeros(2)"]),
        ("grows.py", BIAS_THAT_GROWS, ["gets, by its update, a row for each of the 6 rows", "b = np.zeros((2, 1))"]),
        ("stacked.py", STACKED, ["stacked.py:6", "is one of what other parameters made"]),
        ("cut.py", CUT, ["cut.py:6", "cuts each step at the decimal point"]),
        ("left.py", LEFT_OUT, ["left.py:5", "uses a weight w, of which a gradient is computed, dw"]),
        ("weighted.py", WEIGHTED, ["weighted.py:5", "a weight of its own"]),
        ("pairs.py", EVERY_PAIR, ["pairs.py:5", "one for every pair of rows"]),
    ] {
        std::fs::write(at.path().join(name), text).unwrap();
        refused(&backburn(at.path(), &["gradcheck", name, "--python", &python]), 3, &words);
    }
    refused(&backburn(at.path(), &["gradcheck", "absent.py"]), 2, &["absent.py"]);
    refused(&backburn(at.path(), &["gradcheck", "module.py", "--python", "no-such-python"]), 2, &["--python"]);
}

/// A network whose hidden function nobody lists, with its derivative to a `power`; 2 is right.
fn softsign(power: u32) -> String {
    format!(
        "import numpy as np\nr = np.random.RandomState(4); x = r.randn(30, 4); y = np.eye(3)[r.randint(0, 3, 30)]\n\
         w, b, v, c = r.randn(4, 6), np.zeros(6), r.randn(6, 3), np.zeros(3)\nfor i in range(9):\n    z = x @ w + b\n    \
         a = z / (1 + np.abs(z))\n    e = np.exp(a @ v + c)\n    p = e / e.sum(axis=1, keepdims=True)\n    d = (p - y) / len(x)\n    \
         f = (d @ v.T) / (1 + np.abs(z)) ** {power}\n    v -= 0.5 * a.T @ d; c -= 0.5 * d.sum(axis=0)\n    \
         w -= 0.5 * x.T @ f; b -= 0.5 * f.sum(axis=0)\n"
    )
}

/// A network that learns under a loss of Huber, which it computes; right where `cut` is 1.
fn huber(cut: f64) -> String {
    format!(
        "import numpy as np\nr = np.random.RandomState(5); x = r.randn(40, 3); y = x @ r.randn(3, 1) + 3 * r.randn(40, 1)\n\
         w, b, v, c = r.randn(3, 5), np.zeros((1, 5)), r.randn(5, 1), np.zeros((1, 1))\nfor i in range(9):\n    \
         h = np.tanh(x @ w + b)\n    p = h @ v + c\n    e = p - y\n    \
         loss = np.mean(np.where(np.abs(e) <= 1, 0.5 * e ** 2, np.abs(e) - 0.5))\n    \
         d = np.where(np.abs(e) <= {cut:?}, e, np.sign(e)) / len(x)\n    g = (d @ v.T) * (1 - h ** 2)\n    \
         dv, dc, dw, db = h.T @ d, d.sum(axis=0, keepdims=True), x.T @ g, g.sum(axis=0, keepdims=True)\n    \
         v -= 0.1 * dv; c -= 0.1 * dc; w -= 0.1 * dw; b -= 0.1 * db\n"
    )
}

/// A focal loss, which compares no output with a target.
const FOCAL: &str = "import numpy as np\nr = np.random.RandomState(6); x = r.randn(50, 4)\ny = (x[:, 0] > 0.8).astype(float).reshape(-1, 1)\n\
                     w, b = r.randn(4, 1) * 0.3, np.zeros(1)\nfor i in range(9):\n    p = 1 / (1 + np.exp(-(x @ w + b)))\n    \
                     q = np.where(y == 1, p, 1 - p)\n    loss = np.mean(-(1 - q) ** 2 * np.log(q))\n    \
                     s = (2 * (1 - q) * np.log(q) - (1 - q) ** 2 / q) / len(x)\n    t = s * np.where(y == 1, 1, -1) * p * (1 - p)\n    \
                     w = w - 0.5 * x.T @ t\n    b = b - 0.5 * t.sum(axis=0)\n";

/// A network of leaky relus, of which a row of zeros and biases of zero hit the corner.
const CORNER: &str = "import numpy as np\n\
    r = np.random.RandomState(3); x = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]); y = np.array([[0], [1], [1], [0.0]])\n\
    u, a, w, b, v, c = r.randn(2, 3), np.zeros((1, 3)), r.randn(3, 3), np.zeros((1, 3)), r.randn(3, 1), np.zeros((1, 1))\n\
    for i in range(9):\n\
    \x20   s = x @ u + a\n\
    \x20   g = np.where(s > 0, s, 0.01 * s)\n\
    \x20   t = g @ w + b\n\
    \x20   h = np.where(t > 0, t, 0.01 * t)\n\
    \x20   p = 1 / (1 + np.exp(-(h @ v + c)))\n\
    \x20   d = (p - y) / 4\n\
    \x20   e = (d @ v.T) * np.where(t > 0, 1, 0.01)\n\
    \x20   f = (e @ w.T) * np.where(s > 0, 1, 0.01)\n\
    \x20   v -= 0.3 * h.T @ d; c -= 0.3 * d.sum(axis=0, keepdims=True)\n\
    \x20   w -= 0.3 * g.T @ e; b -= 0.3 * e.sum(axis=0, keepdims=True)\n\
    \x20   u -= 0.3 * x.T @ f; a -= 0.3 * f.sum(axis=0, keepdims=True)\n";

#[test]
fn where_its_equations_are_unknown_a_script_is_asked_by_moving_its_parameters() {
    let Some(python) = python("numpy") else { return };
    let at = folder();
    for (name, script, verdict, words) in [
        ("softsign.py", softsign(2), "right", ["w, b, v, c are moved a little", "the cross-entropy of its outputs"]),
        ("slope.py", softsign(1), "wrong", ["w, b are moved a little", "agree with what it goes down by for v, c,"]),
        ("huber.py", huber(1.0), "right", ["w, b, v, c are moved a little", "huber.py:8"]),
        ("norm.py", NORMALISED.into(), "right", ["w, v, c are moved a little", "behind a batch normalisation"]),
        ("focal.py", FOCAL.into(), "right", ["w, b are moved a little", "focal.py:8"]),
        ("corner.py", CORNER.into(), "right", ["u, w, v, c are moved a little", "Of a, b no slope can be told"]),
    ] {
        std::fs::write(at.path().join(name), script).unwrap();
        let said = backburn(at.path(), &["gradcheck", name, "--python", &python]).stdout;
        let said = String::from_utf8_lossy(&said);
        assert!(said.starts_with(verdict) && words.iter().all(|word| said.contains(word)), "{name}: {said}");
    }
    // Of one row and one output any error is a multiple of any other, as here where the loss stands in its place.
    let value = "import numpy as np\nr = np.random.RandomState(6); x = r.rand(30, 4); t = (x[:, 0] > 0.4) * 1.0\n\
                 w, v = r.rand(4, 2), r.rand(2, 1)\nfor n in range(5):\n    for k in range(30):\n        a = x[k:k+1]\n        \
                 z = 1 / (1 + np.exp(-a @ w)); y = 1 / (1 + np.exp(-z @ v))\n        loss = -np.sum(t[k] * np.log(y))\n        \
                 d = loss * y * (1 - y); e = d @ v.T * z * (1 - z)\n        v += 0.5 * z.T @ d; w += 0.5 * a.T @ e\n    print(loss)\n";
    std::fs::write(at.path().join("value.py"), value).unwrap();
    let said = backburn(at.path(), &["gradcheck", "value.py", "--python", &python]).stdout;
    let said = String::from_utf8_lossy(&said);
    assert!(!said.starts_with("right"), "{said}");
    // A wrong error is the same for all parameters, so that nothing agrees, and no loss tells.
    std::fs::write(at.path().join("cut.py"), huber(2.0)).unwrap();
    let output = backburn(at.path(), &["gradcheck", "cut.py", "--python", &python]);
    refused(&output, 3, &["nothing certain can be said", "the derivative of no loss known here"]);
}

#[test]
fn the_program_that_this_project_started_from_is_convicted_line_by_line() {
    let Some(python) = python("numpy, h5py") else { return };
    let at = folder();
    let make = "import h5py, numpy as np; r = np.random.default_rng(1)\nwith h5py.File('d.h5', 'w') as f:\n    \
                for s, n in (('train', 90), ('test', 9)):\n        f['x_' + s] = r.random((n, 12)).astype('f4')\n        \
                f['y_' + s] = r.integers(0, 10, (n, 1))";
    assert!(Command::new(&python).args(["-c", make]).current_dir(at.path()).status().unwrap().success());
    let data = at.path().join("d.h5");
    let network = here("gradcheck/network.py");
    let args = ["gradcheck", network.to_str().unwrap(), "--python", &python, "--json", "--", data.to_str().unwrap()];
    let verdict = json(&backburn(at.path(), &args));
    let mut wanted = vec![
        ("targets-not-one-hot", "error = y.reshape(-1, 1) - p"),
        ("softmax-over-batch", "p = e / e.sum(axis=0)"),
        ("residual-sign", "error = y.reshape(-1, 1) - p"),
        ("output-derivative-of-preactivation", "delta2 = error * slope(z2)"),
        ("activation-derivative-of-preactivation", "delta1 = (delta2 @ W2.T) * slope(z1)"),
    ];
    let lines = verdict["lines"].as_array().unwrap();
    wanted.retain(|(mistake, code)| {
        !lines
            .iter()
            .any(|line| line["mistake"] == *mistake && line["source"].as_str().is_some_and(|s| s.starts_with(code)))
    });
    assert!(wanted.is_empty(), "{wanted:?} not in {verdict}");
    assert!(verdict["conditions"].as_array().unwrap().contains(&"bad-init-positive".into()), "{verdict}");
}

#[test]
fn the_outlook_says_whether_the_mended_network_learns_and_what_would_make_it() {
    let Some(python) = python("numpy") else { return };
    let verdict = judged(&python, &here("scripts/sum_not_mean.py"));
    let outlook = &verdict["outlook"];
    assert!(outlook["learns"].is_boolean() && outlook["loss"].as_f64().is_none_or(f64::is_finite), "{outlook}");
    let at = folder();
    // A rate a million times too small for right gradients.
    let script = "import numpy as np\nr = np.random.default_rng(0)\nx = r.normal(size=(40, 3)); y = r.integers(0, 2, (40, 1))\n\
                  W = r.normal(size=(3, 1)); b = np.zeros(1)\nfor i in range(5):\n    p = 1 / (1 + np.exp(-(x @ W + b)))\n    \
                  d = (p - y) / len(x)\n    dW = x.T @ d\n    db = d.sum(axis=0)\n    W -= 1e-6 * dW\n    b -= 1e-6 * db\n";
    std::fs::write(at.path().join("slow.py"), script).unwrap();
    let slow = judged(&python, &at.path().join("slow.py"));
    assert_eq!((&slow["verdict"], &slow["outlook"]["learns"]), (&"right".into(), &false.into()), "{slow}");
}

/// Of a batch of more than a million numbers most inputs are judged through their sums, which are large where inputs are not.
#[test]
fn what_inputs_are_like_and_the_outlook_are_told_of_all_inputs_of_a_large_batch() {
    let Some(python) = python("numpy, h5py") else { return };
    let folder = folder();
    let at = folder.path();
    let make = "import numpy as np, h5py; r = np.random.default_rng(1); x = r.random((2000, 600)).astype('f4')\n\
                y = (x @ r.normal(size=(600, 10))).argmax(1); f = h5py.File('wide.h5', 'w')\n\
                f['x_train'], f['y_train'], f['x_test'], f['y_test'] = x, y[:, None], x[:9], y[:9, None]; f.close()";
    assert!(Command::new(&python).args(["-c", make]).current_dir(at).status().unwrap().success());
    let (script, data) = (here("gradcheck/network.py"), at.join("wide.h5"));
    let args = ["gradcheck", script.to_str().unwrap(), "--python", &python, "--json", "--", data.to_str().unwrap()];
    let review = json(&backburn(at, &args));
    let conditions = review["conditions"].to_string();
    assert!(conditions.contains("bad-init-positive") && !conditions.contains("unscaled-input"), "{conditions}");
    let cure = review["outlook"]["cure"].to_string();
    assert!(cure.contains("weights drawn around 0") && !cure.contains("inputs brought"), "{cure}");
}

#[test]
fn what_a_printed_loss_and_later_updates_are_is_said_beside_a_right_verdict() {
    let Some(python) = python("numpy") else { return };
    let said = |script: &str| -> String {
        let script = here(script);
        let args = ["gradcheck", script.to_str().unwrap(), "--python", &python];
        String::from_utf8_lossy(&backburn(folder().path(), &args).stdout).into_owned()
    };
    let scale = said("scripts/mean_beside_sum.py");
    assert!(scale.contains("printed-loss: ") && scale.contains("is 0.166667 times this one"), "{scale}");
    let later = said("scripts/errors_with_momentum.py");
    let told = "momentum * old2  adds what the update before has left; the first update is judged";
    assert!(later.contains("carried-over: errors_with_momentum.py:19") && later.contains(told), "{later}");
}

#[test]
fn the_table_of_tensors_holds_the_penalty_that_nobody_stated() {
    let Some(python) = python("numpy") else { return };
    let verdict = judged(&python, &here("scripts/weight_decay.py"));
    let tensors = verdict["tensors"].as_object().unwrap();
    let right = |tensor: &Value| tensor["error"].as_f64().is_some_and(|error| error < 1e-6);
    assert!(tensors.len() == 4 && tensors.values().all(right), "{verdict}");
}

#[test]
fn a_printed_loss_that_is_not_a_number_is_told_with_its_line() {
    let Some(python) = python("numpy") else { return };
    let at = folder();
    let script = "import numpy as np\nr = np.random.default_rng(0)\nx = 900 * r.normal(size=(30, 4)); y = np.eye(3)[r.integers(0, 3, 30)]\n\
                  W = r.normal(size=(4, 3)); b = np.zeros(3)\nfor i in range(3):\n    z = x @ W + b\n    \
                  e = np.exp(z - z.max(axis=1, keepdims=True))\n    p = e / e.sum(axis=1, keepdims=True)\n    \
                  loss = -np.sum(y * np.log(p)) / len(x)\n    print(loss)\n    d = (p - y) / len(x)\n    \
                  W -= 1e-6 * x.T @ d; b -= 1e-6 * d.sum(axis=0)\n";
    std::fs::write(at.path().join("zero.py"), script).unwrap();
    let output = backburn(at.path(), &["gradcheck", "zero.py", "--python", &python]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("zero.py:9") && said.contains("is nan"), "{said}");
}

#[test]
fn a_script_is_written_with_its_lines_mended_and_is_right_then() {
    let Some(python) = python("numpy") else { return };
    let at = folder();
    let script = "import numpy as np\nr = np.random.default_rng(0)\nx = r.normal(size=(30, 4)); y = np.eye(3)[r.integers(0, 3, 30)]\n\
                  W1 = r.normal(size=(4, 5)); b1 = np.zeros(5); W2 = r.normal(size=(5, 3)); b2 = np.zeros(3)\nfor i in range(4):\n    \
                  a1 = np.tanh(x @ W1 + b1)\n    z2 = a1 @ W2 + b2\n    e = np.exp(z2)\n    p = e / e.sum(axis=1, keepdims=True)\n    \
                  loss = -np.mean(np.sum(y * np.log(p), axis=1))\n    d2 = (p - y) / len(x)\n    d1 = (d2 @ W2.T) * a1 * (1 - a1)\n    \
                  dW1 = x.T @ d1\n    db1 = d1.sum(axis=0)\n    dW2 = a1.T @ d2\n    db2 = d2.sum(axis=0)\n    \
                  W1 -= 0.1 * dW1; b1 -= 0.1 * db1; W2 -= 0.1 * dW2; b2 -= 0.1 * db2\n";
    std::fs::write(at.path().join("net.py"), script).unwrap();
    let args = ["gradcheck", "net.py", "--python", &python, "--write", "fixed.py"];
    let output = backburn(at.path(), &args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("lines 12 mended: its gradients are right"), "{said}");
    let fixed = std::fs::read_to_string(at.path().join("fixed.py")).unwrap();
    assert!(fixed.contains("    # was: d1 = (d2 @ W2.T) * a1 * (1 - a1)\n    d1 = "), "{fixed}");
    assert_eq!(fixed.lines().count(), script.lines().count() + 1);
    refused(&backburn(at.path(), &args), 2, &["exists"]);
    // A script that does not bear being mended.
    let proud = format!("assert '#' ' was' not in open(__file__).read()\n{script}");
    std::fs::write(at.path().join("proud.py"), proud).unwrap();
    let output = backburn(at.path(), &["gradcheck", "proud.py", "--python", &python, "--write", "mended.py"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("AssertionError") && said.contains("nothing was written"), "{said}");
    assert!(!at.path().join("mended.py").exists());
}
