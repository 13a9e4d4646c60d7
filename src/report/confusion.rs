//! Confusion: the rows of each class against the classes that they were taken for, and the worst pairs in words.
//!
//! More classes than a screen holds are collapsed: those that most rows are wrong about stay, and the others become one
//! line and one column. Nothing is lost, since the numbers as CSV are those of all pairs.

use super::Facts;
use super::html::{csv, grouped, percent, section, short};

/// How many classes a matrix shows; of more, this many less one stay.
const SHOWN: usize = 20;
/// How many pairs are told in words.
const PAIRS: usize = 5;

/// The section with the worst pairs, the matrix and all pairs as CSV; empty where no rows were judged.
pub fn confusion(facts: &Facts) -> String {
    let counts = &facts.evaluation.confusion;
    let body = format!(
        "{}<p class=\"note\">A line for each class, a column for each class that its rows were taken for: how many rows, and \
         which share of the class.</p>\n<div class=\"scroll\">{}</div>\n{}",
        words(facts),
        matrix(facts),
        csv("All pairs", &all(facts)),
    );
    section("Confusion", &if counts.is_empty() { String::new() } else { body })
}

/// Every pair of two classes that was confused, as (class, taken for, how many rows), the most rows first.
fn pairs(counts: &[Vec<usize>]) -> Vec<(usize, usize, usize)> {
    let one = |(i, row): (usize, &Vec<usize>)| row.iter().enumerate().map(move |(j, &n)| (i, j, n)).collect::<Vec<_>>();
    let mut pairs: Vec<_> = counts.iter().enumerate().flat_map(one).filter(|&(i, j, n)| i != j && n > 0).collect();
    pairs.sort_by_key(|&(i, j, n)| (std::cmp::Reverse(n), i, j));
    pairs
}

/// The worst pairs in words, with the share of the class that they are: of a rare class a few rows may be most of it.
fn words(facts: &Facts) -> String {
    let counts = &facts.evaluation.confusion;
    let worst = pairs(counts);
    if worst.is_empty() {
        return "<p>No row was taken for another class.</p>\n".into();
    }
    let item = |&(i, j, n): &(usize, usize, usize)| {
        let total = counts[i].iter().sum::<usize>().max(1);
        let rows = if n == 1 { "row is" } else { "rows are" };
        format!(
            "<li>{} {rows} <strong>{}</strong> and {} taken for <strong>{}</strong>: {} of that class.</li>\n",
            grouped(n),
            short(&facts.course.classes[i], 40),
            if n == 1 { "was" } else { "were" },
            short(&facts.course.classes[j], 40),
            percent(n as f64 / total as f64)
        )
    };
    format!("<ul>\n{}</ul>\n", worst.iter().take(PAIRS).map(item).collect::<String>())
}

/// Every pair that occurs, as rows of a table.
fn all(facts: &Facts) -> Vec<Vec<String>> {
    let mut rows = vec![["class", "taken for", "rows"].map(String::from).to_vec()];
    for (name, counts) in facts.course.classes.iter().zip(&facts.evaluation.confusion) {
        let found = counts.iter().zip(&facts.course.classes).filter(|(n, _)| **n > 0);
        rows.extend(found.map(|(n, taken)| vec![name.clone(), taken.clone(), n.to_string()]));
    }
    rows
}

/// The groups of classes that are a line and a column of the matrix: each class by itself, or, of too many, those that
/// most confused rows belong to, in the order of the file, and at the end all others as one group.
fn groups(counts: &[Vec<usize>]) -> Vec<Vec<usize>> {
    if counts.len() <= SHOWN {
        return (0..counts.len()).map(|class| vec![class]).collect();
    }
    let mut wrong = vec![0; counts.len()];
    for (i, j, n) in pairs(counts) {
        wrong[i] += n;
        wrong[j] += n;
    }
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&class| (std::cmp::Reverse(wrong[class]), class));
    let (mut kept, mut rest) = (order[..SHOWN - 1].to_vec(), order[SHOWN - 1..].to_vec());
    kept.sort_unstable();
    rest.sort_unstable();
    kept.into_iter().map(|class| vec![class]).chain([rest]).collect()
}

/// The matrix as a table: in each cell the number of rows, and which share of its line that is. Empty cells stay empty,
/// because zeros would hide the few numbers that matter.
fn matrix(facts: &Facts) -> String {
    let groups = groups(&facts.evaluation.confusion);
    let name = |group: &Vec<usize>| match group[..] {
        [class] => short(&facts.course.classes[class], 16),
        _ => format!("{} others", grouped(group.len())),
    };
    let heading: String = groups.iter().map(|group| format!("<th scope=\"col\">{}</th>", name(group))).collect();
    let cell = |from: &Vec<usize>, to: &Vec<usize>| -> usize {
        from.iter().flat_map(|&i| to.iter().map(move |&j| (i, j))).map(|(i, j)| facts.evaluation.confusion[i][j]).sum()
    };
    let mut rows = String::new();
    for (i, from) in groups.iter().enumerate() {
        let counts: Vec<usize> = groups.iter().map(|to| cell(from, to)).collect();
        let total = counts.iter().sum::<usize>().max(1) as f64;
        rows += &format!("<tr><th scope=\"row\">{}</th>", name(from));
        for (j, &count) in counts.iter().enumerate() {
            let share = count as f64 / total;
            rows += &match count {
                0 => "<td></td>".into(),
                _ => format!(
                    "<td class=\"{}\">{}<small>{:.1} %</small></td>",
                    shade(share, i == j),
                    grouped(count),
                    100.0 * share
                ),
            };
        }
        rows += "</tr>\n";
    }
    format!(
        "<table class=\"matrix\"><thead><tr><th scope=\"col\">class</th>{heading}</tr></thead>\n<tbody>{rows}</tbody></table>"
    )
}

/// The shade of a cell with this share of its class, a class of `page.css`: `g1` to `g4` for what is right, `b1` to
/// `b4` for what is wrong. The bounds of the latter are far lower, because a twentieth of a class in one wrong place is
/// much.
fn shade(share: f64, right: bool) -> String {
    let bounds = if right { [0.5, 0.8, 0.95] } else { [0.01, 0.05, 0.2] };
    let depth = 1 + bounds.iter().filter(|bound| share >= **bound).count();
    format!("{}{depth}", if right { "g" } else { "b" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_classes_become_twenty_lines_with_those_that_are_confused() {
        let mut counts = vec![vec![0; 1000]; 1000];
        (0..1000).for_each(|i| counts[i][i] = 5);
        counts[700][3] = 4;
        let groups = groups(&counts);
        assert_eq!(groups.len(), SHOWN);
        assert!(groups.contains(&vec![700]) && groups.contains(&vec![3]));
        assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), 1000);
        assert_eq!(pairs(&counts), [(700, 3, 4)]);
    }
}
