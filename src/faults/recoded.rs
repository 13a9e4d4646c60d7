//! Recoded labels: the classes of a part that are numbered in another way, read off what the nearest rows say.

use super::chance::{RATE, at_least};
use super::fault::{Fault, Kind, percent};
use super::part::Part;

/// Rows of a class that must speak for its other number.
const FEW: usize = 5;

/// The classes that have changed their numbers, with the mapping: where the nearest training rows of most rows of a class
/// are of another one, in a circle of classes, though among the training rows they are not.
pub(super) fn recoded(part: &Part) -> Option<Fault> {
    let classes = part.classes;
    let mut taken = vec![vec![0usize; classes]; classes]; // [label of the row][what its nearest rows say]
    part.rows.y.iter().zip(part.votes).for_each(|(&y, &vote)| taken[y as usize][vote as usize] += 1);
    let most = |row: &Vec<usize>| (0..classes).max_by_key(|&k| (row[k], std::cmp::Reverse(k))).unwrap_or(0);
    let to: Vec<usize> =
        taken.iter().enumerate().map(|(k, row)| if row.iter().sum::<usize>() == 0 { k } else { most(row) }).collect();
    let circle = |start: usize| {
        let end = (0..classes).try_fold(to[start], |at, _| if at == start { Err(()) } else { Ok(to[at]) });
        to[start] != start && end.is_err()
    };
    let clear = |k: usize| {
        let (there, here) = (taken[k][to[k]], taken[k][k]);
        there >= FEW && at_least(there, there + here, 0.5) * ((classes * classes) as f64) < RATE.sqrt()
    };
    let moved: Vec<usize> = (0..classes).filter(|&k| circle(k) && clear(k)).collect();
    // Each class of a circle has to speak clearly, so that one which is merely mistaken for another is not taken for it.
    if moved.len() < 2 || moved.iter().any(|&k| !moved.contains(&to[k])) {
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
        let mapping: Vec<String> = moved.iter().take(12).map(|&k| format!("{} is {}", name(k), name(to[k]))).collect();
        let more = if moved.len() > 12 { ", …" } else { "" };
        let say = format!(
            "classes of the {} are numbered in another way: {}{more} in the numbers of the training rows; with labels mapped \
             so, {} agree with those of the nearest training rows instead of {}; code both with one encoder",
            part.called(),
            mapping.join(", "),
            percent(share),
            percent(as_is as f64 / rows as f64)
        );
        Fault::new(Kind::LabelsCodedApart, part.name, say)
    })
}
