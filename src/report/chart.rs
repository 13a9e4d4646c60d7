//! A chart: curves over an axis as SVG, with named axes, a legend, a mark, and the values under the pointer.
//!
//! It is drawn by the house, since the chart crates in use bring a canvas, fonts or a script; all that is needed are
//! lines and text whose colours follow the page. Values appear on hover and on focus by style alone, so that the page
//! runs no script. The letters of a text are counted to know how wide it is, and what would meet is put on another line.
//!
//! A chart names no colour: its elements carry classes of `page.css`, which knows light, dark and print.
//!
//! | class | what it styles |
//! |---|---|
//! | `t`, `k`, `a` | texts: the title, the legend and values, the axes |
//! | `grid`, `rule` | a line of the grid, the dashed line of a mark |
//! | `line l0` … `l5`, `band f0` … `f5` | a curve and its band, in one of six colours and dashes |
//! | `at`, `catch`, `seen`, `veil` | a strip, what catches the pointer in it, what is then seen, and what hides the texts below |

use super::axis::{Axis, Quantity};
use super::curve::{Curve, Drawn, FEW, POINTS};
use super::frame::{Frame, LEFT, RIGHT};
use super::html::{alone, brief, csv, escape, grouped, short};
use super::legend::{LETTER, LINE, WIDTH, rows, written};

/// The room below the plot, for the ticks and the name of the x axis.
const BELOW: f64 = 38.0;
/// How far above the plot the name of the y axis stands, and on the same line what is read.
const LABEL: f64 = 12.0;
/// Curves over one axis.
pub struct Chart {
    /// The title, which says what the chart shows and is the name of its file.
    pub title: String,
    /// What is counted from left to right, in the singular, such as `epoch`.
    pub x: String,
    /// What kind of number x is.
    pub across: Quantity,
    /// What is measured, with its unit.
    pub y: String,
    /// What kind of number y is.
    pub up: Quantity,
    /// The curves, in the order of the legend.
    pub curves: Vec<Curve>,
    /// A place on the x axis that is marked, and what it is.
    pub mark: Option<(f64, String)>,
}

impl Chart {
    /// The chart with its numbers as CSV below it, for a page; empty if there is nothing to draw.
    pub fn figure(&self) -> String {
        match self.curves.iter().any(|curve| curve.points.iter().any(|p| p.1.is_finite())) {
            true => format!("<figure>{}{}</figure>\n", self.svg(), csv("Numbers", &self.rows())),
            false => String::new(),
        }
    }

    /// The chart as a file of its own: a name without an ending, and its SVG.
    pub fn file(&self) -> (String, String) {
        (self.title.to_lowercase().replace(", ", "-").replace(' ', "-"), self.alone())
    }

    /// The chart as the SVG of a file of its own.
    pub fn alone(&self) -> String {
        alone(&self.svg())
    }

    /// The chart as SVG for a page, whose style it needs.
    pub fn svg(&self) -> String {
        let drawn: Vec<Drawn> = self.curves.iter().map(Curve::drawn).collect();
        let places = self.places(&drawn);
        let legend: Vec<(Option<usize>, String)> = match drawn.len() {
            0 | 1 => Vec::new(),
            _ => self.curves.iter().map(|curve| (Some(curve.hue), short(&curve.name, 24))).collect(),
        };
        let frame = self.frame(&drawn, 28.0 + LINE * (rows(&legend).max(1) as f64 + 1.0));
        let height = frame.bottom() + BELOW;
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {height}\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{title}\">\
             <text class=\"t\" x=\"0\" y=\"14\">{title}</text>{}{}{}{}{}</svg>",
            written(&legend, 34.0),
            self.axes(&frame),
            self.marked(&frame),
            drawn.iter().map(|curve| curve.line(&frame)).collect::<String>(),
            self.hovers(&drawn, &places, &frame),
            title = escape(&self.title)
        )
    }

    /// All numbers of the chart, not thinned: a heading, then a row for each x at which any curve has a point, with an
    /// empty cell where a curve has none.
    fn rows(&self) -> Vec<Vec<String>> {
        let mut xs: Vec<f64> = self.curves.iter().flat_map(|curve| curve.points.iter().map(|p| p.0)).collect();
        xs.sort_by(f64::total_cmp);
        xs.dedup();
        let value = |curve: &Curve, x: f64| {
            let found = curve.points.binary_search_by(|p| p.0.total_cmp(&x)).ok().map(|at| curve.points[at].1);
            found.filter(|y| y.is_finite()).map_or(String::new(), |y| y.to_string())
        };
        let heading = std::iter::once(self.x.clone()).chain(self.curves.iter().map(|curve| curve.name.clone()));
        let row = |&x: &f64| std::iter::once(x.to_string()).chain(self.curves.iter().map(|c| value(c, x))).collect();
        std::iter::once(heading.collect()).chain(xs.iter().map(row)).collect()
    }

    /// The places on the x axis at which values can be read: those of the points, thinned where strips would be too
    /// narrow.
    fn places(&self, drawn: &[Drawn]) -> Vec<f64> {
        let mut places: Vec<f64> = drawn.iter().flat_map(|curve| curve.points.iter().map(|p| p.x)).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        let each = places.len().div_ceil(2 * POINTS).max(1);
        places.into_iter().step_by(each).collect()
    }

    /// The axes over a plot that begins at `top`. The x axis gets as many ticks as its widest number leaves room for,
    /// and the y axis spans the bands too.
    fn frame(&self, drawn: &[Drawn], top: f64) -> Frame {
        let points = || drawn.iter().flat_map(|curve| &curve.points).filter(|p| p.y.is_finite());
        let xs: Vec<f64> = points().map(|p| p.x).collect();
        let widest = xs.iter().fold(0.0f64, |most, &x| most.max(x)).max(1.0).log10().floor() + 1.0;
        let ticks = ((WIDTH - LEFT - RIGHT) / (widest * 1.3 * LETTER + 14.0)) as usize;
        Frame {
            x: Axis::of(self.across, xs.into_iter(), ticks.clamp(2, 6)),
            y: Axis::of(self.up, points().flat_map(|p| [p.low, p.high]), 4),
            top,
        }
    }

    /// Lines, ticks and names of both axes. A tick at the right edge moves inwards so that its text is not cut.
    fn axes(&self, frame: &Frame) -> String {
        let mut svg = format!("<text class=\"a\" x=\"0\" y=\"{:.1}\">{}</text>", frame.top - LABEL, escape(&self.y));
        for (tick, text) in frame.y.ticks() {
            let Some(y) = frame.down(tick) else { continue };
            svg += &format!("<path class=\"grid\" d=\"M{LEFT} {y:.1}H{}\"/>", WIDTH - RIGHT);
            svg += &format!(
                "<text class=\"a\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                LEFT - 6.0,
                y + 4.0
            );
        }
        for (tick, text) in frame.x.ticks() {
            let Some(x) = frame.across(tick) else { continue };
            let half = 0.5 * LETTER * text.chars().count() as f64;
            let x = x.min(WIDTH - half);
            svg += &format!(
                "<text class=\"a\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{text}</text>",
                frame.bottom() + 15.0
            );
        }
        let middle = 0.5 * (LEFT + WIDTH - RIGHT);
        let name = escape(&self.x);
        svg + &format!(
            "<text class=\"a\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{name}</text>",
            frame.bottom() + 32.0
        )
    }

    /// The dashed line of the mark with its text above, which moves aside where it would meet the edge or the name of
    /// the y axis.
    fn marked(&self, frame: &Frame) -> String {
        let Some((x, text)) = self.mark.as_ref().and_then(|(x, text)| Some((frame.across(*x)?, text))) else {
            return String::new();
        };
        let half = 0.5 * LETTER * text.chars().count() as f64;
        let label = LETTER * self.y.chars().count() as f64 + 8.0; // the name of the axis stands on the same line
        let middle = x.min(WIDTH - half).max(label + half);
        format!(
            "<path class=\"rule\" d=\"M{x:.1} {}V{}\"/><text class=\"a\" x=\"{middle:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            frame.top - 4.0,
            frame.bottom(),
            frame.top - LABEL,
            escape(text)
        )
    }

    /// What is read at `x`: the x itself, then every curve that has a point there.
    fn values(&self, drawn: &[Drawn], x: f64) -> Vec<(Option<usize>, String)> {
        let at = if self.across == Quantity::Count { grouped(x.max(0.0).round() as usize) } else { brief(x) };
        let first = (None, format!("{} {at}", escape(&self.x)));
        let value = |curve: &Drawn| {
            let y = curve.point_at(x)?.y;
            let y = if matches!(self.up, Quantity::Share | Quantity::Whole) {
                format!("{:.2} %", 100.0 * y)
            } else {
                brief(y)
            };
            Some((Some(curve.curve.hue).filter(|_| drawn.len() > 1), y))
        };
        std::iter::once(first).chain(drawn.iter().filter_map(value)).collect()
    }

    /// At every place an invisible strip that shows, under the pointer or with the focus, what is read there. The
    /// strips meet halfway between two places. The keyboard stops at them only where they are few: a hundred stops on
    /// the way through a page would be worse than none.
    fn hovers(&self, drawn: &[Drawn], places: &[f64], frame: &Frame) -> String {
        let across: Vec<f64> = places.iter().filter_map(|&x| frame.across(x)).collect();
        if across.len() != places.len() {
            return String::new();
        }
        let strip = |i: usize| {
            let before = if i == 0 { LEFT - 4.0 } else { 0.5 * (across[i - 1] + across[i]) };
            let after = across.get(i + 1).map_or(WIDTH, |next| 0.5 * (across[i] + next));
            let focus = if places.len() <= FEW { " tabindex=\"0\"" } else { "" };
            let here = drawn.iter().filter_map(|curve| Some((curve.point_at(places[i])?, curve.curve.hue)));
            let dots: String = here.map(|(point, hue)| point.dot(hue, frame)).collect();
            let (top, x) = (frame.top, across[i]);
            format!(
                "<g class=\"at\"{focus}><path class=\"catch\" d=\"M{before:.1} {top}H{after:.1}V{bottom}H{before:.1}z\"/>\
                 <g class=\"seen\"><path class=\"veil\" d=\"M-2 {}H{WIDTH}V{}H-2z\"/><path class=\"grid\" d=\"M{x:.1} {top}V{bottom}\"/>{dots}{}</g></g>",
                top - LABEL - 12.0,
                top - LABEL + 4.0,
                written(&self.values(drawn, places[i]), top - LABEL),
                bottom = frame.bottom(),
            )
        };
        (0..places.len()).map(strip).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> Chart {
        let (title, x, y) = ("Loss".into(), "epoch".into(), "nats".into());
        let curves = vec![Curve::new("training", 1, points)];
        Chart { title, x, across: Quantity::Count, y, up: Quantity::Size, curves, mark: None }
    }

    #[test]
    fn a_chart_of_nan_alone_is_no_chart_and_one_point_is_one() {
        assert_eq!(chart(vec![(1.0, f64::NAN)]).figure(), "");
        let one = chart(vec![(1.0, 0.4)]).figure();
        assert!(one.contains("<polyline") && one.contains("<circle") && !one.contains("NaN"), "{one}");
    }

    #[test]
    fn many_points_are_drawn_as_a_band_and_all_of_them_stand_in_the_numbers() {
        let chart = chart((0..1000).map(|i| (f64::from(i), f64::from(i % 7))).collect());
        assert!(chart.svg().contains("<polygon") && chart.rows().len() == 1001);
    }
}
