//! `backburn sweep run`: one training of a plan, named by a flag or by a scheduler, or all of them in a loop over processes.
//!
//! Starting a training twice is harmless, and that is the whole contract with a scheduler: one that is over returns at once
//! with the exit code that it had, one that was killed goes on from its checkpoint, and one that another process has is
//! left alone with an error.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::knobs::{Here, Knobs};
use super::{learn, print};
use crate::data::{Data, Memory};
use crate::device;
use crate::error::{Error, Result};
use crate::lr_range;
use crate::run::{Hold, RunFile};
use crate::setup::{self, Config};
use crate::sweep::{End, Outcome, Plan, Trial};

/// The variables in which schedulers say which task of an array this is, and the number of the first task.
const SCHEDULERS: [(&str, usize); 5] = [
    ("SLURM_ARRAY_TASK_ID", 1),
    ("HQ_TASK_ID", 1),
    ("PBS_ARRAY_INDEX", 1),
    ("PARALLEL_SEQ", 1),
    ("JOB_COMPLETION_INDEX", 0), // Kubernetes always counts from 0
];

/// Arguments of `sweep run`.
#[derive(clap::Args)]
pub struct Args {
    /// The plan
    plan: PathBuf,
    /// Train this one alone, from 1 [default: the task that the scheduler says, or all]
    #[arg(long, value_name = "N")]
    index: Option<usize>,
    /// Train all, as many at a time
    #[arg(long, value_name = "N", conflicts_with = "index", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    #[command(flatten)]
    knobs: Knobs<Here>,
}

/// Trains one or all.
pub fn run(args: &Args) -> Result<()> {
    let plan = Plan::read(&args.plan)?;
    match (args.jobs, args.index.or_else(task)) {
        (None, Some(number)) => one(&plan, plan.trial(number)?, &args.knobs),
        (jobs, _) => all(&plan, usize::from(jobs.unwrap_or(1)), &args.knobs),
    }
}

/// The number of the training that a scheduler asks for, from 1, by the first of its variables that is set to a number.
fn task() -> Option<usize> {
    SCHEDULERS.iter().find_map(|(variable, first)| {
        let number: usize = std::env::var(variable).ok()?.parse().ok()?;
        Some(number + 1 - first)
    })
}

/// Trains one, unless it is over already. The folder is held from before the configuration is read until the outcome is
/// written, so that two tasks with the same number cannot both train it. A training that was interrupted leaves no
/// outcome: it is not over, and the next start goes on with it. Its configuration is that of its folder where it has
/// one, since a rate that `auto` has found must not be found again.
fn one(plan: &Plan, trial: &Trial, knobs: &Knobs<Here>) -> Result<()> {
    let known = Outcome::of(&plan.run(trial));
    if known.is_settled() {
        return told(trial, &known);
    }
    let hold = plan.hold(trial)?;
    let known = Outcome::of(&hold); // another process may have ended it while this one waited for the folder
    if known.is_settled() {
        return told(trial, &known);
    }
    let mut config = match hold.has(RunFile::Config) {
        true => Config::of(&hold)?,
        false => trial.config()?,
    };
    knobs.apply(&mut config)?;
    let start = Instant::now();
    let (outcome, error) = match train(config, hold.clone()) {
        Ok(outcome) => (outcome, None),
        Err(error @ Error::Interrupted(_)) => return Err(error),
        Err(error @ Error::Diverged(_)) => (Outcome::without_score(End::Diverged, error.to_string()), Some(error)),
        Err(error) => (Outcome::without_score(End::Failed, error.to_string()), Some(error)),
    };
    let outcome = Outcome { seconds: start.elapsed().as_secs_f64(), ..outcome };
    outcome.keep(&hold)?;
    error.map_or(Ok(()), Err)
}

/// Says that a training is over, with the exit code that it had.
fn told(trial: &Trial, outcome: &Outcome) -> Result<()> {
    print::note(&format!("training {} ({}) is over: {}", trial.number, trial.id, outcome.end.name()));
    match outcome.end {
        End::Diverged => Err(Error::Diverged(outcome.why.clone())),
        _ => Ok(()),
    }
}

/// Trains `config` in the folder that is held, from its checkpoint if there is one. The order of the steps is that of
/// `backburn train`, and so are the results.
fn train(mut config: Config, hold: Hold) -> Result<Outcome> {
    config.memory.get_or_insert_with(Memory::free); // kept for a resumed run: the order of a stream depends on it
    device::threads(config.threads)?;
    let data = Data::load(&config.request())?;
    setup::affordable(&config, &data)?;
    let device = device::choose(config.device.as_deref())?;
    lr_range::resolve(&mut config, &data, &device)?;
    let resumed = hold.has(RunFile::Config);
    let (scores, result) = learn::all(config, data, hold, resumed, &device)?;
    Ok(Outcome {
        epochs: result["epochs"].as_u64().unwrap_or_default() as usize,
        best_epoch: scores.best_epoch,
        train: Some(scores.train),
        validation: scores.validation,
        test: scores.test,
        ..Outcome::without_score(End::Finished, String::new())
    })
}

/// Trains all that are not over, `jobs` at a time, each in a process of its own, so that none takes another down. As
/// many threads as there are jobs take the next number from a counter and start this program again with it. The cores
/// are divided among the jobs unless --threads says otherwise. A training that diverges has ended properly (exit code
/// 4) and stops no other; Ctrl-C, which every process of the terminal hears, stops the loop.
fn all(plan: &Plan, jobs: usize, knobs: &Knobs<Here>) -> Result<()> {
    let program = std::env::current_exe().map_err(|e| Error::other(format!("cannot start myself: {e}")))?;
    let (next, failed, stopped) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(None));
    let elsewhere = AtomicUsize::new(0);
    let flags = knobs.flags();
    let threads = (device::cores() / jobs).max(1); // of each job, so that all jobs share the cores
    let work = || {
        while let Some(trial) = plan.trials.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut command = Command::new(&program);
            command
                .args(["--quiet", "sweep", "run"])
                .arg(&plan.path)
                .arg(format!("--index={}", trial.number))
                .args(&flags);
            if !knobs.gives("threads") {
                command.arg(format!("--threads={threads}"));
            }
            let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
            match status.map(|status| status.code()) {
                Ok(Some(130)) => {
                    return *locked(&stopped) =
                        Some(Error::Interrupted(format!("interrupted in training {}", trial.number)));
                }
                Ok(Some(0 | 4)) => {} // it is over, learned or diverged
                Ok(_) if Outcome::of(&plan.run(trial)).is_settled() => {} // by another process that had it meanwhile
                Ok(_) if is_had(plan, trial) => drop(elsewhere.fetch_add(1, Ordering::Relaxed)),
                _ => locked(&failed).push(trial.number),
            }
            report(plan, trial);
        }
    };
    std::thread::scope(|scope| (0..jobs).for_each(|_| drop(scope.spawn(work))));
    if let Some(interrupted) = locked(&stopped).take() {
        return Err(interrupted);
    }
    let (failed, path) = (locked(&failed).len(), plan.path.display());
    if let had @ 1.. = elsewhere.into_inner() {
        print::note(&format!("left to another process that has begun them: {had} of {}", plan.trials.len()));
    }
    match failed {
        0 => Ok(()),
        _ => Err(Error::other(format!(
            "{failed} of the trainings failed; see why, and start them again: backburn sweep collect {path}"
        ))),
    }
}

/// Whether another process trains this now: it has been begun, and its folder is held.
fn is_had(plan: &Plan, trial: &Trial) -> bool {
    plan.run(trial).begun() && plan.hold(trial).is_err()
}

/// What a lock guards; a thread that panicked with it has left nothing half done.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Says what became of a training, as a line on stderr with its score and the knobs that are its own.
fn report(plan: &Plan, trial: &Trial) {
    let outcome = Outcome::of(&plan.run(trial));
    let score = outcome.judged().map_or(String::new(), |score| format!("  {:.2} %", 100.0 * score.accuracy));
    let (number, count, end) = (trial.number, plan.trials.len(), outcome.end.name());
    print::note(&format!("{number:>4} of {count}  {end}{score}  {:.1} s  {}", outcome.seconds, trial.said()));
}
