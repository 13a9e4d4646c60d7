//! Factors that are less exact: numbers are rounded on their way into a product.
//!
//! A precision says how many binary digits of a factor count. They are rounded here, before they are multiplied, so a
//! precision means the same numbers on every device, whether it has instructions for such factors or not. This stands
//! between the memory of the device and that of a cube.

use cubecl::prelude::*;

use super::area::Four;
use super::sums::sick;
use crate::engine::Precision;

/// Four numbers, each as the nearest of the precision; of two that are as near, the even one.
#[cube]
pub(super) fn rounded(four: Four, #[comptime] precision: Precision) -> Four {
    let mut found = four;
    if comptime!(precision != Precision::F32) {
        let dropped = comptime!(if precision == Precision::Tf32 { 13u32 } else { 16u32 });
        #[unroll]
        for i in 0..4usize {
            found.insert(i, nearest(four.extract(i), dropped));
        }
    }
    found
}

/// The nearest number whose last `dropped` bits are 0. What is not finite stays as it is, for the carry could make a number
/// of it.
#[cube]
fn nearest(x: f32, #[comptime] dropped: u32) -> f32 {
    let bits = u32::reinterpret(x);
    let even = (bits >> dropped) & 1u32;
    let near = (bits + even + comptime!((1u32 << (dropped - 1)) - 1)) & comptime!(!((1u32 << dropped) - 1));
    select(sick(x), x, f32::reinterpret(near))
}
