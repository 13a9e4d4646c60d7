//! A model that exists, opened on the device and in the memory that a verb was told to use.

use std::path::Path;

use burn::tensor::Device;

use super::knobs::{Knobs, Machine};
use crate::data::{Classes, Known, Memory};
use crate::device;
use crate::engine::Precision;
use crate::error::Result;
use crate::model::{Committee, Saved};

/// The networks of a model, one or several, and where they answer.
pub(super) struct Opened {
    pub(super) networks: Vec<Saved>,
    pub(super) device: Device,
    /// How much memory features may take.
    pub(super) memory: Memory,
    classes: Classes,
    precision: Precision,
}

impl Opened {
    /// Opens the model at `path` as the flags of `machine` say.
    ///
    /// # Errors
    /// No model is there, or no such device.
    pub(super) fn at(path: &Path, machine: &Knobs<Machine>) -> Result<Self> {
        let networks = Saved::read_all(path)?;
        let machine = machine.configure(None, None)?;
        Ok(Opened {
            classes: Classes { names: networks[0].classes.clone(), values: networks[0].labels.clone() },
            device: device::choose(machine.device.as_deref())?,
            memory: machine.memory.unwrap_or_else(Memory::free),
            precision: machine.precision,
            networks,
        })
    }

    /// The first network, whose rows and classes are those of all.
    pub(super) fn saved(&self) -> &Saved {
        &self.networks[0]
    }

    /// What it knows of the data it takes.
    pub(super) fn known(&self) -> Known<'_> {
        let saved = self.saved();
        Known {
            classes: &self.classes,
            shape: &saved.input,
            preparation: &saved.preparation,
            tones: saved.tones,
            range: saved.range,
            sketch: saved.sketch.as_ref(),
        }
    }

    /// The networks as one that answers.
    pub(super) fn committee(&self) -> Committee {
        Committee::new(&self.networks, &self.saved().preparation, &self.device).at(self.precision)
    }
}
