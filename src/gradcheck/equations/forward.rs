//! The forward pass of a network over a dumped batch, and where the person's own arrays say otherwise.
//!
//! Where a dump holds z, a or p, those arrays are what the rest of the person's program saw. They take the place of
//! what should have been there, so that each equation is tested on its own inputs and one wrong array does not colour
//! everything after it.

use std::sync::Arc;

use super::distance::gap;
use crate::gradcheck::reading::{BiasPlace, DumpedLayer, Function, Matrix, Network, Reading};

/// All arrays of a forward pass, layer by layer.
pub struct Forward {
    /// What each layer receives, `[m, in]`: x, then the activations after dropout.
    pub inputs: Vec<Arc<Matrix>>,
    /// The pre-activation of each layer, `[m, out]`.
    pub z: Vec<Matrix>,
    /// The activation of each layer before dropout, `[m, out]`; the last one is the prediction.
    pub a: Vec<Matrix>,
    /// What dropout multiplies each activation with, mask / keep `[m, out]`; `None` where there is no dropout.
    pub masks: Vec<Option<Matrix>>,
    /// The dumped arrays that their own equation does not give, from the input on.
    pub deviations: Vec<ForwardArray>,
    /// Where the biases are added.
    pub bias: BiasPlace,
}

/// The name of an array of the forward pass. Layers are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardArray {
    /// The pre-activation of a layer.
    Z(usize),
    /// The activation of a hidden layer.
    A(usize),
    /// The prediction.
    P,
}

/// A dumped array agrees with its equation if they are no further apart than this, relative.
const AGREES: f64 = 1e-4;

impl Forward {
    /// Runs `network` over the batch of a reading.
    pub fn of(reading: &Reading, network: &Network) -> Self {
        let mut forward = Forward {
            inputs: Vec::new(),
            z: Vec::new(),
            a: Vec::new(),
            masks: Vec::new(),
            deviations: Vec::new(),
            bias: network.bias,
        };
        let mut input = reading.x.clone();
        for (l, layer) in reading.layers.iter().enumerate() {
            let last = l + 1 == reading.layers.len();
            let function = if last { network.output } else { network.hidden.get(l).copied().unwrap_or(network.output) };
            let mask = layer.mask.as_ref().filter(|_| !last).map(|mask| scaled(mask, network.keep));
            let output = forward.run(layer, l + 1, &input, function, mask.as_ref(), last);
            forward.inputs.push(std::mem::replace(&mut input, Arc::new(output)));
            forward.masks.push(mask);
        }
        forward
    }

    /// Runs one layer and keeps its z and a. The answer is what the next layer receives, `[m, out]`.
    fn run(
        &mut self,
        layer: &DumpedLayer,
        number: usize,
        input: &Matrix,
        function: Function,
        mask: Option<&Matrix>,
        last: bool,
    ) -> Matrix {
        let late = self.bias == BiasPlace::Activation || self.bias == BiasPlace::HiddenActivation && !last;
        let mut z = match &layer.bias {
            Some(bias) if self.bias == BiasPlace::Weight => input.dot(&(&layer.weight + bias)),
            Some(bias) if !late => input.dot(&layer.weight) + bias,
            _ => input.dot(&layer.weight), // [m, out]
        };
        self.replace(layer.z.as_ref(), &mut z, ForwardArray::Z(number));
        let mut a = function.value(&z);
        if let (true, Some(bias)) = (late, &layer.bias) {
            a += bias;
        }
        let dropped = |a: &Matrix| mask.map_or_else(|| a.clone(), |mask| a * mask);
        let mut output = dropped(&a);
        match layer.a.as_ref() {
            // With dropout, some people call a what comes before it, and others what comes after it.
            Some(own) if mask.is_some() && gap(own, &a) > AGREES => {
                self.replace(Some(own), &mut output, ForwardArray::A(number));
            }
            own => {
                let name = if last { ForwardArray::P } else { ForwardArray::A(number) };
                self.replace(own, &mut a, name);
                output = dropped(&a);
            }
        }
        self.z.push(z);
        self.a.push(a);
        output
    }

    /// Puts a dumped array in the place of the computed one, and notes it where the two differ.
    fn replace(&mut self, own: Option<&Matrix>, computed: &mut Matrix, name: ForwardArray) {
        let Some(own) = own else { return };
        if gap(own, computed) > AGREES {
            self.deviations.push(name);
        }
        computed.assign(own);
    }

    /// The prediction p, `[m, outputs]`.
    pub fn prediction(&self) -> &Matrix {
        &self.a[self.a.len() - 1]
    }

    /// The share, 0 to 1, of all pairs of a hidden unit and a row at which the slope is below a millionth of the
    /// steepest. Only sigmoid and tanh units are counted; without any the share is 0.
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

/// A dumped mask divided by keep; a mask that holds 1/keep already stays as it is.
fn scaled(mask: &Matrix, keep: f64) -> Matrix {
    let binary = mask.iter().all(|&v| v == 0.0 || v == 1.0);
    if binary { mask / keep } else { mask.clone() }
}
