//! Features: the numbers of all rows, in the smallest form that gives back the same bits.
//!
//! Images are bytes, whatever type their file stores them as: MNIST's float32 are k · (1/255), every one. Where all
//! numbers are whole multiples 0..=255 of one step they are kept as bytes, a quarter of the memory, and gathering a
//! batch, which waits for memory and nothing else, reads a quarter as much.

/// Numbers in row order.
#[derive(Debug)]
pub enum Features {
    /// As they are.
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
    /// Packs `numbers` if that loses nothing.
    pub fn pack(numbers: Vec<f32>) -> Self {
        let step = numbers.iter().copied().filter(|v| *v > 0.0).fold(f32::INFINITY, f32::min);
        for step in [step, 1.0 / 255.0, 1.0] {
            if let Some(codes) = codes(&numbers, step) {
                return Features::Bytes { codes, step };
            }
        }
        Features::Floats(numbers)
    }

    /// Appends the numbers from `start` on, `count` of them, to `out`.
    pub fn append(&self, start: usize, count: usize, out: &mut Vec<f32>) {
        match self {
            Features::Floats(numbers) => out.extend_from_slice(&numbers[start..start + count]),
            Features::Bytes { codes, step } => {
                let codes = &codes[start..start + count];
                let step = *step;
                pulp::Arch::new().dispatch(
                    #[inline(always)]
                    || out.extend(codes.iter().map(|&code| f32::from(code) * step)),
                );
            }
        }
    }
}

/// The numbers as whole multiples of `step`, if every one is, to the last bit.
fn codes(numbers: &[f32], step: f32) -> Option<Vec<u8>> {
    let code = |&v: &f32| {
        let code = (v / step).round() as u8; // saturates outside 0..=255
        ((f32::from(code) * step).to_bits() == v.to_bits()).then_some(code)
    };
    (step.is_finite() && step > 0.0 && numbers.iter().step_by(997).all(|v| code(v).is_some()))
        .then(|| numbers.iter().map(code).collect())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(features: &Features, count: usize) -> Vec<f32> {
        let mut out = Vec::new();
        features.append(0, count, &mut out);
        out
    }

    #[test]
    fn packing_gives_back_the_same_bits() {
        let images: Vec<f32> = (0..=255u8).map(|k| f32::from(k) * (1.0 / 255.0)).collect();
        let packed = Features::pack(images.clone());
        assert!(matches!(packed, Features::Bytes { .. }));
        assert_eq!(back(&packed, 256), images);
        for odd in [vec![0.0, 1.0, 0.3], vec![-1.0, 1.0], vec![256.0, 1.0], vec![-0.0, 1.0], vec![0.1, 0.2, 0.3]] {
            let kept = back(&Features::pack(odd.clone()), odd.len());
            assert!(kept.iter().zip(&odd).all(|(a, b)| a.to_bits() == b.to_bits()), "{odd:?}");
        }
    }
}
