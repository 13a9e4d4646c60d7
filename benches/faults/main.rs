//! How good the watch and the diagnosis are: faults put into healthy runs, and healthy runs left alone.
//!
//!     cargo bench --bench faults [-- WORD...]
//!
//! Every WORD must be part of the name of a fault, a control or a table, or one of `faults`, `controls`, `set` and
//! `apart`. Every fault is put into every table with three seeds. Two of them are the part on which thresholds were set;
//! the third, apart, has another magnitude and a seed of its own, which chooses among healthy configurations. Its seeds
//! and magnitudes were written down, and committed, after the last rule was set and before any of them was ever run;
//! whoever changes a rule after looking at it has to change them again, or to give others with BACKBURN_APART. A cause with a bar has two names. A fault counts
//! where it does harm: where the run ends with an error, ten points below the same run without it, or with a loss far
//! above that of guessing, or where it is in the data. The cure is trained for real and counts where it comes within five
//! points of the run without the fault; so does the run that repairs itself (`--on-trouble repair`). A random search over
//! all knobs gets as many steps as the diagnosis took, and the same chance (not with BACKBURN_NO_SEARCH set).

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod cases;
mod search;
mod tables;

use std::path::Path;

use backburn::data::Data;
use backburn::device;
use backburn::diagnose::{self, Budget, Diagnosis, Health, Measure, Recorded};
use backburn::error::{Error, Result};
use backburn::faults::{self, Depth};
use backburn::journal::Event;
use backburn::run::Run;
use backburn::setup::{Config, OnTrouble};
use backburn::train::Training;
use burn::tensor::Device;
use cases::{CONTROLS, FAULTS, base};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tables::Table;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Right rows fewer, as a share, that make a fault one that does harm: sane choices of knobs differ by half of it.
const HARM: f64 = 0.1;
/// Right rows fewer that a cure may leave.
const CURED: f64 = 0.05;
/// A loss on learned rows that does harm, in those of guessing.
const EXPLODED: f64 = 1.5;
/// The seeds of the part apart begin here.
const APART: u64 = 17_500;

/// The first seed of the part apart: [`APART`], or what BACKBURN_APART says.
fn first_apart() -> u64 {
    std::env::var("BACKBURN_APART").ok().and_then(|seed| seed.parse().ok()).unwrap_or(APART)
}

/// What is counted, over one part of the cases.
#[derive(Default)]
struct Count {
    faults: usize,
    harmless: usize,
    warned: usize,
    detected: usize,
    wanted: usize,
    recalled: usize,
    told: usize,
    named: usize,
    right: usize,
    beside: usize,
    unnamed: usize,
    commands: usize,
    curable: usize,
    cured: usize,
    repaired: usize,
    searched: usize,
    controls: usize,
    alarms: usize,
    warnings: usize,
}

/// A run that is over.
struct Ended {
    accuracy: f64,
    /// The mean recall of the classes on the test half.
    recall: f64,
    warnings: usize,
    /// Whether the loss on learned rows is far above that of guessing.
    exploded: bool,
    failed: bool,
}

fn train(config: &Config, folder: &Path, device: &Device) -> Result<Ended> {
    let data = Data::load(&config.request())?;
    let run = Run::create(Some(folder), "", true)?;
    let guessing = (data.classes.names.len() as f64).ln();
    let mut training = Training::start(config.clone(), data, run, device)?;
    let mut ended = Ended { accuracy: 0.0, recall: 0.0, warnings: 0, exploded: false, failed: false };
    loop {
        match training.advance() {
            Ok(Some(Event::Symptom(_))) => ended.warnings += 1,
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(Error::Diverged(_)) => return Ok(Ended { failed: true, warnings: 1, ..ended }),
            Err(other) => return Err(other),
        }
    }
    let scores = training.finish()?;
    let there: Vec<f64> = scores.evaluation.per_class.iter().filter(|c| c.rows > 0).map(|c| c.recall).collect();
    ended.recall = there.iter().sum::<f64>() / there.len().max(1) as f64;
    ended.accuracy = scores.validation.unwrap_or(scores.train).accuracy;
    ended.exploded = scores.train.loss > EXPLODED * guessing;
    Ok(ended)
}

fn examine(config: &Config, folder: &Path, device: &Device) -> Result<Diagnosis> {
    let data = match Data::load(&config.request()) {
        Err(Error::Data(text)) => {
            return Ok(Diagnosis::of_data(
                text,
                faults::of_request(&config.request(), Depth::Look).unwrap_or_default(),
            ));
        }
        other => other?,
    };
    let recorded = Recorded::of(&Run::at(folder))?;
    let budget = Budget { steps: 40_000, until: None };
    diagnose::diagnose(config, &data, Some(recorded), Measure::default(), device, budget, &mut |_, _, _| Ok(()))
}

fn beside(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis.also.iter().map(|cause| cause.name.as_str()).collect()
}

/// What the printed command changes without a word, but for what a named change brings with it.
fn unnamed(sick: &Config, diagnosis: &Diagnosis) -> Vec<String> {
    let told: Vec<&str> = diagnosis.causes.iter().chain(&diagnosis.also).map(|cause| cause.name.as_str()).collect();
    let brought = |knob: &str| match knob {
        "rate" => told.contains(&"optimizer"),
        "momentum" => told.contains(&"optimizer"),
        "nesterov" => told.contains(&"optimizer") || told.contains(&"momentum"),
        "epochs" => told.contains(&"batch-size"),
        "clip" => told.contains(&"rate"),
        "strength" => told.contains(&"augment"),
        _ => false,
    };
    let changes = diagnosis.cure.as_ref().map_or(Vec::new(), |cure| sick.changes(cure));
    changes
        .into_iter()
        .map(|change| change.knob)
        .filter(|knob| !told.contains(&knob.as_str()) && !brought(knob))
        .collect()
}

struct Bench {
    folder: tempfile::TempDir,
    device: Device,
    counts: [Count; 2],
}

impl Bench {
    fn place(&self, table: &Table, config: &Config, name: &str) -> Config {
        let path = self.folder.path().join(format!("{name}.h5"));
        table.write(&path);
        Config { data: Some(path), ..config.clone() }
    }

    fn fault(&mut self, fault: &cases::Fault, table: &Table, seed: u64) -> Result<()> {
        let held = usize::from(seed >= first_apart());
        let clean = self.place(table, &base(table, seed), "clean");
        let well = train(&clean, &self.folder.path().join("well"), &self.device)?;
        let (mut sick_table, mut sick) = (table.clone(), base(table, seed));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (fault.make)(&mut sick_table, &mut sick, held, &mut rng);
        let sick = self.place(&sick_table, &sick, "sick");
        let folder = self.folder.path().join("ill");
        let ill = match train(&sick, &folder, &self.device) {
            Err(Error::Data(_)) => Ended { accuracy: 0.0, recall: 0.0, warnings: 1, exploded: false, failed: true },
            other => other?,
        };
        let diagnosis = examine(&sick, &folder, &self.device)?;
        let named: Vec<&str> = diagnosis.causes.iter().map(|cause| cause.name.as_str()).collect();
        let rare = fault.name == "imbalance"; // hidden from accuracy
        let harm = ill.failed
            || ill.exploded
            || ill.accuracy < well.accuracy - HARM
            || !fault.curable
            || rare && ill.recall < well.recall - HARM;
        let rare_goal = ill.recall + HARM;
        let count = &mut self.counts[held];
        let mut remark = if harm { "" } else { "no harm" };
        let found = diagnosis.verdict == Health::Sick;
        if harm {
            count.faults += 1;
            count.warned += usize::from(ill.warnings > 0);
            count.detected += usize::from(found);
            count.wanted += fault.causes.len();
            count.named += named.len();
            let means = |wanted: &str, name: &str| wanted.split('|').any(|word| word == name);
            let recalled = |c: &&&str| named.iter().any(|name| means(c, name));
            let told = |c: &&&str| recalled(c) || beside(&diagnosis).iter().any(|name| means(c, name));
            count.recalled += fault.causes.iter().filter(recalled).count();
            count.told += fault.causes.iter().filter(told).count();
            let right = |name: &&&str| fault.causes.iter().chain(fault.also).any(|c| means(c, name));
            count.right += named.iter().filter(right).count();
            count.beside += diagnosis.also.len();
            count.commands += usize::from(diagnosis.cure.is_some());
            count.unnamed += usize::from(!unnamed(&sick, &diagnosis).is_empty());
        } else {
            count.harmless += 1;
        }
        if harm && fault.curable {
            count.curable += 1;
            let reached = |ended: &Ended| match rare {
                true => ended.recall >= rare_goal,
                false => ended.accuracy >= well.accuracy - CURED && !ended.exploded,
            };
            let cured = match &diagnosis.cure {
                Some(cure) => reached(&train(cure, &self.folder.path().join("cured"), &self.device)?),
                None => false,
            };
            let repairing = Config { on_trouble: OnTrouble::Repair, ..sick.clone() };
            let repaired = reached(&train(&repairing, &self.folder.path().join("repaired"), &self.device)?);
            let lucky = match std::env::var_os("BACKBURN_NO_SEARCH") {
                Some(_) => false,
                None => {
                    let found = search::best(&sick, diagnosis.steps, &self.device, &mut rng)?;
                    reached(&train(&found, &self.folder.path().join("lucky"), &self.device)?)
                }
            };
            let count = &mut self.counts[held];
            count.cured += usize::from(cured);
            count.repaired += usize::from(repaired);
            count.searched += usize::from(lucky);
            remark = match (cured, repaired) {
                (true, true) => "cured",
                (true, false) => "cured, not repaired",
                (false, true) => "not cured, repaired",
                (false, false) => "not cured",
            };
        }
        println!(
            "{:<7} {:<8} {seed:>4}  {:<27} {:>5.1} {:>5.1}  {:<8} {:<19} {}",
            ["set", "held"][held],
            table.name,
            fault.name,
            100.0 * well.accuracy,
            100.0 * ill.accuracy,
            if found { "sick" } else { "healthy" },
            remark,
            [named, vec!["|"; usize::from(!diagnosis.also.is_empty())], beside(&diagnosis)].concat().join(" ")
        );
        Ok(())
    }

    fn control(&mut self, name: &str, make: fn(&mut Table, &mut Config), table: &Table, seed: u64) -> Result<()> {
        let held = usize::from(seed >= first_apart());
        let (mut table, mut config) = (table.clone(), base(table, seed));
        make(&mut table, &mut config);
        let config = self.place(&table, &config, "control");
        let folder = self.folder.path().join("control");
        let ended = train(&config, &folder, &self.device)?;
        let diagnosis = examine(&config, &folder, &self.device)?;
        let alarm = diagnosis.verdict == Health::Sick;
        let count = &mut self.counts[held];
        count.controls += 1;
        count.alarms += usize::from(alarm);
        count.warnings += usize::from(ended.warnings > 0);
        let named: Vec<&str> = diagnosis.causes.iter().map(|cause| cause.name.as_str()).collect();
        println!(
            "{:<7} {:<8} {seed:>4}  {name:<27}       {:>5.1}  {:<8} {:<9} {}",
            ["set", "held"][held],
            table.name,
            100.0 * ended.accuracy,
            if alarm { "ALARM" } else { "healthy" },
            if ended.warnings > 0 { "WARNED" } else { "" },
            named.join(" ")
        );
        Ok(())
    }
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let wanted = |table: &str, name: &str, kind: &str, seed: u64| {
        let of = [table, kind, ["set", "apart"][usize::from(seed >= first_apart())]];
        words.iter().all(|word| of.contains(&word.as_str()) || name.contains(word.as_str()))
    };
    device::threads(Some(1))?;
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = Bench { folder, device: device::choose(Some("flex"))?, counts: Default::default() };
    for (first, table) in (0..).map(|place: u64| first_apart() + 400 * place).zip(tables::all()) {
        for (place, fault) in (0..).zip(FAULTS) {
            for seed in [3 * (place % 2), 1 + 3 * (place % 2), first + place] {
                let bytes = table.name == "mnist" || fault.name != "bytes that wrapped";
                if bytes && wanted(table.name, fault.name, "faults", seed) {
                    bench.fault(fault, &table, seed)?;
                }
            }
        }
        for (place, (name, make)) in (0..).zip(CONTROLS) {
            for seed in [0, 1, first + 200 + place] {
                if wanted(table.name, name, "controls", seed) {
                    bench.control(name, *make, &table, seed)?;
                }
            }
        }
    }
    if bench.counts.iter().all(|count| count.faults + count.harmless + count.controls == 0) {
        return Err(Error::usage(format!("no fault, control or table is called {}", words.join(" and "))));
    }
    report(&bench.counts);
    Ok(())
}

fn report(counts: &[Count; 2]) {
    let share = |a: usize, b: usize| format!("{a}/{b} {:.1} %", 100.0 * a as f64 / b.max(1) as f64);
    let row = |name: &str, of: fn(&Count) -> (usize, usize)| {
        let cell = |count: &Count| share(of(count).0, of(count).1);
        println!("{name:<34}{:>20}{:>20}", cell(&counts[0]), cell(&counts[1]));
    };
    println!("\n{:<34}{:>20}{:>20}", "", "set", "apart");
    row("faults that do no harm", |c| (c.harmless, c.harmless + c.faults));
    row("detected by the diagnosis", |c| (c.detected, c.faults));
    row("warned of in training", |c| (c.warned, c.faults));
    row("causes recalled", |c| (c.recalled, c.wanted));
    row("causes recalled or named beside", |c| (c.told, c.wanted));
    row("causes named that are right", |c| (c.right, c.named));
    row("named beside them", |c| (c.beside, c.named + c.beside));
    row("commands that change more", |c| (c.unnamed, c.commands));
    row("cured by the printed command", |c| (c.cured, c.curable));
    row("mended by --on-trouble repair", |c| (c.repaired, c.curable));
    if std::env::var_os("BACKBURN_NO_SEARCH").is_none() {
        row("cured by random search", |c| (c.searched, c.curable));
    }
    row("controls called sick", |c| (c.alarms, c.controls));
    row("controls with a warning", |c| (c.warnings, c.controls));
}
