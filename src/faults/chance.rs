//! Chance: how often sound data would look as bad, as bounds that hold for every sample size.
//!
//! A fault is said only where sound data would show as much less than once in [`RATE`], all rows and columns and
//! hypotheses that were looked at together. Bounds are used instead of exact probabilities: they err towards silence.

/// The rate of false alarms that each check may have on a sound data set.
pub(super) const RATE: f64 = 1e-5;

/// A bound of the probability that of `trials` independent events of probability `p` at least `hits` happen (Chernoff
/// 1952): exp(−trials · KL(hits/trials ‖ p)).
pub(super) fn at_least(hits: usize, trials: usize, p: f64) -> f64 {
    let (share, p) = (hits as f64 / trials.max(1) as f64, p.clamp(1e-12, 1.0));
    if share <= p { 1.0 } else { (-(trials as f64) * divergence(share, p)).exp() }
}

/// A bound of the probability that of `trials` independent events of probability `p` at most `hits` happen.
pub(super) fn at_most(hits: usize, trials: usize, p: f64) -> f64 {
    let (share, p) = (hits as f64 / trials.max(1) as f64, p.clamp(0.0, 1.0 - 1e-12));
    if share >= p { 1.0 } else { (-(trials as f64) * divergence(share, p)).exp() }
}

/// The divergence of Kullback and Leibler between two coins, in nats.
pub(super) fn divergence(a: f64, b: f64) -> f64 {
    let term = |x: f64, y: f64| if x > 0.0 { x * (x / y).ln() } else { 0.0 };
    term(a, b) + term(1.0 - a, 1.0 - b)
}

/// What a sum of `terms` squares of standard normal numbers exceeds with a probability of at most `chance` (Laurent and
/// Massart 2000).
pub(super) fn chi_square(terms: usize, chance: f64) -> f64 {
    let (k, x) = (terms as f64, -chance.ln());
    k + 2.0 * (k * x).sqrt() + 2.0 * x
}

/// What the size of a number from Student's distribution with `freedom` degrees exceeds with a probability of at most
/// `chance`; 0 where there is no freedom. With t = √ν cot φ the density is proportional to sin φ to the power of ν − 1,
/// whose integral from 0 is at most φ to the power of ν, divided by ν.
pub(super) fn student(freedom: usize, chance: f64) -> f64 {
    if freedom == 0 {
        return 0.0;
    }
    let nu = freedom as f64;
    let mut whole = if !freedom.is_multiple_of(2) { std::f64::consts::PI } else { 2.0 }; // of sin to the power of 0 or 1, over 0..π
    for power in (1..freedom).filter(|power| (freedom - 1 - power).is_multiple_of(2) && *power > 1) {
        whole *= (power - 1) as f64 / power as f64;
    }
    nu.sqrt() / (0.5 * chance * whole * nu).powf(1.0 / nu).tan()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_above_the_probabilities_that_they_bound() {
        let binomial = |n: i32, k: i32, p: f64| {
            let ways = (0..k).fold(1.0, |ways, i| ways * f64::from(n - i) / f64::from(i + 1));
            ways * p.powi(k) * (1.0 - p).powi(n - k)
        };
        for (hits, p) in [(12, 0.3), (18, 0.5), (3, 0.01)] {
            let exact: f64 = (hits..=20).map(|k| binomial(20, k, p)).sum();
            let bound = at_least(hits as usize, 20, p);
            assert!(bound >= exact && bound < 20.0 * exact, "{hits}: {exact} {bound}");
            let below: f64 = (0..=20 - hits).map(|k| binomial(20, k, 1.0 - p)).sum();
            assert!(at_most(20 - hits as usize, 20, 1.0 - p) >= below);
        }
        assert_eq!((at_least(3, 20, 0.5), at_most(15, 20, 0.5)), (1.0, 1.0));
        // The quantiles of 10 degrees of freedom are 29.6 for 1e-3 and 35.6 for 1e-4.
        for (freedom, exact) in [(1, 63_662.0), (4, 27.772), (7, 11.215)] {
            let bound = student(freedom, 1e-5);
            assert!(bound > 0.9999 * exact && bound < 1.02 * exact, "{freedom}: {bound}");
        }
        assert!(chi_square(10, 1e-3) > 29.6 && chi_square(10, 1e-4) > 35.6 && chi_square(10, 1e-4) < 60.0);
    }
}
