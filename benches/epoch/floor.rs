//! The floor: the same step by hand, as far down as it goes on the matrix product alone.
//!
//! The road not taken: no automatic differentiation, no graph, no check, every buffer allocated once, the whole
//! derivative written out for a multi-layer perceptron with sigmoid or relu, SGD or Adam. What the house may cost on top
//! of this is a goal of its own.

use backburn::engine::{replace_each, simd};

/// A network that can do nothing but learn.
pub struct Floor {
    layers: Vec<Layer>,
    sigmoid: bool,
    adam: bool,
    rate: f32,
    threads: usize,
    steps: i32,
}

struct Layer {
    inputs: usize,
    outputs: usize,
    weight: Parameter,
    bias: Parameter,
    /// The values of a batch, and what flows back.
    a: Vec<f32>,
    d: Vec<f32>,
}

struct Parameter {
    value: Vec<f32>,
    gradient: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Parameter {
    fn new(value: Vec<f32>) -> Self {
        let zeros = || vec![0.0; value.len()];
        Parameter { gradient: zeros(), first: zeros(), second: zeros(), value }
    }
}

impl Floor {
    /// A network with these (weight `[inputs, outputs]`, bias) pairs.
    pub fn new(
        pairs: Vec<(Vec<f32>, Vec<f32>)>,
        sigmoid: bool,
        adam: bool,
        rate: f32,
        batch: usize,
        threads: usize,
    ) -> Self {
        let layer = |(weight, bias): (Vec<f32>, Vec<f32>)| {
            let (outputs, inputs) = (bias.len(), weight.len() / bias.len());
            let buffer = || vec![0.0; batch * outputs];
            Layer {
                inputs,
                outputs,
                weight: Parameter::new(weight),
                bias: Parameter::new(bias),
                a: buffer(),
                d: buffer(),
            }
        };
        Floor { layers: pairs.into_iter().map(layer).collect(), sigmoid, adam, rate, threads, steps: 0 }
    }

    /// One step on rows `[labels.len(), inputs]`; the sum of their losses.
    pub fn step(&mut self, x: &[f32], labels: &[u32]) -> f64 {
        let (n, depth) = (labels.len(), self.layers.len());
        for l in 0..depth {
            let (before, rest) = self.layers.split_at_mut(l);
            let layer = &mut rest[0];
            let input = before.last().map_or(x, |layer| &layer.a);
            let [k, m] = [layer.inputs, layer.outputs];
            product([n, k, m], (input, k, 1), (&layer.weight.value, m, 1), &mut layer.a, self.threads);
            let (bias, hidden, sigmoid) = (&layer.bias.value, l + 1 < depth, self.sigmoid);
            simd(
                #[inline(always)]
                || {
                    for row in layer.a[..n * m].chunks_exact_mut(m) {
                        let squash = |z: f32| if sigmoid { 1.0 / (1.0 + exp(-z)) } else { z.max(0.0) };
                        row.iter_mut().zip(bias).for_each(|(z, b)| *z = if hidden { squash(*z + b) } else { *z + b });
                    }
                },
            );
        }
        let loss = self.layers[depth - 1].softmax(labels);
        for l in (0..depth).rev() {
            let (before, rest) = self.layers.split_at_mut(l);
            let layer = &mut rest[0];
            let input = before.last().map_or(x, |layer| &layer.a);
            let [k, m] = [layer.inputs, layer.outputs];
            product([k, n, m], (input, 1, k), (&layer.d, m, 1), &mut layer.weight.gradient, self.threads);
            layer.bias.gradient.fill(0.0);
            for row in layer.d[..n * m].chunks_exact(m) {
                layer.bias.gradient.iter_mut().zip(row).for_each(|(sum, d)| *sum += d);
            }
            if let Some(below) = before.last_mut() {
                product([n, m, k], (&layer.d, m, 1), (&layer.weight.value, 1, m), &mut below.d, self.threads);
                let sigmoid = self.sigmoid;
                let slope = |a: f32| if sigmoid { a * (1.0 - a) } else { f32::from(u8::from(a > 0.0)) };
                below.d[..n * k].iter_mut().zip(&below.a).for_each(|(d, &a)| *d *= slope(a));
            }
        }
        self.update();
        loss
    }

    fn update(&mut self) {
        self.steps += 1;
        let (rate, first, second) =
            (self.rate, 1.0 - 0.9f32.powi(self.steps), (1.0 - 0.999f32.powi(self.steps)).sqrt());
        for p in self.layers.iter_mut().flat_map(|layer| [&mut layer.weight, &mut layer.bias]) {
            if self.adam {
                let (rate, epsilon) = (rate * second / first, 1e-8 * second);
                replace_each(&p.gradient, [&mut p.value, &mut p.first, &mut p.second], None, |g, [w, m, v]| {
                    let (m, v) = (0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g);
                    [w - rate * m / (v.sqrt() + epsilon), m, v]
                });
            } else {
                replace_each(&p.gradient, [&mut p.value], None, |g, [w]| [w - rate * g]);
            }
        }
    }
}

impl Layer {
    /// d ← (softmax(a) − one-hot) / n; the sum of the losses.
    fn softmax(&mut self, labels: &[u32]) -> f64 {
        let (mut loss, n) = (0.0, labels.len() as f32);
        let rows = self.a.chunks_exact(self.outputs).zip(self.d.chunks_exact_mut(self.outputs));
        for ((a, d), &y) in rows.zip(labels) {
            let largest = a.iter().copied().fold(f32::MIN, f32::max);
            d.iter_mut().zip(a).for_each(|(d, a)| *d = exp(a - largest));
            let sum: f32 = d.iter().sum();
            loss += f64::from(sum.ln() + largest - a[y as usize]);
            d.iter_mut().for_each(|d| *d /= sum * n);
            d[y as usize] -= 1.0 / n;
        }
        loss
    }
}

/// out ← left · right, dimensions [n, k, m]; each factor with its row and column stride.
pub fn product(
    [n, k, m]: [usize; 3],
    left: (&[f32], usize, usize),
    right: (&[f32], usize, usize),
    out: &mut [f32],
    threads: usize,
) {
    let shared = threads > 1 && n * k * m >= 1 << 24;
    let parallelism = if shared { gemm::Parallelism::Rayon(0) } else { gemm::Parallelism::None };
    assert!(left.0.len() >= n * k && right.0.len() >= k * m && out.len() >= n * m);
    // SAFETY: the strides stay inside the slices, whose lengths are asserted above.
    unsafe {
        #[rustfmt::skip]
        gemm::gemm(
            n, m, k,
            out.as_mut_ptr(), 1, m as isize, false,
            left.0.as_ptr(), left.2 as isize, left.1 as isize,
            right.0.as_ptr(), right.2 as isize, right.1 as isize,
            0.0, 1.0, false, false, false, parallelism,
        );
    }
}

/// e^x, by Cody and Waite's reduction and a Taylor polynomial to r⁶.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let k = x * std::f32::consts::LOG2_E + ROUND - ROUND;
    let r = x - k * 0.693_359_4 + k * 2.121_944_4e-4;
    let p = [120.0, 24.0, 6.0, 2.0, 1.0, 1.0].iter().fold(1.0 / 720.0, |p, d| p * r + 1.0 / d);
    p * f32::from_bits((k + ROUND).to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23)
}
