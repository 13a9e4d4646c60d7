//! The split: a stratified share of the training rows becomes the validation part.
//!
//! Every class gives the same share of its rows, so a rare class is present on both sides, and the remaining rows keep
//! their order. The test half is never involved. The split is a function of labels, share and seed, so it need not be
//! written down: whoever resumes or judges a run draws it again.

use rand::seq::SliceRandom;

use crate::random::generator;

/// Splits `share` of the rows of each class off, drawn by `seed`. The result is the numbers of the rows that remain and of
/// those split off, both sorted. The last row of a class is never split off.
pub fn stratified(labels: &[u32], share: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
    let classes = labels.iter().max().map_or(0, |&k| k as usize + 1);
    let mut by_class = vec![Vec::new(); classes];
    (0..).zip(labels).for_each(|(row, &label): (u32, _)| by_class[label as usize].push(row));
    let mut rng = generator(seed, b"SPLIT\0\0\0");
    let mut taken = Vec::new();
    for mut rows in by_class {
        rows.shuffle(&mut rng);
        let wanted = (rows.len() as f64 * share).round() as usize;
        rows.truncate(wanted.min(rows.len().saturating_sub(1)));
        taken.extend(rows);
    }
    taken.sort_unstable();
    let rest = (0..labels.len() as u32).filter(|row| taken.binary_search(row).is_err()).collect();
    (rest, taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_gives_its_share_and_no_row_is_on_both_sides() {
        let labels: Vec<u32> = (0..100).map(|i| u32::from(i % 10 == 0)).collect();
        let (train, validation) = stratified(&labels, 0.2, 1);
        assert_eq!((train.len(), validation.len()), (80, 20));
        assert_eq!(validation.iter().filter(|&&row| labels[row as usize] == 1).count(), 2);
        assert!(validation.iter().all(|row| !train.contains(row)));
        assert_ne!(stratified(&labels, 0.2, 2).1, validation);
    }
}
