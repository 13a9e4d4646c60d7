//! Augmentation: every epoch shows each image in another pose, because a digit that leans is still that digit.
//!
//! A pose is an affine map, and with it an elastic distortion (Simard, Steinkraus and Platt 2003): every pixel is
//! looked up a little beside its place, neighbours beside it alike. It is a function of (seed, epoch, row) and of nothing
//! else, so neither threads nor an interruption change it. Acts on the rows of a batch between their gather and the
//! device, in the worker that gathers them.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::raster::Raster;
use super::warp::Warp;
use super::waves::Waves;
use super::{Batches, Block, Data, Request};
use crate::error::{Error, Result};
use crate::words::words;

/// How far a pose goes at strength 1: shift in sides of the image, each way and direction.
const SHIFT: f32 = 0.04;
/// Rotation in radians, each way: 12 degrees.
const ROTATION: f32 = 0.21;
/// Scale, as the logarithm of the factor, each way and direction.
const SCALE: f32 = 0.14;
/// Horizontal shear, as the tangent of the slant, each way.
const SHEAR: f32 = 0.15;
/// Elastic displacement in sides of the image, root mean square.
const DISPLACEMENT: f32 = 0.04;
/// How many rows are looked at to know what lies around an image.
const LOOKED_AT: usize = 1000;

/// How images are moved before they are learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Augment {
    /// Not at all.
    None,
    /// Shift, rotation, scale and shear.
    Affine,
    /// The same, and an elastic distortion.
    Elastic,
}

words!(Augment: None "none", Affine "affine", Elastic "elastic");

/// The poses of all rows in all epochs.
#[derive(Clone, Debug)]
pub struct Poses {
    raster: Raster,
    /// What lies around an image, one number a colour.
    background: Vec<f32>,
    waves: Option<[Waves; 2]>,
    strength: f32,
}

impl Poses {
    /// Poses for the training rows of `data`; `None` where nothing is to be moved.
    ///
    /// # Errors
    /// The rows are no images.
    pub fn new(request: &Request, data: &Data) -> Result<Option<Self>> {
        let (kind, strength) = request.augment;
        if kind == Augment::None {
            return Ok(None);
        }
        let raster = Raster::of(&data.shape).ok_or_else(|| {
            Error::usage(format!(
                "--augment {} moves the pixels of images: rows of `{}` have the shape {:?}; leave it out, or store the rows as (height, width)",
                kind.name(),
                data.name,
                data.shape
            ))
        })?;
        let waves = [Waves::new(raster.height), Waves::new(raster.width)];
        Ok(Some(Poses {
            raster,
            background: background(raster, &data.train)?,
            waves: Some(waves).filter(|_| kind == Augment::Elastic),
            strength: strength as f32,
        }))
    }

    /// Moves the images in row-major `x`, `[rows.len(), features]`, each into its pose; `rows` are their numbers in the
    /// training block.
    pub(super) fn apply(&self, seed: u64, epoch: usize, rows: &[u32], x: &mut [f32]) {
        let mut warp = Warp::new(self.raster);
        for (row, image) in rows.iter().zip(x.chunks_exact_mut(self.raster.numbers())) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x504f_5345_0000_0000);
            rng.set_stream((epoch as u64) << 32 | u64::from(*row));
            self.draw(&mut rng, &mut warp);
            warp.redraw(image, &self.background);
        }
    }

    /// Draws a pose: for every pixel of the new image its place in the old one.
    fn draw(&self, rng: &mut ChaCha8Rng, warp: &mut Warp) {
        let mut range = |reach: f32| self.strength * reach * uniform(rng);
        let (sin, cos) = range(ROTATION).sin_cos();
        let (slant, tall, wide) = (range(SHEAR), range(SCALE).exp(), range(SCALE).exp());
        let shift = [range(SHIFT), range(SHIFT)];
        // Scale first, then rotation, then shear: (y, x) to (y', x').
        let turned = [[cos * tall, sin * wide], [-sin * tall, cos * wide]];
        let slanted = [turned[0], [turned[1][0] + slant * turned[0][0], turned[1][1] + slant * turned[0][1]]];
        warp.affine(slanted, shift);
        if let Some(waves) = &self.waves {
            warp.bend(waves, self.strength * DISPLACEMENT, || normal(rng));
        }
    }
}

/// The middle one of all numbers on the borders of the first images, colour by colour.
fn background(raster: Raster, block: &Block) -> Result<Vec<f32>> {
    let Raster { height, width, .. } = raster;
    let border = |i: &usize| [0, height - 1].contains(&(i / width)) || [0, width - 1].contains(&(i % width));
    let images = Batches::in_order(block, LOOKED_AT).get(0)?.x;
    let middle = |c: usize| {
        let seen = |image| (0..).zip(raster.colour(image, c)).filter(|(i, _)| border(i)).map(|(_, number)| number);
        let mut numbers: Vec<f32> = images.chunks(raster.numbers()).flat_map(seen).collect();
        let half = numbers.len() / 2;
        *numbers.select_nth_unstable_by(half, f32::total_cmp).1
    };
    Ok((0..raster.colours).map(middle).collect())
}

/// Uniform in ±1.
fn uniform(rng: &mut ChaCha8Rng) -> f32 {
    rng.next_u32() as i32 as f32 / (1u32 << 31) as f32
}

/// Mean 0, deviation 1: the sum of four uniform numbers, as good as normal and never beyond 3.5 deviations.
fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let bits = rng.next_u64();
    let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
    (sum as f32 - 131_070.0) / 37_837.2
}
