//! Bytes that wrapped round: a difference below 0 or a sum above 255 that came out at the other end.
//!
//! Where brightness rises slowly and passes 255, wrapped bytes go on at 0: 220, 245, 14, 40. So an edge of an image that
//! wrapped has a side that is bright and becomes brighter towards the edge, and a dark side that is darkest at the edge.
//! No sound edge has: lenses and drawing programs blend the two sides into one another, which makes the bright side
//! darker towards the edge, and where pixels of one side differ by noise, either of two is the brighter one as often as
//! the other. Contrast alone, by which black on white resembles a jump from 255 to 0, says nothing here.
//!
//! An edge is four pixels in a line, of which two are all brighter than the other two, by a jump that is modulo 256 no
//! longer than the steps on its two sides. Which of the two pixels of a side lies nearer plays no part in that choice, so
//! that their order remains free to speak: for wrapping where both sides steepen towards the edge, and against it where
//! both flatten. Each image has one vote, and chance would have half of them at most. Sharpening draws bright and dark
//! rims too, but these are small beside the jump between them, and outlines have one such side only.

use rayon::prelude::*;

use super::chance::{RATE, at_least};
use super::fault::{Fault, FaultKind, percent};
use super::rows::Rows;
use crate::data::{Part, Raster};

/// The least difference of brightness across an edge: more than half of the way round.
const JUMP: i16 = 128;
/// How many times as long as the longer step beside it a jump modulo 256 may be.
const STEPS: i16 = 2;

/// Whether the images of the training `rows` wrapped round.
pub(super) fn wrapped(rows: &Rows, raster: Raster) -> Option<Fault> {
    let bytes = codes(rows)?;
    let votes: Vec<i64> = bytes.par_chunks_exact(rows.width).map(|image| vote(image, raster)).collect();
    let (all, hits) = (votes.iter().filter(|vote| **vote != 0).count(), votes.iter().filter(|vote| **vote > 0).count());
    (at_least(hits, all, 0.5) < RATE).then(|| {
        let say = format!(
            "bytes rise to 255 and go on at 0: in {} of the {all} images that have such edges both sides steepen where they \
             meet; arithmetic in uint8 wrapped round, convert to float before it",
            percent(hits as f64 / all as f64)
        );
        Fault::new(FaultKind::BytesWrapped, Part::Train, say).at("features, training")
    })
}

/// The images as bytes, if they are bytes or 255ths, and if they use the whole range.
fn codes(rows: &Rows) -> Option<Vec<u8>> {
    let x = &rows.x;
    let top = x.iter().copied().fold(0.0f32, f32::max);
    let unit = if top <= 1.0 { 255.0 } else { 1.0 };
    let whole = |v: &f32| {
        let code = v * unit;
        (-0.01..=255.01).contains(&code) && (code - code.round()).abs() < 0.01
    };
    let fits = top * unit > 250.0 && x.iter().all(whole);
    fits.then(|| x.iter().map(|v| (v * unit).round() as u8).collect())
}

/// How many edges along the lines and columns of an image speak for wrapping, less those that speak against it.
fn vote(image: &[u8], raster: Raster) -> i64 {
    let mut sum = 0;
    for colour in 0..raster.colours {
        let (first, step) = raster.stride(colour);
        let pixel = |at: usize| i16::from(image[first + at * step]);
        for at in 0..raster.width * raster.height {
            let (line, column) = (at / raster.width, at % raster.width);
            if column + 3 < raster.width {
                sum += edge([0, 1, 2, 3].map(|i| pixel(at + i)));
            }
            if line + 3 < raster.height {
                sum += edge([0, 1, 2, 3].map(|i| pixel(at + i * raster.width)));
            }
        }
    }
    sum
}

/// What four pixels in a line say: 1 for wrapping, −1 against it, 0 where they are no edge or say nothing.
fn edge(mut four: [i16; 4]) -> i64 {
    if four[0].min(four[1]) < four[2].max(four[3]) {
        four.reverse();
    }
    let [far, bright, dark, end] = four;
    let (jump, rise, fall) = (bright.max(far) - dark.min(end), bright - far, end - dark);
    let apart = bright.min(far) > dark.max(end) && jump > JUMP;
    let wraps = 256 - jump <= STEPS * rise.abs().max(fall.abs());
    // A step of one is how a slope is rounded.
    let steep = rise.abs() > 1 && fall.abs() > 1 && rise.signum() == fall.signum();
    if apart && wraps && steep { i64::from(rise.signum()) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether images of 8 × 8 pixels wrapped, of which this is what `shade` makes of place in the line and image.
    fn told(shade: impl Fn(f64, usize) -> f64) -> bool {
        let image = |i: usize| (0..64).map(move |at| (at % 8, i));
        let x: Vec<f32> = (0..60).flat_map(image).map(|(u, i)| shade(u as f64, i) as u8 as f32).collect();
        let rows = Rows { x, y: vec![0; 60], numbers: (0..60).collect(), width: 64 };
        wrapped(&rows, Raster::of(&[8, 8]).unwrap()).is_some()
    }

    #[test]
    fn a_slope_that_goes_on_at_the_other_end_wrapped_and_contrast_did_not() {
        let slope = |u: f64, i: usize| 60.0 + (i % 9) as f64 + 24.0 * u;
        assert!(!told(slope));
        assert!(told(|u, i| (slope(u, i) + 120.0) % 256.0));
        assert!(!told(|u, i| if u < 4.0 { 255.0 - (i % 9) as f64 } else { 3.0 + (i % 7) as f64 }), "ink on paper");
        assert!(
            !told(|u, i| [251.0, 255.0, 251.0, 236.0, 20.0, 4.0, 0.0, 4.0][u as usize] - (i % 4) as f64 * 0.9),
            "blur"
        );
        assert!(!told(|u, i| [200.0, 200.0, 200.0, 0.0, 20.0, 255.0, 255.0, 255.0][(u as usize + i) % 8]), "outlines");
    }
}
