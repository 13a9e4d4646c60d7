//! Augmentation: every epoch shows each image in another pose, because a digit that leans is still that digit.
//!
//! A pose is an affine map, and with it perhaps an elastic distortion (Simard, Steinkraus and Platt 2003), in which every
//! pixel is looked up a little beside its place and neighbours are displaced alike. A pose is a function of the seed, the
//! epoch and the row alone, so neither threads nor an interruption change it. On the path of a batch this stands between
//! the gathering of its rows and the device, in the worker that gathers them.

mod warp;
mod waves;

pub use warp::Warp;
pub use waves::Waves;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::raster::Raster;
use crate::error::{Error, Result};
use crate::random::{generator_of_row, nearly_normal, uniform};
use crate::words::words;

/// How far a pose at strength 1 shifts an image, in sides of the image, each way and in both directions.
const SHIFT: f32 = 0.04;
/// How far it rotates, in radians, each way: 12 degrees.
const ROTATION: f32 = 0.21;
/// How much it scales, as the logarithm of the factor, each way and in both directions.
const SCALE: f32 = 0.14;
/// How much it shears horizontally, as the tangent of the slant, each way.
const SHEAR: f32 = 0.15;
/// How far the elastic distortion displaces pixels, in sides of the image, root mean square.
const DISPLACEMENT: f32 = 0.04;

/// How images are moved before they are learned, anew in every epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Augment {
    /// They are not moved.
    None,
    /// They are shifted, rotated, scaled and sheared.
    Affine,
    /// They are moved as by `Affine`, and distorted as if they were drawn on rubber.
    Elastic,
}

words!(Augment: None "none", Affine "affine", Elastic "elastic");

/// The poses of all rows in all epochs. None is stored: the pose of a row is a function of seed, epoch and row.
#[derive(Clone, Debug)]
pub struct Poses {
    /// How the numbers of an image lie in its row.
    raster: Raster,
    /// What lies around an image: one number for each colour.
    background: Vec<f32>,
    /// The waves of the elastic distortion, down and across, if there is one.
    waves: Option<[Waves; 2]>,
    /// What every amount of movement is multiplied with; 1 is that of the constants above.
    strength: f32,
}

impl Poses {
    /// Poses of this kind and strength for rows of `shape` from the file called `file`. What lies around the images is
    /// learned from `samples`, some of them, row-major.
    ///
    /// # Errors
    /// The rows are no images.
    pub fn new(kind: Augment, strength: f64, shape: &[usize], file: &str, samples: &[f32]) -> Result<Self> {
        let raster = Raster::of(shape).ok_or_else(|| {
            Error::usage(format!(
                "--augment {} moves the pixels of images: rows of `{file}` have the shape {shape:?}; leave it out, or store the rows as (height, width)",
                kind.name(),
            ))
        })?;
        let waves = [Waves::new(raster.height), Waves::new(raster.width)];
        Ok(Poses {
            raster,
            background: background(raster, samples),
            waves: Some(waves).filter(|_| kind == Augment::Elastic),
            strength: strength as f32,
        })
    }

    /// Moves the images in `x` into their poses of this epoch; `rows` are their numbers in the training block.
    ///
    /// # Shapes
    /// `x` is row-major `[rows.len(), features]`.
    pub(super) fn apply(&self, seed: u64, epoch: usize, rows: &[u32], x: &mut [f32]) {
        let mut warp = Warp::new(self.raster);
        for (row, image) in rows.iter().zip(x.chunks_exact_mut(self.raster.numbers())) {
            self.draw(&mut generator_of_row(seed, b"POSE\0\0\0\0", epoch, *row), &mut warp);
            warp.redraw(image, &self.background);
        }
    }

    /// Draws a pose: for every pixel of the new image the place in the old one where it is looked up.
    fn draw(&self, rng: &mut ChaCha8Rng, warp: &mut Warp) {
        let mut range = |reach: f32| self.strength * reach * uniform(rng);
        let (sin, cos) = range(ROTATION).sin_cos();
        let (slant, tall, wide) = (range(SHEAR), range(SCALE).exp(), range(SCALE).exp());
        let shift = [range(SHIFT), range(SHIFT)];
        // The image is scaled first, then rotated, then sheared: the matrix takes (y, x) to (y', x').
        let turned = [[cos * tall, sin * wide], [-sin * tall, cos * wide]];
        let slanted = [turned[0], [turned[1][0] + slant * turned[0][0], turned[1][1] + slant * turned[0][1]]];
        warp.affine(slanted, shift);
        if let Some(waves) = &self.waves {
            warp.bend(waves, self.strength * DISPLACEMENT, || nearly_normal(rng));
        }
    }
}

/// The median of all numbers on the borders of `images`, colour by colour.
fn background(raster: Raster, images: &[f32]) -> Vec<f32> {
    let Raster { height, width, .. } = raster;
    let border = |i: &usize| [0, height - 1].contains(&(i / width)) || [0, width - 1].contains(&(i % width));
    let median = |c: usize| {
        let seen = |image| (0..).zip(raster.colour(image, c)).filter(|(i, _)| border(i)).map(|(_, number)| number);
        let mut numbers: Vec<f32> = images.chunks(raster.numbers()).flat_map(seen).collect();
        let half = numbers.len() / 2;
        *numbers.select_nth_unstable_by(half, f32::total_cmp).1
    };
    (0..raster.colours).map(median).collect()
}
