//! One table of knobs: flags, files, help, remedies and printed commands agree, because they are made of it.

use std::path::Path;
use std::process::{Command, Output};

use backburn::data::{Augment, Scale};
use backburn::diagnose::Remedy;
use backburn::learner::Rule;
use backburn::model::{Activation, Init, Loss, Reduction};
use backburn::setup::{Config, KNOBS, Knob, May, Range, Rate, Schedule};

use super::shell::{backburn, folder, refused, write_hdf5};

/// Flags of `train` that are no knobs.
const OTHERS: [&str; 13] = [
    "keep",
    "live",
    "log",
    "run",
    "overwrite",
    "resume",
    "tune",
    "config",
    "print-config",
    "json",
    "quiet",
    "help",
    "version",
];

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn names() -> Vec<&'static str> {
    KNOBS.iter().map(|knob| knob.name).collect()
}

/// A configuration in which no knob is left open.
fn full() -> Config {
    let mut config = Config::default();
    for knob in KNOBS.iter().filter(|knob| knob.text(&Config::default()).is_none()) {
        let tried = (knob.words)().into_iter().chain(["0.5", "1", "1M", "1/5", "some"]);
        assert!(tried.into_iter().any(|text| knob.set(&mut config, text).is_ok()), "{}", knob.name);
    }
    config
}

#[test]
fn flags_keys_and_printed_keys_are_those_of_the_table() {
    let folder = folder();
    let help = text(&backburn(folder.path(), &["train", "--help"]));
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let name =
        |line: &'_ str| line.split("--").nth(1).and_then(|rest| rest.split([' ', '[', '=']).next().map(String::from));
    let mut flags: Vec<String> = lines.filter_map(name).filter(|flag| !OTHERS.contains(&flag.as_str())).collect();
    flags.sort();
    flags.dedup();
    let mut expected: Vec<&str> = KNOBS.iter().filter(|knob| !knob.positional).map(|knob| knob.name).collect();
    expected.sort();
    assert_eq!(flags, expected);

    let keys = toml::Table::try_from(full()).unwrap();
    let mut expected = names();
    expected.sort();
    assert_eq!(keys.keys().map(String::as_str).collect::<Vec<_>>(), expected);

    let printed = text(&backburn(folder.path(), &["train", "--print-config"]));
    let keys = printed.lines().map(|line| line.trim_start_matches("# ").split(' ').next().unwrap());
    assert_eq!(keys.collect::<Vec<_>>(), names());
}

#[test]
fn the_help_texts_say_what_the_table_says() {
    let folder = folder();
    let all: Vec<&str> = KNOBS.iter().filter(|knob| !knob.positional && !knob.alone).map(|knob| knob.name).collect();
    let verbs: [(&str, &[&str]); 5] = [
        ("train", &all),
        ("lr-range", &all),
        ("evaluate", &["memory", "device", "precision"]),
        ("predict", &["memory", "device", "precision"]),
        ("diagnose", &["device"]),
    ];
    for (verb, names) in verbs {
        let help = text(&backburn(folder.path(), &[verb, "--help"]));
        let help = format!("{} ", help.split_whitespace().collect::<Vec<_>>().join(" "));
        for knob in names.iter().map(|name| Knob::named(name).unwrap()) {
            let default = knob.text(&Config::default());
            let default = default.as_deref().or(knob.open).unwrap();
            let said = format!(" --{} <{}> {} [default: {default}] ", knob.name, knob.value, knob.help.trim());
            assert!(help.contains(&said), "no `{said}` in {help}");
        }
    }
}

#[test]
fn the_printed_configuration_is_complete_and_read_back_as_it_is() {
    let folder = folder();
    let at = folder.path();
    let sgd = ["--optimizer", "sgd", "--momentum", "0.9", "--nesterov", "--hidden", "0", "--threads", "1"];
    let images = ["--augment", "elastic", "--strength", "0.5", "--activation", "tanh", "--clip", "1e-7", "--seed", "7"];
    let flags: [&[&str]; 4] = [&[], &sgd, &images, &["--rate", "auto", "--x", "it's", "--patience", "3"]];
    for flags in flags {
        let printed = text(&backburn(at, &[&["train", "--print-config"], flags].concat()));
        std::fs::write(at.join("printed.toml"), &printed).unwrap();
        assert_eq!(text(&backburn(at, &["train", "--config", "printed.toml", "--print-config"])), printed);
        for knob in ["rate", "init", "split-seed", "device", "memory", "threads"] {
            assert!(printed.lines().any(|line| line.starts_with(&format!("{knob} = "))), "{knob}: {printed}");
        }
    }
    let tanh = text(&backburn(at, &["train", "--print-config", "--activation", "tanh", "--optimizer", "sgd"]));
    assert!(tanh.contains("init = \"xavier\"") && tanh.contains("rate = 0.1\n"), "{tanh}");
}

#[test]
fn configurations_of_earlier_runs_are_still_read() {
    let folder = folder();
    let earlier = "data = \"a.h5\"\nvalidation = 0.1\nscale = \"auto\"\naugment = \"none\"\nstrength = 1.0\n\
        hidden = [256]\nactivation = \"relu\"\ngain = 1.0\nbias = 0.0\ndropout = 0.2\ninput-dropout = 0.0\n\
        optimizer = \"adamw\"\nschedule = \"one-cycle\"\nmomentum = 0.0\nnesterov = false\nweight-decay = 0.0\n\
        loss = \"cross-entropy\"\nreduction = \"mean\"\nlabel-smoothing = 0.0\nbalance = false\nbatch-size = 64\n\
        epochs = 3\nmin-delta = 0.0\nensemble = 1\nwatch = \"auto\"\non-trouble = \"stop\"\nseed = 0\n\
        memory = \"1006M\"\nrate = 1\n";
    std::fs::write(folder.path().join("earlier.toml"), earlier).unwrap();
    let printed = text(&backburn(folder.path(), &["train", "--config", "earlier.toml", "--print-config"]));
    assert!(printed.contains("epochs = 3\n") && printed.contains("rate = 1.0\n"), "{printed}");
}

#[test]
fn a_knob_that_does_nothing_without_another_is_refused_with_the_way_out() {
    let folder = folder();
    let at = folder.path();
    let cases: [(&[&str], &[&str]); 7] = [
        (&["--momentum", "0.9"], &["--momentum needs --optimizer sgd", "--momentum 0"]),
        (&["--optimizer", "sgd", "--nesterov"], &["--nesterov needs --momentum", "leave it out"]),
        (&["--strength", "2"], &["--strength needs --augment", "--strength 1"]),
        (&["--min-delta", "0.1"], &["--min-delta needs --patience", "--min-delta 0"]),
        (&["--hidden", "0", "--dropout", "0.5"], &["--dropout needs --hidden", "--dropout 0.2"]),
        (&["--hidden", "0", "--dropout", "0", "--strength", "3"], &["--strength needs"]),
        (&["--precision", "bf16", "--device", "flex"], &["--precision needs", "cuda", "vulkan", "--precision f32"]),
    ];
    for (flags, words) in cases {
        refused(&backburn(at, &[&["train"], flags].concat()), 2, words);
        refused(&backburn(at, &[&["lr-range"], flags].concat()), 2, words);
    }
    std::fs::write(at.join("config.toml"), "momentum = 0.9").unwrap();
    refused(&backburn(at, &["diagnose", "--config", "config.toml"]), 2, &["--momentum needs --optimizer sgd"]);
    text(&backburn(at, &["train", "--config", "config.toml", "--momentum", "0", "--print-config"]));
    assert!(!at.join("runs").exists(), "a refused run leaves nothing");
}

#[test]
fn what_a_begun_run_ignores_does_not_stop_it() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &["train", "-q", "--epochs", "2", "--run", "run"]).status.success());
    let path = at.join("run/config.toml");
    let config = std::fs::read_to_string(&path).unwrap().replace("momentum = 0.0", "momentum = 0.9");
    std::fs::write(&path, config).unwrap();
    assert!(backburn(at, &["train", "-q", "--resume", "run", "--epochs", "3"]).status.success());
    refused(&backburn(at, &["train", "-q", "--resume", "run", "--min-delta", "0.1"]), 2, &["--min-delta needs"]);
}

#[test]
fn numbers_out_of_range_are_refused_by_name() {
    for knob in KNOBS {
        let wrong: &[&str] = match knob.range {
            Range::Any => &[],
            Range::Finite => &["NaN", "inf"],
            Range::NotNegative => &["-1", "NaN", "inf"],
            Range::Positive => &["0", "-1", "NaN", "inf"],
            Range::Share => &["1", "-0.1", "NaN"],
            Range::UpTo(1024) => &["0", "1025"],
            Range::UpTo(_) => &["0"],
        };
        for text in wrong {
            let mut config = Config::default();
            if knob.set(&mut config, text).is_err() || *text == "0" && config.hidden.is_empty() {
                continue; // a word for no layer
            }
            let error = config.check().expect_err(knob.name).to_string();
            assert!(error.contains(&format!("--{} must be", knob.name)), "{error}");
        }
    }
}

#[test]
fn the_names_that_other_programs_have_lead_to_ours() {
    let folder = folder();
    let at = folder.path();
    for knob in KNOBS {
        for name in knob.elsewhere {
            assert!(!names().contains(name) && !OTHERS.contains(name), "--{name} is a flag");
            let flag = format!("--{name}");
            refused(&backburn(at, &["train", &flag, "1"]), 2, &[&flag, &format!("'--{}'", knob.name)]);
        }
    }
    let other = backburn(at, &["train", "--lr=0.1"]);
    refused(&other, 2, &["--lr", "'--rate'"]);
    assert!(!String::from_utf8_lossy(&other.stderr).contains("-- --lr"), "a flag that is meant is no value");
    refused(&backburn(at, &["lr-range", "--lr-rate", "0.1"]), 2, &["'--rate'"]);
    let elsewhere = backburn(at, &["devices", "--lr", "0.1"]);
    assert_eq!(elsewhere.status.code(), Some(2));
    assert!(!String::from_utf8_lossy(&elsewhere.stderr).contains("--rate"), "this verb has no rate");
    std::fs::write(at.join("config.toml"), "epochs = 3\nlr = 0.1\n").unwrap();
    refused(&backburn(at, &["train", "--config", "config.toml"]), 2, &["no knob `lr`", "`rate`"]);
}

/// Configurations with one fault or several, as the benchmark of faults makes them, and names that a shell would take
/// apart.
fn faulty() -> Vec<Config> {
    let sgd = Config { optimizer: Rule::Sgd, ..Config::default() };
    let at = |rate: f64| Some(Rate::At(rate));
    vec![
        Config::default(),
        Config { scale: Scale::None, init: Some(Init::Uniform01), gain: 1.35, ..sgd.clone() },
        Config { init: Some(Init::Zeros), bias: -10.0, rate: at(3e-7), ..Config::default() },
        Config { momentum: 0.999, nesterov: true, rate: at(0.5), schedule: Schedule::Step, ..sgd.clone() },
        Config { momentum: 0.9, hidden: vec![30; 7], activation: Activation::Sigmoid, ..sgd.clone() },
        Config { augment: Augment::Elastic, strength: 6.0, label_smoothing: 0.9, ..Config::default() },
        Config { clip: Some(1e-7), weight_decay: 0.35, reduction: Reduction::Sum, batch_size: 1, ..sgd.clone() },
        Config { loss: Loss::OneOutput, input_dropout: 0.97, dropout: 0.98, epochs: 1, ..Config::default() },
        Config { hidden: Vec::new(), dropout: 0.0, balance: true, batch_size: 1_000_000, ..sgd.clone() },
        Config { patience: Some(2), min_delta: 1e-9, seed: i64::MAX as u64, validation: 0.0, ..sgd.clone() },
        Config { data: Some("-it's here.h5".into()), x: Some("--x $y".into()), y: Some(String::new()), ..sgd },
    ]
}

/// What a diagnosis may print for `config`: with no remedy, with each alone, with all, and with all but one.
fn cured(config: &Config) -> Vec<Config> {
    let mut all = Remedy::all(config, Some(Scale::Standard), 500, true);
    all.extend([Remedy::Rate(1e-5), Remedy::Rate(0.3)]);
    all.extend(Remedy::architecture(config, true));
    let without = |i: usize| [&all[..i], &all[i + 1..]].concat();
    let mut sets: Vec<Vec<Remedy>> = all.iter().map(|remedy| vec![remedy.clone()]).collect();
    sets.extend((0..all.len()).map(without));
    sets.extend([Vec::new(), all.clone()]);
    let mut cured: Vec<Config> = sets.iter().map(|set| Remedy::applied(set, config)).collect();
    cured.push(Remedy::calmed(config));
    cured
}

/// `command` as a shell runs it, with `--print-config`.
fn printed(at: &Path, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_backburn")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    text(&shell.current_dir(at).env("PATH", path).args(["-c", &format!("{command} --print-config")]).output().unwrap())
}

#[test]
fn every_command_that_a_remedy_prints_is_understood_and_means_what_was_tried() {
    let folder = folder();
    let mut seen = Vec::new();
    for config in faulty() {
        for cured in cured(&config) {
            let command = cured.command();
            if seen.contains(&command) {
                continue;
            }
            let found =
                Config::from_toml(&printed(folder.path(), &command)).unwrap_or_else(|e| panic!("{command}: {e}"));
            let mut differs = cured.resolved().changes(&found);
            differs.retain(|change| !Knob::named(&change.knob).unwrap().may(May::StayHere));
            differs.retain(|change| change.knob != "data" || change.to != format!("./{}", change.from));
            assert!(differs.is_empty(), "{command}: {differs:?}");
            seen.push(command);
        }
    }
    assert!(seen.len() > 100, "only {} commands", seen.len());
}

#[test]
fn what_is_said_of_a_better_configuration_can_be_typed() {
    let mut seen = 0;
    for config in faulty() {
        for cured in cured(&config) {
            for change in config.typed_changes(&cured) {
                let knob = Knob::named(&change.knob).unwrap();
                assert!(!change.to.is_empty() || knob.name == "clip", "{change:?}");
                if !change.to.is_empty() {
                    knob.set(&mut Config::default(), &change.to).unwrap_or_else(|e| panic!("{change:?}: {e}"));
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} changes");
}

#[test]
fn every_shell_gets_its_completions() {
    let folder = folder();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let completions = text(&backburn(folder.path(), &["completions", shell]));
        assert!(KNOBS.iter().filter(|knob| !knob.positional).all(|knob| completions.contains(knob.name)), "{shell}");
    }
}

#[test]
fn defaults_follow_the_rows_of_the_file_and_what_is_given_stays() {
    let folder = folder();
    let at = folder.path();
    write_hdf5(&at.join("few.h5"), |file| {
        file.new_dataset::<f32>().shape([200, 3]).create("x").unwrap();
        file.new_dataset::<i32>().shape([200]).create("y").unwrap();
    });
    let train = |flags: &[&str]| text(&backburn(at, &[&["train", "few.h5", "--print-config"], flags].concat()));
    let lines = |text: &str, wanted: &[&str]| wanted.iter().all(|want| text.lines().any(|line| line == *want));
    let chosen = train(&[]);
    assert!(lines(&chosen, &["hidden = [128]", "rate = 0.01", "epochs = 234"]), "{chosen}"); // three batches an epoch, 700 updates
    std::fs::write(at.join("own.toml"), "batch-size = 90\n").unwrap();
    let own = train(&["--config", "own.toml"]);
    assert!(lines(&own, &["batch-size = 90", "epochs = 350"]), "{own}");
    let own = train(&["--config", "own.toml", "--epochs", "7"]);
    assert!(lines(&own, &["batch-size = 90", "epochs = 7"]), "{own}");
    for config in [&chosen, &own] {
        let command = Config::from_toml(config).unwrap().command();
        let epochs = |text: &str| text.lines().find(|line| line.starts_with("epochs")).map(String::from);
        assert_eq!(epochs(&printed(at, &command)), epochs(config), "{command}");
    }
}
