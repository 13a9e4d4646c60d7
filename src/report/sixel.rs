//! An image for a terminal as sixels: every pixel in its own colour, which half-blocks cannot have on small letters.
//!
//! Sixels are the raster graphics of DEC's VT300 series (VT330/VT340 Programmer Reference, chapter 14), which many
//! terminals of today show. A band is six lines of pixels; for each colour in it goes one letter a column, whose six lowest
//! bits say which of the six pixels have that colour. `inspect` asks the terminal before it sends any.

use std::fmt::Write;

use crate::data::Raster;

/// How many pixels an image is wide or high at least, once it is enlarged.
const SIDE: usize = 96;
/// How many steps a colour has in a coloured image, and grey in a grey one: a terminal has 256 colours at least.
const STEPS: usize = 6;
const GREYS: usize = 64;
/// Lines of a band.
const BAND: usize = 6;

/// An image in the order in which terminals draw it: its pixels as numbers of colours.
struct Indexed {
    /// Row-major `[height, width]`.
    pixels: Vec<usize>,
    width: usize,
    /// The colours as red, green and blue in percent.
    palette: Vec<[usize; 3]>,
}

/// An image as the bytes that make a terminal draw it, which are all ASCII. The numbers of the row are stretched from the
/// least to the greatest, and a small image is enlarged by a whole factor.
pub fn sixels(row: &[f32], raster: Raster) -> String {
    let image = indexed(row, raster);
    let height = image.pixels.len() / image.width.max(1);
    // Pixels as high as wide, and the size of the image; `q` begins it.
    let mut out = format!("\x1bPq\"1;1;{};{height}", image.width);
    for (colour, [r, g, b]) in image.palette.iter().enumerate().filter(|(colour, _)| image.pixels.contains(colour)) {
        let _ = write!(out, "#{colour};2;{r};{g};{b}");
    }
    for band in image.pixels.chunks(BAND * image.width.max(1)) {
        let mut colours = band.to_vec();
        colours.sort_unstable();
        colours.dedup();
        for colour in colours {
            let _ = write!(out, "#{colour}");
            repeat(&mut out, (0..image.width).map(|x| letter(band, image.width, x, colour)));
            out.push('$'); // back to the left end of the band
        }
        out.push('-'); // the next band
    }
    out + "\x1b\\"
}

/// The letter that says which pixels of column `x` of a band have this colour, the uppermost lowest.
fn letter(band: &[usize], width: usize, x: usize, colour: usize) -> char {
    let bits = (0..BAND).filter(|y| band.get(y * width + x) == Some(&colour)).map(|y| 1u8 << y).sum::<u8>();
    char::from(b'?' + bits)
}

/// Writes letters, those that repeat as `!`, their number and the letter; blank ones at the end are left out.
fn repeat(out: &mut String, letters: impl Iterator<Item = char>) {
    let letters: Vec<char> = letters.collect();
    let runs = letters.chunk_by(|a, b| a == b).map(|run| (run.len(), run[0])).collect::<Vec<_>>();
    let blank = runs.last().is_some_and(|&(_, letter)| letter == '?');
    for &(count, letter) in &runs[..runs.len() - usize::from(blank)] {
        match count {
            0..=3 => out.extend(std::iter::repeat_n(letter, count)),
            _ => drop(write!(out, "!{count}{letter}")),
        }
    }
}

/// The image of a row, enlarged, with each pixel as a colour of a palette.
fn indexed(row: &[f32], raster: Raster) -> Indexed {
    let (low, high) = row.iter().fold((f32::MAX, f32::MIN), |(l, h), &v| (l.min(v), h.max(v)));
    let (colours, steps) = if raster.colours < 3 { (1, GREYS) } else { (3, STEPS) };
    let step = |v: f32| ((v - low) / (high - low).max(1e-9) * (steps - 1) as f32).round() as usize;
    let planes: Vec<Vec<f32>> = (0..colours).map(|c| raster.colour(row, c).collect()).collect();
    let colour = |p: usize| planes.iter().fold(0, |all, plane| all * steps + plane.get(p).map_or(0, |&v| step(v)));
    let factor = (SIDE / raster.width.max(raster.height).max(1)).max(1);
    let lines = (0..raster.height * factor).map(|y| y / factor * raster.width);
    let pixels = lines.flat_map(|line| (0..raster.width * factor).map(move |x| line + x / factor)).map(colour);
    let percent = |step: usize| (step * 100 + (steps - 1) / 2) / (steps - 1);
    let palette = (0..steps.pow(colours as u32)).map(|colour| match colours {
        1 => [percent(colour); 3],
        _ => [colour / (steps * steps), colour / steps % steps, colour % steps].map(percent),
    });
    Indexed { pixels: pixels.collect(), width: raster.width * factor, palette: palette.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a terminal draws: the colour of every pixel in percent, row-major, and the width.
    fn drawn(text: &str) -> (Vec<Option<[usize; 3]>>, usize) {
        let body = text.strip_prefix("\x1bPq\"1;1;").unwrap().strip_suffix("\x1b\\").unwrap();
        let mut bytes = body.bytes().peekable();
        let number = |bytes: &mut std::iter::Peekable<std::str::Bytes>| {
            let mut n = 0;
            while let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
                n = 10 * n + usize::from(digit - b'0');
            }
            bytes.next_if_eq(&b';');
            n
        };
        let (width, height) = (number(&mut bytes), number(&mut bytes));
        let mut pixels = vec![None; width * height];
        let mut palette = std::collections::HashMap::new();
        let (mut x, mut band, mut colour) = (0, 0, 0);
        while let Some(byte) = bytes.next() {
            let (count, letter) = match byte {
                b'!' => (number(&mut bytes), bytes.next().unwrap()),
                other => (1, other),
            };
            match letter {
                b'#' => {
                    colour = number(&mut bytes);
                    if bytes.next_if_eq(&b'2').is_some() {
                        bytes.next_if_eq(&b';');
                        let rgb = [0; 3].map(|_| number(&mut bytes));
                        palette.insert(colour, rgb);
                    }
                }
                b'$' => x = 0,
                b'-' => (x, band) = (0, band + 1),
                _ => {
                    for x in x..x + count {
                        for y in (0..6).filter(|y| (letter - b'?') >> y & 1 == 1) {
                            let pixel = &mut pixels[(6 * band + y) * width + x];
                            assert!(pixel.replace(palette[&colour]).is_none(), "painted twice");
                        }
                    }
                    x += count;
                }
            }
        }
        (pixels, width)
    }

    #[test]
    fn a_terminal_draws_every_pixel_of_the_image() {
        let grey = Raster { height: 3, width: 5, colours: 1, planes: true };
        let row: Vec<f32> = (0..15).map(|i| i as f32).collect();
        let (pixels, width) = drawn(&sixels(&row, grey));
        assert_eq!((width, pixels.len()), (95, 95 * 57), "19 times as large");
        for (i, pixel) in pixels.iter().enumerate() {
            let value = row[i / 95 / 19 * 5 + i % 95 / 19];
            let [r, g, b] = pixel.unwrap();
            assert!(r == g && g == b && (r as f32 - value / 14.0 * 100.0).abs() < 1.5, "{value}: {r}");
        }
    }

    #[test]
    fn colours_stay_what_they_are() {
        let raster = Raster { height: 1, width: 4, colours: 3, planes: false };
        let row = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.2, 0.4, 0.6];
        let (pixels, width) = drawn(&sixels(&row, raster));
        let colours = [[100, 0, 0], [0, 100, 0], [0, 0, 100], [20, 40, 60]];
        assert!(pixels.iter().enumerate().all(|(i, pixel)| *pixel == Some(colours[i % width / 24])));
    }
}
