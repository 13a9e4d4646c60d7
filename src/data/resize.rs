//! An image of any size as a row of a model: laid out as the images that the model has learned from.
//!
//! A model of MNIST has only ever seen digits of 20 pixels in the middle of 28, white on black. A photograph of a
//! number on paper is none of that, and the model would answer it with a confident nonsense. So `predict` on image files
//! comes here before the model sees anything.
//!
//! Strokes on a plain ground are cropped to their box, scaled to the size that strokes have in the training images, put
//! where these have their middle, and inverted if their ground is light and that of the training images dark. Other
//! images are scaled as a whole. What is transparent lies on white paper if the rest is dark, else on black. The page
//! that `export` writes does the same arithmetic, and a test compares both.

use super::Raster;
use super::image::Image;
use crate::profile::{Blot, Ink, edge};

/// An image that has the right number of pixels is laid out anew only if the size of its strokes deviates from the
/// training images' by more than this share: a row of the training file, saved as an image, has to come back as itself.
const OFF: f64 = 0.25;

/// Numbers of one colour, 0..1, line by line.
struct Plane {
    width: usize,
    height: usize,
    /// Row-major `[height, width]`.
    values: Vec<f64>,
}

/// Where a plane is looked at: the point `from` of it comes to lie at `to`, and all is `factor` times as large. Points
/// are (across, down) in pixels from the upper left corner.
struct View {
    /// A point of the plane.
    from: (f64, f64),
    /// Where this point comes to lie in the new image.
    to: (f64, f64),
    /// How many new pixels an old one is wide and high.
    factor: (f64, f64),
}

/// The numbers of `image` as a row of this raster, each colour in 0..1. `ink` is how strokes lie in the images that were
/// learned, if they are strokes.
pub fn resized(image: &Image, raster: Raster, ink: Option<Ink>) -> Vec<f64> {
    let planes = planes(image, raster.colours);
    if let (Some(ink), [plane]) = (ink, &planes[..]) {
        return stroke(plane, raster, ink);
    }
    let planes: Vec<Vec<f64>> = planes.iter().map(|plane| plane.whole(raster)).collect();
    let count = raster.height * raster.width;
    match raster.planes {
        true => planes.concat(),
        false => (0..count).flat_map(|i| planes.iter().map(move |plane| plane[i])).collect(),
    }
}

/// Strokes as they would lie in a training image: bright on dark while they are scaled and moved, and turned to the
/// ground that the model knows at the end. `ink` says how large strokes are there, where their middle is, and whether
/// that is the middle of their box or of their mass. A plane without any stroke becomes an empty image.
fn stroke(plane: &Plane, raster: Raster, ink: Ink) -> Vec<f64> {
    let light = edge(&plane.values, plane.width, plane.height) > 0.5;
    let positive: Vec<f64> = plane.values.iter().map(|v| if light { 1.0 - v } else { *v }).collect();
    let drawn = Plane { values: positive, ..*plane };
    let found = Blot::of(&drawn.values, drawn.width);
    let same = (drawn.width, drawn.height) == (raster.width, raster.height);
    let values = match found {
        Some(blot) if !same || (blot.size() / ink.size - 1.0).abs() > OFF => {
            let factor = ink.size / blot.size();
            let from = if ink.by_mass { blot.mass } else { blot.middle() };
            drawn.seen(&View { from, to: ink.middle, factor: (factor, factor) }, raster)
        }
        Some(_) => drawn.values,
        None => vec![0.0; raster.width * raster.height],
    };
    values.into_iter().map(|v| if ink.dark { 1.0 - v } else { v }).collect()
}

/// The colours of an image, as many as wanted, each in 0..1: one is the mean of all, three of a grey image are alike.
/// Where an image is transparent its paper shows: white under dark ink, black under bright ink, by the mean of what is
/// opaque.
fn planes(image: &Image, wanted: usize) -> Vec<Plane> {
    let Image { width, height, colours, .. } = *image;
    let opaque = |i: usize| image.opacity.get(i).map_or(1.0, |&o| f64::from(o) / 255.0);
    let pixel = |i: usize| &image.bytes[i * colours..(i + 1) * colours];
    let grey = |i: usize| pixel(i).iter().map(|&b| f64::from(b) / 255.0).sum::<f64>() / colours as f64;
    let count = width * height;
    let (sum, weight) = (0..count).fold((0.0, 1e-12), |(s, w), i| (s + opaque(i) * grey(i), w + opaque(i)));
    let paper = if image.opacity.is_empty() || sum / weight >= 0.5 { 0.0 } else { 1.0 };
    let over = |i: usize, value: f64| opaque(i) * value + (1.0 - opaque(i)) * paper;
    let plane = |c: usize| {
        let value = |i: usize| if wanted == 1 { grey(i) } else { f64::from(pixel(i)[c.min(colours - 1)]) / 255.0 };
        let shown = |i: usize| if c == 3 { opaque(i) } else { over(i, value(i)) }; // the fourth is the opacity itself
        Plane { width, height, values: (0..count).map(shown).collect() }
    };
    (0..wanted).map(plane).collect()
}

impl Plane {
    /// All of it in another number of pixels, stretched in both directions if the shapes differ.
    fn whole(&self, raster: Raster) -> Vec<f64> {
        if (self.width, self.height) == (raster.width, raster.height) {
            return self.values.clone();
        }
        let factor = (raster.width as f64 / self.width as f64, raster.height as f64 / self.height as f64);
        self.seen(&View { from: (0.0, 0.0), to: (0.0, 0.0), factor }, raster)
    }

    /// What is seen of it: every new pixel is the mean of the old ones that it covers, each by the area that is
    /// covered, and zero where there is nothing. Picking the nearest pixel would lose strokes that are thinner than the
    /// step between two new ones. The result is row-major, `raster.height` lines of `raster.width`.
    fn seen(&self, view: &View, raster: Raster) -> Vec<f64> {
        let across = |x: usize| covered(view.from.0, view.to.0, view.factor.0, x, self.width);
        let down = |y: usize| covered(view.from.1, view.to.1, view.factor.1, y, self.height);
        let columns: Vec<Vec<(usize, f64)>> = (0..raster.width).map(across).collect();
        let mut out = Vec::with_capacity(raster.width * raster.height);
        for rows in (0..raster.height).map(down) {
            for columns in &columns {
                let line = |&(v, tall): &(usize, f64)| {
                    columns.iter().map(|&(u, wide)| tall * wide * self.values[v * self.width + u]).sum::<f64>()
                };
                out.push(rows.iter().map(line).sum::<f64>() * view.factor.0 * view.factor.1);
            }
        }
        out
    }
}

/// The old pixels that new pixel `place` covers along one axis, each with the part of it that is covered, 0..1;
/// `length` is how many old pixels there are.
fn covered(from: f64, to: f64, factor: f64, place: usize, length: usize) -> Vec<(usize, f64)> {
    let at = |place: f64| from + (place - to) / factor;
    let (start, end) = (at(place as f64), at(place as f64 + 1.0));
    let cells = start.floor().max(0.0) as usize..(end.ceil().max(0.0) as usize).min(length);
    cells.map(|i| (i, end.min(i as f64 + 1.0) - start.max(i as f64))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RASTER: Raster = Raster { height: 10, width: 10, colours: 1, planes: true };
    const LAID_OUT: Ink = Ink { size: 6.0, middle: (5.0, 5.0), by_mass: true, dark: false };

    /// A bar, dark on white, `side` pixels along each side and an eighth of that wide.
    fn bar(side: usize) -> Image {
        let dark =
            |i: usize| (side / 8..side / 4).contains(&(i % side)) && (side / 8..side * 5 / 8).contains(&(i / side));
        let bytes = (0..side * side).map(|i| if dark(i) { 0 } else { 255 }).collect();
        Image { width: side, height: side, colours: 1, bytes, opacity: Vec::new() }
    }

    #[test]
    fn a_stroke_of_any_size_on_any_ground_is_laid_out_alike() {
        let small = resized(&bar(40), RASTER, Some(LAID_OUT));
        let large = resized(&bar(400), RASTER, Some(LAID_OUT));
        assert!(small.iter().zip(&large).all(|(a, b)| (a - b).abs() < 1e-9));
        let inverted = Image { bytes: bar(40).bytes.iter().map(|b| 255 - b).collect(), ..bar(40) };
        assert!(small.iter().zip(resized(&inverted, RASTER, Some(LAID_OUT))).all(|(a, b)| (a - b).abs() < 1e-9));
        let opacity = inverted.bytes.clone();
        let ink = Image { bytes: vec![0; 1600], opacity, ..bar(40) };
        assert!(small.iter().zip(resized(&ink, RASTER, Some(LAID_OUT))).all(|(a, b)| (a - b).abs() < 1e-9));
        let blot = Blot::of(&small, 10).unwrap();
        assert!((blot.mass.0 - 5.0).abs() < 1e-6 && (blot.mass.1 - 5.0).abs() < 1e-6 && blot.size() == 6.0, "{blot:?}");
    }

    #[test]
    fn an_image_without_strokes_is_scaled_as_a_whole() {
        let image = Image { width: 20, height: 20, colours: 1, bytes: vec![51; 400], opacity: Vec::new() };
        assert!(resized(&image, RASTER, None).iter().all(|v| (v - 0.2).abs() < 1e-9));
    }
}
