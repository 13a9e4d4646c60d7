//! A fit by least squares: how well a dumped array is a multiple of what an equation gives, perhaps with a second term beside it.
//!
//! The multiple is left free, because scale and sign are explained apart from the equations, in the room `scales`. What
//! no multiple reaches, relative to the size of the dump, is the residual. It says to how many digits the equation is
//! the one that the person's program computes.

use crate::gradcheck::reading::Matrix;

/// The multiples of some terms that come nearest to a dump, by least squares.
#[derive(Clone, Debug, PartialEq)]
pub struct LeastSquares {
    /// The multiple of each term; `None` where the term is zero or depends on the others, so that any would do.
    pub multiples: Vec<Option<f64>>,
    /// The part of the dump that only the first term gives, relative to the norm of the dump. If this share is small,
    /// the multiple of the first term is poorly determined.
    pub share: f64,
    /// The norm of what is left over, relative to that of the dump, 0 to 1.
    pub residual: f64,
}

impl LeastSquares {
    /// Fits `dump` by one or two `terms`. `None` where the shapes differ or a number is not finite. A term of zeros gets no
    /// multiple, and the other term is fitted alone.
    pub fn of(dump: &Matrix, terms: &[&Matrix]) -> Option<Self> {
        if terms.iter().any(|term| term.dim() != dump.dim()) {
            return None;
        }
        let norm = |matrix: &Matrix| dot(matrix, matrix).sqrt();
        let size = norm(dump);
        let empty = |term: &Matrix| norm(term) <= 1e-150;
        let multiples: Vec<Option<f64>> = match terms {
            [one] if empty(one) => vec![None],
            [one] => vec![Some(dot(one, dump) / dot(one, one))],
            [one, two] if empty(one) || empty(two) => {
                let alone = |term: &&Matrix| (!empty(term)).then(|| dot(term, dump) / dot(term, term));
                vec![alone(one), alone(two)]
            }
            [one, two] => pair(dump, one, two),
            _ => return None,
        };
        let mut rest = dump.clone();
        for (term, multiple) in terms.iter().zip(&multiples) {
            rest.scaled_add(-multiple.unwrap_or(0.0), *term);
        }
        let relative = |left: f64| if size > 0.0 { left / size } else { left };
        let share = match (terms, multiples[0]) {
            ([one, two], Some(multiple)) => {
                let (one, two, both) = (dot(one, one), dot(two, two), dot(one, two));
                let beside = if two > 0.0 { (one - both * both / two).max(0.0) } else { one };
                relative(multiple.abs() * beside.sqrt())
            }
            _ => 1.0,
        };
        let residual = relative(norm(&rest));
        residual.is_finite().then_some(LeastSquares { multiples, share, residual })
    }

    /// Whether the terms give the dump to within `tolerance`, relative. A dump of zeros is explained by a term of zeros,
    /// and not by some other term times zero.
    pub fn explains(&self, tolerance: f64) -> bool {
        self.residual <= tolerance && self.multiples[0] != Some(0.0)
    }
}

/// Whether `term`, alone or with one of `others`, may leave a residual of at most `most`. It is decided from inner
/// products alone, which lose half of the digits and take a fraction of the time, so a `true` is no more than a reason
/// to fit in full.
pub fn may_fit(dump: &Matrix, term: &Matrix, others: &[&Matrix], most: f64) -> bool {
    let (size, own, along) = (dot(dump, dump), dot(term, term), dot(term, dump));
    if size == 0.0 {
        return own <= 1e-300; // only zeros explain zeros
    }
    let left = |other: &&Matrix| {
        let (second, both, seen) = (dot(other, other), dot(term, other), dot(other, dump));
        let apart = own * second - both * both;
        let fitted = (along * along * second - 2.0 * along * seen * both + seen * seen * own) / apart;
        if apart > 1e-9 * own * second { size - fitted } else { 0.0 }
    };
    let bound = most * most * size;
    !size.is_normal()
        || !own.is_normal()
        || size - along * along / own <= bound
        || others.iter().any(|o| left(o) <= bound)
}

/// The part of `one` that no multiple of `two` gives: its component orthogonal to `two`.
pub fn beside(one: &Matrix, two: &Matrix) -> Matrix {
    let size = dot(two, two);
    if size > 1e-300 { one - &(two * (dot(one, two) / size)) } else { one.clone() }
}

/// The multiples of two terms by the method of Gram and Schmidt, which keeps the digits that the normal equations lose
/// (Golub and Van Loan, Matrix Computations, sections 5.2 and 5.3).
fn pair(dump: &Matrix, one: &Matrix, two: &Matrix) -> Vec<Option<f64>> {
    let along = dot(one, two) / dot(one, one);
    let apart = two - &(one * along);
    if dot(&apart, &apart) <= 1e-18 * dot(two, two) {
        return vec![Some(dot(one, dump) / dot(one, one)), None];
    }
    let second = dot(&apart, dump) / dot(&apart, &apart);
    vec![Some(dot(one, dump) / dot(one, one) - second * along), Some(second)]
}

/// The inner product Σ a b, summed in eight lanes that a processor can work on side by side.
fn dot(a: &Matrix, b: &Matrix) -> f64 {
    let (Some(a), Some(b)) = (a.as_slice(), b.as_slice()) else {
        return a.iter().zip(b).map(|(a, b)| a * b).sum();
    };
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        (0..8).for_each(|i| lanes[i] += a[i] * b[i]);
    }
    lanes.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_terms_are_told_apart_to_the_last_digits() {
        let one = Matrix::from_shape_fn((5, 4), |(i, j)| (i as f64 + 1.0) * (j as f64 - 1.3));
        let two = Matrix::from_shape_fn((5, 4), |(i, j)| ((i * 7 + j * 3) % 5) as f64 - 1.7);
        let dump = &one * 0.25 - &two * 3e-4;
        let fit = LeastSquares::of(&dump, &[&one, &two]).unwrap();
        assert!(fit.residual < 1e-14, "{fit:?}");
        assert!((fit.multiples[0].unwrap() - 0.25).abs() < 1e-14);
        assert!((fit.multiples[1].unwrap() + 3e-4).abs() < 1e-14);
        assert_eq!(LeastSquares::of(&dump, &[&Matrix::zeros((4, 5))]), None);
    }
}
