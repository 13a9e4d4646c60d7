//! A factor: a number that a gradient may be off by, with what it would mean.
//!
//! The batch has m rows, the output K units, and every layer a width; people divide by any of them, twice, or not at
//! all. Numbers collide, so a factor is a name among several until the whole set of tensors has been explained.

use super::frame::Scales;
use super::layer::LayerFit;
use crate::gradcheck::mistakes::{Charges, Mistake};
use crate::gradcheck::reading::Reduction;

/// A factor with what it would mean.
#[derive(Clone)]
pub struct Factor {
    /// The number.
    pub size: f64,
    /// What is wrong if it is this one.
    pub charges: Charges,
    /// What is said of it where it is no mistake.
    pub remark: Option<&'static str>,
}

/// Said where the gradient has the rate in it.
pub const UPDATE: &str = "the dump is the update, rate times gradient";

/// Whether people write this number, or divide by it.
pub fn written(factor: f64, tolerance: f64) -> bool {
    const WRITTEN: [f64; 18] =
        [1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 16.0, 20.0, 32.0, 50.0, 64.0, 100.0, 128.0, 255.0, 256.0, 1000.0];
    let is = |number: f64| (factor / number - 1.0).abs() < tolerance.max(1e-6);
    WRITTEN.iter().any(|&number| is(number) || is(1.0 / number))
}

impl Scales<'_> {
    /// Factors that a whole gradient, or the part of one layer, may be off by.
    fn single(&self, place: &str) -> Vec<Factor> {
        let name = |size: f64, mistake: Mistake, text: String| Factor {
            size,
            charges: Charges::one(mistake, if text.is_empty() { place.into() } else { format!("{place}: {text}") }),
            remark: None,
        };
        let (m, k) = (self.rows, self.outputs());
        // What the expected multiple must be multiplied with to leave no division at all.
        let undo = 1.0 / self.expected().abs();
        let mut all = Vec::new();
        if self.reduction != Reduction::Sum {
            all.push(name(m, Mistake::SumInsteadOfMean, format!("factor {m}, the rows")));
            all.push(name(1.0 / m, Mistake::MeanTwice, format!("factor 1/{m}")));
        } else {
            all.push(name(1.0 / (m * m), Mistake::MeanTwice, format!("factor 1/{m} twice")));
        }
        if self.reduction == Reduction::MeanAll {
            all.push(name(m * k, Mistake::SumInsteadOfMean, format!("factor {}, rows and outputs", m * k)));
        }
        let mut counts: Vec<usize> = self.widths.iter().copied().filter(|&n| n as f64 != m).collect();
        counts.sort_unstable();
        counts.dedup();
        for n in counts {
            let wrong = if self.reduction == Reduction::MeanAll { n as f64 * k } else { n as f64 };
            all.push(name(undo / wrong, Mistake::DividedByWrongCount, format!("divided by {n}")));
        }
        if k > 1.0 {
            all.push(name(k, Mistake::ClassCountFactor, format!("factor {k}, the outputs")));
            all.push(name(1.0 / k, Mistake::ClassCountFactor, format!("factor 1/{k}, the outputs")));
        }
        all.push(name(2.0, Mistake::LossFactorTwo, "factor 2".into()));
        all.push(name(0.5, Mistake::LossFactorTwo, "factor 1/2".into()));
        all
    }

    /// What the gradient as a whole may be multiplied with.
    pub fn bases(&self) -> Vec<Factor> {
        let none = Factor { size: 1.0, charges: Charges::none(), remark: None };
        let mut single = self.single("everywhere");
        // To divide by one everywhere is not to divide.
        single.retain(|name| !name.charges.iter().any(|(_, places)| places[0].ends_with("divided by 1")));
        let mut all = vec![none];
        if self.reduction == Reduction::Sum {
            let remark = Some("the dump is the gradient of the mean: right if your loss divides by the rows");
            all.push(Factor { size: 1.0 / self.rows, charges: Charges::none(), remark });
        }
        // Any number is near the product of two names, so only the two that people do miss together make one.
        let of = |mistake: Mistake| single.iter().filter(move |name| name.charges.has(mistake));
        for one in of(Mistake::SumInsteadOfMean) {
            let both = of(Mistake::LossFactorTwo).map(|two| Factor {
                size: one.size * two.size,
                charges: one.charges.and(&two.charges),
                remark: None,
            });
            all.extend(both.filter(|both| !written(both.size, self.tolerance)));
        }
        all.extend(single);
        if let Some(rate) = self.rate.filter(|rate| *rate > 0.0) {
            let remark = Some(UPDATE);
            all.push(Factor { size: rate, charges: Charges::none(), remark });
        }
        all
    }

    /// What the multiples of one layer may be off by together.
    pub fn factors(&self, layer: &LayerFit) -> Vec<Factor> {
        let place = format!("layer {}", layer.number);
        let dropped: Vec<Factor> = layer
            .keep
            .iter()
            .map(|&size| {
                let charges = Charges::one(Mistake::DropoutScaleMissing, place.clone());
                Factor { size, charges, remark: None }
            })
            .collect();
        // A loss has one factor, and it reaches every layer.
        let mut single = self.single(&place);
        single.retain(|name| {
            ![Mistake::LossFactorTwo, Mistake::ClassCountFactor].iter().any(|&whole| name.charges.has(whole))
        });
        let both = dropped.iter().flat_map(|one| single.iter().map(move |two| (one, two)));
        let both: Vec<Factor> = both
            .map(|(one, two)| Factor {
                size: one.size * two.size,
                charges: one.charges.and(&two.charges),
                remark: None,
            })
            .collect();
        let none = Factor { size: 1.0, charges: Charges::none(), remark: None };
        [vec![none], dropped, both, single].concat()
    }
}
