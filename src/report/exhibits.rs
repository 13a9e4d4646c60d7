//! The exhibits of a report: rows, weights and columns that a page shows and that neither journal nor scores hold.
//!
//! It is bounded: a few rows, a few units, and of the columns of a table as many as can be shuffled in about a second.

use burn::tensor::Device;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::Measured;
use crate::data::{Block, Raster};
use crate::error::Result;
use crate::evaluate::{self, Misclassified};
use crate::model::{Classifier, Saved};

/// How many misclassified rows are shown.
const WORST: usize = 24;
/// How many units of the first layer are shown.
const UNITS: usize = 36;
/// How many rows tell whether rows are images.
const SEEN: usize = 500;
/// How many multiplications the shuffling of columns may take, and how many rows it takes at least and at most.
const WORK: usize = 20_000_000_000;
const ROWS: (usize, usize) = (50, 1000);
/// How many times a column is shuffled.
const SHUFFLES: usize = 3;

/// What a page shows of the judged rows and of the weights.
#[derive(Clone, Debug, Default)]
pub struct Exhibits {
    /// How the numbers of a row lie, if rows are images.
    pub raster: Option<Raster>,
    /// The misclassified rows that the model was surest of, the surest first, each with its row as it is in the file.
    pub worst: Vec<(Misclassified, Vec<f32>)>,
    /// The weights of units of the first layer, each as long as a row; of images alone. The units whose weights are
    /// largest come first.
    pub units: Vec<(usize, Vec<f32>)>,
    /// How much the loss rises when a column is shuffled, in nats, column by column; none for images.
    pub importance: Option<Importance>,
}

/// The permutation importance of columns (Breiman 2001; Fisher, Rudin and Dominici 2019).
#[derive(Clone, Debug)]
pub struct Importance {
    /// How many rows the columns were shuffled among.
    pub rows: usize,
    /// The mean rise of the loss, for each column.
    pub rise: Vec<f64>,
}

impl Exhibits {
    /// Looks at the rows that a model was judged on, at what they were mistaken for, and at its weights.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub(super) fn of(measured: &Measured, device: &Device) -> Result<Self> {
        let raw = measured.rows.unprepared();
        let first = &measured.models[0];
        let raster = Raster::seen(&first.input, &raw.spread(SEEN).features()?);
        let mut worst = measured.misclassified.to_vec();
        worst.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.row.cmp(&b.row)));
        worst.truncate(WORST);
        let rows = raw.pick(worst.iter().map(|wrong| wrong.row)).features()?;
        let width = raw.width().max(1);
        let importance = match raster {
            Some(_) => None,
            None => importance(measured, device)?,
        };
        Ok(Exhibits {
            raster,
            worst: worst.into_iter().zip(rows.chunks_exact(width).map(<[f32]>::to_vec)).collect(),
            units: if raster.is_some() { units(first) } else { Vec::new() },
            importance,
        })
    }
}

/// The units of the first layer with the largest weights.
fn units(model: &Saved) -> Vec<(usize, Vec<f32>)> {
    let (Some((weight, _)), Some(&[width, count])) = (model.weights.first(), model.network.layers.first_chunk()) else {
        return Vec::new();
    };
    let unit = |u: usize| (u, (0..width).map(|i| weight[i * count + u]).collect::<Vec<f32>>());
    let mut units: Vec<(usize, Vec<f32>)> = (0..count).map(unit).collect();
    let size = |w: &[f32]| w.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
    units.sort_by(|a, b| size(&b.1).total_cmp(&size(&a.1)));
    units.truncate(UNITS);
    units
}

/// Shuffles one column after another and measures how much the loss rises; `None` where that would take too long.
fn importance(measured: &Measured, device: &Device) -> Result<Option<Importance>> {
    let sizes = |saved: &Saved| saved.weights.iter().map(|(weight, _)| weight.len()).sum::<usize>();
    let Measured { models, rows: block, model, .. } = *measured;
    let (width, work) = (block.width(), models.iter().map(sizes).sum::<usize>());
    // A pass over one row multiplies once for each weight, and every column needs a pass for each shuffle.
    let affordable = WORK / (SHUFFLES * width * work).max(1);
    if affordable < ROWS.0 || block.is_empty() {
        return Ok(None);
    }
    let rows = block.spread(affordable.min(ROWS.1));
    let (labels, mut x) = (rows.labels(), rows.features()?);
    let loss = |x: &[f32]| loss(model, x, &labels, width, device);
    let base = loss(&x)?;
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut rise = vec![0.0; width];
    for (column, rise) in rise.iter_mut().enumerate() {
        let kept: Vec<f32> = x.iter().skip(column).step_by(width).copied().collect();
        let mut shuffled = kept.clone();
        for _ in 0..SHUFFLES {
            shuffled.shuffle(&mut rng);
            put(&mut x, column, width, &shuffled);
            *rise += (loss(&x)? - base) / SHUFFLES as f64;
        }
        put(&mut x, column, width, &kept); // the next column is shuffled alone again
    }
    Ok(Some(Importance { rows: labels.len(), rise }))
}

/// The loss on rows that are prepared already.
fn loss(model: &impl Classifier, x: &[f32], labels: &[u32], width: usize, device: &Device) -> Result<f64> {
    Ok(evaluate::score(model, &Block::new(x.to_vec(), labels.to_vec(), width), device)?.loss)
}

/// Puts numbers, one for each row, into a column of row-major `x`.
fn put(x: &mut [f32], column: usize, width: usize, numbers: &[f32]) {
    x.iter_mut().skip(column).step_by(width).zip(numbers).for_each(|(place, number)| *place = *number);
}
