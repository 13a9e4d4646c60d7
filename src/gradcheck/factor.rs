//! A factor: a number that a gradient may be off by, with what it would mean.
//!
//! The batch has m rows, the output K units, and every layer a width; people divide by any of them, twice, or not at
//! all. Numbers collide, so a factor is a name among several until the whole set of tensors has been explained.

use super::charge::Charges;
use super::mistake::Mistake;
use super::scale::{LayerFit, Scales};
use super::story::Reduction;

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
        for (i, one) in single.iter().enumerate() {
            for two in &single[i + 1..] {
                let charges = one.charges.and(&two.charges);
                if charges.mistakes().len() == 2 {
                    all.push(Factor { size: one.size * two.size, charges, remark: None });
                }
            }
        }
        all.extend(single);
        if let Some(rate) = self.rate.filter(|rate| *rate > 0.0) {
            let remark = Some("the dump is the update, rate times gradient");
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
        let single = self.single(&place);
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
