//! An image for a terminal without sixels: two pixels above each other in each letter, in their own colours where the
//! terminal has them.
//!
//! A letter is about twice as high as it is wide, so the upper half block `▀`, whose colour is the upper pixel and
//! whose ground is the lower one, makes pixels that are nearly square. `inspect` shows rows in this way where a person
//! has no viewer for pictures, as over SSH.

use crate::data::Raster;

/// An image as text, a line for two rows of pixels; `coloured` if the terminal takes 24 bits of colour. Without them
/// pixels brighter than two fifths are ink. The numbers of the row are stretched from the least to the greatest.
pub fn half_blocks(row: &[f32], raster: Raster, coloured: bool) -> String {
    let (low, high) = row.iter().fold((f32::MAX, f32::MIN), |(l, h), &v| (l.min(v), h.max(v)));
    let planes: Vec<Vec<f32>> = (0..raster.colours.min(3)).map(|c| raster.colour(row, c).collect()).collect();
    let level = |c: usize, y: usize, x: usize| {
        let plane = &planes[c.min(planes.len() - 1)];
        plane.get(y * raster.width + x).map_or(0.0, |v| (v - low) / (high - low).max(1e-9))
    };
    let lines = (0..raster.height).step_by(2);
    let line = |y: usize| match coloured {
        true => (0..raster.width).map(|x| pixel(&level, x, y)).collect::<String>() + "\x1b[0m",
        false => (0..raster.width).map(|x| mark(&level, x, y)).collect::<String>().trim_end().to_string(),
    };
    lines.map(line).collect::<Vec<_>>().join("\n")
}

/// Two pixels in their colours, the upper one as the colour of the letter (`38;2`), the lower one as its ground
/// (`48;2`).
fn pixel(level: &impl Fn(usize, usize, usize) -> f32, x: usize, y: usize) -> String {
    let colour = |y: usize| [0, 1, 2].map(|c| (255.0 * level(c, y, x)) as u8);
    let ([r, g, b], [s, h, c]) = (colour(y), colour(y + 1));
    format!("\x1b[38;2;{r};{g};{b};48;2;{s};{h};{c}m▀")
}

/// Two pixels as ink or none, by the mean of their colours.
fn mark(level: &impl Fn(usize, usize, usize) -> f32, x: usize, y: usize) -> char {
    let ink = |y: usize| (level(0, y, x) + level(1, y, x) + level(2, y, x)) / 3.0 > 0.4;
    match (ink(y), ink(y + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_of_pixels_become_one_of_letters() {
        let raster = Raster { height: 3, width: 2, colours: 1, planes: true };
        assert_eq!(half_blocks(&[1.0, 0.0, 1.0, 0.0, 0.0, 1.0], raster, false), "█\n ▀");
        let coloured = half_blocks(&[1.0, 0.0, 1.0, 0.0, 0.0, 1.0], raster, true);
        assert!(coloured.starts_with("\x1b[38;2;255;255;255;48;2;255;255;255m▀") && coloured.ends_with("\x1b[0m"));
    }
}
