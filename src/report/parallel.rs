//! Parallel coordinates: many configurations at once, each a line through an axis for every knob that differs, to its score.
//!
//! An axis stands upright for each knob, and the last for the score. A knob whose values are all numbers has a scale of
//! numbers, by the logarithm where they span much; any other has its values as words, evenly spaced. The best line is
//! drawn last and in its own colour; the others are grey, so that a bundle of them shows where good values lie. The idea
//! is Inselberg's (The plane with parallel coordinates, The Visual Computer 1, 1985).

use super::axis::{Axis, Quantity};
use super::html::{escape, short};
use super::legend::{LETTER, WIDTH};

/// The height of an axis, in pixels.
const HEIGHT: f64 = 200.0;
/// Where the axes begin below the upper edge; their names stand above.
const TOP: f64 = 28.0;
/// The distance of two axes.
const APART: f64 = 130.0;
/// Room at the left for the numbers of the first axis, and at the right for those of the last.
const MARGIN: f64 = 56.0;
/// The most letters of a name or a value.
const LETTERS: usize = 15;
/// The most words that are written at an axis.
const WORDS: usize = 12;

/// A knob, or the score: its name, and its text in each configuration.
pub struct Coordinate {
    /// What stands above the axis.
    pub name: String,
    /// The values, one of each configuration; empty where it has none.
    pub values: Vec<String>,
    /// What kind of number they are, if they are numbers.
    pub quantity: Quantity,
}

/// Places on an axis: each configuration's share of its height, and the ticks with their places.
struct Scale {
    places: Vec<Option<f64>>,
    ticks: Vec<(f64, String)>,
}

impl Coordinate {
    fn scale(&self) -> Scale {
        let numbers: Vec<Option<f64>> = self.values.iter().map(|text| text.parse().ok()).collect();
        let given = self.values.iter().filter(|text| !text.is_empty()).count();
        if numbers.iter().flatten().count() == given {
            let axis = Axis::of(self.quantity, numbers.iter().flatten().copied(), 5);
            let ticks = axis.ticks().into_iter().filter_map(|(tick, text)| Some((axis.place(tick)?, text))).collect();
            return Scale { places: numbers.iter().map(|number| axis.place((*number)?)).collect(), ticks };
        }
        let mut words: Vec<&String> = self.values.iter().filter(|text| !text.is_empty()).collect();
        words.sort();
        words.dedup();
        let place = |at: usize| (at as f64 + 0.5) / words.len() as f64;
        let each = words.len().div_ceil(WORDS);
        let ticks = words.iter().enumerate().step_by(each).map(|(at, word)| (place(at), (*word).clone())).collect();
        Scale {
            places: self.values.iter().map(|text| words.iter().position(|w| *w == text).map(place)).collect(),
            ticks,
        }
    }
}

/// The picture as SVG for a page, of configurations from the best to the worst; `names` says what is read under the pointer.
/// Lines have gaps where a configuration has no value. Empty if there are fewer than two coordinates.
pub fn parallel(coordinates: &[Coordinate], names: &[String]) -> String {
    let count = coordinates.len();
    if count < 2 {
        return String::new();
    }
    let width = WIDTH.max(2.0 * MARGIN + APART * (count - 1) as f64);
    let across = |at: usize| MARGIN + (width - 2.0 * MARGIN) * at as f64 / (count - 1) as f64;
    let down = |share: f64| TOP + (1.0 - share) * HEIGHT;
    let scales: Vec<Scale> = coordinates.iter().map(Coordinate::scale).collect();
    let line = |(number, name): (usize, &String)| {
        let class = if number == 0 { "l0" } else { "thin" };
        let places: Vec<Option<(f64, f64)>> =
            scales.iter().enumerate().map(|(at, scale)| Some((across(at), down(scale.places[number]?)))).collect();
        let joined = |piece: &[Option<(f64, f64)>]| {
            let points: Vec<String> = piece.iter().flatten().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            format!("<polyline class=\"line {class}\" points=\"{}\"/>", points.join(" "))
        };
        let pieces = places.split(Option::is_none).filter(|piece| !piece.is_empty()).map(joined).collect::<String>();
        format!("<g><title>{}</title>{pieces}</g>", escape(name))
    };
    let lines: String = names.iter().enumerate().rev().map(line).collect();
    let axes: String = coordinates
        .iter()
        .zip(&scales)
        .enumerate()
        .map(|(at, (own, scale))| upright(own, scale, across(at), down))
        .collect();
    let height = TOP + HEIGHT + 12.0;
    format!(
        "<div class=\"scroll\"><svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"configurations and their scores\">{lines}{axes}</svg></div>\n"
    )
}

/// An axis that stands upright at `x`, with its name above and its ticks at its left.
fn upright(own: &Coordinate, scale: &Scale, x: f64, down: impl Fn(f64) -> f64) -> String {
    let name = short(&own.name, LETTERS);
    let mut svg = format!(
        "<path class=\"rule\" d=\"M{x:.1} {}V{}\"/><text class=\"k\" x=\"{x:.1}\" y=\"14\" text-anchor=\"middle\">{name}</text>",
        down(1.0),
        down(0.0)
    );
    for (share, text) in &scale.ticks {
        let text = short(text, LETTERS);
        let (y, width) = (down(*share), LETTER * text.chars().count() as f64);
        svg += &format!(
            "<path class=\"veil\" d=\"M{:.1} {:.1}h{width:.1}v13h-{width:.1}z\"/>\
             <text class=\"a\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
            x - 5.0 - width,
            y - 7.0,
            x - 5.0,
            y + 4.0
        );
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coordinate(name: &str, values: &[&str]) -> Coordinate {
        let values = values.iter().map(|value| (*value).to_string()).collect();
        Coordinate { name: name.into(), values, quantity: Quantity::Size }
    }

    #[test]
    fn every_configuration_is_a_line_through_every_axis_and_the_best_has_its_colour() {
        let both = [coordinate("rate", &["0.1", "0.001", "0.01"]), coordinate("optimizer", &["sgd", "adam", "sgd"])];
        let names = ["a <b>", "b", "c"].map(String::from);
        let svg = parallel(&both, &names);
        assert_eq!(svg.matches("<polyline").count(), 3);
        assert_eq!(svg.matches("class=\"line l0\"").count(), 1);
        assert!(svg.contains("a &lt;b&gt;") && svg.contains(">sgd<") && svg.contains(">adam<"), "{svg}");
    }

    #[test]
    fn a_value_that_is_missing_leaves_a_gap_and_one_axis_alone_no_picture() {
        let gap = [coordinate("a", &["1", "2"]), coordinate("b", &["", "3"]), coordinate("c", &["4", "5"])];
        let svg = parallel(&gap, &["x".to_string(), "y".to_string()]);
        assert_eq!(svg.matches("<polyline").count(), 3);
        assert_eq!(parallel(&gap[..1], &["x".to_string()]), "");
    }
}
