//! A network that is trained where it lies: rows, weights, moments and what is seen of a step are on the device, and
//! the host waits for nothing.
//!
//! What an epoch needs is brought there once: the order of its rows, and for every step its coefficients. Steps are
//! then asked for by their number, and make themselves one after another. Somebody reads the records when it suits,
//! many steps later. A step whose numbers are not finite moves nothing, and neither does any after it, until somebody
//! has read that.

use cubecl::client::Client;
use cubecl::prelude::*;

use super::area::Area;
use super::judge::Judge;
use super::layers::size;
use super::look::Look;
use super::memory::Memory;
use super::rows::copy_kernel;
use super::sequence::{Sequence, cubes};
use super::sums::UNITS;
use super::update::{Descent, EACH, HEAD};
use super::{Coefficients, Load, Record, Rows, Setting};

/// A network on the device.
pub struct Resident {
    memory: Memory,
    /// The launches of a step, and those of the last step of an epoch if it is shorter.
    sequences: Vec<Sequence>,
    look: Option<Look>,
    judge: Option<Judge>,
    /// The parameters of an earlier step.
    kept: Option<Area>,
    /// The number of the batch that comes next.
    next: usize,
}

impl Resident {
    /// Brings everything to the device of `client`. `parameters` are weight and bias of every layer in forward order,
    /// and the moments are laid out as they are, or empty where the rule has none.
    pub fn new(client: Client, setting: Setting, rows: &Rows, parameters: &[f32], moments: [&[f32]; 2]) -> Self {
        let memory = Memory::new(client, setting, rows, parameters, moments);
        let (batch, count) = (memory.setting.batch, memory.gather.rows);
        let mut sequences = vec![Sequence::new(&memory, batch)];
        // A shorter last batch has launches of its own only where that spares something, for they have to be
        // compiled, or where the draws of a layer begin behind those of fewer rows of another.
        let (short, masks) = (count % batch, memory.layers.iter().filter(|layer| layer.mask.is_some()).count());
        if short > 0 && (masks > 1 || 20 * (batch - short) > count) {
            sequences.push(Sequence::new(&memory, short));
        }
        Resident { memory, sequences, look: None, judge: None, kept: None, next: 0 }
    }

    /// Brings the rows there that [`Resident::judge`] judges, or a ring for them.
    pub fn hold_out(&mut self, rows: &Rows) {
        self.judge = Some(Judge::new(&self.memory, rows));
    }

    /// The sum of the losses of the rows that were held out, and how many of them are right; `next` gives them where they
    /// come in a ring. This waits for them. `None` if there are none, or if the device has failed.
    pub fn judge(&self, next: impl FnMut() -> Option<Load>) -> Option<(f64, usize)> {
        self.judge.as_ref()?.judge(&self.memory, next)
    }

    /// Brings what an epoch needs to the device: the order of its rows, and for every step its coefficients and the
    /// key of its masks.
    pub fn begin(&self, order: &[u32], coefficients: &[Coefficients], keys: &[[u32; 8]]) {
        if self.memory.gather.ring.is_none() {
            self.memory.order.write(&self.memory.client, order);
        }
        let rows: Vec<f32> = coefficients.iter().flat_map(|step| step.row()).collect();
        self.memory.coefficients.write(&self.memory.client, &rows);
        if self.memory.setting.dropout > 0 {
            self.memory.keys.write(&self.memory.client, keys.as_flattened());
        }
    }

    /// Brings rows to the device where none stay, the first of which is row number `row` in the order of the epoch. They
    /// take the place of earlier ones, for which every step was asked for already.
    pub fn fill(&self, row: usize, load: Load) {
        let Memory { client, gather, features, labels, .. } = &self.memory;
        gather.fill(client, (features, labels), row, load);
    }

    /// Lets the next step be that with batch number `batch`, and its record the first.
    pub fn seek(&mut self, batch: usize) {
        self.next = batch;
        self.memory.state.write(&self.memory.client, &[batch as u32, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// Makes this many steps, at most [`MOST`] after a [`Resident::seek`]. Nobody waits for them.
    pub fn run(&mut self, steps: usize) {
        for _ in 0..steps {
            let whole = (self.next + 1) * self.memory.setting.batch <= self.memory.gather.rows;
            let sequence = if whole { self.sequences.first_mut() } else { self.sequences.last_mut() };
            sequence.into_iter().for_each(|sequence| sequence.step(&self.memory));
            self.next += 1;
        }
    }

    /// How many launches a step has.
    pub fn launches(&self) -> usize {
        self.sequences[0].launches(&self.memory)
    }

    /// Lets a few rows, row-major `[rows, inputs]`, through the network as it is now; [`Resident::seen`] reads what
    /// it makes of them. They are the same rows every time.
    pub fn look(&mut self, rows: impl FnOnce() -> Vec<f32>) {
        self.look.get_or_insert_with(|| Look::new(&self.memory, &rows())).launch(&self.memory);
    }

    /// The values before the function of every layer for the rows of [`Resident::look`], row-major; this waits for
    /// them.
    pub fn seen(&self) -> Vec<Vec<f32>> {
        self.look.as_ref().map_or(Vec::new(), |look| look.read(&self.memory))
    }

    /// The records of the first `steps` steps since [`Resident::seek`]; this waits for them. `None` if the device has
    /// failed.
    pub fn records(&self, steps: usize) -> Option<Vec<Record>> {
        let all = self.memory.records.read(&self.memory.client)?;
        let parameters = 2 * (self.memory.layers.len() - 1);
        let record = |row: &[f32]| Record {
            loss: row[0],
            right: row[1] as usize,
            held: row[2] != 0.0,
            parameters: row[HEAD..].as_chunks::<EACH>().0.to_vec(),
        };
        Some(all.chunks_exact(HEAD + EACH * parameters).take(steps).map(record).collect())
    }

    /// All parameters, weight and bias of every layer in forward order. `None` if the device has failed.
    pub fn parameters(&self) -> Option<Vec<f32>> {
        self.all(&self.memory.parameters)
    }

    /// Keeps the parameters as they are now, for [`Resident::kept`]; they do not leave the device.
    pub fn keep(&mut self) {
        let length = self.memory.parameters.length;
        let kept = self.kept.get_or_insert_with(|| Area::zeros(&self.memory.client, length));
        // SAFETY: both buffers have this many numbers.
        unsafe {
            copy_kernel::launch_unchecked(
                &self.memory.client,
                cubes(length / 4, UNITS),
                CubeDim::new_1d(UNITS as u32),
                self.memory.parameters.by(4),
                kept.by(4),
            );
        }
    }

    /// The parameters that were kept last, if any were.
    pub fn kept(&self) -> Option<Vec<f32>> {
        self.all(self.kept.as_ref()?)
    }

    /// The moments, as far as the rule has them, laid out as the parameters are.
    pub fn moments(&self) -> Option<Vec<Vec<f32>>> {
        let count = match self.memory.setting.rule {
            Descent::Plain => 0,
            Descent::Momentum | Descent::Rmsprop => 1,
            Descent::Adam => 2,
        };
        self.memory.moments[..count].iter().map(|moments| self.all(moments)).collect()
    }

    /// The numbers of a buffer that is laid out as the parameters are.
    fn all(&self, area: &Area) -> Option<Vec<f32>> {
        let mut all = area.read(&self.memory.client)?;
        all.truncate(size(&self.memory.setting.layers));
        Some(all)
    }
}
