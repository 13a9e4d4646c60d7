//! Kernels: the elementwise loops of the fused operations on plain slices, for the CPU.
//!
//! Each is written once as scalar code without a branch and compiled by `pulp` for every instruction set, of which
//! the best is chosen at run time. The exponential is a polynomial of our own because the library's is a call per
//! element, which no compiler can vectorise: it was a sixth of the time of a step.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::fused::{LEAK, Squash, Transposed};
use crate::share::{SHARE, WORK, both};
use crate::simd::{WIDTH, simd};

/// left · right with dimensions `[n, k, m]`, row-major: `[n, k]` and `[k, m]`, stored transposed where it says so.
///
/// # Panics
/// Slices of other lengths than the dimensions say are a defect of the caller.
pub fn product([n, k, m]: [usize; 3], left: &[f32], right: &[f32], transposed: Transposed) -> Vec<f32> {
    assert!(left.len() == n * k && right.len() == k * m, "a product of [{n}, {k}] and [{k}, {m}]");
    let strides = |columns: usize, turned: bool| if turned { (1, columns as isize) } else { (columns as isize, 1) };
    let (left_row, left_column) = if transposed == Transposed::Left { strides(n, true) } else { strides(k, false) };
    let (right_row, right_column) = if transposed == Transposed::Right { strides(k, true) } else { strides(m, false) };
    let mut out: Vec<f32> = Vec::with_capacity(n * m);
    let steps = if m > 64 { 1 } else { k.div_ceil(512) }; // see `bands`
    let part = |rows: Range<usize>, out: &mut [MaybeUninit<f32>]| {
        for (step, depth) in pieces(k, steps).enumerate() {
            let left = &left[(rows.start * left_row as usize + depth.start * left_column as usize).min(left.len())..];
            let right = &right[(depth.start * right_row as usize).min(right.len())..];
            // SAFETY: strides and dimensions stay inside the slices, as asserted above; `out` is written whole by the
            // first step and read (the destination flag) by later ones alone.
            unsafe {
                #[rustfmt::skip]
                gemm::gemm(
                    rows.len(), m, depth.len(),
                    out.as_mut_ptr().cast(), 1, m as isize, step > 0,
                    left.as_ptr(), left_column, left_row,
                    right.as_ptr(), right_column, right_row,
                    1.0, 1.0, false, false, false, gemm::Parallelism::None,
                );
            }
        }
    };
    bands(0..n, [k, m], rayon::current_num_threads(), &mut out.spare_capacity_mut()[..n * m], &part);
    // SAFETY: the bands have written all of it.
    unsafe { out.set_len(n * m) };
    out
}

/// `0..length` in this many pieces, each but the last of the same length; one even if it is empty.
fn pieces(length: usize, count: usize) -> impl Iterator<Item = Range<usize>> {
    let piece = length.div_ceil(count.max(1)).max(1);
    (0..length.max(1)).step_by(piece).map(move |start| start.min(length)..(start + piece).min(length))
}

/// Calls `part` on bands of rows of a product of [rows, k] and [k, m], as many as there are threads.
///
/// One number has the same bits for any count of threads. gemm sums over k in another order where a result has one row
/// or at most 256 numbers, which no band has; and where rows and columns do not exceed 64 and k does 512, which is why
/// [`product`] takes k in pieces there.
fn bands(
    rows: Range<usize>,
    [k, m]: [usize; 2],
    threads: usize,
    out: &mut [MaybeUninit<f32>],
    part: &(impl Fn(Range<usize>, &mut [MaybeUninit<f32>]) + Sync),
) {
    let large = rows.len() >= 2 * WIDTH && rows.len() * m > 1024 && rows.len() * k * m >= 2 * WORK;
    if threads < 2 || !large {
        return part(rows, out);
    }
    let half = rows.len() / 2 / WIDTH * WIDTH;
    let (middle, threads) = (rows.start + half, threads.div_ceil(2));
    let (one, two) = out.split_at_mut(half * m);
    both(
        || bands(rows.start..middle, [k, m], threads, one, part),
        || bands(middle..rows.end, [k, m], threads, two, part),
    );
}

/// numbers ← squash(numbers + bias), row by row; `numbers` is `[n, bias.len()]`.
pub fn add_and_squash(numbers: &mut [f32], bias: &[f32], squash: Squash) {
    match squash {
        Squash::None => rows(numbers, bias, |z| z),
        Squash::Sigmoid => rows(numbers, bias, sigmoid),
        Squash::Tanh => rows(numbers, bias, |z| 2.0 * sigmoid(2.0 * z) - 1.0),
        Squash::Relu => rows(numbers, bias, |z| if z < 0.0 { 0.0 } else { z }),
        Squash::LeakyRelu => rows(numbers, bias, |z| if z < 0.0 { LEAK * z } else { z }),
    }
}

/// d_a ← d_a · squash′, the derivative read off the value a.
pub fn unsquash(a: &[f32], d_a: &mut [f32], squash: Squash) {
    match squash {
        Squash::None => {}
        Squash::Sigmoid => pairs(a, d_a, |a, d| d * (a * (1.0 - a))),
        Squash::Tanh => pairs(a, d_a, |a, d| d * (1.0 - a * a)),
        Squash::Relu => pairs(a, d_a, |a, d| if a > 0.0 { d } else { 0.0 }),
        Squash::LeakyRelu => pairs(a, d_a, |a, d| if a > 0.0 { d } else { LEAK * d }),
    }
}

/// −Σ targets · log softmax(logits) over rows of `classes`, the largest logit of a row taken out first; and the gradient
/// at the logits, (Σ targets) · softmax(logits) − targets, row by row.
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
                let (high, mut sums) = (largest(&z), [0.0f32; WIDTH]);
                let (mut mass, mut dot) = ([0.0f64; WIDTH], [0.0f64; WIDTH]);
                for (z, q) in z.iter_mut().zip(&q) {
                    for lane in 0..WIDTH {
                        let below = z[lane] - high[lane];
                        z[lane] = exp(below);
                        sums[lane] += z[lane];
                        dot[lane] += f64::from(q[lane] * below);
                        mass[lane] += f64::from(q[lane]);
                    }
                }
                let share: [f32; WIDTH] = std::array::from_fn(|lane| mass[lane] as f32 / sums[lane]);
                for (row, d) in d.chunks_exact_mut(classes).enumerate() {
                    for ((d, z), q) in d.iter_mut().zip(&z).zip(&q) {
                        *d = share[row] * z[row] - q[row];
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

/// Up to sixteen rows turned on their side, one a lane, so that few classes fill the registers as well as many.
#[inline(always)]
fn turn(rows: &[f32], lanes: &mut [[f32; WIDTH]]) {
    let classes = lanes.len();
    for (k, lanes) in lanes.iter_mut().enumerate() {
        let column = rows[k..].iter().step_by(classes);
        lanes.iter_mut().zip(column).for_each(|(lane, &number)| *lane = number);
    }
}

/// The sum of every column of row-major rows of `columns`.
pub fn column_sums(numbers: &[f32], columns: usize) -> Vec<f32> {
    let mut sums = vec![0.0; columns];
    simd(
        #[inline(always)]
        || {
            for row in numbers.chunks_exact(columns) {
                sums.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
            }
        },
    );
    sums
}

/// The largest number of every lane.
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

fn rows(numbers: &mut [f32], bias: &[f32], f: impl Fn(f32) -> f32 + Copy + Sync) {
    let count = numbers.len() / bias.len();
    if numbers.len() >= SHARE && count > 1 {
        let (one, two) = numbers.split_at_mut(count / 2 * bias.len());
        both(|| rows(one, bias, f), || rows(two, bias, f));
        return;
    }
    simd(
        #[inline(always)]
        || {
            for row in numbers.chunks_exact_mut(bias.len()) {
                row.iter_mut().zip(bias).for_each(|(z, b)| *z = f(*z + b));
            }
        },
    );
}

fn pairs(a: &[f32], d_a: &mut [f32], f: impl Fn(f32, f32) -> f32 + Copy + Sync) {
    if a.len() >= SHARE {
        let middle = a.len() / 2;
        let ((a, more), (d_a, d_more)) = (a.split_at(middle), d_a.split_at_mut(middle));
        both(|| pairs(a, d_a, f), || pairs(more, d_more, f));
        return;
    }
    simd(
        #[inline(always)]
        || d_a.iter_mut().zip(a).for_each(|(d, &a)| *d = f(a, *d)),
    );
}

#[inline(always)]
fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + exp(-z))
}

/// e^x to within 2 units in the last place on −87..88, clamped outside; NaN stays NaN.
///
/// x = k ln 2 + r with |r| ≤ ln 2 / 2 (Cody and Waite 1980), e^r by its Taylor polynomial to r⁶, 2^k by its bits.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³: adding it rounds to a whole number
    let clamped = if x > 88.0 { 88.0 } else { x };
    let clamped = if clamped < -87.0 { -87.0 } else { clamped };
    let k = clamped * std::f32::consts::LOG2_E + ROUND - ROUND;
    let r = clamped - k * 0.693_359_4 + k * 2.121_944_4e-4;
    let p = 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r + 1.0;
    let p = p * r + 1.0;
    // A cast would clamp and test for NaN, lane by lane; the low bits of k + ROUND are the same whole number.
    let bits = (k + ROUND).to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    p * f32::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for i in -87_000..88_000 {
            let x = i as f32 / 1000.0;
            let want = f64::from(x).exp();
            let off = (f64::from(exp(x)) - want).abs() / want;
            assert!(off < 3e-7, "exp({x}) is off by {off:e}");
        }
        assert!(exp(f32::NAN).is_nan());
        assert!(exp(-1e30) > 0.0 && exp(1e30).is_finite());
    }

    #[test]
    fn squashing_keeps_nan_and_knows_its_limits() {
        let mut z = vec![f32::NAN, -1e30, 1e30, 0.0];
        add_and_squash(&mut z, &[0.0; 4], Squash::Sigmoid);
        assert!(z[0].is_nan());
        assert!(z[1] < 1e-37 && z[2] == 1.0 && z[3] == 0.5, "{z:?}");
    }

    #[test]
    fn a_product_has_the_same_bits_on_any_number_of_threads() {
        let numbers = |count: usize| (0..count).map(|i| (i as f32 * 0.618).fract() - 0.5).collect::<Vec<f32>>();
        for [n, k, m] in
            [[33, 3072, 512], [128, 2500, 60], [17, 1024, 1024], [784, 128, 30], [64, 4097, 64], [40, 70_000, 8]]
        {
            for transposed in [Transposed::Neither, Transposed::Left, Transposed::Right] {
                let (left, right) = (numbers(n * k), numbers(k * m));
                let on = |threads| {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                    pool.install(|| product([n, k, m], &left, &right, transposed))
                };
                let whole = on(1);
                assert!([2, 3, 8].iter().all(|&threads| on(threads) == whole), "[{n}, {k}, {m}] {transposed:?}");
            }
        }
    }

    #[test]
    fn rows_longer_than_a_share_stay_whole() {
        for count in [1, 3] {
            let mut z = vec![-1.0; count * SHARE];
            add_and_squash(&mut z, &vec![2.0; SHARE], Squash::Relu);
            assert!(z.iter().all(|&z| z == 1.0));
            unsquash(&vec![1.0; z.len()], &mut z, Squash::Relu);
            assert!(z.iter().all(|&z| z == 1.0));
        }
    }
}
