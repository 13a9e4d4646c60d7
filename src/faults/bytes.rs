//! Bytes that wrapped round: a difference below 0 or a sum above 255 that came out at the other end.
//!
//! Where brightness rises slowly and passes 255, wrapped bytes go on at 0: 220, 245, 14, 40. So an edge of an image that
//! wrapped has a side that is bright and becomes brighter towards the edge, and a dark side that is darkest at the edge.
//! No sound edge has: lenses and drawing programs blend the two sides into one another, which makes the bright side
//! darker towards the edge, and where pixels of one side differ by noise, either of two is the brighter one as often as
//! the other. Contrast alone, by which black on white resembles a jump from 255 to 0, says nothing here.
//!
//! An edge is four pixels in a line, of which two are all brighter than the other two. Which of the two pixels of a side
//! lies at the edge plays no part in that choice, so that the order of the two remains free to speak. Each image has one
//! vote for each side, and chance would have half of them at most. Sharpening draws bright and dark rims too, but these
//! are small beside the jump between them; a jump that wrapped is, modulo 256, no longer than the steps beside it.

use super::chance::{RATE, at_least};
use super::fault::{Fault, FaultKind, percent};
use super::rows::Rows;
use crate::data::{Part, Raster};

/// Images that are looked at.
const IMAGES: usize = 300;
/// The least difference of brightness across an edge: more than half of the way round.
const JUMP: i16 = 128;
/// The share of images that must speak for each side.
const MOST: f64 = 0.75;
/// How many times as long as the steps beside it a jump modulo 256 may be, at the median.
const STEPS: i16 = 2;

/// What the edges of one image say.
#[derive(Default)]
struct Edges {
    /// Bright sides that become brighter towards the edge, less those that become darker.
    bright: i64,
    /// Dark sides that become darker towards the edge, less those that become brighter.
    dark: i64,
    /// Of each edge that looks as if it had wrapped: its jump modulo 256, and the longer one of the steps beside it.
    jumps: Vec<(i16, i16)>,
}

/// Whether the images of the training `rows` wrapped round.
pub(super) fn wrapped(rows: &Rows, raster: Raster) -> Option<Fault> {
    let bytes = codes(rows)?;
    let images: Vec<Edges> = bytes.chunks_exact(rows.width).map(|image| edges(image, raster)).collect();
    let spoken = |side: fn(&Edges) -> i64| {
        let votes: Vec<i64> = images.iter().map(side).filter(|vote| *vote != 0).collect();
        let hits = votes.iter().filter(|vote| **vote > 0).count();
        let clear = at_least(hits, votes.len(), 0.5) < RATE;
        (clear && hits as f64 > MOST * votes.len() as f64).then_some(hits as f64 / votes.len() as f64)
    };
    let (bright, dark) = (spoken(|edges| edges.bright)?, spoken(|edges| edges.dark)?);
    let median = |of: fn(&(i16, i16)) -> i16| {
        let mut all: Vec<i16> = images.iter().flat_map(|edges| edges.jumps.iter().map(of)).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied()
    };
    (median(|edge| edge.0)? <= STEPS * median(|edge| edge.1)?).then(|| {
        let say = format!(
            "bytes rise to 255 and go on at 0: in {} of the images the bright side of an edge is brightest and the dark side \
             darkest where they meet; arithmetic in uint8 wrapped round, convert to float before it",
            percent(bright.min(dark))
        );
        Fault::new(FaultKind::BytesWrapped, Part::Train, say).at("features, training")
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

/// The edges of an image along its lines and its columns.
fn edges(image: &[u8], raster: Raster) -> Edges {
    let mut found = Edges::default();
    for colour in 0..raster.colours {
        let (first, step) = raster.stride(colour);
        let pixel = |at: usize| i16::from(image[first + at * step]);
        for at in 0..raster.width * raster.height {
            let (line, column) = (at / raster.width, at % raster.width);
            if column + 3 < raster.width {
                found.look([0, 1, 2, 3].map(|i| pixel(at + i)));
            }
            if line + 3 < raster.height {
                found.look([0, 1, 2, 3].map(|i| pixel(at + i * raster.width)));
            }
        }
    }
    found
}

impl Edges {
    /// Looks at four pixels in a line.
    fn look(&mut self, mut four: [i16; 4]) {
        if four[0].min(four[1]) < four[2].max(four[3]) {
            four.reverse();
        }
        let [far, bright, dark, end] = four;
        if bright.min(far) <= dark.max(end) || bright.max(far) - dark.min(end) <= JUMP {
            return;
        }
        let (rise, fall) = (bright - far, end - dark);
        self.bright += i64::from(rise.signum());
        self.dark += i64::from(fall.signum());
        if rise > 0 && fall > 0 {
            self.jumps.push((256 - (bright - dark), rise.max(fall)));
        }
    }
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
