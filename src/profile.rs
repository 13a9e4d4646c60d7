//! A profile: the range of each column of a table, or how large strokes are in images and where they lie. A model
//! carries the profile of the rows that it has learned from, so that a picture from elsewhere can be brought into the
//! same form, and a form with a field for each column can say what is usual.
//!
//! Pure arithmetic, below all, because `data` learns it, `model` stores it, and `export` hands it on.

use serde::{Deserialize, Serialize};

/// How much of the range of an image counts as ink.
pub const INK: f64 = 0.2;

/// What a model keeps of the rows that it has learned from, to lay out images and to fill forms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The least and the greatest number of each column among the rows that are learned; empty for images and wide rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<(f32, f32)>,
    /// How ink lies in images; `None` for other rows, and for images that fill their frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ink: Option<Ink>,
}

/// Where strokes lie in images of one size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ink {
    /// The longer side of the box around the ink, in pixels: the median of the images.
    pub size: f64,
    /// Where the middle of the ink lies, in pixels from the left and from the top: the mean of the images.
    pub middle: (f64, f64),
    /// Whether that is the middle by mass; otherwise it is that of the box. Whichever varies less from image to image is
    /// what the images were laid out by.
    pub by_mass: bool,
    /// Whether ink is dark on a light ground.
    pub dark: bool,
}

/// Ink in one image: its box and its middle by mass, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blot {
    /// The left and the right end of the box.
    pub across: (usize, usize),
    /// The upper and the lower end of the box.
    pub down: (usize, usize),
    /// The centre of mass, from the left and from the top.
    pub mass: (f64, f64),
}

impl Profile {
    /// Whether nothing is known of the rows.
    pub fn is_empty(&self) -> bool {
        *self == Profile::default()
    }
}

impl Blot {
    /// Finds the ink, which is positive, of an image row by row; `None` on an empty one.
    pub fn of(ink: &[f64], width: usize) -> Option<Self> {
        let most = ink.iter().fold(0.0f64, |most, &v| most.max(v));
        if most <= 0.0 {
            return None;
        }
        let mut blot = Blot { across: (width, 0), down: (usize::MAX, 0), mass: (0.0, 0.0) };
        let mut sum = 0.0;
        for (i, &v) in ink.iter().enumerate() {
            let (x, y) = (i % width, i / width);
            sum += v;
            blot.mass = (blot.mass.0 + v * (x as f64 + 0.5), blot.mass.1 + v * (y as f64 + 0.5));
            if v > INK * most {
                blot.across = (blot.across.0.min(x), blot.across.1.max(x + 1));
                blot.down = (blot.down.0.min(y), blot.down.1.max(y + 1));
            }
        }
        blot.mass = (blot.mass.0 / sum, blot.mass.1 / sum);
        Some(blot)
    }

    /// The longer side of the box.
    pub fn size(&self) -> f64 {
        (self.across.1 - self.across.0).max(self.down.1 - self.down.0) as f64
    }

    /// The middle of the box.
    pub fn middle(&self) -> (f64, f64) {
        (0.5 * (self.across.0 + self.across.1) as f64, 0.5 * (self.down.0 + self.down.1) as f64)
    }
}

impl Ink {
    /// Learns how ink lies from grey images of this width and height, whose numbers go from 0 (black) to 1 (white). `None` if
    /// most of them fill their frame, or if they are not drawn on one ground.
    pub fn learn(images: &[Vec<f64>], (width, height): (usize, usize)) -> Option<Self> {
        let edges = images.iter().map(|image| edge(image, width, height)).collect::<Vec<f64>>();
        let dark = median(edges.clone())? > 0.5;
        let ground = if dark { 1.0 } else { 0.0 };
        let plain = edges.iter().filter(|edge| (**edge - ground).abs() < 0.1).count();
        if plain * 10 < images.len() * 9 {
            return None;
        }
        let ink = |image: &Vec<f64>| image.iter().map(|v| (v - ground).abs()).collect::<Vec<f64>>();
        let blots: Vec<Blot> = images.iter().filter_map(|image| Blot::of(&ink(image), width)).collect();
        let size = median(blots.iter().map(Blot::size).collect())?;
        // Where sizes differ they may be what tells the classes apart, so images are taken as they are.
        let alike = blots.iter().filter(|blot| (blot.size() / size - 1.0).abs() <= 0.25).count();
        if alike * 10 < blots.len() * 9 {
            return None;
        }
        let (mass, boxes) = (spread(blots.iter().map(|blot| blot.mass)), spread(blots.iter().map(Blot::middle)));
        let by_mass = mass.1 <= boxes.1;
        Some(Ink { size, middle: if by_mass { mass.0 } else { boxes.0 }, by_mass, dark })
    }
}

/// The median of the outermost pixels of an image.
pub fn edge(image: &[f64], width: usize, height: usize) -> f64 {
    let outer = |&i: &usize| [0, width - 1].contains(&(i % width)) || [0, height - 1].contains(&(i / width));
    median((0..image.len()).filter(outer).map(|i| image[i]).collect()).unwrap_or(0.0)
}

/// The median of numbers; `None` of none.
fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

/// The mean of points, and their mean squared distance from it.
fn spread(points: impl Iterator<Item = (f64, f64)> + Clone) -> ((f64, f64), f64) {
    let n = points.clone().count().max(1) as f64;
    let sum = points.clone().fold((0.0, 0.0), |(x, y), p| (x + p.0, y + p.1));
    let mean = (sum.0 / n, sum.1 / n);
    (mean, points.map(|p| (p.0 - mean.0).powi(2) + (p.1 - mean.1).powi(2)).sum::<f64>() / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_of_images_is_learned_from_them() {
        // Bars two pixels wide and six high, each in the middle of ten pixels by its box, with more ink at one end.
        let bar = |heavy: usize| {
            let at = |i: usize| match (i % 10, i / 10) {
                (4 | 5, y @ 2..=7) => {
                    if (y == 2) == (heavy == 0) {
                        1.0
                    } else {
                        0.4
                    }
                }
                _ => 0.0,
            };
            (0..100).map(at).collect::<Vec<f64>>()
        };
        let images: Vec<Vec<f64>> = (0..20).map(|i| bar(i % 2)).collect();
        let ink = Ink::learn(&images, (10, 10)).unwrap();
        assert_eq!((ink.size, ink.middle, ink.by_mass, ink.dark), (6.0, (5.0, 5.0), false, false));
        let dark: Vec<Vec<f64>> = images.iter().map(|image| image.iter().map(|v| 1.0 - v).collect()).collect();
        assert!(Ink::learn(&dark, (10, 10)).unwrap().dark);
        let photo: Vec<Vec<f64>> =
            (0..20).map(|i| (0..100).map(|p| f64::from((p * 7 + i) % 10) / 10.0).collect()).collect();
        assert_eq!(Ink::learn(&photo, (10, 10)), None);
    }
}
