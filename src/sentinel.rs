//! Sentinels: numbers that stand in a column where somebody had no value, such as −999 or 1e9.
//!
//! A network takes such a number for a measurement, and it decides the scale of its column. It is told from a large
//! measurement by all of four signs: it is written as people write such codes or is by far no measurement since no other
//! value occurs as often, it occurs more than once, it stands at an end of all values, and it lies farther from the others
//! than these reach or is negative where no other is. Heavy tails and rare events show three of them at most. This is the
//! one recogniser of the house; what is said of a sentinel and what is done about it is decided above.

/// How many different values have to stand beside a sentinel: fewer have no spread that it could be compared with.
const OTHERS: usize = 3;
/// How often a number that is no code has to occur.
const OFTEN: usize = 5;
/// A code of this size needs no spread beside it: nobody measures 0 and a billion, and nothing between.
const UNMISTAKABLE: f32 = 1e9;

/// The number that stands for a missing value among `numbers`, which are sorted and finite; `None` if there is none.
///
/// ```
/// use backburn::sentinel::sentinel;
/// assert_eq!(sentinel(&[-999.0, -999.0, 1.2, 3.4, 5.0]), Some(-999.0));
/// assert_eq!(sentinel(&[997.0, 998.0, 999.0, 999.0]), None);
/// ```
pub fn sentinel(numbers: &[f32]) -> Option<f32> {
    let ends = [*numbers.first()?, *numbers.last()?].map(|end| (is_code(end) || leads(numbers, end)).then_some(end));
    let start = ends[0].map_or(0, |end| numbers.partition_point(|&v| v <= end));
    let stop = ends[1].map_or(numbers.len(), |end| numbers.partition_point(|&v| v < end));
    let others = numbers.get(start..stop)?; // without either end, since both may be codes
    let (low, high) = (f64::from(*others.first()?), f64::from(*others.last()?));
    let spread = high - low;
    let varied = others.chunk_by(|a, b| a == b).take(OTHERS).count() == OTHERS;
    // 1, 10, 100, 1000: a step as long as the one before it is the end of a ladder and no code.
    let second = others.iter().rev().map(|&v| f64::from(v)).find(|&v| v < high);
    let ladder = |end: f32| second.is_some_and(|second| second > 0.0 && f64::from(end) / high <= 1.01 * high / second);
    let alone = |end: f32| end < 0.0 && low >= 0.0 && is_code(end);
    let below = ends[0].filter(|&end| start > 1 && (low - f64::from(end) > spread || alone(end)));
    let above = ends[1].filter(|&end| numbers.len() - stop > 1 && f64::from(end) - high > spread && !ladder(end));
    below.or(above).filter(|code| varied || code.abs() >= UNMISTAKABLE)
}

/// Whether `end`, the first or last of sorted `numbers`, occurs often, and twice as often as every other of them. Zero, and
/// what more than half of them are, is what a column has where nothing happens, such as the background of images.
fn leads(numbers: &[f32], end: f32) -> bool {
    let run = |v: f32| numbers.partition_point(|&other| other <= v) - numbers.partition_point(|&other| other < v);
    let count = run(end);
    end != 0.0
        && (OFTEN..=numbers.len() / 2).contains(&count)
        && numbers.chunk_by(|a, b| a == b).all(|same| same[0] == end || 2 * same.len() <= count)
}

/// Whether people or programs write this number where they have no value: two or more eights or nines with or without
/// decimals, a power of ten from a thousand on, the ends of the whole numbers of 16 and 32 bits, the largest float32, or
/// what NetCDF fills its arrays with.
pub fn is_code(v: f32) -> bool {
    let size = v.abs();
    let digits = |digit: f64| {
        (2..=9).any(|count| {
            (0..=2).any(|decimals| size == (digit / 9.0 * (10f64.powi(count) - 1.0) / 10f64.powi(decimals)) as f32)
        })
    };
    let power = (3..=38).any(|k| size == 10f64.powi(k) as f32);
    let ends = [32_767.0, 32_768.0, 65_535.0, i32::MAX as f32, u32::MAX as f32, f32::MAX, 9.969_21e36];
    size > 9.0 && (digits(8.0) || digits(9.0) || power) || ends.contains(&size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(extra: &[f32], others: impl Iterator<Item = f32>) -> Option<f32> {
        let mut numbers: Vec<f32> = others.chain(extra.iter().copied()).collect();
        numbers.sort_unstable_by(f32::total_cmp);
        sentinel(&numbers)
    }

    #[test]
    fn codes_far_from_all_other_values_are_sentinels() {
        for code in [-999.0, 9999.0, 1e9, -99.99, -32768.0, f32::MAX, 888.0, 1e20] {
            assert_eq!(found(&[code; 2], (0..50).map(|i| 0.37 * i as f32)), Some(code), "{code}");
        }
        assert_eq!(found(&[-999.0; 2], (0..5000).map(|i| i as f32)), Some(-999.0), "the only negative number");
        assert_eq!(found(&[-999.0; 2], (-2000..2000).map(|i| i as f32)), None, "one of many");
        assert_eq!(found(&[-999.0, -999.0, 9999.0, 9999.0], (0..50).map(|i| i as f32)), Some(-999.0));
        assert_eq!(found(&[1e9; 9], (0..500).map(|_| 0.0)), Some(1e9), "beside a constant");
        assert_eq!(found(&[-200.0; 9], (0..50).map(|i| 0.37 * i as f32)), Some(-200.0), "the most frequent, far away");
        assert_eq!(found(&[-4.608; 9], (0..50).map(|i| 0.01 * i as f32)), Some(-4.608), "a code that was scaled");
    }

    #[test]
    fn large_measurements_rare_events_and_heavy_tails_are_none() {
        assert_eq!(found(&[999.0], (0..50).map(|i| i as f32)), None, "once");
        assert_eq!(found(&[50.0; 9], (0..500).map(|_| 0.0)), None, "a rare event");
        assert_eq!(found(&[1000.0; 9], (0..500).map(|_| 0.0)), None, "a constant otherwise");
        assert_eq!(found(&[999.0; 9], (0..999).map(|i| i as f32)), None, "the end of a scale");
        assert_eq!(found(&[1000.0; 9], (0..40).map(|i| 10f32.powi(i % 4 - 1))), None, "the top of a ladder of doses");
        assert_eq!(found(&[32768.0; 9], (0..45).map(|i| 2f32.powi(i % 15))), None, "a power of two among others");
        assert_eq!(found(&[1234.5; 2], (0..50).map(|i| i as f32)), None, "no code, and seldom");
        assert_eq!(found(&[200.0; 9], (0..90).map(|i| (i / 10) as f32)), None, "no more frequent than the others");
        assert_eq!(found(&[0.0; 9], (0..50).map(|i| 200.0 + i as f32)), None, "nothing happened");
        assert_eq!(found(&[40.0; 90], (0..50).map(|i| 200.0 + i as f32)), None, "the background of an image");
        assert_eq!(found(&[], std::iter::empty()), None);
    }
}
