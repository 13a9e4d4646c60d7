//! Turned images: images of a part that are training images mirrored or turned, as where images were augmented before they
//! were split.
//!
//! An image of the part is mirrored and turned in every way that its raster allows, and each of these is looked for among the
//! training rows as a row of the part itself is (`copies`): as an equal row, by the digests of all training rows, and in
//! samples as a row that is far nearer to one training row than to the next. An image that is its own mirror image says
//! nothing, and images that are equal already are told elsewhere.

use std::collections::HashMap;

use rayon::prelude::*;

use super::chance::{RATE, at_least};
use super::copies::{Prints, SHARE, are_trials, nearer_than_by_nature};
use super::fault::{Fault, FaultKind, percent};
use super::neighbours::Space;
use super::rows::Rows;
use crate::data::{Block, Part, Raster};
use crate::error::Result;

/// Rows of a sample whose neighbours are asked for, once for each way to turn them.
const ASKED: usize = 400;
/// Images that are compared with all training rows pixel by pixel.
const COMPARED: usize = 40;

/// One way to mirror or turn an image: whether lines and columns change places, and which of the two run backwards.
#[derive(Clone, Copy)]
struct Turn {
    swap: bool,
    lines: bool,
    columns: bool,
}

impl Turn {
    /// All ways that images of this raster can be turned and fit into it still.
    fn all(raster: Raster) -> Vec<Turn> {
        let all = (1..8).map(|i| Turn { swap: i & 4 > 0, lines: i & 2 > 0, columns: i & 1 > 0 });
        all.filter(|turn| !turn.swap || raster.height == raster.width).collect()
    }

    /// The image, so turned.
    fn turned(self, image: &[f32], raster: Raster) -> Vec<f32> {
        let mut out = vec![0.0; image.len()];
        for colour in 0..raster.colours {
            let (first, step) = raster.stride(colour);
            for at in 0..raster.height * raster.width {
                let (a, b) = (at / raster.width, at % raster.width);
                let (a, b) = if self.swap { (b, a) } else { (a, b) };
                let line = if self.lines { raster.height - 1 - a } else { a };
                let column = if self.columns { raster.width - 1 - b } else { b };
                out[first + at * step] = image[first + (line * raster.width + column) * step];
            }
        }
        out
    }

    /// What was done to the image, in words.
    fn word(self) -> &'static str {
        match (self.swap, self.lines, self.columns) {
            (false, false, _) => "mirrored left to right",
            (false, true, false) => "upside down",
            (false, true, true) => "turned by half",
            (true, lines, columns) if lines != columns => "turned by a quarter",
            _ => "mirrored along a diagonal",
        }
    }
}

/// Images of `rows`, a sample of a part, that are training images turned; `prints` are the digests of the rows of `train`.
///
/// # Errors
/// A file that can no longer be read.
pub(super) fn turned(prints: &Prints, train: &Block, rows: &Rows, raster: Raster, part: Part) -> Result<Option<Fault>> {
    let Some(known) = prints.whole() else { return Ok(None) };
    let known: HashMap<u64, u32> = known.iter().copied().zip(train.labels()).collect();
    let turns = Turn::all(raster);
    let label = |image: &[f32]| known.get(&Block::fingerprint(image)).copied();
    let others = (0..rows.len()).into_par_iter().filter(|&row| label(rows.row(row)).is_none());
    let others: Vec<usize> = others.collect();
    let look = |&row: &usize| {
        let images = turns.iter().map(|turn| (*turn, turn.turned(rows.row(row), raster)));
        let mut known = images.filter_map(|(turn, image)| Some((row, turn, label(&image)?, image)));
        known.next()
    };
    let found: Vec<(usize, Turn, u32, Vec<f32>)> = others.par_iter().filter_map(look).collect();
    let hits = found.iter().filter(|(row, _, label, _)| *label == rows.y[*row]).count();
    // Where images are few by nature, as outlines of simple shapes are, each way to turn one meets another as often as none
    // does; of no such image among n there may be three in n (the rule of three).
    let by_nature = (turns.len() * (rows.len() - others.len() + 3)) as f64 / rows.len().max(1) as f64;
    if at_least(found.len(), rows.len(), by_nature.max(SHARE)) > RATE || are_trials(hits, found.len()) {
        return Ok(None);
    }
    let some = &found[..found.len().min(COMPARED)];
    let x = some.iter().flat_map(|(.., image)| image.iter().copied()).collect();
    let (y, numbers) = some.iter().map(|(row, ..)| (rows.y[*row], rows.numbers[*row])).unzip();
    let images = Rows { x, y, numbers, width: rows.width };
    let chosen: Vec<usize> = (0..images.len()).collect();
    let copies = prints.are_copies(&images, &chosen, train)?;
    Ok(copies.then(|| fault(found.len() as f64 / rows.len() as f64, "are", found[0].1, part)))
}

/// Images of `rows` that are nearly training images, those of `train`, turned. How often one training row is far nearer than
/// the next by nature is seen among the training rows themselves. All pixels share one unit here, also where they were scaled:
/// the ground of an image has noise of its own, and by its ranks it would be as far from itself as from any other.
pub(super) fn nearly_turned(train: &Rows, rows: &Rows, raster: Raster, part: Part) -> Option<Fault> {
    let space = Space::of(train, true);
    let points = space.place(train);
    let own = points.ask(&points, &train.y, true);
    let step = rows.len().div_ceil(ASKED).max(1);
    let turns = Turn::all(raster);
    let asked: Vec<usize> = (0..rows.len()).step_by(step).collect();
    let nearer = |turn: &Turn| {
        let x: Vec<f32> = asked.par_iter().flat_map_iter(|&row| turn.turned(rows.row(row), raster)).collect();
        let images = Rows { x, y: vec![0; asked.len()], numbers: asked.clone(), width: rows.width };
        let votes = space.place(&images).ask(&points, &train.y, false);
        nearer_than_by_nature(&own, &votes, turns.len()).map(|[share, _]| (share, *turn))
    };
    let (share, turn) = turns.iter().filter_map(nearer).max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(fault(share, "are nearly", turn, part))
}

fn fault(share: f64, are: &str, turn: Turn, part: Part) -> Fault {
    let say = format!(
        "{} of the images looked at {are} training images, mirrored or turned, as {}: the score on them says nothing of new \
         images; split first, and mirror or turn the training rows alone",
        percent(share),
        turn.word()
    );
    Fault::new(FaultKind::DuplicatesAcrossHalves, part, say)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_turned_in_seven_ways_and_one_that_is_not_square_in_three() {
        let raster = Raster::of(&[4, 4]).unwrap();
        let image: Vec<f32> = (0..16).map(|v| v as f32).collect();
        let mut all: Vec<Vec<f32>> = Turn::all(raster).into_iter().map(|turn| turn.turned(&image, raster)).collect();
        all.push(image);
        all.sort_by(|a, b| a.partial_cmp(b).unwrap());
        all.dedup();
        assert_eq!(all.len(), 8);
        let long = Raster::of(&[2, 3, 3]).unwrap(); // two lines of three coloured pixels
        let turns = Turn::all(long);
        assert_eq!(turns.len(), 3);
        let image: Vec<f32> = (0..18).map(|v| v as f32).collect();
        assert_eq!(turns[0].turned(&image, long)[..9], [6.0, 7.0, 8.0, 3.0, 4.0, 5.0, 0.0, 1.0, 2.0]);
        assert_eq!(turns[0].word(), "mirrored left to right");
    }
}
