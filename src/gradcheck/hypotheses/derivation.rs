//! How a dumped gradient was found to be made.

use crate::gradcheck::mistakes::Charges;
use crate::gradcheck::reading::Matrix;

/// How a dumped gradient was found to be made.
#[derive(Clone, Debug)]
pub struct Found {
    /// What is wrong with this equation.
    pub charges: Charges,
    /// The dump over the equation's own value; `None` where nothing depends on it.
    pub multiple: Option<f64>,
    /// How much of the parameter itself is in it (weight decay).
    pub decay: f64,
    /// A number that is in every entry.
    pub constant: f64,
    /// What is left, relative to the dump.
    pub residual: f64,
    /// What the equation gives of the dump, decay and constant apart, relative: the less, the less its multiple says.
    pub share: f64,
    /// Whether any dump would be some multiple of it, so that an odd one is no evidence.
    pub single: bool,
    /// The multiples that this equation may have by nature beside 1: of a single row for the batch, 1/m.
    pub also: Vec<f64>,
    /// The row of the batch that stands for all.
    pub row: Option<usize>,
    /// The sum of the equation's own value over the inputs, `[1, out]`.
    pub over_inputs: Option<Matrix>,
}
