//! A network that is trained where it lies: rows, weights, moments and what is seen of a step are on the device, and the
//! host waits for nothing.
//!
//! What an epoch needs is brought there once: the order of its rows, and for every step its coefficients. Steps are then
//! asked for by their number, and make themselves one after another. Somebody reads the records when it suits, many steps
//! later. A step whose numbers are not finite moves nothing, and neither does any after it, until somebody has read that.

use cubecl::client::Client;
use cubecl::prelude::*;

use super::area::Area;
use super::judge::Judge;
use super::layers::{Layer, Layout, size};
use super::look::Look;
use super::rows::{Gather, copy_kernel};
use super::sequence::{Sequence, cubes};
use super::update::{COEFFICIENTS, EACH, EFFECTS, HEAD, Rule, SIZES, UNITS};
use super::{Coefficients, Record, Rows, Setting};

/// How many steps can be recorded before somebody reads.
pub const MOST: usize = 256;

/// How such rows are gathered into batches whose rows lie so far apart.
fn gather(rows: &Rows, stride: usize) -> Gather {
    let bend = rows.bytes && rows.scale.last().is_some_and(|&flat| flat > 0.0);
    let (width, apart) = rows.width;
    Gather { batch: 0, whole: 0, rows: 0, width, stride, apart, bytes: rows.bytes, bend }
}

/// A network on the device.
pub struct Resident {
    pub(super) client: Client,
    pub(super) cores: usize,
    pub(super) setting: Setting,
    pub(super) layout: Layout,
    pub(super) layers: Vec<Layer>,
    pub(super) gather: Gather,
    pub(super) features: Area,
    pub(super) scale: Area,
    pub(super) labels: Area,
    pub(super) y: Area,
    pub(super) class_weights: Area,
    pub(super) parameters: Area,
    pub(super) moments: [Area; 2],
    pub(super) parts: Area,
    pub(super) gradients: Area,
    pub(super) pieces: Area,
    pub(super) owners: Area,
    pub(super) sizes: Area,
    pub(super) outcome: Area,
    pub(super) effects: Area,
    pub(super) order: Area,
    pub(super) keys: Area,
    pub(super) coefficients: Area,
    pub(super) state: Area,
    pub(super) records: Area,
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
    /// Brings everything to the device of `client`. `parameters` are weight and bias of every layer in forward order, and the
    /// moments are laid out as they are, or empty where the rule has none.
    pub fn new(client: Client, setting: Setting, rows: &Rows, parameters: &[f32], moments: [&[f32]; 2]) -> Self {
        let cores = client.properties().hardware.num_streaming_multiprocessors.map_or(128, |n| n as usize);
        let (batch, count, depth) = (setting.batch, rows.labels.len(), setting.layers.len() - 1);
        let layout = Layout::new(&setting.layers, batch, cores);
        let layers = layout.layers(&client, &setting);
        let zeros = |length| Area::zeros(&client, length);
        let steps = count.div_ceil(batch);
        let mut resident = Resident {
            gather: Gather { batch, whole: batch, rows: count, ..gather(rows, layers[0].stride) },
            features: Area::of(&client, &rows.words),
            scale: Area::padded(&client, &rows.scale),
            labels: Area::of(&client, &rows.labels),
            y: Area::of(&client, &vec![0u32; batch]),
            class_weights: Area::of(&client, &setting.weights),
            parameters: Area::padded(&client, parameters),
            moments: moments.map(|moments| Area::padded(&client, moments)),
            parts: zeros(layout.froms[depth]),
            gradients: zeros(parameters.len()),
            pieces: Area::of(&client, &layout.pieces),
            owners: Area::of(&client, &layout.owners),
            sizes: zeros(layout.walk.cubes * SIZES),
            outcome: zeros(layout.walk.losses * 2),
            effects: zeros(layout.walk.cubes * EFFECTS),
            order: Area::of(&client, &vec![0u32; count]),
            keys: Area::of(&client, &vec![0u32; 8 * if setting.dropout > 0 { steps } else { 1 }]),
            coefficients: zeros(steps * COEFFICIENTS),
            state: Area::of(&client, &[0u32; 8]),
            records: zeros(MOST * (HEAD + EACH * 2 * depth)),
            sequences: Vec::new(),
            look: None,
            judge: None,
            kept: None,
            next: 0,
            cores,
            layout,
            layers,
            setting,
            client,
        };
        resident.sequences.push(Sequence::new(&resident, batch));
        // A shorter last batch has launches of its own only where that spares something, for they have to be compiled, or
        // where the draws of a layer begin behind those of fewer rows of another.
        let (short, masks) = (count % batch, resident.layers.iter().filter(|layer| layer.mask.is_some()).count());
        if short > 0 && (masks > 1 || 20 * (batch - short) > count) {
            resident.sequences.push(Sequence::new(&resident, short));
        }
        resident
    }

    /// How such rows are gathered for this network.
    pub(super) fn gather_of(&self, rows: &Rows) -> Gather {
        gather(rows, self.layers[0].stride)
    }

    /// The sum of the losses of `rows`, which are the same every time, and how many of them are right; this waits for them. `None` if
    /// the device has failed.
    pub fn judge(&mut self, rows: impl FnOnce() -> Option<Rows>) -> Option<(f64, usize)> {
        if self.judge.is_none() {
            self.judge = Some(Judge::new(self, &rows()?));
        }
        self.judge.as_ref()?.judge(self)
    }

    /// Brings what an epoch needs to the device: the order of its rows, and for every step its coefficients and the key of
    /// its masks.
    pub fn begin(&self, order: &[u32], coefficients: &[Coefficients], keys: &[[u32; 8]]) {
        self.order.write(&self.client, order);
        let rows: Vec<f32> = coefficients.iter().flat_map(|step| step.row()).collect();
        self.coefficients.write(&self.client, &rows);
        if self.setting.dropout > 0 {
            self.keys.write(&self.client, keys.as_flattened());
        }
    }

    /// Lets the next step be that with batch number `batch`, and its record the first.
    pub fn seek(&mut self, batch: usize) {
        self.next = batch;
        self.state.write(&self.client, &[batch as u32, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// Makes this many steps, at most [`MOST`] after a [`Resident::seek`]. Nobody waits for them.
    pub fn run(&mut self, steps: usize) {
        let mut sequences = std::mem::take(&mut self.sequences);
        for _ in 0..steps {
            let whole = (self.next + 1) * self.setting.batch <= self.gather.rows;
            let sequence = if whole { sequences.first_mut() } else { sequences.last_mut() };
            sequence.into_iter().for_each(|sequence| sequence.step(self));
            self.next += 1;
        }
        self.sequences = sequences;
    }

    /// How many launches a step has.
    pub fn launches(&self) -> usize {
        self.sequences[0].launches(self)
    }

    /// Lets a few rows, row-major `[rows, inputs]`, through the network as it is now; [`Resident::seen`] reads what it makes
    /// of them. They are the same rows every time.
    pub fn look(&mut self, rows: impl FnOnce() -> Vec<f32>) {
        let look = self.look.take().unwrap_or_else(|| Look::new(self, &rows()));
        look.launch(self);
        self.look = Some(look);
    }

    /// The values before the function of every layer for the rows of [`Resident::look`], row-major; this waits for them.
    pub fn seen(&self) -> Vec<Vec<f32>> {
        self.look.as_ref().map_or(Vec::new(), |look| look.read(self))
    }

    /// The records of the first `steps` steps since [`Resident::seek`]; this waits for them. `None` if the device has failed.
    pub fn records(&self, steps: usize) -> Option<Vec<Record>> {
        let all = self.records.read(&self.client)?;
        let parameters = 2 * (self.layers.len() - 1);
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
        self.all(&self.parameters)
    }

    /// Keeps the parameters as they are now, for [`Resident::kept`]; they do not leave the device.
    pub fn keep(&mut self) {
        let length = self.parameters.length;
        let kept = self.kept.get_or_insert_with(|| Area::zeros(&self.client, length));
        // SAFETY: both buffers have this many numbers.
        unsafe {
            copy_kernel::launch_unchecked(
                &self.client,
                cubes(length / 4, UNITS),
                CubeDim::new_1d(UNITS as u32),
                self.parameters.by(4),
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
        let count = match self.setting.rule {
            Rule::Plain => 0,
            Rule::Momentum | Rule::Rmsprop => 1,
            Rule::Adam => 2,
        };
        self.moments[..count].iter().map(|moments| self.all(moments)).collect()
    }

    /// The numbers of a buffer that is laid out as the parameters are.
    fn all(&self, area: &Area) -> Option<Vec<f32>> {
        let mut all = area.read(&self.client)?;
        all.truncate(size(&self.setting.layers));
        Some(all)
    }
}
