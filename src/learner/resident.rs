//! A learner whose network lives on a GPU: many steps are made there one after another, and looked at afterwards.
//!
//! On the CPU a step is passed, judged and then made. On a GPU every look costs more than the step, so the network is
//! brought aboard once (see `engine::cube`), and steps are made there in bursts. What the judge decides between pass
//! and update, whether all is finite, the device decides for itself and holds every later update back; who asks for a
//! burst is told at which step that was. The tensors of the model are those of before until [`Learner::settle`]
//! brings the weights back.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};

use super::inspection::seen;
use super::optimizer::Optimizer;
use super::{FixedRows, Learner, Rule, Scrutiny, Seen, changed};
use crate::data::{Batches, Block};
use crate::engine::{
    Coefficients, Curve, Descent, Effect, JUDGED, Load, MOST, Record, Resident, Setting, client, to_host,
};
use crate::error::{Error, Result};
use crate::model::{Activation, LayerWeights, Loss, Reduction};
use crate::random::generator;
use burn::nn::Linear;

/// A network on a device, with the rows that it learns.
pub(super) struct Aboard {
    resident: Resident,
    /// The class of every row, in the order of the block.
    labels: Vec<u32>,
    batch: usize,
    /// The steps of the epoch in hand: the labels' weight and the number of rows of each.
    rows: Vec<(f64, usize)>,
    /// Whether the tensors of the model are older than what is aboard.
    stale: bool,
    /// How much room there is for rows, and how many bytes a buffer may have.
    room: Room,
    most: usize,
    /// How many batches of held-out rows come at a time, 0 where they stay; `None` before there are any.
    judges: Option<usize>,
    /// How many batches come at a time where rows do not stay, and the number of the first batch that is not there yet.
    half: Option<usize>,
    missing: usize,
}

/// How many bytes the features of rows may take on a device.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// All that are learned, if they are to stay there.
    pub all: usize,
    /// All that are held out, if they are to stay there.
    pub held_out: usize,
    /// Those that come at a time, if they are not: as many batches as that, and one at least.
    pub half: usize,
}

impl Default for Room {
    /// As many as the device has room for, or 32 MB at a time: enough that a transfer is not many small ones, and that the
    /// host has few of them in hand.
    fn default() -> Self {
        Room { all: usize::MAX, held_out: usize::MAX, half: 32 << 20 }
    }
}

/// The rows of an epoch for a device on which none stay, and nothing for one that has all of them.
pub type Feed<'e> = Box<dyn Iterator<Item = Result<Load>> + 'e>;

/// A step that is to be made: its rate, the largest norm of its gradient, and the seed of its masks.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    /// The learning rate.
    pub rate: f64,
    /// The largest norm that the gradient may have.
    pub clip: Option<f64>,
    /// The seed of the masks of dropout.
    pub seed: u64,
}

/// A step that was made aboard.
pub struct Made {
    /// The mean loss of its rows.
    pub loss: f64,
    /// How many rows have their own class as the most probable one.
    pub correct: usize,
    /// The norm of the gradient.
    pub norm: f64,
    /// How many rows it had.
    pub rows: usize,
    /// Whether it was held back, because it or one before it was not finite.
    pub held: bool,
    /// What was seen of its update, if somebody looked.
    pub seen: Option<Seen>,
}

/// What is said of a device whose numbers cannot be read.
const SILENT: &str = "the device does not answer any more; what was saved last is whole, go on with --resume";

/// How many steps a burst may have.
pub const BURST: usize = MOST;

impl Learner {
    /// Brings the network aboard, if its device is a GPU that knows the loss, and the rows of `block` as far as there is
    /// `room` for them, or else a ring in which they come; says whether it is there.
    ///
    /// # Errors
    /// Rows that can no longer be read.
    pub fn board(&mut self, block: &Block, batch: usize, room: Room) -> Result<bool> {
        if self.aboard.is_some() {
            return Ok(true);
        }
        let Some(client) = client(&self.model.layers[0].weight.val().inner()) else { return Ok(false) };
        if self.criterion.loss != Loss::CrossEntropy {
            return Ok(false);
        }
        let most = usize::try_from(client.properties().memory.max_page_size).unwrap_or(usize::MAX);
        let stay = block.for_device(most.min(room.all))?.map(|rows| (rows, None));
        let come = || block.ring(batch, (room.half, most)).map(|(rows, half)| (rows, Some(half)));
        let Some((rows, half)) = stay.or_else(come) else { return Ok(false) };
        let weights = self.model.weights();
        let widths: Vec<usize> = weights.iter().map(|(weight, bias)| weight.len() / bias.len().max(1)).collect();
        let setting = Setting {
            layers: [widths, vec![self.criterion.classes]].concat(),
            curve: curve(self.model.activation()),
            dropout: self.model.dropped(),
            rule: self.optimizer.rule(),
            batch: batch.min(block.len()),
            weights: self.criterion.weights.clone(),
            precision: self.model.precision(),
        };
        let parameters: Vec<f32> = weights.into_iter().flat_map(|(weight, bias)| [weight, bias]).flatten().collect();
        let moments = self.optimizer.flat(parameters.len());
        let moments = [&moments[0][..], &moments[1][..]];
        let (labels, batch) = (block.labels(), setting.batch);
        let resident = Resident::new(client, setting, &rows, &parameters, moments);
        let (rows, stale, judges, missing) = (Vec::new(), false, None, 0);
        self.aboard =
            Some(Box::new(Aboard { resident, labels, batch, rows, stale, room, most, judges, half, missing }));
        Ok(true)
    }

    /// How many batches come aboard at a time, where the network is there and no rows stay.
    pub fn half(&self) -> Option<usize> {
        self.aboard.as_ref()?.half
    }

    /// How many launches a step aboard has; `None` if the network is not there.
    pub fn launches(&self) -> Option<usize> {
        self.aboard.as_ref().map(|aboard| aboard.resident.launches())
    }

    /// Brings the plan of an epoch aboard: its rows in their order, and its steps, of which those from number `from`
    /// on are to be made.
    pub fn plan(&mut self, order: &[u32], steps: &[Planned], from: usize) {
        let Some(aboard) = &mut self.aboard else { return };
        let criterion = &self.criterion;
        let weigh = |rows: &[u32]| {
            let weight: f64 =
                rows.iter().map(|&row| f64::from(criterion.weights[aboard.labels[row as usize] as usize])).sum();
            (weight, rows.len())
        };
        aboard.missing = from;
        aboard.rows = order.chunks(aboard.batch).map(weigh).collect();
        let table: Vec<Coefficients> = (0..)
            .zip(steps.iter().zip(&aboard.rows))
            .map(|(i, (step, (weight, _)))| Coefficients {
                share: match criterion.reduction {
                    Reduction::Mean => (1.0 / weight) as f32,
                    Reduction::Sum => 1.0,
                },
                smoothing: criterion.smoothing,
                clip: step.clip.map_or(0.0, |clip| clip as f32),
                ..self.optimizer.table((i as u64 + 1).saturating_sub(from as u64), step.rate)
            })
            .collect();
        let key = |step: &Planned| {
            let bytes = generator(step.seed, b"DROPOUT\0").get_seed();
            std::array::from_fn(|i| {
                u32::from_le_bytes([bytes[4 * i], bytes[4 * i + 1], bytes[4 * i + 2], bytes[4 * i + 3]])
            })
        };
        let keys: Vec<[u32; 8]> = if self.model.dropped() > 0 { steps.iter().map(key).collect() } else { Vec::new() };
        aboard.resident.begin(order, &table, &keys);
    }

    /// Makes up to [`BURST`] steps of the plan, from batch `batch` on, and gives what they have shown; the last is looked
    /// at as `scrutiny` asks. Where no rows stay, `feed` gives those from the first step of the plan on. This waits for the
    /// device once.
    ///
    /// # Errors
    /// The device does not answer any more, the network is not aboard, or rows can no longer be read.
    pub fn burst(&mut self, batch: usize, count: usize, scrutiny: Scrutiny, feed: &mut Feed) -> Result<Vec<Made>> {
        let Some(aboard) = &mut self.aboard else { return Err(Error::other(SILENT)) };
        aboard.stale = true;
        aboard.resident.seek(batch);
        if let Scrutiny::WithRows(rows) = &scrutiny {
            aboard.run(batch..batch + count - 1, feed)?;
            aboard.resident.look(|| rows.numbers());
            aboard.run(batch + count - 1..batch + count, feed)?;
        } else {
            aboard.run(batch..batch + count, feed)?;
        }
        let z = if let Scrutiny::WithRows(_) = &scrutiny { aboard.resident.seen() } else { Vec::new() };
        let records = aboard.resident.records(count).ok_or_else(|| Error::other(SILENT))?;
        let moved = records.iter().filter(|record| !record.held).count();
        self.optimizer.advance(moved as u64);
        let rows = aboard.rows[batch..batch + count].to_vec();
        let mass = |weight: f64| if self.criterion.reduction == Reduction::Sum { weight } else { 1.0 };
        let made = |(i, (record, (weight, rows))): (usize, (&Record, (f64, usize)))| {
            let squares: f64 = record.parameters.iter().map(|p| f64::from(p[0])).sum();
            let looked = i + 1 == count && !record.held && !matches!(scrutiny, Scrutiny::Skipped);
            Made {
                loss: f64::from(record.loss) / mass(weight),
                correct: record.right,
                norm: squares.sqrt(),
                rows,
                held: record.held,
                seen: looked.then(|| self.seen(record, &z)),
            }
        };
        Ok(records.iter().zip(rows).enumerate().map(made).collect())
    }

    /// What a record and the values of the fixed rows show.
    fn seen(&self, record: &Record, z: &[Vec<f32>]) -> Seen {
        let gradients: Vec<(f32, f32)> = record.parameters.iter().map(|p| (p[0], p[1])).collect();
        let effect = |p: &[f32; 5]| Effect { squares: p[2], largest: p[3], moved: p[4] };
        let effects: Vec<Effect> = record.parameters.iter().map(effect).collect();
        seen(&self.model, z, &effects, &gradients)
    }

    /// Brings weights and moments back into the tensors of the model and of the optimizer, if steps were made aboard.
    pub(super) fn bring_back(&mut self) -> Result<()> {
        let Some(aboard) = self.aboard.as_mut().filter(|aboard| aboard.stale) else { return Ok(()) };
        let (Some(parameters), Some(moments)) = (aboard.resident.parameters(), aboard.resident.moments()) else {
            return Err(Error::other(SILENT));
        };
        aboard.stale = false;
        let mut at = 0;
        let device = self.device.clone().inner();
        let mut sizes = Vec::new();
        let mut next = |old: Tensor<1>| {
            let length = old.dims()[0];
            let numbers = parameters[at..at + length].to_vec();
            (at, _) = (at + length, sizes.push(length));
            Tensor::from_data(TensorData::new(numbers, [length]), &device)
        };
        for layer in std::mem::take(&mut self.model.layers) {
            let weight = changed(layer.weight, &mut next);
            let bias = layer.bias.map(|bias| changed(bias, &mut next));
            self.model.layers.push(Linear { weight, bias });
        }
        self.optimizer.bring_back(&moments, &sizes, &device);
        Ok(())
    }

    /// The sum of the losses of the rows of `block`, and how many are right, if the network is aboard.
    pub(super) fn judge_aboard(&mut self, block: &Block) -> Result<Option<(f64, usize)>> {
        let Some(aboard) = &mut self.aboard else { return Ok(None) };
        let Some(half) = aboard.hold_out(block)? else { return Ok(None) };
        if half == 0 {
            return Ok(aboard.resident.judge(|| None));
        }
        let batches = Batches::in_order(block, JUDGED);
        std::thread::scope(|scope| {
            let mut feed = batches.loads(scope, (0, half), rayon::current_num_threads());
            let mut failed = None;
            let found = aboard.resident.judge(|| feed.next()?.map_err(|e| failed = Some(e)).ok());
            failed.map_or(Ok(found), Err)
        })
    }

    /// Keeps the weights as they are now, where they are aboard; says whether they are.
    pub(super) fn keep_aboard(&mut self) -> bool {
        let Some(aboard) = &mut self.aboard else { return false };
        aboard.resident.keep();
        true
    }

    /// The weights that were kept last.
    pub(super) fn kept_aboard(&self) -> Option<Vec<LayerWeights>> {
        let kept = self.aboard.as_ref()?.resident.kept()?;
        let mut rest = &kept[..];
        let mut next = |length: usize| {
            let (head, tail) = rest.split_at(length);
            rest = tail;
            head.to_vec()
        };
        let sizes = self.model.layers.iter().map(|layer| layer.weight.val().dims());
        Some(sizes.map(|[inputs, outputs]| (next(inputs * outputs), next(outputs))).collect())
    }

    /// Takes the network off board: the next step is made with the tensors of the model.
    ///
    /// # Errors
    /// The device does not answer any more.
    pub fn leave(&mut self) -> Result<()> {
        self.settle()?;
        self.aboard = None;
        Ok(())
    }
}

impl Aboard {
    /// How many batches of the rows of `block` come at a time to be judged, 0 if all of them are aboard; `None` if there
    /// is no room.
    fn hold_out(&mut self, block: &Block) -> Result<Option<usize>> {
        if self.judges.is_none() {
            let stay = block.for_device(self.most.min(self.room.held_out))?.map(|rows| (rows, 0));
            if let Some((rows, half)) = stay.or_else(|| block.ring(JUDGED, (self.room.half, self.most))) {
                self.resident.hold_out(&rows);
                self.judges = Some(half);
            }
        }
        Ok(self.judges)
    }

    /// Makes the steps with these batches, and brings the rows of each there before it where they do not stay.
    fn run(&mut self, batches: Range<usize>, feed: &mut Feed) -> Result<()> {
        let mut next = batches.start;
        while next < batches.end {
            if self.half.is_some() && next == self.missing {
                let load =
                    feed.next().unwrap_or_else(|| Err(Error::other("the rows of this epoch have ended early")))?;
                self.missing += load.batches;
                self.resident.fill(next * self.batch, load);
            }
            let end = if self.half.is_some() { batches.end.min(self.missing) } else { batches.end };
            self.resident.run(end - next);
            next = end;
        }
        Ok(())
    }
}

impl FixedRows {
    /// The rows as numbers, row-major.
    fn numbers(&self) -> Vec<f32> {
        to_host(self.x.clone().flatten(0, 1))
    }
}

/// The function between layers, as the device knows it.
fn curve(activation: Activation) -> Curve {
    match activation {
        Activation::Sigmoid => Curve::Sigmoid,
        Activation::Tanh => Curve::Tanh,
        Activation::Relu => Curve::Relu,
        Activation::LeakyRelu => Curve::LeakyRelu,
        Activation::Gelu => Curve::Gelu,
        Activation::Silu => Curve::Silu,
    }
}

impl Optimizer {
    /// The rule, as the device knows it.
    fn rule(&self) -> Descent {
        match self.kind() {
            (Rule::Adam | Rule::Adamw, _) => Descent::Adam,
            (Rule::Rmsprop, _) => Descent::Rmsprop,
            (Rule::Sgd, true) => Descent::Momentum,
            (Rule::Sgd, false) => Descent::Plain,
        }
    }
}
