//! Bytes that wrapped round: a difference below 0 or a sum above 255 that came out at the other end.
//!
//! An image is smooth where it is grey: a pixel lies between its neighbours more often than beyond them. Bytes that
//! wrapped are smooth again once the same number is added to all of them modulo 256. Black and white are left out, since
//! they are neighbours of one another modulo 256 in sound images too.

use super::chance::{RATE, at_least};
use super::fault::{Fault, Kind, percent};
use super::rows::Rows;
use crate::data::Raster;

/// Images that are looked at.
const IMAGES: usize = 300;
/// Numbers that are added to all bytes.
const SHIFTS: [u8; 7] = [32, 64, 96, 128, 160, 192, 224];
/// Smoothness that is left of images that wrapped.
const ROUGH: f64 = 0.75;

/// Whether the images of `rows` wrapped round.
pub(super) fn wrapped(rows: &Rows, raster: Raster, part: &str) -> Option<Fault> {
    let bytes = codes(rows)?;
    let mode = mode(&bytes);
    let images: Vec<Vec<f64>> =
        bytes.chunks_exact(rows.width).map(|image| roughness(image, raster, mode)).filter(|r| r[0] > 0.0).collect();
    let sum = |at: usize| images.iter().map(|rough| rough[at]).sum::<f64>();
    let best = (1..=SHIFTS.len()).min_by(|&a, &b| sum(a).total_cmp(&sum(b)))?;
    let smoother = images.iter().filter(|rough| rough[best] < rough[0]).count();
    let clear = at_least(smoother, images.len(), 0.5) * (SHIFTS.len() as f64) < RATE;
    (clear && sum(best) < ROUGH * sum(0)).then(|| {
        let say = format!(
            "bytes jump between 0 and 255 where images are smooth: with {} added modulo 256, {} of the roughness is left; \
             arithmetic in uint8 wrapped round, convert to float before it",
            SHIFTS[best - 1],
            percent(sum(best) / sum(0))
        );
        Fault::new(Kind::BytesWrapped, format!("features, {part}"), say)
    })
}

/// The first images as bytes, if they are bytes or 255ths, and if they use the whole range.
fn codes(rows: &Rows) -> Option<Vec<u8>> {
    let x = &rows.x[..rows.width * rows.len().min(IMAGES)];
    let top = x.iter().copied().fold(0.0f32, f32::max);
    let unit = if top <= 1.0 { 255.0 } else { 1.0 };
    let whole = |v: &f32| {
        let code = v * unit;
        (-0.01..=255.01).contains(&code) && (code - code.round()).abs() < 0.01
    };
    let fits = top * unit > 250.0 && x.iter().all(whole);
    fits.then(|| x.iter().map(|v| (v * unit).round() as u8).collect())
}

/// The most common byte.
fn mode(bytes: &[u8]) -> u8 {
    let mut counts = [0usize; 256];
    bytes.iter().for_each(|&b| counts[usize::from(b)] += 1);
    (0..=255u8).max_by_key(|&b| counts[usize::from(b)]).unwrap_or(0)
}

/// How rough an image is as it is, and with each of [`SHIFTS`] added: the sum of |a − 2b + c| over the pixels b that are
/// grey, beside their neighbours a and c in the line.
fn roughness(image: &[u8], raster: Raster, mode: u8) -> Vec<f64> {
    let mut rough = vec![0.0; 1 + SHIFTS.len()];
    for colour in 0..raster.colours {
        let (first, step) = raster.stride(colour);
        let pixel = |at: usize| image[first + at * step];
        for line in 0..raster.height {
            for at in line * raster.width + 1..((line + 1) * raster.width).saturating_sub(1) {
                let (a, b, c) = (pixel(at - 1), pixel(at), pixel(at + 1));
                let off = b.wrapping_sub(mode);
                if off.min(off.wrapping_neg()) < 16 {
                    continue;
                }
                for (sum, shift) in rough.iter_mut().zip(std::iter::once(0).chain(SHIFTS)) {
                    let [a, b, c] = [a, b, c].map(|v| f64::from(v.wrapping_add(shift)));
                    *sum += (a - 2.0 * b + c).abs();
                }
            }
        }
    }
    rough
}
