//! The loss that a program prints, where its gradient is a multiple of the one that was judged.
//!
//! Many programs print a mean and descend the sum, or half of it. The gradients differ in length alone, so that this is a
//! matter of scale, which the rate takes up, and no other loss.

use super::outlook::Understanding;
use super::reading::{BatchReduction, LossFormula, UpdateSign, spelled};
use super::scales::right_multiple;

impl Understanding {
    /// How many times the judged gradient that of a printed loss is; `None` where it is the same, or that of a loss of another
    /// kind. The two words are those of a dump.
    pub fn times_printed(&self, loss: &str, reduction: &str) -> Option<f64> {
        let (loss, reduction) = (LossFormula::parse(loss)?, spelled::<BatchReduction>(reduction)?);
        let own = self.network.loss;
        let squares = |loss: LossFormula| matches!(loss, LossFormula::Squared | LossFormula::HalfSquared);
        let length = |loss: LossFormula, reduction: BatchReduction| {
            let whole = right_multiple(self.rows as f64, &self.reading.widths(), reduction, UpdateSign::Subtract);
            if loss == LossFormula::Squared { 2.0 * whole } else { whole }
        };
        let times = length(loss, reduction) / length(own, self.reduction);
        let alike = loss == own || squares(loss) && squares(own);
        (alike && self.rows > 1 && (times - 1.0).abs() > 1e-9).then_some(times)
    }
}
