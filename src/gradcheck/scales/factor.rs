//! Factors: the numbers that a gradient may be off by, each with what it would mean.
//!
//! The batch has m rows, the output K units, and every layer a width. People divide by any of them, twice, or not at
//! all. Several meanings may have the same number, so all are listed here, and the whole set of tensors decides.

use super::expectation::Expectation;
use super::layer::LayerDerivation;
use crate::gradcheck::mistakes::{Detail, FactorMeaning, Mistake, Mistakes, Occurrence, Remark, Scope};
use crate::gradcheck::reading::BatchReduction;

/// A number with what it would mean.
#[derive(Clone)]
pub struct Factor {
    /// The number.
    pub size: f64,
    /// What is wrong if the gradient is off by it.
    pub mistakes: Mistakes,
    /// What is said of it where it is no mistake.
    pub remark: Option<Remark>,
}

impl Factor {
    /// The factor 1, which means that nothing is wrong.
    fn none() -> Self {
        Factor { size: 1.0, mistakes: Mistakes::none(), remark: None }
    }

    /// A factor that is no mistake, and what is said of it.
    fn remarked(size: f64, remark: Remark) -> Self {
        Factor { size, mistakes: Mistakes::none(), remark: Some(remark) }
    }

    /// Both factors at once.
    fn times(&self, other: &Factor) -> Self {
        Factor { size: self.size * other.size, mistakes: self.mistakes.and(&other.mistakes), remark: None }
    }
}

/// Whether `factor`, or one over it, is a number that people commonly write into a program.
pub fn commonly_written(factor: f64, tolerance: f64) -> bool {
    const WRITTEN: [f64; 18] =
        [1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 16.0, 20.0, 32.0, 50.0, 64.0, 100.0, 128.0, 255.0, 256.0, 1000.0];
    let is = |number: f64| (factor / number - 1.0).abs() < tolerance.max(1e-6);
    WRITTEN.iter().any(|&number| is(number) || is(1.0 / number))
}

impl Expectation<'_> {
    /// What the gradient as a whole may be multiplied with.
    pub fn factors_of_all(&self) -> Vec<Factor> {
        let mut single = self.single(Scope::Everywhere);
        // To divide everything by one is not to divide.
        single.retain(|factor| !factor.means(FactorMeaning::DividedBy(1)));
        let mut all = vec![Factor::none()];
        if self.reduction == BatchReduction::Sum {
            all.push(Factor::remarked(1.0 / self.rows, Remark::GradientOfMean));
        }
        // Every number is near the product of some two factors, so only the two that people do miss together make one.
        let of = |mistake: Mistake| single.iter().filter(move |factor| factor.mistakes.has(mistake));
        for one in of(Mistake::SumInsteadOfMean) {
            let both = of(Mistake::LossFactorTwo).map(|two| one.times(two));
            all.extend(both.filter(|both| !commonly_written(both.size, self.tolerance)));
        }
        all.extend(single);
        if let Some(rate) = self.rate.filter(|rate| *rate > 0.0) {
            all.push(Factor::remarked(rate, Remark::Update));
        }
        all
    }

    /// What the multiples of dW and db of one layer may be off by together.
    pub fn factors_of_layer(&self, layer: &LayerDerivation) -> Vec<Factor> {
        let mistakes = Mistakes::one(Mistake::DropoutScaleMissing, Occurrence::layer(layer.number));
        let dropped = |&size: &f64| Factor { size, mistakes: mistakes.clone(), remark: None };
        let dropped: Vec<Factor> = layer.keep.iter().map(dropped).collect();
        // The factors of a loss reach every layer, so one layer alone cannot be off by them.
        let mut single = self.single(Scope::Layer(layer.number));
        single.retain(|factor| {
            ![Mistake::LossFactorTwo, Mistake::ClassCountFactor].iter().any(|&whole| factor.mistakes.has(whole))
        });
        let both = dropped.iter().flat_map(|one| single.iter().map(move |two| one.times(two))).collect();
        [vec![Factor::none()], dropped, both, single].concat()
    }

    /// The factors that have one meaning, of the whole gradient or of one layer.
    fn single(&self, scope: Scope) -> Vec<Factor> {
        let factor = |size: f64, mistake: Mistake, meaning: FactorMeaning| Factor {
            size,
            mistakes: Mistakes::one(mistake, Occurrence { scope, detail: Detail::Factor(meaning) }),
            remark: None,
        };
        let (m, k) = (self.rows, self.outputs());
        let mut all = Vec::new();
        if self.doubled {
            // A single row is its own sum and mean.
        } else if self.reduction != BatchReduction::Sum {
            all.push(factor(m, Mistake::SumInsteadOfMean, FactorMeaning::Rows(m)));
            all.push(factor(1.0 / m, Mistake::MeanTwice, FactorMeaning::OverRows(m)));
        } else {
            all.push(factor(1.0 / (m * m), Mistake::MeanTwice, FactorMeaning::OverRowsTwice(m)));
        }
        if self.reduction == BatchReduction::MeanAll && !self.doubled {
            all.push(factor(m * k, Mistake::SumInsteadOfMean, FactorMeaning::RowsAndOutputs(m * k)));
        }
        all.extend(
            self.wrong_counts()
                .into_iter()
                .map(|(n, size)| factor(size, Mistake::DividedByWrongCount, FactorMeaning::DividedBy(n))),
        );
        if k > 1.0 {
            all.push(factor(k, Mistake::ClassCountFactor, FactorMeaning::Outputs(k)));
            all.push(factor(1.0 / k, Mistake::ClassCountFactor, FactorMeaning::OverOutputs(k)));
        }
        all.push(factor(2.0, Mistake::LossFactorTwo, FactorMeaning::Two));
        all.push(factor(0.5, Mistake::LossFactorTwo, FactorMeaning::OneHalf));
        all
    }

    /// The widths of layers that people divide by instead of the number of rows, and the factor that this makes beside the
    /// division that is expected. A layer of two units is none of them, because its factor is that of a squared error.
    fn wrong_counts(&self) -> Vec<(usize, f64)> {
        let undo = 1.0 / self.multiple().abs(); // takes off the division that is expected
        let mut counts: Vec<usize> =
            self.widths.iter().copied().filter(|&n| n as f64 != self.rows && n != 2 && !self.doubled).collect();
        counts.sort_unstable();
        counts.dedup();
        let divisor = |n: usize| {
            if self.reduction == BatchReduction::MeanAll { n as f64 * self.outputs() } else { n as f64 }
        };
        counts.into_iter().map(|n| (n, undo / divisor(n))).collect()
    }
}

impl Factor {
    /// Whether the first occurrence of one of the mistakes has this meaning.
    fn means(&self, meaning: FactorMeaning) -> bool {
        self.mistakes.iter().any(|(_, occurrences)| occurrences[0].factor() == Some(meaning))
    }
}
