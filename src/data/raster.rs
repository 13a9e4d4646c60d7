//! A raster: the order of the numbers of a row if they are the pixels of an image.
//!
//! Files say it by the shape of a row alone: `[28, 28]`, `[64, 64, 3]`, `[3, 32, 32]`, or a flat row of square length, as
//! most digits are stored. Whatever looks at pixels, a picture or a warp, asks here; the network never does.

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

impl Raster {
    /// The raster of rows of this shape; `None` if they are no images.
    pub fn of(shape: &[usize]) -> Option<Self> {
        let raster = |height, width, colours, planes| Raster { height, width, colours, planes };
        let long: Vec<usize> = shape.iter().copied().filter(|&n| n > 1).collect();
        match *long {
            [n] => {
                let side = n.isqrt();
                (side * side == n && n > 9).then_some(raster(side, side, 1, true))
            }
            [h, w] => Some(raster(h, w, 1, true)),
            [h, w, c @ (3 | 4)] => Some(raster(h, w, c, false)),
            [c @ (3 | 4), h, w] => Some(raster(h, w, c, true)),
            _ => None,
        }
    }

    /// How many numbers an image has.
    pub fn numbers(&self) -> usize {
        self.height * self.width * self.colours
    }

    /// The place of the first number of colour `c` in an image, and how far apart the numbers of the colour are.
    pub fn stride(&self, c: usize) -> (usize, usize) {
        if self.planes { (c * self.height * self.width, 1) } else { (c, self.colours) }
    }

    /// The numbers of colour `c` of `image`, line by line.
    pub fn colour<'a>(&self, image: &'a [f32], c: usize) -> impl Iterator<Item = f32> + 'a {
        let (first, step) = self.stride(c);
        image.iter().copied().skip(first).step_by(step).take(self.height * self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
