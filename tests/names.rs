//! Nasty names through every face: classes, files and runs called so that a terminal, a spreadsheet, a page or a program
//! would act on them.

use std::path::Path;
use std::process::{Command, Output};

use super::shell::{backburn, folder};

/// What strangers may call a class.
const NASTY: [&str; 14] = [
    "=HYPERLINK(\"http://127.0.0.1\")",
    "+1+cmd",
    "-2+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\u{1b}[2J\u{1b}[31mred",
    "\u{9b}31m",
    "\u{202e}gnp.evil",
    "two\nlines",
    "</td></table><script>alert(1)</script>",
    "a|b | `c` | [d](javascript:alert(1)) | ![e](http://127.0.0.1)",
    "\"\"\"\nopen('pwned', 'w')\n\"\"\"",
    "'; open('pwned', 'w'); '",
    "$(touch pwned)`touch pwned`",
    "{stem}{layers}",
];

/// Six rows of each class, in a table.
fn table() -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let row = |(k, name): (usize, &&str)| {
        (0..6).map(|i| format!("{k},{i},{},{}\n", (k * 7) % 5, quoted(name))).collect::<String>()
    };
    format!("a,b,c,label\n{}", NASTY.iter().enumerate().map(row).collect::<String>())
}

/// Runs a command that must succeed, and checks that nothing on its two streams acts on a terminal.
fn shown(at: &Path, args: &[&str]) -> Output {
    let output = backburn(at, args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {stderr}");
    for (name, stream) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let text = String::from_utf8_lossy(stream);
        let acts = |c: &char| c.is_control() && !"\n\t".contains(*c) || ('\u{202a}'..='\u{202e}').contains(c);
        assert_eq!(text.chars().find(acts), None, "{name} of {args:?}: {text}");
    }
    output
}

/// Checks that no cell of a table is a formula.
fn no_formula(csv: &[u8]) {
    let mut cells = 0;
    for record in csv::ReaderBuilder::new().has_headers(false).from_reader(csv).records() {
        for cell in record.unwrap().iter() {
            assert!(!cell.starts_with(['=', '+', '-', '@']) || cell.parse::<f64>().is_ok(), "{cell}");
            cells += 1;
        }
    }
    assert!(cells > 20, "{cells}");
}

/// The file `name` of the run.
fn text(run: &Path, name: &str) -> String {
    std::fs::read_to_string(run.join(name)).unwrap()
}

#[test]
#[cfg(unix)]
fn names_are_only_names_in_every_face() {
    let folder = folder();
    let at = folder.path();
    let (data, run) = ("=1+1 \"x\" $(touch pwned).h5", "r'\"\"\"$(touch pwned)<b>|");
    std::fs::write(at.join("t.csv"), table()).unwrap();
    shown(at, &["import", "t.csv", "-o", data]);
    shown(at, &["inspect", data]);
    let train = ["train", data, "--epochs", "2", "--hidden", "8", "--validation", "0", "--run", run];
    shown(at, &train);
    shown(at, &["evaluate", run, data]);
    shown(at, &["diagnose", run]);
    no_formula(&std::fs::read(at.join(run).join("confusion.csv")).unwrap());
    no_formula(&std::fs::read(at.join(run).join("misclassified.csv")).unwrap());
    shown(at, &["predict", run, data, "-o", "p.csv"]);
    no_formula(&std::fs::read(at.join("p.csv")).unwrap());

    let page = text(&at.join(run), "report.html");
    assert!(!page.contains("<script") && !page.contains("<b>") && page.contains("&lt;script&gt;"));
    let card = text(&at.join(run), "README.md");
    assert!(!card.contains("<script") && !card.contains("](javascript") && !card.contains("](http"), "{card}");
    assert_eq!(card.lines().filter(|line| line.starts_with("| ")).count(), 7, "the rows of its table: {card}");
    let config: toml::Table = toml::from_str(&text(&at.join(run), "config.toml")).unwrap();
    assert_eq!(config["data"].as_str(), Some(data));
    let first: serde_json::Value =
        serde_json::from_str(text(&at.join(run), "journal.jsonl").lines().next().unwrap()).unwrap();
    assert!(first["data"].as_str().unwrap().contains(data), "{first}");
    assert!(!at.join("pwned").exists());
}

#[test]
#[cfg(unix)]
fn an_exported_program_runs_whatever_the_model_is_called() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("t.csv"), table()).unwrap();
    shown(at, &["import", "t.csv", "-o", "t.h5"]);
    shown(at, &["train", "t.h5", "-q", "--epochs", "1", "--hidden", "4", "--validation", "0", "--run", "run"]);
    for format in ["safetensors", "onnx", "hdf5"] {
        shown(at, &["export", "run", "--format", format, "-o", "m"]);
        std::fs::remove_file(at.join("m")).unwrap();
    }
    let stem = "m\"\"\"\nopen('pwned', 'w')\n\"\"\"'\\";
    let python = |program: &str| {
        let paths = "import sys, numpy; numpy.save('x.npy', numpy.zeros((2, 3)))";
        let rows = Command::new("python3").current_dir(at).args(["-c", paths]).output().ok()?;
        rows.status
            .success()
            .then(|| Command::new("python3").current_dir(at).args([program, "x.npy"]).output().unwrap())
    };
    shown(at, &["export", "run", "--format", "npz", "-o", &format!("{stem}.npz")]);
    if let Some(output) = python(&format!("{stem}_numpy.py")) {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty());
    }
    shown(at, &["export", "run", "--format", "pytorch-script", "-o", "other\".npz"]);
    let compile = "import ast, sys; ast.parse(open(sys.argv[1]).read())";
    let parsed = Command::new("python3").current_dir(at).args(["-c", compile, "other\"_torch.py"]).output();
    assert!(parsed.is_err() || parsed.unwrap().status.success());
    assert!(!at.join("pwned").exists(), "the name ran");
}
