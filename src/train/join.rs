//! Joining: on a small file several networks are learned one after another, and one network is made of all of them.
//!
//! A tenth of a few hundred rows says little about when to stop, and a network that never saw them misses them. So after
//! the network of the epochs further ones are learned, each from another seed and each validated on another tenth, and
//! [`Saved::joined`] makes one model of all. The whole is right more often than its parts (Hansen and Salamon 1990), and
//! all rows were learned by most of them. Where the file has no test half the run is judged on its validation part, so
//! all networks are validated on that one then.
//!
//! The further networks are no runs: they are a function of configuration and data, are learned after the last epoch,
//! and a run that is killed meanwhile learns them again.

use burn::module::Module;

use super::step::make_unwatched;
use super::{Patience, Training, interrupt};
use crate::data::{Data, Fold};
use crate::error::Result;
use crate::evaluate;
use crate::journal::Event;
use crate::model::Saved;
use crate::numerics::Score;
use crate::run::RunFile;
use crate::setup::{self, Config, Steps};
use crate::write::write_beside;

/// A network with the weights of its best epoch.
struct Member {
    saved: Saved,
    /// The epoch, from 1.
    epoch: usize,
    /// What they reach on the rows that this network was validated on.
    validation: Score,
    /// How many rows these are.
    rows: usize,
}

/// The networks that are joined, as far as they are learned.
#[derive(Default)]
pub(super) struct Joined {
    members: Vec<Member>,
    /// How many were begun. One whose loss was never finite is no member.
    begun: usize,
}

impl Joined {
    /// How many networks answer together; none before the epochs are over.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// The mean score of the networks on the rows that each was validated on, which it has not learned.
    fn held_out(&self) -> Option<Score> {
        let rows: usize = self.members.iter().map(|member| member.rows).sum();
        let mean = |of: fn(&Score) -> f64| {
            self.members.iter().map(|member| of(&member.validation) * member.rows as f64).sum::<f64>() / rows as f64
        };
        (rows > 0).then(|| Score { loss: mean(|score| score.loss), accuracy: mean(|score| score.accuracy) })
    }
}

impl Training {
    /// Learns one more network, if there are to be more, and joins all after the last. `None` when there is none to learn.
    ///
    /// # Errors
    /// Ctrl-C, or no space.
    pub(super) fn join(&mut self) -> Result<Option<Event>> {
        // Weights that were kept from before a repair are of another configuration than further networks would have.
        let wanted = if self.checkpoint.kept.is_some() { 1 } else { self.networks() };
        if wanted == 1 {
            return self.take_apart().map(|()| None);
        }
        while self.joined.begun < wanted {
            if self.joined.begun == 0 {
                let (epoch, validation) = self.checkpoint.best.unwrap_or_default();
                let (saved, rows) = (self.first()?, self.data.validation.len());
                self.joined = Joined { members: vec![Member { saved, epoch, validation, rows }], begun: 1 };
            }
            let number = self.joined.begun + 1;
            interrupt::running();
            let member = self.further(number)?;
            interrupt::stopped();
            let event = member.as_ref().map(|Member { epoch, validation, .. }| Event::Network {
                number,
                of: wanted,
                epoch: *epoch,
                validation: *validation,
            });
            self.joined.members.extend(member);
            self.joined.begun = number;
            self.record(event.as_slice())?;
            if number == wanted {
                self.write_joined()?;
            }
            if event.is_some() {
                return Ok(event);
            }
        }
        Ok(None)
    }

    /// How many networks are learned and joined, if all goes well; 1 where there can be no more. Rows in a file are many,
    /// and a network without a hidden layer gains nothing.
    pub fn networks(&self) -> usize {
        let alone = self.config.hidden.is_empty() || self.data.validation.is_empty() || self.data.train.streamed();
        if alone { 1 } else { self.config.join.max(1) }
    }

    /// Whether each network was validated on rows of its own.
    fn folded(&self) -> bool {
        self.data.test.is_some() && self.data.layout.validation.is_none()
    }

    /// The best weights of the network of the epochs, alone.
    ///
    /// # Errors
    /// They cannot be read.
    pub(super) fn first(&self) -> Result<Saved> {
        Saved::read_alone(&self.run.path)
    }

    /// Network `number` of those that are joined, of the epoch that does best on its own validation part; `None` where its
    /// loss was never finite.
    fn further(&self, number: usize) -> Result<Option<Member>> {
        let config = Config { seed: self.config.seed.wrapping_add(number as u64 - 1), ..(*self.config).clone() };
        let data = if self.folded() { self.refolded(number) } else { (*self.data).clone() };
        let patience = Patience::of(&config);
        let mut learner = setup::learner(&config, &data, &self.device)?;
        let mut best: Option<Member> = None;
        let steps = Steps::new(&config, &data, &self.device);
        for epoch in 1..=config.epochs {
            let interrupted = self.interrupted(&format!("while network {number} of {} was learned", config.join));
            let first = (0, (epoch - 1) * steps.per_epoch());
            make_unwatched(&mut learner, &steps.epoch(epoch - 1), first, usize::MAX, interrupted)?;
            let validation = evaluate::score(&learner.model.valid(), &data.validation, &self.device)?;
            if validation.loss.is_finite()
                && patience.improved(validation.loss, best.as_ref().map(|best| best.validation.loss))
            {
                let saved = Saved { weights: learner.model.weights(), ..self.saved.clone() };
                best = Some(Member { saved, epoch, validation, rows: data.validation.len() });
            }
            if patience.exhausted(epoch, best.as_ref().map_or(0, |best| best.epoch)) {
                break;
            }
        }
        Ok(best)
    }

    /// The data with another share of the rows held out, as many as `--validation` says.
    fn refolded(&self, number: usize) -> Data {
        let of = (1.0 / self.config.validation).round().max(2.0) as usize;
        self.data.refolded(Fold { number: (number - 1) % of + 1, of }, self.config.request().seed)
    }

    /// Writes the first network alone, and all of them as one in the place of the best weights.
    fn write_joined(&self) -> Result<()> {
        let networks: Vec<Saved> = self.joined.members.iter().map(|member| member.saved.clone()).collect();
        let Some(joined) = Saved::joined(&networks) else { return Ok(()) };
        write_beside(&self.run.file(RunFile::First), &networks[0].to_bytes()?)?;
        write_beside(&self.run.file(RunFile::Best), &joined.to_bytes()?)
    }

    /// What all networks reach on rows that were held out from each of them, where that is known.
    pub(super) fn held_out_by_each(&self) -> Option<Score> {
        self.joined.held_out().filter(|_| self.folded())
    }
}
