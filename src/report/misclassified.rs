//! The wrong answers that a model was surest of, as pictures, or as rows of named columns where rows are no images.
//!
//! They are worth a look before anything is tuned, because a model is rarely sure and wrong without a reason: a label
//! may be wrong, an image may be damaged, or two classes may not be told apart by these features. Rows are shown as
//! they are in the file and not as they were scaled, so that a person recognises them. [`super::Exhibits`] has picked
//! them.

use super::Facts;
use super::html::{brief, csv, escape, grouped, percent, section, short};
use super::picture;
use crate::data::Raster;
use crate::evaluate::Misclassified;

/// How many columns of a table are shown.
const COLUMNS: usize = 12;

/// The section, with the numbers of the rows as CSV so that they can be found in the file; empty if every row was
/// right.
pub fn misclassified(facts: &Facts) -> String {
    let exhibits = &facts.exhibits;
    if exhibits.worst.is_empty() {
        return String::new();
    }
    let note = format!(
        "<p class=\"note\">The {} of the {} rows that the model was surest of. A label may be wrong here as well as the model.</p>\n",
        grouped(exhibits.worst.len()),
        facts.judged
    );
    let shown = match exhibits.raster {
        Some(raster) => pictures(facts, raster),
        None => table(facts),
    };
    let rows = exhibits.worst.iter().map(|(wrong, _)| {
        let (class, taken) = names(facts, wrong);
        vec![wrong.row.to_string(), class.into(), taken.into(), wrong.probability.to_string()]
    });
    let heading = ["row", "class", "taken for", "probability"].map(String::from).to_vec();
    section(
        "Worst mistakes",
        &(note + &shown + &csv("These rows", &std::iter::once(heading).chain(rows).collect::<Vec<_>>())),
    )
}

/// The class of a row, and the one it was taken for.
fn names<'a>(facts: &'a Facts, wrong: &Misclassified) -> (&'a str, &'a str) {
    (&facts.course.classes[wrong.class as usize], &facts.course.classes[wrong.predicted])
}

/// The rows as pictures. One range of brightness serves all of them, from the least number to the greatest, so that a
/// dark image looks dark beside the others.
fn pictures(facts: &Facts, raster: Raster) -> String {
    let all = facts.exhibits.worst.iter().flat_map(|(_, row)| row);
    let range = all.fold((f32::MAX, f32::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    let picture = |(wrong, row): &(Misclassified, Vec<f32>)| {
        let (class, taken) = names(facts, wrong);
        let label = format!("row {}: {} taken for {}", wrong.row, escape(class), escape(taken));
        format!(
            "<figure>{}<figcaption><strong>{}</strong> taken for <strong>{}</strong>, {}<br>row {}</figcaption></figure>\n",
            picture::image(row, raster, range, &label),
            short(class, 24),
            short(taken, 24),
            percent(f64::from(wrong.probability)),
            grouped(wrong.row)
        )
    };
    format!("<div class=\"pictures\">\n{}</div>\n", facts.exhibits.worst.iter().map(picture).collect::<String>())
}

/// The rows as a table of at most [`COLUMNS`] columns: those whose shuffling raises the loss most, or the first ones
/// where that was too costly to measure.
fn table(facts: &Facts) -> String {
    let width = facts.exhibits.worst[0].1.len();
    let mut columns: Vec<usize> = (0..width).collect();
    if let Some(importance) = &facts.exhibits.importance {
        columns.sort_by(|&a, &b| importance.rise[b].total_cmp(&importance.rise[a]).then(a.cmp(&b)));
    }
    columns.truncate(COLUMNS);
    let heading: String =
        columns.iter().map(|&c| format!("<th scope=\"col\">{}</th>", short(&facts.column(c), 20))).collect();
    let row = |(wrong, numbers): &(Misclassified, Vec<f32>)| {
        let (class, taken) = names(facts, wrong);
        let cells: String = columns.iter().map(|&c| format!("<td>{}</td>", brief(f64::from(numbers[c])))).collect();
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td>{cells}</tr>\n",
            grouped(wrong.row),
            short(class, 24),
            short(taken, 24),
            percent(f64::from(wrong.probability))
        )
    };
    let less = match width > columns.len() {
        true => format!("<p class=\"note\">{} of {} columns are shown.</p>\n", columns.len(), grouped(width)),
        false => String::new(),
    };
    format!(
        "{less}<div class=\"scroll\"><table><thead><tr><th scope=\"col\">row</th><th scope=\"col\">class</th><th scope=\"col\">taken for</th>\
         <th scope=\"col\">probability</th>{heading}</tr></thead>\n<tbody>{}</tbody></table></div>\n",
        facts.exhibits.worst.iter().map(row).collect::<String>()
    )
}
