//! The watch over a run: which steps are examined, what was seen so far, what is worth telling.
//!
//! Which steps is a function of sizes, calibrated once by `benches/watch.rs`, and never of a clock: the same seed must
//! write the same journal, on a slow machine too. What was seen is in the journal, from which a resumed run rebuilds
//! it.

use std::collections::VecDeque;

use burn::tensor::Device;

use super::policy::Watch;
use super::{Config, criterion};
use crate::data::Data;
use crate::error::Result;
use crate::journal::Event;
use crate::learner::{FIXED_ROWS, FixedRows, Scrutiny, Seen};
use crate::numerics::{Baseline, Finding, History, Symptom, Vitals, prior, short};

/// Steps at the start that are always examined: a network that explodes does so here.
const FIRST: usize = 10;
/// What an examined step costs beside the forward pass of the fixed rows, in steps.
const FIXED: f64 = 0.3;
/// The share of the time that the watch may take.
const SHARE: f64 = 0.01;
/// The share of the time that the forward pass of the fixed rows may take where every step is examined: not every
/// examined step has one.
const LOOK: f64 = 0.02;
/// Examined steps in an epoch, so that a journal stays readable.
const MOST: usize = 50;

/// The watcher of one run.
pub struct Watcher {
    rows: FixedRows,
    every: usize,
    /// Examined steps from one forward pass of the fixed rows to the next.
    look: usize,
    baseline: Baseline,
    history: History,
    known: Vec<Symptom>,
    found: VecDeque<Finding>,
    /// Loss × rows, right rows, rows since the last examined step.
    pub since: [f64; 3],
    events: Vec<Event>,
}

impl Watcher {
    /// The watcher that `config` asks for; `device` is a plain one.
    ///
    /// # Errors
    /// A file that can no longer be read.
    pub fn new(config: &Config, data: &Data, device: &Device) -> Result<Self> {
        let rows = config.batch_size.min(data.train.len());
        let batches = config.batches(data.train.len());
        Ok(Watcher {
            rows: FixedRows::of(&data.train, device)?,
            every: interval(config.watch, rows, batches),
            look: if config.watch == Watch::Strict { (forward(rows) / LOOK).ceil() as usize } else { 1 },
            baseline: baseline(config, data),
            history: History::default(),
            known: Vec::new(),
            found: VecDeque::new(),
            since: [0.0; 3],
            events: Vec::new(),
        })
    }

    /// Remembers what an earlier part of the run wrote into its journal. A repair makes it another run: what was seen
    /// before it says nothing about the new configuration, and a symptom that comes back is told again.
    pub fn remember(&mut self, events: &[Event], since: [f64; 3]) {
        let mut told = Vec::new();
        for event in events {
            match event {
                Event::Vitals(vitals) => self.history.push(vitals.clone()),
                Event::Symptom(finding) => told.push(finding.symptom),
                Event::Repair { .. } => {
                    self.history = History::default();
                    told.clear();
                }
                _ => {}
            }
        }
        let known = |finding: &Finding| told.contains(&finding.symptom);
        self.found.retain(|finding| !known(finding));
        self.events.retain(|event| !matches!(event, Event::Symptom(finding) if known(finding)));
        self.known.extend(told);
        self.since = since;
    }

    /// How closely the update of this step is to be looked at.
    pub fn scrutiny(&self, step: usize) -> Scrutiny<'_> {
        match () {
            _ if self.every == 0 || step >= FIRST && !step.is_multiple_of(self.every) => Scrutiny::Skipped,
            _ if self.fresh(step) => Scrutiny::WithRows(&self.rows),
            _ => Scrutiny::Weights,
        }
    }

    /// How many steps there are from `step` to the next one that is examined, both included; at most `most`.
    #[cfg(feature = "cube")]
    pub fn stretch(&self, step: usize, most: usize) -> usize {
        let examined = |step: &usize| !matches!(self.scrutiny(*step), Scrutiny::Skipped);
        (step..step + most).position(|step| examined(&step)).map_or(most, |skipped| skipped + 1)
    }

    /// Whether an examined step has a forward pass of the fixed rows.
    fn fresh(&self, step: usize) -> bool {
        step < FIRST || (step / self.every).is_multiple_of(self.look)
    }

    /// Takes note of a step that was made at this rate: `sums` are its loss × rows, its right rows and its rows, and
    /// `seen` is what [`Watcher::scrutiny`] asked for. The step is examined if it was looked at.
    pub fn see(&mut self, (step, rate): (usize, f64), sums: [f64; 3], seen: Option<Seen>) {
        self.since.iter_mut().zip(sums).for_each(|(sum, x)| *sum += x);
        let Some(Seen { mut layers, mut alike }) = seen else {
            return;
        };
        if let (false, Some(last)) = (self.fresh(step), self.history.last()) {
            alike = last.alike;
            layers.iter_mut().zip(&last.layers).for_each(|(layer, last)| layer.keep(last));
        }
        let [loss, correct, rows] = std::mem::take(&mut self.since);
        let vitals = Vitals {
            step,
            rate: short(rate),
            loss: short(loss / rows),
            accuracy: short(correct / rows),
            layers,
            alike,
        };
        self.events.push(Event::Vitals(vitals.clone()));
        self.history.push(vitals);
        self.history.examine(&self.baseline).into_iter().for_each(|finding| self.note(finding));
    }

    /// The next finding that nobody was told yet.
    pub fn next_finding(&mut self) -> Option<Finding> {
        self.found.pop_front()
    }

    /// The events that belong into the journal and were not asked for yet.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// What the run is judged against.
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// Puts a finding on the list, unless one of its kind was there before.
    pub fn note(&mut self, finding: Finding) {
        if !self.known.contains(&finding.symptom) {
            self.known.push(finding.symptom);
            self.events.push(Event::Symptom(finding.clone()));
            self.found.push_back(finding);
        }
    }
}

/// Every how many steps to examine; 0 for never.
///
/// An examined step costs the forward pass of the fixed rows, a third of a step for as many rows as the batch has,
/// and a fixed share of a step. Measured, see `benches/watch.rs`.
fn interval(watch: Watch, rows: usize, batches: usize) -> usize {
    match watch {
        Watch::Off => 0,
        Watch::Strict => 1,
        Watch::Auto => {
            let cost = forward(rows) + FIXED;
            ((cost / SHARE).ceil() as usize).max(batches.div_ceil(MOST))
        }
    }
}

/// What the forward pass of the fixed rows costs, in steps of `rows` rows: a forward pass is a third of a step.
fn forward(rows: usize) -> f64 {
    FIXED_ROWS as f64 / (3.0 * rows.max(1) as f64)
}

/// What the vitals of a run are judged against.
pub fn baseline(config: &Config, data: &Data) -> Baseline {
    let counts = data.counts();
    let largest = counts.iter().max().copied().unwrap_or(0);
    Baseline {
        prior: prior(&criterion(config, data).mean_target(&counts)),
        majority: largest as f64 / data.train.len().max(1) as f64,
        steps: config.epochs * config.batches(data.train.len()),
        drawn: config.from.is_none(),
    }
}
