//! Features: the numbers of all rows, in the smallest form that gives back the same bits.
//!
//! Images are bytes, whatever type their file stores them as: the float32 numbers of MNIST are k · (1/255), every one.
//! Numbers that are all whole multiples 0..=255 of one step are kept as bytes. That is a quarter of the memory, and
//! gathering a batch, which waits for memory and nothing else, reads a quarter as much. They are packed slab by slab, so
//! that the wider form of all rows never exists. On the path of a batch this is where a block keeps its numbers.
//!
//! Whether packing loses nothing is not guessed: every number is computed back from its code and compared bit for bit
//! before the wide form is given up. Measured lengths or prices fail this early.

use std::mem::MaybeUninit;

use crate::engine::{prefetch, simd};

/// The features of rows, row after row.
#[derive(Clone, Debug)]
pub enum Features {
    /// The numbers as they are.
    Floats(Vec<f32>),
    /// Number i is `codes[i] as f32 * step`, exactly.
    Bytes {
        /// The whole multiples.
        codes: Vec<u8>,
        /// What they are multiples of.
        step: f32,
    },
}

impl Features {
    /// Packs `numbers` if that loses nothing, and leaves the buffer to be used again. Otherwise it takes the buffer,
    /// and an empty one is left.
    pub fn pack(numbers: &mut Vec<f32>) -> Self {
        // Images in 0..1, whole numbers, and any other step, which is then the least number above zero.
        for step in [1.0 / 255.0, 1.0, least(numbers)] {
            if let Some(codes) = codes(numbers, step) {
                return Features::Bytes { codes, step };
            }
        }
        Features::Floats(std::mem::take(numbers))
    }

    /// Fills `room` with the numbers from place `start` on.
    pub fn fill<'r>(&self, start: usize, room: &'r mut [MaybeUninit<f32>]) -> &'r mut [f32] {
        let range = start..start + room.len();
        match self {
            Features::Floats(numbers) => room.write_copy_of_slice(&numbers[range]),
            Features::Bytes { codes, step } => {
                let (codes, step) = (&codes[range], *step);
                simd(
                    #[inline(always)]
                    || {
                        for (number, &code) in room.iter_mut().zip(codes) {
                            number.write(f32::from(code) * step);
                        }
                    },
                );
                // SAFETY: there are as many codes as numbers, so every number was written.
                unsafe { room.assume_init_mut() }
            }
        }
    }

    /// Appends `count` numbers from place `start` on to `out`.
    pub fn append(&self, start: usize, count: usize, out: &mut Vec<f32>) {
        out.reserve(count);
        self.fill(start, &mut out.spare_capacity_mut()[..count]);
        // SAFETY: `fill` has written these `count` numbers.
        unsafe { out.set_len(out.len() + count) };
    }

    /// Asks the processor for `count` numbers from place `start` on, which [`Features::fill`] will read soon.
    pub fn prefetch(&self, start: usize, count: usize) {
        match self {
            Features::Floats(numbers) => prefetch(&numbers[start..start + count]),
            Features::Bytes { codes, .. } => prefetch(&codes[start..start + count]),
        }
    }

    /// How many numbers there are in all rows together.
    fn len(&self) -> usize {
        match self {
            Features::Floats(numbers) => numbers.len(),
            Features::Bytes { codes, .. } => codes.len(),
        }
    }

    /// How many bytes a number takes in this form.
    pub fn size(&self) -> usize {
        match self {
            Features::Floats(_) => 4,
            Features::Bytes { .. } => 1,
        }
    }
}

/// Features that grow slab by slab, as long as there is room for them. A file is surveyed in slabs anyway, and as long
/// as they fit, what was read stays; when one does not, all of them are dropped and the rows are streamed instead.
pub struct Pile {
    /// The numbers so far.
    features: Features,
    /// How many numbers there will be.
    count: usize,
    /// How many bytes they may take.
    room: usize,
}

impl Pile {
    /// An empty pile for `count` numbers in `room` bytes.
    pub fn new(count: usize, room: usize) -> Self {
        Pile { features: Features::Bytes { codes: Vec::new(), step: 1.0 }, count, room }
    }

    /// Adds a slab; `None` if there is no room for it.
    pub fn add(mut self, slab: Features) -> Option<Self> {
        if self.features.len() == 0 {
            // The first slab decides the form, and room for all numbers of this form is taken at once.
            self.features = match slab {
                Features::Bytes { step, .. } => Features::Bytes { codes: self.take()?, step },
                Features::Floats(_) => Features::Floats(self.take()?),
            };
        }
        self.features = match (self.features, slab) {
            (Features::Bytes { mut codes, step }, Features::Bytes { codes: more, step: other }) if step == other => {
                codes.extend(more);
                Features::Bytes { codes, step }
            }
            (Features::Floats(mut numbers), more) => {
                more.append(0, more.len(), &mut numbers);
                Features::Floats(numbers)
            }
            (features, more) => {
                self.features = features;
                return self.convert(more);
            }
        };
        Some(self)
    }

    /// Adds a slab of another form than the pile's. Both become bytes of one of their steps if that loses nothing, and
    /// floats otherwise.
    fn convert(mut self, slab: Features) -> Option<Self> {
        for step in [&self.features, &slab].map(step) {
            if let (Some(mut codes), Some(more)) = (recode(&self.features, step), recode(&slab, step)) {
                codes.try_reserve_exact(self.count - codes.len()).ok()?;
                codes.extend(more);
                self.features = Features::Bytes { codes, step };
                return Some(self);
            }
        }
        let mut numbers = self.take()?;
        self.features.append(0, self.features.len(), &mut numbers);
        slab.append(0, slab.len(), &mut numbers);
        self.features = Features::Floats(numbers);
        Some(self)
    }

    /// An empty buffer that holds all numbers if each is a `T`; `None` if there is no room for it.
    fn take<T>(&self) -> Option<Vec<T>> {
        let mut numbers = Vec::new();
        let fits = self.count.checked_mul(size_of::<T>())? <= self.room;
        (fits && numbers.try_reserve_exact(self.count).is_ok()).then_some(numbers)
    }

    /// The features that were piled up, of which there may be fewer than were announced.
    pub fn features(self) -> Features {
        self.features
    }
}

/// The step of packed features; NaN for features that are not packed, which equals no step.
fn step(features: &Features) -> f32 {
    match features {
        Features::Floats(_) => f32::NAN,
        Features::Bytes { step, .. } => *step,
    }
}

/// The features as multiples of the step `to`, if they are. They are unpacked a little at a time, since they may be many.
fn recode(features: &Features, to: f32) -> Option<Vec<u8>> {
    if let Features::Bytes { codes, step } = features
        && *step == to
    {
        return Some(codes.clone());
    }
    let mut all = Vec::new();
    let mut numbers = Vec::new();
    for start in (0..features.len()).step_by(1 << 16) {
        numbers.clear();
        features.append(start, (features.len() - start).min(1 << 16), &mut numbers);
        all.extend(codes(&numbers, to)?);
    }
    Some(all)
}

/// The least number above zero, or infinity if there is none.
fn least(numbers: &[f32]) -> f32 {
    let lesser = |least: f32, v: f32| if v > 0.0 && v < least { v } else { least };
    simd(
        #[inline(always)]
        || {
            let (blocks, rest) = numbers.as_chunks::<64>();
            let mut lanes = [f32::INFINITY; 64];
            for block in blocks {
                lanes.iter_mut().zip(block).for_each(|(lane, &v)| *lane = lesser(*lane, v));
            }
            lanes.iter().chain(rest).fold(f32::INFINITY, |least, &v| lesser(least, v))
        },
    )
}

/// The numbers as whole multiples of `step`, if every one is such a multiple to the last bit. A few are tried first, since
/// most numbers fail at once.
fn codes(numbers: &[f32], step: f32) -> Option<Vec<u8>> {
    let code = |v: f32| (v / step + 0.5) as u8; // saturates outside 0..=255
    let exact = |v: f32| (f32::from(code(v)) * step).to_bits() == v.to_bits();
    if !(step.is_finite() && step > 0.0 && numbers.iter().step_by(97).all(|&v| exact(v))) {
        return None;
    }
    // Without a branch in the loop it is vectorised, and most slabs that come here are packable.
    simd(
        #[inline(always)]
        || {
            let wrong = numbers.iter().fold(0u32, |wrong, &v| wrong | u32::from(!exact(v)));
            (wrong == 0).then(|| numbers.iter().map(|&v| code(v)).collect())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(features: &Features) -> Vec<f32> {
        let mut numbers = Vec::new();
        features.append(0, features.len(), &mut numbers);
        numbers
    }

    #[test]
    fn packing_gives_back_the_same_bits() {
        let images: Vec<f32> = (0..=255u8).map(|k| f32::from(k) * (1.0 / 255.0)).collect();
        let packed = Features::pack(&mut images.clone());
        assert!(matches!(packed, Features::Bytes { .. }));
        assert_eq!(floats(&packed), images);
        for odd in [vec![0.0, 1.0, 0.3], vec![-1.0, 1.0], vec![256.0, 1.0], vec![-0.0, 1.0], vec![0.1, 0.2, 0.3]] {
            let kept = floats(&Features::pack(&mut odd.clone()));
            assert!(kept.iter().zip(&odd).all(|(a, b)| a.to_bits() == b.to_bits()), "{odd:?}");
        }
    }

    #[test]
    fn a_pile_gives_back_its_slabs_whatever_their_forms_and_ends_at_its_room() {
        let slabs = [vec![0.0, 0.0], vec![0.5, 1.5], vec![0.25, 0.5], vec![3.0, 2.0], vec![0.1, -7.0], vec![1.0, 2.0]];
        for length in 1..=slabs.len() {
            let all = slabs[..length].concat();
            let pile = |room| {
                let slabs = slabs[..length].iter().map(|slab| Features::pack(&mut slab.clone()));
                slabs.into_iter().try_fold(Pile::new(all.len(), room), Pile::add)
            };
            assert_eq!(floats(&pile(4 * all.len()).unwrap().features()), all);
            assert_eq!(pile(all.len()).is_some(), length < 5, "{length} slabs in a byte a number");
        }
    }
}
