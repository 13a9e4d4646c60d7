//! The classes: rows, precision, recall and F1 of each.
//!
//! It answers the question that follows "how good is it": good at what. Recall says which share of a class is found,
//! and precision how far its name can be trusted; [`crate::evaluate`] counts both from the confusion of the judged
//! rows.

use super::Facts;
use super::html::{csv, grouped, section, short};
use crate::evaluate::PerClass;

/// How many classes are listed; of more, the weakest.
const LISTED: usize = 40;

/// The section with the table, in the order of the classes. Of more than [`LISTED`] only the weakest are shown, by
/// their F1, while the numbers as CSV always hold every class.
pub fn classes(facts: &Facts) -> String {
    let all = &facts.evaluation.per_class;
    let mut shown: Vec<&PerClass> = all.iter().collect();
    let note = match all.len() > LISTED {
        true => {
            shown.sort_by(|a, b| a.f1.total_cmp(&b.f1));
            shown.truncate(LISTED);
            format!(
                "<p class=\"note\">The {LISTED} weakest of {} classes; all of them stand in the CSV.</p>\n",
                grouped(all.len())
            )
        }
        false => String::new(),
    };
    let row = |c: &&PerClass| {
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{:.4}</td><td>{:.4}</td><td>{:.4}</td></tr>\n",
            short(&c.class, 40),
            grouped(c.rows),
            c.precision,
            c.recall,
            c.f1
        )
    };
    let numbers = all.iter().map(|c| {
        vec![c.class.clone(), c.rows.to_string(), c.precision.to_string(), c.recall.to_string(), c.f1.to_string()]
    });
    let heading = ["class", "rows", "precision", "recall", "F1"].map(String::from).to_vec();
    let head: String = heading.iter().map(|name| format!("<th scope=\"col\">{name}</th>")).collect();
    let body = format!(
        "{note}<div class=\"scroll\"><table><thead><tr>{head}</tr></thead>\n<tbody>{}</tbody></table></div>\n{}",
        shown.iter().map(row).collect::<String>(),
        csv("All classes", &std::iter::once(heading).chain(numbers).collect::<Vec<_>>())
    );
    section("Classes", &body)
}
