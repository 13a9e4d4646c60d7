//! What a model looks at: the weights of its first units as pictures, or the columns of a table by how much they matter.
//!
//! Weights of a first layer can be read where a row is an image, because neighbouring weights belong to neighbouring
//! pixels. In a table they depend on the scale of every column, so there the question is asked of the whole model
//! instead: how much worse does it get when a column no longer says anything (permutation importance)?
//! [`super::Exhibits`] holds both, already computed; here they are drawn.

use super::html::{brief, csv, grouped, section, short};
use super::picture;
use super::{Facts, exhibits::Importance};

/// How many columns are drawn; the CSV holds all.
const COLUMNS: usize = 25;
/// The height of a bar with its gap, and where the bars begin and end, in pixels.
const BAR: f64 = 22.0;
const FROM: f64 = 130.0;
const TO: f64 = 290.0;

/// The section: pictures for images, bars for tables, and nothing for a table that was too wide to shuffle.
pub fn features(facts: &Facts) -> String {
    match (&facts.exhibits.raster, &facts.exhibits.importance) {
        (Some(_), _) => units(facts),
        (None, Some(importance)) => columns(facts, importance),
        (None, None) => String::new(),
    }
}

/// The weights of units of the first layer, one picture a unit, from orange (negative) over white to blue (positive).
fn units(facts: &Facts) -> String {
    let Some(raster) = facts.exhibits.raster else { return String::new() };
    let picture = |(unit, weights): &(usize, Vec<f32>)| {
        let label = format!("weights of unit {unit}");
        format!("<figure>{}<figcaption>unit {unit}</figcaption></figure>\n", picture::weights(weights, raster, &label))
    };
    let pictures: String = facts.exhibits.units.iter().map(picture).collect();
    let note = "<p class=\"note\">The weights of the first layer, unit by unit, the largest first: blue pixels speak for a unit, \
                orange ones against it, white ones not at all. Units that look like noise have learned little.</p>\n";
    let body = if pictures.is_empty() {
        pictures
    } else {
        format!("{note}<div class=\"pictures small\">\n{pictures}</div>\n")
    };
    section("First layer", &body)
}

/// The columns by their importance, the greatest first, as bars and as CSV. Two columns that say the same stand in for
/// each other when one is shuffled, so both look less important than they are, which the note on the page says.
fn columns(facts: &Facts, importance: &Importance) -> String {
    let mut order: Vec<usize> = (0..importance.rise.len()).collect();
    order.sort_by(|&a, &b| importance.rise[b].total_cmp(&importance.rise[a]).then(a.cmp(&b)));
    let row = |&c: &usize| vec![facts.column(c), importance.rise[c].to_string()];
    let heading = vec!["column".to_string(), "rise of the loss".to_string()];
    let numbers: Vec<Vec<String>> = std::iter::once(heading).chain(order.iter().map(row)).collect();
    let note = format!(
        "<p class=\"note\">How much the loss rises, in nats, when a column is shuffled among {} of the {} rows (permutation \
         importance, the mean of three shuffles). Columns that say the same share their importance.</p>\n",
        grouped(importance.rows),
        facts.judged
    );
    let svg = bars(facts, importance, &order[..order.len().min(COLUMNS)]);
    section("Columns", &format!("{note}<figure class=\"bars\">{svg}{}</figure>\n", csv("All columns", &numbers)))
}

/// A bar for each of these columns as SVG, with its name at the left and the rise of the loss in nats at the right. The
/// longest bar belongs to the greatest rise; a loss that fell by chance gets a bar of one pixel.
fn bars(facts: &Facts, importance: &Importance, order: &[usize]) -> String {
    let most = order.iter().map(|&c| importance.rise[c]).fold(1e-12, f64::max);
    let bar = |(place, &c): (usize, &usize)| {
        let (rise, y) = (importance.rise[c], BAR * place as f64);
        let length = (rise.max(0.0) / most * (TO - FROM)).max(1.0);
        format!(
            "<text class=\"k\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <rect class=\"bar f0\" x=\"{FROM}\" y=\"{:.1}\" width=\"{length:.1}\" height=\"14\" rx=\"2\"/>\
             <text class=\"a\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            FROM - 8.0,
            y + 12.0,
            short(&facts.column(c), 18),
            y + 1.0,
            FROM + length + 6.0,
            y + 12.0,
            brief(rise)
        )
    };
    let height = BAR * order.len() as f64;
    let bars: String = order.iter().enumerate().map(bar).collect();
    format!(
        "<svg viewBox=\"0 0 340 {height}\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"importance of columns\">{bars}</svg>"
    )
}
