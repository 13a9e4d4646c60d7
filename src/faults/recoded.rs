//! Recoded labels: the classes of a part that are numbered in another way, read off what the nearest rows say.
//!
//! If an encoder of its own numbered the classes of a part, the nearest training rows of one class are of another, and the
//! classes so changed form circles: 3 is called 8, and 8 is called 3. A circle is judged as a whole, so that a hundred
//! classes with ten rows each are told as well as two with a thousand; that many circles could have been chosen counts
//! against each. Classes that are merely mistaken for one another form circles too, but their nearest rows then speak for
//! their own number nearly as often.

use super::chance::{RATE, at_least, divergence};
use super::compared::Compared;
use super::fault::{Fault, FaultKind, percent};

/// How many of the votes for one of the two numbers must be for the other one.
const CLEAR: f64 = 0.7;
/// Classes of which the mapping is told.
const TOLD: usize = 12;

/// What the nearest rows say of the rows of each class, `[label of the row][what its nearest rows say]`.
type Taken = Vec<Vec<usize>>;

/// The classes that have changed their numbers, with the mapping.
pub(super) fn recoded(part: &Compared) -> Option<Fault> {
    let classes = part.classes;
    let mut taken: Taken = vec![vec![0; classes]; classes];
    part.rows.y.iter().zip(part.votes).for_each(|(&y, &vote)| taken[y as usize][vote as usize] += 1);
    let most = |row: &Vec<usize>| (0..classes).max_by_key(|&k| (row[k], std::cmp::Reverse(k))).unwrap_or(0);
    let to: Vec<usize> =
        (0..classes).map(|k| if taken[k].iter().all(|&n| n == 0) { k } else { most(&taken[k]) }).collect();
    let moved: Vec<usize> = (0..classes).filter(|&k| is_clear(&circle(k, &to), &to, &taken)).collect();
    if moved.len() < 2 {
        return None;
    }
    let back: Vec<u32> =
        part.rows.y.iter().map(|&y| if moved.contains(&(y as usize)) { to[y as usize] as u32 } else { y }).collect();
    let hits = |labels: &[u32]| labels.iter().zip(part.votes).filter(|(a, b)| a == b).count();
    let (put_back, as_is, rows) = (hits(&back), hits(&part.rows.y), back.len());
    let gained = at_least(put_back - as_is.min(put_back), rows, 0.02) < RATE;
    let share = put_back as f64 / rows as f64;
    (gained && share - part.own.chance > 0.6 * (part.own.share() - part.own.chance)).then(|| {
        let name = |k: usize| part.names.get(k).map_or("", String::as_str);
        let mapping: Vec<String> =
            moved.iter().take(TOLD).map(|&k| format!("{} is {}", name(k), name(to[k]))).collect();
        let more = if moved.len() > TOLD { ", …" } else { "" };
        let say = format!(
            "classes of the {} are numbered in another way: {}{more} in the numbers of the training rows; with labels mapped \
             so, {} agree with those of the nearest training rows instead of {}; code both with one encoder",
            part.part.name(),
            mapping.join(", "),
            percent(share),
            percent(as_is as f64 / rows as f64)
        );
        Fault::new(FaultKind::LabelsCodedApart, part.part, say)
    })
}

/// The classes on the way from `start` back to it; none where the way does not come back, or where it does not leave.
fn circle(start: usize, to: &[usize]) -> Vec<usize> {
    let mut way = vec![start];
    let mut at = to[start];
    while at != start && way.len() <= to.len() {
        way.push(at);
        at = to[at];
    }
    if at == start && way.len() > 1 { way } else { Vec::new() }
}

/// Whether the votes of a circle of classes speak for the other numbers by more than chance, all ways to choose other
/// numbers counted.
fn is_clear(circle: &[usize], to: &[usize], taken: &Taken) -> bool {
    let sum = |of: &dyn Fn(usize) -> usize| circle.iter().map(|&k| of(k)).sum::<usize>();
    let (there, here) = (sum(&|k| taken[k][to[k]]), sum(&|k| taken[k][k]));
    let ways = circle.len() as f64 * (to.len() as f64).ln();
    let (votes, share) = ((there + here) as f64, there as f64 / (there + here).max(1) as f64);
    // The bound of Chernoff as in `chance`, in logarithms since it is below what numbers can hold.
    share > CLEAR && ways - votes * divergence(share, 0.5) < RATE.sqrt().ln()
}
