//! A raster: the order of the numbers of a row if they are the pixels of an image.
//!
//! Files say it by the shape of a row alone: `[28, 28]`, `[64, 64, 3]`, `[3, 32, 32]`, or a flat row of square length, as
//! most digits are stored. Whatever looks at pixels, a picture or a warp, asks here; the network never does.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

/// The order of an image's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raster {
    /// How many lines there are.
    pub height: usize,
    /// How many pixels a line has.
    pub width: usize,
    /// How many numbers a pixel has: 1 for grey, 3 for colours, 4 with opacity.
    pub colours: usize,
    /// Whether each colour is a plane of its own, `[colours, height, width]`, instead of `[height, width, colours]`.
    pub planes: bool,
}

/// Numbers in whose rows it is looked for what belongs together: more would tell no more, and every loading waits for it.
const NUMBERS: usize = 50_000;
/// How many rows are looked at at least, however long they are.
const FEWEST: usize = 64;

impl Raster {
    /// The raster of rows of this shape; `None` if they are no images.
    pub fn of(shape: &[usize]) -> Option<Self> {
        let raster = |height, width, colours, planes| Raster { height, width, colours, planes };
        let long: Vec<usize> = shape.iter().copied().filter(|&n| n > 1).collect();
        match *long {
            [n] => {
                let side = n.isqrt();
                (side.checked_mul(side) == Some(n) && n > 9).then_some(raster(side, side, 1, true))
            }
            [h, w] => Some(raster(h, w, 1, true)),
            [h, w, c @ (3 | 4)] => Some(raster(h, w, c, false)),
            [c @ (3 | 4), h, w] => Some(raster(h, w, c, true)),
            _ => None,
        }
    }

    /// The raster of rows of this shape, of which `rows` are some; `None` if they are no images. A flat row of square
    /// length is an image only if the numbers below each other belong together more than those that stand a little to the
    /// left or right, as they do in pictures: the bands of a satellite and the columns of a table do not.
    pub fn seen(shape: &[usize], rows: &[f32]) -> Option<Self> {
        let raster = Self::of(shape)?;
        let flat = shape.iter().filter(|&&n| n > 1).count() == 1;
        let (side, width) = (raster.width, raster.numbers());
        let enough = width.saturating_mul(NUMBERS.checked_div(width)?.max(FEWEST));
        let enough = rows.get(..enough).unwrap_or(rows);
        let alike = |lag: usize| correlation(enough, width, lag);
        let beside = alike(side.saturating_sub(2)).max(alike(side.saturating_add(2)));
        (!flat || (alike(side) > beside + 0.02 && alike(1) > alike(3) + 0.02)).then_some(raster)
    }

    /// How many pixels an image has.
    fn plane(&self) -> usize {
        self.height.saturating_mul(self.width)
    }

    /// How many numbers an image has.
    pub fn numbers(&self) -> usize {
        self.plane().saturating_mul(self.colours)
    }

    /// The place of the first number of colour `c` in an image, and how far apart the numbers of the colour are.
    pub fn stride(&self, c: usize) -> (usize, usize) {
        if self.planes { (c.saturating_mul(self.plane()), 1) } else { (c, self.colours) }
    }

    /// The numbers of colour `c` of `image`, line by line.
    pub fn colour<'a>(&self, image: &'a [f32], c: usize) -> impl Iterator<Item = f32> + 'a {
        let (first, step) = self.stride(c);
        image.iter().copied().skip(first).step_by(step).take(self.plane())
    }
}

/// How much the numbers of a row are like those that stand `lag` places further in it: the correlation over all places of
/// all rows, each place against its own mean.
fn correlation(rows: &[f32], width: usize, lag: usize) -> f64 {
    let count = rows.len().checked_div(width).unwrap_or(0).max(1) as f64;
    let mut mean = vec![0.0; width];
    rows.chunks_exact(width).for_each(|row| mean.iter_mut().zip(row).for_each(|(m, &v)| *m += f64::from(v) / count));
    let (mut both, mut here, mut there) = (0.0, 0.0, 0.0);
    for row in rows.chunks_exact(width) {
        let from: Vec<f64> = row.iter().zip(&mean).map(|(&v, mean)| f64::from(v) - mean).collect();
        for (a, b) in from.iter().zip(from.iter().skip(lag)) {
            (both, here, there) = (both + a * b, here + a * a, there + b * b);
        }
    }
    if here > 0.0 && there > 0.0 { both / (here * there).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_of_pixels_and_columns_of_a_table_are_no_image_and_flat_strokes_are() {
        let noise = |seed: u32| (seed.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 24) as f32;
        // Four bands of nine pixels each, pixel after pixel, as a satellite sends them.
        let satellite = |row: u32| (0..36).map(move |i| noise(row * 4 + i % 4) + 0.1 * noise(row * 36 + i));
        let table = |row: u32| (0..36).map(move |i| noise(row * 36 + i));
        // A stroke from above to below, whose place differs from row to row.
        let stroke = |row: u32| {
            let place = 1.0 + 4.0 * noise(row);
            (0..64).map(move |i| (-((i % 8) as f32 - place - 0.2 * (i / 8) as f32).powi(2) / 2.0).exp())
        };
        assert_eq!(Raster::seen(&[36], &(0..200).flat_map(satellite).collect::<Vec<_>>()), None);
        assert_eq!(Raster::seen(&[36], &(0..200).flat_map(table).collect::<Vec<_>>()), None);
        assert!(Raster::seen(&[64], &(0..200).flat_map(stroke).collect::<Vec<_>>()).is_some());
        assert!(Raster::seen(&[6, 6], &(0..200).flat_map(table).collect::<Vec<_>>()).is_some(), "the file says so");
    }

    #[test]
    fn shapes_in_the_wild_are_understood() {
        let raster = |height, width, colours, planes| Some(Raster { height, width, colours, planes });
        assert_eq!(Raster::of(&[784]), raster(28, 28, 1, true));
        assert_eq!(Raster::of(&[784, 1]), raster(28, 28, 1, true));
        assert_eq!(Raster::of(&[1, 20, 30]), raster(20, 30, 1, true));
        assert_eq!(Raster::of(&[20, 30, 1]), raster(20, 30, 1, true));
        assert_eq!(Raster::of(&[64, 64, 3]), raster(64, 64, 3, false));
        assert_eq!(Raster::of(&[3, 32, 48]), raster(32, 48, 3, true));
        assert_eq!(Raster::of(&[3, 32, 48]).map(|r| r.stride(2)), Some((2 * 32 * 48, 1)));
        for no_image in [&[4][..], &[9], &[30], &[5, 20, 30], &[2, 3, 4, 5]] {
            assert_eq!(Raster::of(no_image), None, "{no_image:?}");
        }
    }
}
