//! A derivation: one way in which a dumped gradient can have been computed from the error at its layer.

use crate::gradcheck::equations::LeastSquares;
use crate::gradcheck::mistakes::Mistakes;
use crate::gradcheck::reading::Matrix;

/// How a dumped dW or db was computed, as far as its numbers show.
#[derive(Clone, Debug)]
pub struct Derivation {
    /// What is wrong with the equation.
    pub mistakes: Mistakes,
    /// The dump divided by what the equation gives; `None` where the equation gives nothing, so that any number would
    /// do.
    pub multiple: Option<f64>,
    /// The multiple of the parameter itself that is in the gradient, as from an L2 penalty.
    pub decay: f64,
    /// A number that is in every entry of the gradient.
    pub constant: f64,
    /// What is left over, relative to the dump.
    pub residual: f64,
    /// What the equation alone gives of the dump, relative. If this share is small, the multiple is poorly determined.
    pub share: f64,
    /// Whether every dump would be some multiple of what the equation gives, as a single number is. An odd multiple is
    /// no evidence then.
    pub always_fits: bool,
    /// The multiples, beside 1, that the equation has by nature: one row in the place of a mean is 1/m of it.
    pub natural: Vec<f64>,
    /// The row of the batch that stands for all, if one does.
    pub row: Option<usize>,
    /// What the equation gives for dW, summed over the inputs, `[1, out]`: some people take that for db.
    pub over_inputs: Option<Matrix>,
}

impl Derivation {
    /// A gradient that is zero but for rounding, so that it has no multiple.
    pub fn of_nothing(mistakes: Mistakes) -> Self {
        Derivation::of(mistakes, &LeastSquares { multiples: vec![None], share: 1.0, residual: 0.0 })
    }

    /// A derivation by the first term of a fit, with nothing else in the gradient.
    pub fn of(mistakes: Mistakes, fit: &LeastSquares) -> Self {
        Derivation {
            mistakes,
            multiple: fit.multiples[0],
            decay: 0.0,
            constant: 0.0,
            residual: fit.residual,
            share: fit.share,
            always_fits: false,
            natural: Vec::new(),
            row: None,
            over_inputs: None,
        }
    }
}
