//! The loss on plain slices: softmax and cross-entropy in one, with the gradient at the logits.
//!
//! Loss and gradient are made of the same exponentials, so one walk over the logits computes both. Sixteen rows are
//! computed side by side, one in each lane of the registers, because a row of ten classes would not fill one register.

use super::exponential::exp;
use super::simd::{WIDTH, simd};

/// The loss −Σ targets · log softmax(logits), summed over all rows, and its gradient at the logits.
///
/// With q the targets of a row and p its softmax, the gradient of the row is (Σ q) p − q (Bishop 2006, section 4.3.4,
/// where Σ q = 1). The largest logit of a row is subtracted from the row first, so that no exponential overflows.
///
/// # Shapes
/// `logits`, `targets` and the gradient are `[n, classes]`.
pub fn softmax_cross_entropy(logits: &[f32], targets: &[f32], classes: usize) -> (f32, Vec<f32>) {
    let (mut z, mut q) = (vec![[0.0; WIDTH]; classes], vec![[0.0; WIDTH]; classes]);
    let (mut d, part) = (vec![0.0; logits.len()], WIDTH * classes);
    let loss = simd(
        #[inline(always)]
        || {
            let mut loss = 0.0;
            for ((logits, targets), d) in logits.chunks(part).zip(targets.chunks(part)).zip(d.chunks_mut(part)) {
                turn(logits, &mut z);
                turn(targets, &mut q);
                let (high, mut sums) = (largest(&z), [0.0f32; WIDTH]); // sums: Σ e^(z − high) of each row
                let (mut mass, mut dot) = ([0.0f64; WIDTH], [0.0f64; WIDTH]); // Σ q and Σ q (z − high)
                for (z, q) in z.iter_mut().zip(&q) {
                    for lane in 0..WIDTH {
                        let below = z[lane] - high[lane];
                        z[lane] = exp(below);
                        sums[lane] += z[lane];
                        dot[lane] += f64::from(q[lane] * below);
                        mass[lane] += f64::from(q[lane]);
                    }
                }
                let factor: [f32; WIDTH] = std::array::from_fn(|lane| mass[lane] as f32 / sums[lane]);
                for (row, d) in d.chunks_exact_mut(classes).enumerate() {
                    for ((d, z), q) in d.iter_mut().zip(&z).zip(&q) {
                        *d = factor[row] * z[row] - q[row];
                    }
                }
                let rows = logits.len() / classes;
                loss += (0..rows).map(|row| mass[row] * f64::from(sums[row].ln()) - dot[row]).sum::<f64>();
            }
            loss as f32
        },
    );
    (loss, d)
}

/// Copies up to sixteen `rows` into `lanes`, one row into each lane: entry k of row i becomes `lanes[k][i]`.
#[inline(always)]
fn turn(rows: &[f32], lanes: &mut [[f32; WIDTH]]) {
    let classes = lanes.len();
    for (k, lanes) in lanes.iter_mut().enumerate() {
        let column = rows[k..].iter().step_by(classes);
        lanes.iter_mut().zip(column).for_each(|(lane, &number)| *lane = number);
    }
}

/// The largest number of each lane, which is the largest logit of each row.
#[inline(always)]
fn largest(lanes: &[[f32; WIDTH]]) -> [f32; WIDTH] {
    let mut high = [f32::MIN; WIDTH];
    for numbers in lanes {
        for lane in 0..WIDTH {
            high[lane] = if numbers[lane] > high[lane] { numbers[lane] } else { high[lane] };
        }
    }
    high
}
