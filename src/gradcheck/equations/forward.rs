//! The forward pass under a story, and where the user's own arrays say otherwise.
//!
//! Where a dump holds z, a or p, they are what the rest of the user's program saw, so they take the place of what
//! should have been: each equation is judged on its own inputs and one slip does not colour everything after it.

use ndarray::Axis;

use super::distance::gap;
use crate::gradcheck::reading::{Function, Matrix, Network, Reading};

/// Every array of a forward pass, layer by layer, in rows.
pub struct Forward {
    /// What each layer receives, `[m, in]`: x, then activations after dropout.
    pub inputs: Vec<Matrix>,
    /// What each layer adds up, `[m, out]`.
    pub z: Vec<Matrix>,
    /// Activations before dropout, `[m, out]`; the last is the prediction.
    pub a: Vec<Matrix>,
    /// mask / keep, where there is dropout.
    pub masks: Vec<Option<Matrix>>,
    /// The arrays of the user's own that no equation of this story gives.
    pub slips: Vec<Slip>,
}

/// An own array that differs from what its equation says.
pub struct Slip {
    /// Its name: `z1`, `a2`, `p`.
    pub name: String,
}

/// An own array agrees with its equation to this.
const AGREES: f64 = 1e-4;

impl Forward {
    /// Runs `network` over the batch.
    pub fn of(reading: &Reading, network: &Network) -> Self {
        let mut forward =
            Forward { inputs: Vec::new(), z: Vec::new(), a: Vec::new(), masks: Vec::new(), slips: Vec::new() };
        let mut input = reading.x.clone();
        for (l, layer) in reading.layers.iter().enumerate() {
            let mut z = input.dot(&layer.weight); // [m, out]
            if let Some(bias) = &layer.bias {
                z += bias;
            }
            forward.own(layer.z.as_ref(), &mut z, format!("z{}", l + 1));
            let function = network.hidden.get(l).copied().unwrap_or(network.output);
            let last = l + 1 == reading.layers.len();
            let mask = layer.mask.as_ref().filter(|_| !last).map(|mask| scaled(mask, network.keep));
            let mut a = if last { network.output.value(&z) } else { function.value(&z) };
            let mut dropped = mask.as_ref().map_or_else(|| a.clone(), |mask| &a * mask);
            match layer.a.as_ref() {
                // With dropout, people call a what it is before, or what it is after.
                Some(own) if mask.is_some() && gap(own, &a) > AGREES => {
                    forward.own(Some(own), &mut dropped, format!("a{}", l + 1));
                }
                own => {
                    let name = if last { "p".to_string() } else { format!("a{}", l + 1) };
                    forward.own(own, &mut a, name);
                    dropped = mask.as_ref().map_or_else(|| a.clone(), |mask| &a * mask);
                }
            }
            forward.inputs.push(std::mem::replace(&mut input, dropped));
            forward.z.push(z);
            forward.a.push(a);
            forward.masks.push(mask);
        }
        forward
    }

    /// Puts the user's own array in the place of the computed one.
    fn own(&mut self, own: Option<&Matrix>, computed: &mut Matrix, name: String) {
        let Some(own) = own else { return };
        let error = gap(own, computed);
        if error > AGREES {
            self.slips.push(Slip { name });
        }
        computed.assign(own);
    }

    /// The prediction, `[m, outputs]`.
    pub fn prediction(&self) -> &Matrix {
        &self.a[self.a.len() - 1]
    }

    /// The share of hidden (unit, row) pairs whose slope is below a millionth of the steepest; 0 without hidden layers.
    pub fn saturation(&self, network: &Network) -> f64 {
        let mut flat = (0, 0);
        for (z, function) in self.z.iter().zip(&network.hidden) {
            if matches!(function, Function::Sigmoid | Function::Tanh) {
                let slope = function.slope(z);
                flat.0 += slope.iter().filter(|s| s.abs() < 1e-6 * function.steepest()).count();
                flat.1 += slope.len();
            }
        }
        f64::from(flat.0 as u32) / f64::from(flat.1.max(1) as u32)
    }
}

/// mask / keep; a mask that holds 1/keep already stays as it is.
fn scaled(mask: &Matrix, keep: f64) -> Matrix {
    let binary = mask.iter().all(|&v| v == 0.0 || v == 1.0);
    if binary { mask / keep } else { mask.clone() }
}
