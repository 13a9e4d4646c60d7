//! The product of two matrices on plain slices: the crate `gemm` multiplies, and this file divides the rows among threads.
//!
//! `gemm` could share the work itself, but then the order in which it sums, and with it the last bits of the result,
//! would depend on the number of threads. Here every thread computes whole rows of the result, each summed in the order
//! that one thread alone would use.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::operation::Transposed;
use super::simd::WIDTH;
use super::threads::{LARGE_PRODUCT, both};

/// The product left · right, `[n, m]`, of two row-major matrices.
///
/// # Shapes
/// `left` is `[n, k]` and `right` is `[k, m]`. The one that `transposed` names is stored as its transpose, `[k, n]` or
/// `[m, k]`.
///
/// # Panics
/// If the slices have other lengths than the dimensions say, which is a defect of the caller.
pub fn product([n, k, m]: [usize; 3], left: &[f32], right: &[f32], transposed: Transposed) -> Vec<f32> {
    assert!(left.len() == n * k && right.len() == k * m, "a product of [{n}, {k}] and [{k}, {m}]");
    // How far apart two neighbours in a column and in a row lie, in numbers.
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
    // SAFETY: the bands cover all rows, and each was written whole.
    unsafe { out.set_len(n * m) };
    out
}

/// Cuts `0..length` into `count` pieces, all but the last of the same length. There is always at least one piece, which
/// is empty if `length` is 0.
fn pieces(length: usize, count: usize) -> impl Iterator<Item = Range<usize>> {
    let piece = length.div_ceil(count.max(1)).max(1);
    (0..length.max(1)).step_by(piece).map(move |start| start.min(length)..(start + piece).min(length))
}

/// Divides the rows of a product of `[rows, k]` and `[k, m]` into about as many bands as there are threads, and calls
/// `part` with the rows of each band and the room for its result.
///
/// Every number of the result has the same bits for any number of threads. `gemm` sums over k in another order in two
/// cases. The first is a result of one row, or of at most 256 numbers: no band is that small. The second is a result of
/// at most 64 rows and columns with k above 512: there [`product`] cuts k into pieces itself, so that a band and the
/// whole are summed alike.
fn bands(
    rows: Range<usize>,
    [k, m]: [usize; 2],
    threads: usize,
    out: &mut [MaybeUninit<f32>],
    part: &(impl Fn(Range<usize>, &mut [MaybeUninit<f32>]) + Sync),
) {
    let large = rows.len() >= 2 * WIDTH && rows.len() * m > 1024 && rows.len() * k * m >= 2 * LARGE_PRODUCT;
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
