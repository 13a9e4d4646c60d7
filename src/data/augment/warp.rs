//! A warp: for every pixel of a new image the place in the old one where it is looked up, and the redrawing.
//!
//! A place lies between four pixels, which are mixed bilinearly; beyond the border lies the background. Places are
//! computed sixteen at a time, and once for all colours. An image is looked up from the new to the old one and not moved
//! from the old to the new, because every new pixel then gets exactly one value and no holes are left.

use super::waves::Waves;
use crate::data::raster::Raster;
use crate::engine::{WIDTH as LANES, simd};

/// Places in an image, and the room to redraw it.
pub struct Warp {
    raster: Raster,
    /// Where each pixel is looked up, in lines from the top; every line is filled up to whole lanes.
    down: Vec<[f32; LANES]>,
    /// Where each pixel is looked up, in pixels from the left.
    across: Vec<[f32; LANES]>,
    /// One colour of the old image within a margin of background: one pixel before it and two behind.
    framed: Vec<f32>,
}

/// 1.5 · 2²³: adding it rounds a number, and the low bits of the sum are the whole number. A cast would go lane by lane.
const ROUND: f32 = 12_582_912.0;
/// How many pixels the margin has, before and behind together.
const MARGIN: usize = 3;

impl Warp {
    /// A warp of images that lie as `raster` says, whose places are not set yet.
    pub fn new(raster: Raster) -> Self {
        let places = vec![[0.0; LANES]; raster.height * raster.width.div_ceil(LANES)];
        let framed = vec![0.0; (raster.height + MARGIN) * (raster.width + MARGIN)];
        Warp { raster, down: places.clone(), across: places, framed }
    }

    /// Sets every place by an affine map about the centre: `matrix` takes (y, x) of the new image to (y, x) of the old one,
    /// and `shift`, in sides of the image, is added.
    pub fn affine(&mut self, matrix: [[f32; 2]; 2], shift: [f32; 2]) {
        let Raster { height, width, .. } = self.raster;
        let centre = [0.5 * (height as f32 - 1.0), 0.5 * (width as f32 - 1.0)];
        let start = [centre[0] + shift[0] * height as f32, centre[1] + shift[1] * width as f32];
        let chunks = width.div_ceil(LANES);
        simd(
            #[inline(always)]
            || {
                let places = self.down.chunks_exact_mut(chunks).zip(self.across.chunks_exact_mut(chunks));
                for (y, (down, across)) in places.enumerate() {
                    let y = y as f32 - centre[0]; // a line is an affine function of x, so its start is computed once
                    let line = [matrix[0][0] * y + start[0], matrix[1][0] * y + start[1]];
                    let mut x: [f32; LANES] = std::array::from_fn(|lane| lane as f32 - centre[1]);
                    for (down, across) in down.iter_mut().zip(across) {
                        *down = x.map(|x| line[0] + matrix[0][1] * x);
                        *across = x.map(|x| line[1] + matrix[1][1] * x);
                        x = x.map(|x| x + LANES as f32);
                    }
                }
            },
        );
    }

    /// Displaces every place by two smooth random fields whose root mean square is `size`, in sides of the image; `noise`
    /// draws numbers of mean 0 and deviation 1.
    pub fn bend(&mut self, waves: &[Waves; 2], size: f32, mut noise: impl FnMut() -> f32) {
        Waves::add(waves, size * self.raster.height as f32, &mut noise, &mut self.down);
        Waves::add(waves, size * self.raster.width as f32, &mut noise, &mut self.across);
    }

    /// Redraws `image` in place; `background` has one number for each colour.
    pub fn redraw(&mut self, image: &mut [f32], background: &[f32]) {
        let at = self.corners();
        for (c, &background) in background.iter().enumerate() {
            self.frame(image, c, background);
            self.colour(image, c, &at);
        }
    }

    /// Splits every place into the pixel above and to the left of it and the way from there, 0..1, down and across. The
    /// pixel is returned as an index into the framed image; the way replaces the place. Places beyond the border are
    /// pulled back into the margin first, where every pixel is background, so that no index can lie outside.
    fn corners(&mut self) -> Vec<[u32; LANES]> {
        let (height, width) = (self.raster.height as f32, self.raster.width as f32);
        let stride = (self.raster.width + MARGIN) as u32;
        let mut at = vec![[0; LANES]; self.down.len()];
        simd(
            #[inline(always)]
            || {
                let places = self.down.iter_mut().zip(&mut self.across).zip(&mut at);
                for ((down, across), at) in places {
                    for lane in 0..LANES {
                        let y = down[lane].max(-1.0).min(height) + 1.0;
                        let x = across[lane].max(-1.0).min(width) + 1.0;
                        let (top, left) = (y - 0.5 + ROUND, x - 0.5 + ROUND);
                        (down[lane], across[lane]) = (y - (top - ROUND), x - (left - ROUND));
                        at[lane] = (top.to_bits() - ROUND.to_bits()) * stride + left.to_bits() - ROUND.to_bits();
                    }
                }
            },
        );
        at
    }

    /// Copies colour `c` of `image` into the frame of background, from where it is redrawn over itself. The colours of
    /// a pixel lie side by side or plane after plane; [`Raster::stride`] tells which.
    fn frame(&mut self, image: &[f32], c: usize, background: f32) {
        let Raster { height, width, .. } = self.raster;
        let (first, step) = self.raster.stride(c);
        self.framed.fill(background);
        let lines = self.framed.chunks_exact_mut(width + MARGIN).skip(1).take(height);
        for (line, pixels) in lines.zip(image[first..].chunks(width * step)) {
            match step {
                1 => line[1..=width].copy_from_slice(&pixels[..width]),
                _ => line[1..=width].iter_mut().zip(pixels.iter().step_by(step)).for_each(|(to, from)| *to = *from),
            }
        }
    }

    /// Redraws colour `c` of `image` from the frame; `at` are the pixels that [`Warp::corners`] found.
    fn colour(&self, image: &mut [f32], c: usize, at: &[[u32; LANES]]) {
        let width = self.raster.width;
        let (first, step) = self.raster.stride(c);
        let places = self.down.iter().zip(&self.across).zip(at);
        let mut chunks = places.map(|((down, across), at)| between(&self.framed, width + MARGIN, at, down, across));
        for line in image[first..].chunks_mut(width * step).take(self.raster.height) {
            for (pixels, drawn) in line.chunks_mut(LANES * step).zip(&mut chunks) {
                match step {
                    1 => pixels.copy_from_slice(&drawn[..pixels.len()]),
                    _ => pixels.iter_mut().step_by(step).zip(drawn).for_each(|(to, from)| *to = from),
                }
            }
        }
    }
}

/// Sixteen new pixels, each mixed from the four framed pixels at and beside `at`: `down` and `across` say how far it lies
/// towards the lower and the right ones, 0..1. Lines of the frame are `stride` pixels long.
fn between(
    framed: &[f32],
    stride: usize,
    at: &[u32; LANES],
    down: &[f32; LANES],
    across: &[f32; LANES],
) -> [f32; LANES] {
    let mut corners = [[0.0f32; LANES]; 4];
    for lane in 0..LANES {
        let four = &framed[at[lane] as usize..][..stride + 2];
        (corners[0][lane], corners[1][lane]) = (four[0], four[1]);
        (corners[2][lane], corners[3][lane]) = (four[stride], four[stride + 1]);
    }
    std::array::from_fn(|lane| {
        let above = corners[0][lane] + across[lane] * (corners[1][lane] - corners[0][lane]);
        let below = corners[2][lane] + across[lane] * (corners[3][lane] - corners[2][lane]);
        above + down[lane] * (below - above)
    })
}
