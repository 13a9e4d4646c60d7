//! Waves: a smooth random field over an image, made of the few cosines that smoothing leaves.
//!
//! Simard, Steinkraus and Platt (2003) draw one number for each pixel and convolve with a Gaussian of deviation σ. White
//! noise is white in every orthonormal basis, also in that of the cosines, and there the convolution with mirrored
//! borders is a factor exp(−½ (σ π k / n)²) for wave k of n. With σ a seventh of the side the factor of wave 9 is 0.0003.
//! So 9 × 9 random numbers and two small products make the field for which the convolution needs n² random numbers and
//! about 50 multiplications for each.

use crate::engine::{WIDTH as LANES, simd};

/// How many waves there are in a direction, the constant one included.
const WAVES: usize = 9;
/// The deviation σ in sides of the image: the 4 pixels of 28 that Simard, Steinkraus and Platt found best.
const SMOOTHNESS: f64 = 1.0 / 7.0;

/// The smoothed waves along one side of an image.
#[derive(Clone, Debug)]
pub struct Waves {
    /// The values of every wave at sixteen pixels at a time.
    table: Vec<[[f32; LANES]; WAVES]>,
}

impl Waves {
    /// The waves along a side of this many pixels. The sum of their squares is 1 in the mean over the side, so that noise
    /// of deviation 1 gives a field of root mean square 1.
    pub fn new(side: usize) -> Self {
        let n = side as f64;
        let passed = |k: usize| (-0.5 * (SMOOTHNESS * std::f64::consts::PI * k as f64).powi(2)).exp();
        let power: f64 = (0..WAVES.min(side)).map(|k| passed(k).powi(2)).sum();
        let wave = |k: usize, x: usize| match (k, x) {
            _ if k >= side || x >= side => 0.0,
            (0, _) => 1.0 / power.sqrt(),
            _ => passed(k) * (2.0 / power).sqrt() * (std::f64::consts::PI * k as f64 * (x as f64 + 0.5) / n).cos(),
        };
        let lanes =
            |chunk: usize| std::array::from_fn(|k| std::array::from_fn(|lane| wave(k, chunk * LANES + lane) as f32));
        Waves { table: (0..side.div_ceil(LANES)).map(lanes).collect() }
    }

    /// Adds `size` times a random field of mean square 1 to `out`, which holds the image line by line, each filled up to
    /// whole lanes. The field is the sum of all products of a wave down and a wave across, each weighted by a number that
    /// `noise` draws.
    pub fn add([down, across]: &[Waves; 2], size: f32, mut noise: impl FnMut() -> f32, out: &mut [[f32; LANES]]) {
        let mut weights = [[0.0f32; LANES]; WAVES]; // [down, across]
        weights.iter_mut().for_each(|row| row[..WAVES].fill_with(|| size * noise()));
        simd(
            #[inline(always)]
            || {
                for (y, line) in out.chunks_exact_mut(across.table.len()).enumerate() {
                    let here: [f32; WAVES] = std::array::from_fn(|k| down.table[y / LANES][k][y % LANES]);
                    let here = sum(&weights, &here);
                    for (lanes, waves) in line.iter_mut().zip(&across.table) {
                        let field = sum(waves, &here);
                        *lanes = std::array::from_fn(|lane| lanes[lane] + field[lane]);
                    }
                }
            },
        );
    }
}

/// The weighted sum of nine rows of lanes.
#[inline(always)]
fn sum(rows: &[[f32; LANES]; WAVES], weights: &[f32]) -> [f32; LANES] {
    let mut sum = [0.0; LANES];
    for k in 0..WAVES {
        sum = std::array::from_fn(|lane| sum[lane] + weights[k] * rows[k][lane]);
    }
    sum
}
