//! Programs that are wrong as a whole: biases at the wrong place, errors that have changed places, and weights that move
//! from row to row of one batch. The little network that makes these mistakes shares nothing with the check.

use backburn::data::{Dump, Numbers};
use backburn::gradcheck::{Claim, Conclusion, Stated, check};
use ndarray::Axis;
use rand::Rng;

use super::student::{Matrix, generator};

const RATE: f64 = 0.05;

/// Where the biases are added.
#[derive(Clone, Copy, PartialEq)]
enum Bias {
    Inside,
    AfterHidden,
    After,
    InWeight,
}

/// A network of two hidden layers of tanh, with the mean cross-entropy of a softmax or of sigmoids.
#[derive(Clone)]
struct Net {
    x: Matrix,
    y: Matrix,
    weights: Vec<Matrix>,
    biases: Vec<Matrix>,
    softmax: bool,
}

impl Net {
    fn draw(case: u64, softmax: bool) -> Self {
        let mut rng = generator(case);
        let mut draw = |rows, columns, size: f64| {
            Matrix::from_shape_fn((rows, columns), |_| size * (rng.random::<f64>() + rng.random::<f64>() - 1.0))
        };
        let widths = [5, 6, 6, 3];
        let weights = widths.windows(2).map(|pair| draw(pair[0], pair[1], 1.2)).collect();
        let biases = widths[1..].iter().map(|&n| draw(1, n, 0.8)).collect();
        let x = draw(17, 5, 1.5);
        let y = Matrix::from_shape_fn((17, 3), |(i, j)| f64::from(u8::from((i * 7 + i / 3) % 3 == j)));
        Net { x, y, weights, biases, softmax }
    }

    /// What each layer receives, and the error at each layer, of the sum over the rows.
    fn pass(&self, place: Bias) -> (Vec<Matrix>, Vec<Matrix>) {
        let mut inputs = vec![self.x.clone()];
        for (l, (weight, bias)) in self.weights.iter().zip(&self.biases).enumerate() {
            let last = l + 1 == self.weights.len();
            let late = place == Bias::After || place == Bias::AfterHidden && !last;
            let z = match place {
                Bias::InWeight => inputs[l].dot(&(weight + bias)),
                _ if late => inputs[l].dot(weight),
                _ => inputs[l].dot(weight) + bias,
            };
            let e = z.mapv(f64::exp);
            let a = match (last, self.softmax) {
                (false, _) => z.mapv(f64::tanh),
                (true, true) => &e / &e.sum_axis(Axis(1)).insert_axis(Axis(1)),
                (true, false) => z.mapv(|z| 1.0 / (1.0 + (-z).exp())),
            };
            inputs.push(if late { a + bias } else { a });
        }
        let mut errors = vec![inputs.pop().unwrap() - &self.y];
        for l in (1..self.weights.len()).rev() {
            let down = errors.last().unwrap().dot(&self.weights[l].t());
            errors.push(down * inputs[l].mapv(|a| 1.0 - a * a));
        }
        errors.reverse();
        (inputs, errors)
    }

    /// The dump of these inputs and errors, as row-wise programs write it, with the mean over the rows.
    fn dump(&self, inputs: &[Matrix], errors: &[Matrix]) -> Dump {
        let gradients: Vec<(Matrix, Matrix)> =
            inputs.iter().zip(errors).map(|(input, error)| (input.t().dot(error), sum(error))).collect();
        self.with(&gradients, 1.0 / self.x.nrows() as f64)
    }

    fn with(&self, gradients: &[(Matrix, Matrix)], scale: f64) -> Dump {
        let mut dump = Dump { name: "whole".into(), ..Dump::default() };
        let mut put = |name: String, matrix: &Matrix| {
            let numbers = Numbers { shape: matrix.shape().to_vec(), values: matrix.iter().copied().collect() };
            dump.arrays.insert(name, numbers);
        };
        put("x".into(), &self.x);
        put("y".into(), &self.y);
        for (l, (d_weight, d_bias)) in (1..).zip(gradients) {
            put(format!("W{l}"), &self.weights[l - 1]);
            put(format!("b{l}"), &self.biases[l - 1]);
            put(format!("dW{l}"), &(d_weight * scale));
            put(format!("db{l}"), &(d_bias * scale));
        }
        let (output, loss) = if self.softmax { ("softmax", "ce") } else { ("sigmoid", "bce") };
        let reduction = if scale == 1.0 { "sum" } else { "mean" };
        let notes = [("activation", "tanh"), ("output", output), ("loss", loss), ("reduction", reduction)];
        let notes = notes.into_iter().chain([("update", "-="), ("lr", "0.05")]);
        dump.notes = notes.map(|(name, text)| (name.to_string(), text.to_string())).collect();
        dump
    }
}

fn sum(error: &Matrix) -> Matrix {
    error.sum_axis(Axis(0)).insert_axis(Axis(0))
}

/// Conclusion, mistakes and places of a dump.
fn told(dump: &Dump) -> (Conclusion, Vec<(&'static str, String)>) {
    let verdict = check(&Claim::read(dump, Stated::default()).unwrap()).unwrap();
    let place = |places: &[backburn::gradcheck::Occurrence]| places.iter().map(ToString::to_string).collect::<String>();
    (verdict.conclusion, verdict.findings.iter().map(|one| (one.mistake.name(), place(&one.occurrences))).collect())
}

fn found(mistakes: &[(&'static str, &str)]) -> (Conclusion, Vec<(&'static str, String)>) {
    (Conclusion::Mistaken, mistakes.iter().map(|(name, place)| (*name, place.to_string())).collect())
}

#[test]
fn a_bias_at_the_wrong_place_is_named_alone_and_beside_another_mistake() {
    for case in 0..3 {
        let softmax = Net::draw(case, true);
        let (inputs, errors) = softmax.pass(Bias::Inside);
        assert_eq!(told(&softmax.dump(&inputs, &errors)), (Conclusion::Right, vec![]), "{case}");
        let (inputs, errors) = softmax.pass(Bias::AfterHidden);
        let wanted = ("bias-after-activation", "hidden layers");
        assert_eq!(told(&softmax.dump(&inputs, &errors)), found(&[wanted]), "{case}");
        let turned: Vec<Matrix> = errors.iter().map(|error| -error).collect();
        let both = found(&[wanted, ("residual-sign", "output")]);
        assert_eq!(told(&softmax.dump(&inputs, &turned)), both, "{case}");
        let (inputs, errors) = softmax.pass(Bias::InWeight);
        assert_eq!(told(&softmax.dump(&inputs, &errors)), found(&[("bias-in-weight", "every layer")]), "{case}");
        let sigmoid = Net::draw(case, false);
        let (inputs, errors) = sigmoid.pass(Bias::After);
        assert_eq!(told(&sigmoid.dump(&inputs, &errors)), found(&[("bias-after-activation", "every layer")]), "{case}");
    }
}

#[test]
fn errors_of_two_layers_or_units_that_have_changed_places_are_named() {
    let net = Net::draw(4, true);
    let (inputs, errors) = net.pass(Bias::Inside);
    let mut layers = errors.clone();
    layers.swap(0, 1);
    assert_eq!(told(&net.dump(&inputs, &layers)), found(&[("deltas-swapped", "layer 1: and layer 2")]));
    let swapped = |error: &Matrix, i: usize, j: usize| {
        let mut error = error.clone();
        error.rows_mut().into_iter().for_each(|mut row| row.swap(i, j));
        error
    };
    let mut units = errors.clone();
    units[2] = swapped(&units[2], 0, 2);
    assert_eq!(told(&net.dump(&inputs, &units)), found(&[("deltas-swapped", "layer 3: units 0 and 2")]));
    // The same at a hidden layer, from which the layer below takes over the swap.
    let mut below = errors.clone();
    below[1] = swapped(&below[1], 1, 4);
    below[0] = below[1].dot(&net.weights[1].t()) * inputs[1].mapv(|a| 1.0 - a * a);
    assert_eq!(told(&net.dump(&inputs, &below)), found(&[("deltas-swapped", "layer 2: units 1 and 4")]));
    // Three units in a circle are no swap of two.
    let mut circle = errors;
    circle[2] = swapped(&swapped(&circle[2], 0, 1), 1, 2);
    assert_eq!(told(&net.dump(&inputs, &circle)), (Conclusion::Unexplained, vec![]));
}

#[test]
fn weights_that_move_from_row_to_row_of_one_batch_are_named() {
    for summed in [false, true] {
        let net = Net::draw(5, true);
        let mut moving = net.clone();
        let zero = |(weight, bias): (&Matrix, &Matrix)| (weight * 0.0, bias * 0.0);
        let mut total: Vec<(Matrix, Matrix)> = net.weights.iter().zip(&net.biases).map(zero).collect();
        for i in 0..net.x.nrows() {
            let row = |all: &Matrix| all.row(i).insert_axis(Axis(0)).to_owned();
            (moving.x, moving.y) = (row(&net.x), row(&net.y));
            let (inputs, errors) = moving.pass(Bias::Inside);
            for l in 0..3 {
                let one = (inputs[l].t().dot(&errors[l]), sum(&errors[l]));
                total[l] = (&total[l].0 + &one.0, &total[l].1 + &one.1);
                let step = if summed { &total[l] } else { &one };
                moving.weights[l].scaled_add(-RATE, &step.0);
                moving.biases[l].scaled_add(-RATE, &step.1);
            }
        }
        assert_eq!(told(&net.with(&total, 1.0)), found(&[("updated-row-by-row", "every layer")]), "{summed}");
    }
}
