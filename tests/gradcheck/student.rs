//! A student: a program with hand-derived gradients that makes given mistakes, and makes them again in every layer below.
//!
//! It shares nothing with the check that examines it: the equations stand here a second time, as a person would write
//! them, with a fork wherever the table of mistakes has one.

use std::collections::BTreeMap;

use backburn::data::{Dump, Numbers};
use ndarray::{Array2, Axis, concatenate, s};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub type Matrix = Array2<f64>;

/// A mistake with the layers in which it is made and which of several ways.
#[derive(Clone, Debug)]
pub struct Slip {
    pub layers: Vec<usize>,
    pub way: usize,
}

pub type Slips = BTreeMap<&'static str, Slip>;

/// Everything about the program but its mistakes.
#[derive(Clone, Debug)]
pub struct Student {
    pub x: Matrix,
    pub classes: Vec<usize>,
    pub weights: Vec<Matrix>,
    pub biases: Option<Vec<Matrix>>,
    pub masks: Vec<Option<Matrix>>,
    pub keep: f64,
    pub hidden: Vec<&'static str>,
    pub output: &'static str,
    pub loss: &'static str,
    pub reduction: &'static str,
    pub added: bool,
    pub rate: f64,
    pub l2: f64,
    pub form: &'static str,
    pub orientation: &'static str,
    pub labels: &'static str,
}

fn f(name: &str, z: &Matrix) -> Matrix {
    z.mapv(|z| match name {
        "sigmoid" => 1.0 / (1.0 + (-z).exp()),
        "tanh" => z.tanh(),
        "relu" => z.max(0.0),
        "leaky-relu" => {
            if z > 0.0 {
                z
            } else {
                0.01 * z
            }
        }
        "silu" => z / (1.0 + (-z).exp()),
        "gelu" => 0.5 * z * (1.0 + libm::erf(z / 2f64.sqrt())),
        _ => z,
    })
}

fn slope(name: &str, z: &Matrix) -> Matrix {
    z.mapv(|z| {
        let s = 1.0 / (1.0 + (-z).exp());
        match name {
            "sigmoid" | "softmax" => s * (1.0 - s),
            "tanh" => 1.0 - z.tanh().powi(2),
            "relu" => f64::from(u8::from(z > 0.0)),
            "leaky-relu" => {
                if z > 0.0 {
                    1.0
                } else {
                    0.01
                }
            }
            "silu" => s + z * s * (1.0 - s),
            "gelu" => {
                let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
                0.5 * (1.0 + libm::erf(z / 2f64.sqrt())) + z * density
            }
            _ => 1.0,
        }
    })
}

/// The derivative as a formula of the value.
fn formula(name: &str, a: &Matrix) -> Matrix {
    a.mapv(|a| if name == "tanh" { 1.0 - a * a } else { a * (1.0 - a) })
}

fn softmax(z: &Matrix, over: &str) -> Matrix {
    let e = z.mapv(|v| v.exp());
    match over {
        "batch" => &e / &e.sum_axis(Axis(0)).insert_axis(Axis(0)),
        "all" => &e / e.sum(),
        _ => &e / &e.sum_axis(Axis(1)).insert_axis(Axis(1)),
    }
}

fn sum_rows(d: &Matrix) -> Matrix {
    d.sum_axis(Axis(0)).insert_axis(Axis(0))
}

fn row(a: &Matrix, i: usize) -> Matrix {
    a.row(i).insert_axis(Axis(0)).to_owned()
}

impl Student {
    /// A program drawn at random.
    pub fn draw(rng: &mut ChaCha8Rng) -> Self {
        let depth = rng.random_range(1..=4);
        let (output, loss) = *[
            ("softmax", "ce"),
            ("softmax", "ce"),
            ("sigmoid", "bce"),
            ("sigmoid", "half-sse"),
            ("sigmoid", "sse"),
            ("tanh", "half-sse"),
            ("linear", "sse"),
            ("linear", "half-sse"),
            ("softmax", "half-sse"),
            ("relu", "sse"),
        ]
        .choose(rng)
        .unwrap();
        let k = if output == "sigmoid" && rng.random_bool(0.3) { 1 } else { rng.random_range(3..9) };
        let mut widths: Vec<usize> = (0..depth).map(|_| rng.random_range(5..22)).collect();
        if depth > 2 && rng.random_bool(0.3) {
            widths[2] = widths[1];
        }
        widths.push(k);
        let m = (20..).find(|m| !widths.contains(m) && rng.random_bool(0.2)).unwrap();
        let mut normal = || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
        let x = Matrix::from_shape_fn((m, widths[0]), |_| normal());
        let draw = |pair: &[usize], normal: &mut dyn FnMut() -> f64| {
            Matrix::from_shape_fn((pair[0], pair[1]), |_| 1.2 * normal() / (pair[0] as f64).sqrt())
        };
        let weights: Vec<Matrix> = widths.windows(2).map(|pair| draw(pair, &mut normal)).collect();
        let biases: Vec<Matrix> =
            widths[1..].iter().map(|&n| Matrix::from_shape_fn((1, n), |_| 0.3 * normal())).collect();
        let one = *["sigmoid", "tanh", "relu", "leaky-relu", "silu", "gelu"].choose(rng).unwrap();
        let mixed = rng.random_bool(0.2);
        let hidden = (1..depth).map(|_| if mixed { *["sigmoid", "tanh", "relu"].choose(rng).unwrap() } else { one });
        let hidden: Vec<&'static str> = hidden.collect();
        let keep = *[0.5, 0.8].choose(rng).unwrap();
        let dropped = depth > 1 && rng.random_bool(0.2);
        let masks = widths[1..depth]
            .iter()
            .map(|&n| dropped.then(|| Matrix::from_shape_fn((m, n), |_| f64::from(u8::from(rng.random_bool(keep))))));
        let masks: Vec<Option<Matrix>> = masks.chain([None]).collect();
        let mut classes: Vec<usize> =
            (0..m).map(|i| if i < k.max(2) { i } else { rng.random_range(0..k.max(2)) }).collect();
        classes.shuffle(rng);
        Student {
            x,
            classes,
            weights,
            biases: rng.random_bool(0.85).then_some(biases),
            masks,
            keep,
            hidden,
            output,
            loss,
            reduction: ["mean", "mean", "sum", "mean-all"].choose(rng).unwrap(),
            added: rng.random_bool(0.3),
            rate: *[0.03, 0.1, 0.7].choose(rng).unwrap(),
            l2: if rng.random_bool(0.3) { 0.2 } else { 0.0 },
            form: ["lambda/(2m)", "lambda/2", "lambda"].choose(rng).unwrap(),
            orientation: ["row", "col", "torch"].choose(rng).unwrap(),
            labels: ["onehot", "index", "index1"].choose(rng).unwrap(),
        }
    }

    pub fn outputs(&self) -> usize {
        self.weights[self.weights.len() - 1].ncols()
    }

    /// What the error at z has to be multiplied with when p − t is at hand.
    fn fused(&self) -> bool {
        matches!((self.output, self.loss), ("softmax", "ce") | ("sigmoid", "bce"))
    }

    fn targets(&self, slips: &Slips) -> Matrix {
        let (m, k) = (self.x.nrows(), self.outputs());
        if k == 1 {
            return Matrix::from_shape_fn((m, 1), |(i, _)| self.classes[i] as f64);
        }
        if let Some(slip) = slips.get("targets-not-one-hot") {
            return Matrix::from_shape_fn((m, k), |(i, _)| (self.classes[i] + slip.way % 2) as f64);
        }
        let shift = usize::from(slips.contains_key("label-offset"));
        Matrix::from_shape_fn((m, k), |(i, j)| f64::from(u8::from(self.classes[i] + shift == j)))
    }

    /// (residual, error at z, error that dW is built from) of the last layer.
    fn output_errors(&self, z: &Matrix, slips: &Slips) -> (Matrix, Matrix, Matrix) {
        let has = |name: &str| slips.contains_key(name);
        let way = |name: &str| slips.get(name).map_or(0, |slip| slip.way);
        let over = if has("softmax-over-batch") {
            "batch"
        } else if has("softmax-over-all") {
            "all"
        } else {
            "row"
        };
        let p = if self.output == "softmax" { softmax(z, over) } else { f(self.output, z) };
        let t = self.targets(slips);
        let sign = if self.added != has("residual-sign") { -1.0 } else { 1.0 };
        let e = (&p - &t) * sign * if self.loss == "sse" { 2.0 } else { 1.0 };
        if has("bce-derivative-sign") {
            let both =
                (&t / &p + (1.0 - &t) / (1.0 - &p)) * if way("bce-derivative-sign") % 2 == 0 { 1.0 } else { -1.0 };
            let delta = both * &p * &(1.0 - &p);
            return (e, delta.clone(), delta);
        }
        let jacobian = |e: &Matrix| &p * &(e - &(e * &p).sum_axis(Axis(1)).insert_axis(Axis(1)));
        let right = match self.fused() {
            true => e.clone(),
            false if self.output == "softmax" => jacobian(&e),
            false => &e * &slope(self.output, z),
        };
        let delta = if has("missing-output-derivative") {
            e.clone()
        } else if has("extra-output-derivative") {
            &e * &(&p * &(1.0 - &p))
        } else if has("output-derivative-of-preactivation") {
            &e * &formula(self.output, z)
        } else if has("wrong-output-derivative") {
            &e * &p
        } else {
            right
        };
        let built = if has("derivative-missing-in-dW") { e.clone() } else { delta.clone() };
        (e, delta, built)
    }

    /// The derivative's part at hidden layer `l`, of what arrived.
    fn hidden_error(&self, l: usize, g: &Matrix, z: &Matrix, a: &Matrix, slips: &Slips) -> Matrix {
        let at = |name: &str| slips.get(name).filter(|slip| slip.layers.contains(&l));
        let name = self.hidden[l];
        let mut g = g.clone();
        if let Some(mask) = &self.masks[l] {
            if at("dropout-mask-missing").is_none() {
                g *= mask;
            }
            if at("dropout-scale-missing").is_none() {
                g /= self.keep;
            }
        }
        if at("missing-activation-derivative").is_some() {
            g
        } else if at("activation-derivative-of-preactivation").is_some() {
            g * formula(name, z)
        } else if at("activation-derivative-of-activation").is_some() {
            g * slope(name, a)
        } else if let Some(slip) = at("wrong-activation-derivative") {
            let wrong =
                [a.clone(), formula(if name == "tanh" { "sigmoid" } else { "tanh" }, a), a.mapv(|a| 1.0 + a * a)];
            g * &wrong[slip.way % 3]
        } else if at("relu-on-delta").is_some() {
            g.mapv(|g| g.max(0.0))
        } else if at("upstream-gradient-dropped").is_some() {
            slope(name, z)
        } else if let Some(slip) = at("derivative-of-upstream-gradient") {
            let slope = slope(name, &g);
            if slip.way % 2 == 0 { slope } else { g * slope }
        } else if at("matmul-instead-of-elementwise").is_some() {
            (1.0 - a.dot(&a.t())).dot(&g)
        } else {
            g * slope(name, z)
        }
    }

    /// What arrives at hidden layer `l` from the layer above it.
    fn arriving(&self, l: usize, above: &Above, slips: &Slips) -> Matrix {
        let at = |name: &str| slips.get(name).filter(|slip| slip.layers.contains(&l));
        let up = l + 1;
        let mut weight = self.weights[up].clone();
        let step = if self.added { self.rate } else { -self.rate };
        if at("gradient-instead-of-weights").is_some() {
            weight = above.d_weight.clone();
        }
        let mut bias = self.biases.as_ref().map(|all| all[up].clone());
        if at("updated-weights-in-backprop").is_some() {
            weight.scaled_add(step, &above.d_weight);
            bias = bias.map(|bias| bias + &(&above.d_bias * step));
        }
        if let (Some(slip), Some(bias)) = (at("weights-misaligned"), bias) {
            let n = weight.nrows();
            let (whole, cut) = if slip.way % 2 == 0 {
                (concatenate![Axis(0), weight, bias], slip.way / 2 % n)
            } else {
                (concatenate![Axis(0), bias, weight], 1 + slip.way / 2 % n)
            };
            weight = concatenate![Axis(0), whole.slice(s![..cut, ..]), whole.slice(s![cut + 1.., ..])];
        }
        let error = if at("raw-error-propagated").is_some() {
            &above.raw
        } else if at("values-instead-of-deltas").is_some() {
            &above.value
        } else {
            &above.delta
        };
        if at("delta-not-propagated").is_some() {
            let (m, n) = (self.x.nrows(), self.weights[l].ncols());
            return error.broadcast((m, n)).map(|all| all.to_owned()).unwrap_or_else(|| error.clone());
        }
        error.dot(&weight.t())
    }

    /// The gradients that this program would dump: (dW, db) a layer, in rows.
    pub fn gradients(&self, slips: &Slips) -> Vec<(Matrix, Matrix)> {
        let depth = self.weights.len();
        let (mut inputs, mut zs, mut values) = (vec![self.x.clone()], Vec::new(), Vec::new());
        for l in 0..depth {
            let mut z = inputs[l].dot(&self.weights[l]);
            if let Some(biases) = &self.biases {
                z += &biases[l];
            }
            let a = if l + 1 == depth { z.clone() } else { f(self.hidden[l], &z) };
            let dropped = self.masks[l].as_ref().map_or_else(|| a.clone(), |mask| &a * mask / self.keep);
            zs.push(z);
            values.push(a);
            inputs.push(dropped);
        }
        let over = if slips.contains_key("softmax-over-batch") {
            "batch"
        } else if slips.contains_key("softmax-over-all") {
            "all"
        } else {
            "row"
        };
        let p = if self.output == "softmax" { softmax(&zs[depth - 1], over) } else { f(self.output, &zs[depth - 1]) };
        let (raw, delta, built) = self.output_errors(&zs[depth - 1], slips);
        let (d_weight, d_bias) = self.parameters(depth - 1, &inputs[depth - 1], &zs, (&p, &built, &delta), slips);
        let mut above = Above { raw, delta, value: p, d_weight: d_weight.clone(), d_bias: d_bias.clone() };
        let mut all = vec![(d_weight, d_bias)];
        for l in (0..depth - 1).rev() {
            let g = self.arriving(l, &above, slips);
            let delta = self.hidden_error(l, &g, &zs[l], &values[l], slips);
            let (d_weight, d_bias) = self.parameters(l, &inputs[l], &zs, (&values[l], &delta, &delta), slips);
            above = Above {
                raw: g,
                delta,
                value: inputs[l + 1].clone(),
                d_weight: d_weight.clone(),
                d_bias: d_bias.clone(),
            };
            all.push((d_weight, d_bias));
        }
        all.reverse();
        all
    }

    /// dW and db of layer `l` from its input and error.
    fn parameters(
        &self,
        l: usize,
        input: &Matrix,
        zs: &[Matrix],
        (value, built, delta): (&Matrix, &Matrix, &Matrix),
        slips: &Slips,
    ) -> (Matrix, Matrix) {
        let has = |name: &str| slips.contains_key(name);
        let at = |name: &str| slips.get(name).filter(|slip| slip.layers.contains(&l));
        let (m, k) = (self.x.nrows() as f64, self.outputs() as f64);
        let mut d_weight = input.t().dot(built);
        let mut d_bias = sum_rows(delta);
        if let Some(slip) = at("wrong-layer-input") {
            d_weight = match slip.way % 3 {
                0 if value.ncols() == d_weight.nrows() => value.t().dot(built),
                1 if l > 0 => zs[l - 1].t().dot(built),
                _ => &self.weights[l] * &sum_rows(built),
            };
        }
        if let Some(slip) = slips.get("wrong-sample-index") {
            let i = if slip.way % 2 == 0 { 0 } else { self.x.nrows() - 1 };
            d_weight = row(input, i).t().dot(&row(built, i)) * m;
            d_bias = row(delta, i) * m;
        }
        if at("weight-gradient-transposed").is_some() {
            d_weight = d_weight.t().as_standard_layout().into_owned();
        }
        let sum = sum_rows(&d_weight);
        let mut scale = match self.reduction {
            "mean" => 1.0 / m,
            "mean-all" => 1.0 / (m * k),
            _ => 1.0,
        };
        if has("sum-instead-of-mean") {
            scale *= m;
        }
        if at("mean-twice").is_some() {
            scale /= m;
        }
        if has("divided-by-wrong-count") {
            scale *= m / self.weights[l].ncols() as f64;
        }
        if let Some(slip) = slips.get("class-count-factor") {
            scale *= if slip.way % 2 == 0 { k } else { 1.0 / k };
        }
        if let Some(slip) = slips.get("loss-factor-two") {
            scale *= if slip.way % 2 == 0 { 2.0 } else { 0.5 };
        }
        let mut of_bias = scale;
        if let Some(slip) = slips.get("bias-weight-scale-mismatch") {
            let mean = self.reduction != "sum";
            let by = if mean { m } else { 1.0 / m };
            if slip.way % 2 == 0 { scale *= by } else { of_bias *= by }
        }
        if has("bias-sign") {
            of_bias = -of_bias;
        }
        d_weight *= scale;
        let mut d_bias = if has("bias-gradient-scalar") {
            Matrix::from_elem((1, 1), delta.sum())
        } else if has("bias-gradient-not-summed") {
            delta.clone()
        } else if has("bias-gradient-from-dW") {
            sum
        } else {
            d_bias
        } * of_bias;
        if let Some(slip) = at("wrong-constant-factor") {
            let factor = [2.0, 0.25, 10.0][slip.way / 2 % 3];
            if slip.way % 2 == 0 || self.biases.is_none() { d_weight *= factor } else { d_bias *= factor }
        }
        self.decay(l, m, &mut d_weight, &mut d_bias, slips);
        (d_weight, d_bias)
    }

    fn decay(&self, l: usize, m: f64, d_weight: &mut Matrix, d_bias: &mut Matrix, slips: &Slips) {
        let natural = match self.form {
            "lambda/(2m)" => self.l2 / m,
            "lambda/2" => self.l2,
            _ => 2.0 * self.l2,
        };
        let mut c = if self.added { -natural } else { natural };
        if slips.contains_key("l2-sign") {
            c = -c;
        }
        if let Some(slip) = slips.get("l2-scaling") {
            c *= [m, 1.0 / m, 2.0, 0.5][slip.way % 4];
        }
        let weight = &self.weights[l];
        if slips.contains_key("l2-value-instead-of-gradient") {
            *d_weight += self.l2 * weight.iter().map(|w| w * w).sum::<f64>() * c.signum();
        } else if d_weight.dim() == weight.dim() {
            d_weight.scaled_add(c, weight);
        }
        if let (Some(slip), Some(biases)) = (slips.get("l2-on-bias"), &self.biases) {
            if slip.way % 2 == 0 && d_bias.dim() == biases[l].dim() {
                d_bias.scaled_add(c, &biases[l]);
            } else {
                *d_bias += c;
            }
        }
    }

    /// The dump, with these gradients, in the student's own layout; `digits` are kept of every number, all without it.
    pub fn dump(&self, gradients: &[(Matrix, Matrix)], digits: Option<usize>) -> Dump {
        let mut dump = Dump { name: "student".into(), ..Dump::default() };
        let kept = |v: f64| digits.map_or(v, |digits| format!("{v:.*e}", digits - 1).parse().unwrap());
        let turn = |matrix: &Matrix, turned: bool| {
            let matrix = if turned { matrix.t().to_owned() } else { matrix.clone() };
            let (rows, columns) = matrix.dim();
            Numbers { shape: vec![rows, columns], values: matrix.iter().map(|&v| kept(v)).collect() }
        };
        let (rows_turned, weights_turned) = (self.orientation == "col", self.orientation != "row");
        dump.arrays.insert("x".into(), turn(&self.x, rows_turned));
        let k = self.outputs();
        let y = match self.labels {
            "onehot" => turn(&self.targets(&Slips::new()), rows_turned),
            _ => {
                let first = usize::from(self.labels == "index1" && k > 1);
                let values = self.classes.iter().map(|&c| (c + first) as f64).collect();
                Numbers { shape: vec![self.classes.len()], values }
            }
        };
        dump.arrays.insert("y".into(), y);
        for (l, (d_weight, d_bias)) in gradients.iter().enumerate() {
            dump.arrays.insert(format!("W{}", l + 1), turn(&self.weights[l], weights_turned));
            dump.arrays.insert(format!("dW{}", l + 1), turn(d_weight, weights_turned));
            if let Some(biases) = &self.biases {
                dump.arrays.insert(format!("b{}", l + 1), turn(&biases[l], rows_turned));
                dump.arrays.insert(format!("db{}", l + 1), turn(d_bias, rows_turned));
            }
            if let Some(mask) = &self.masks[l] {
                dump.arrays.insert(format!("mask{}", l + 1), turn(mask, rows_turned));
                dump.notes.insert("keep_prob".into(), self.keep.to_string());
            }
        }
        let update = if self.added { "+=" } else { "-=" };
        let notes = [("output", self.output), ("loss", self.loss), ("reduction", self.reduction), ("update", update)];
        dump.notes.extend(notes.map(|(name, value)| (name.to_string(), value.to_string())));
        dump.notes.insert("activation".into(), self.hidden.join(","));
        dump.notes.insert("convention".into(), self.orientation.into());
        dump.notes.insert("lr".into(), self.rate.to_string());
        if self.l2 > 0.0 {
            dump.notes.insert("l2".into(), self.l2.to_string());
            dump.notes.insert("l2_form".into(), self.form.into());
        }
        dump
    }

    /// Whether a mistake can be made in this program at all.
    pub fn allows(&self, name: &str, slip: &Slip) -> bool {
        let (depth, k) = (self.weights.len(), self.outputs());
        let bias = self.biases.is_some();
        let hidden = |names: &[&str]| slip.layers.iter().all(|&l| names.contains(&self.hidden[l]));
        let widths: Vec<usize> = self.weights.iter().map(|w| w.ncols()).collect();
        match name {
            "targets-not-one-hot" | "label-offset" => k > 1,
            "softmax-over-batch" | "softmax-over-all" => self.output == "softmax",
            "extra-output-derivative" => self.fused(),
            "missing-output-derivative" | "derivative-missing-in-dW" => !self.fused() && self.output != "linear",
            "wrong-output-derivative" => !self.fused() && !matches!(self.output, "linear" | "relu"),
            "output-derivative-of-preactivation" => matches!(self.output, "sigmoid" | "tanh" | "softmax"),
            "bce-derivative-sign" => self.loss == "bce",
            "missing-activation-derivative" | "upstream-gradient-dropped" => depth > 1,
            "activation-derivative-of-preactivation" => depth > 1 && hidden(&["sigmoid", "tanh"]),
            "activation-derivative-of-activation" => depth > 1 && hidden(&["sigmoid", "tanh", "silu", "gelu"]),
            "wrong-activation-derivative" => depth > 1 && hidden(&["sigmoid", "tanh"]),
            "relu-on-delta" => depth > 1 && hidden(&["relu"]),
            "derivative-of-upstream-gradient" | "matmul-instead-of-elementwise" => {
                depth > 1 && hidden(&["sigmoid", "tanh"])
            }
            "raw-error-propagated" => {
                depth > 1 && (slip.layers.iter().any(|&l| l + 2 < depth) || !self.fused() && self.output != "linear")
            }
            "delta-not-propagated" => {
                depth > 1 && slip.layers.iter().all(|&l| widths[l + 1] == widths[l] || widths[l + 1] == 1)
            }
            "values-instead-of-deltas" | "updated-weights-in-backprop" | "gradient-instead-of-weights" => depth > 1,
            "weights-misaligned" => depth > 1 && bias,
            "weight-gradient-transposed" => {
                slip.layers.iter().all(|&l| self.weights[l].nrows() == self.weights[l].ncols())
            }
            "sum-instead-of-mean" => self.reduction == "mean",
            "mean-twice" | "divided-by-wrong-count" => self.reduction == "mean",
            "class-count-factor" => k > 1,
            // One tensor alone needs others beside it.
            "wrong-constant-factor" => depth > 1 || bias,
            "bias-sign" | "bias-weight-scale-mismatch" | "bias-gradient-not-summed" | "bias-gradient-from-dW" => bias,
            "bias-gradient-scalar" => bias && self.output != "softmax",
            "l2-scaling" | "l2-sign" | "l2-value-instead-of-gradient" => self.l2 > 0.0,
            "l2-on-bias" => self.l2 > 0.0 && bias,
            "dropout-mask-missing" | "dropout-scale-missing" => self.masks.iter().any(Option::is_some),
            _ => true,
        }
    }
}

/// What a layer knows of the one above it.
struct Above {
    raw: Matrix,
    delta: Matrix,
    value: Matrix,
    d_weight: Matrix,
    d_bias: Matrix,
}

/// A generator of its own for every case, so that each can be drawn again alone.
pub fn generator(case: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(case)
}

impl Student {
    /// The loss that the right gradient belongs to.
    pub fn total_loss(&self) -> f64 {
        let depth = self.weights.len();
        let mut a = self.x.clone();
        for l in 0..depth {
            let mut z = a.dot(&self.weights[l]);
            if let Some(biases) = &self.biases {
                z += &biases[l];
            }
            a = match l + 1 == depth {
                true if self.output == "softmax" => softmax(&z, "row"),
                true => f(self.output, &z),
                false => f(self.hidden[l], &z),
            };
            if let Some(mask) = &self.masks[l] {
                a = a * mask / self.keep;
            }
        }
        let t = self.targets(&Slips::new());
        let one = |(&p, &t): (&f64, &f64)| match self.loss {
            "ce" => {
                if t > 0.0 {
                    -t * p.ln()
                } else {
                    0.0
                }
            }
            "bce" => -(t * p.ln() + (1.0 - t) * (1.0 - p).ln()),
            "sse" => (p - t).powi(2),
            _ => 0.5 * (p - t).powi(2),
        };
        let sum: f64 = a.iter().zip(&t).map(one).sum();
        let (m, k) = (self.x.nrows() as f64, self.outputs() as f64);
        let data = match self.reduction {
            "mean" => sum / m,
            "mean-all" => sum / (m * k),
            _ => sum,
        };
        let squares: f64 = self.weights.iter().flatten().map(|w| w * w).sum();
        data + squares
            * match self.form {
                "lambda/(2m)" => self.l2 / (2.0 * m),
                "lambda/2" => self.l2 / 2.0,
                _ => self.l2,
            }
    }
}
