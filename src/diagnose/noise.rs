//! Noise: how many labels are wrong, as far as predictions on rows that were not learned can tell.
//!
//! A network that has learned what can be learned still disagrees with labels that are wrong. Near the border of two
//! classes it also disagrees with right ones, so only the rows that it is surest of are asked, chosen by its confidence and
//! never by their labels. If the disagreement no longer falls as confidence rises, what remains is noise (or classes that
//! overlap everywhere to the same degree, which nothing can tell from it). If it still falls, the border is not left yet,
//! and the amount is unclear. That it no longer falls must be seen in half of all rows, since the surest few of any hard
//! table differ little in confidence, and too few rows show no fall.

use burn::tensor::Device;
use serde::Serialize;

use crate::data::Block;
use crate::error::Result;
use crate::evaluate::Predictions;
use crate::model::Mlp;
use crate::numerics::interval;

/// The share of the rows that are the surest.
const SUREST: usize = 4;
/// The share of the rows among which disagreement must not fall …
const LEVEL: usize = 2;
/// … by more than so many standard errors of its trend. Of noisy labels one case in twenty falls so far by chance, and is
/// left unclear; classes that overlap fall farther with every row that is asked.
const TREND: f64 = 1.645;
/// Rows of these, fewer of which say nothing.
const FEW: usize = 25;

/// The share of wrong labels, if labels are wrong at random.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Noise {
    /// The share of rows whose label is another one than the network is sure of.
    pub share: f64,
    /// The lower end of its interval of 95 % (Wilson 1927).
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The rows that were asked.
    pub rows: usize,
}

/// The noise in the labels of `block`, by a `model` that has not learned them; `None` where it is unclear.
///
/// # Errors
/// The file of the rows can no longer be read.
pub(super) fn noise(model: &Mlp, block: &Block, device: &Device) -> Result<Option<Noise>> {
    let mut seen: Vec<(f32, bool)> = Vec::new();
    Predictions::each(model, block, device, |predictions, labels| {
        let each = predictions.rows().zip(predictions.winners()).zip(labels);
        seen.extend(each.map(|((row, winner), &label)| (row[winner], winner != label as usize)));
        Ok(())
    })?;
    seen.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(among_the_surest(&seen.iter().map(|(_, wrong)| *wrong).collect::<Vec<_>>()))
}

/// The noise by whether each row has another label than predicted, the surest rows first.
fn among_the_surest(wrong: &[bool]) -> Option<Noise> {
    let rows = wrong.len() / SUREST;
    let both = wrong[..rows].iter().filter(|wrong| **wrong).count() as f64 / rows.max(1) as f64;
    let flat = trend(&wrong[..wrong.len() / LEVEL]) <= TREND;
    let (low, high) = interval(both, rows);
    (rows >= FEW && flat).then_some(Noise { share: both, low, high, rows })
}

/// By how many standard errors the share of wrong ones rises along a row of coins (Armitage 1955); 0 where none or all are
/// wrong.
fn trend(wrong: &[bool]) -> f64 {
    let count = wrong.len() as f64;
    let share = wrong.iter().filter(|wrong| **wrong).count() as f64 / count.max(1.0);
    let place = |i: usize| i as f64 - 0.5 * (count - 1.0);
    let rise: f64 = wrong.iter().enumerate().filter(|(_, wrong)| **wrong).map(|(i, _)| place(i)).sum();
    let spread = share * (1.0 - share) * (0..wrong.len()).map(|i| place(i).powi(2)).sum::<f64>();
    if spread > 0.0 { rise / spread.sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_what_remains_among_the_surest_rows_and_a_border_is_none() {
        let noisy: Vec<bool> = (0..400).map(|i| i % 5 == 0).collect();
        let noise = among_the_surest(&noisy).unwrap();
        assert!((noise.share - 0.2).abs() < 1e-9 && noise.low < 0.2 && noise.high > 0.2 && noise.rows == 100);
        assert_eq!(among_the_surest(&[false; 400]).unwrap().share, 0.0);
        let falling: Vec<bool> = (0..400).map(|i| i > 50 && i % 2 == 0).collect();
        assert_eq!(among_the_surest(&falling), None);
        assert_eq!(among_the_surest(&noisy[..80]), None, "too few rows");
        // Classes that overlap: one in twelve of the surest is wrong, and slowly more.
        let mut sum = 0.0;
        let overlap: Vec<bool> = (0..400)
            .map(|i| {
                sum += 0.08 + 0.3 * f64::from(i) / 400.0;
                sum >= 1.0 && {
                    sum -= 1.0;
                    true
                }
            })
            .collect();
        assert_eq!(among_the_surest(&overlap), None);
    }
}
