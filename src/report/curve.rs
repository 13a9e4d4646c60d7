//! A curve of a chart: its points, and how they are drawn.

use super::frame::Frame;

/// The most points of a curve; a plot has few more pixels.
pub(super) const POINTS: usize = 120;
/// So few points are dots too, and the keyboard stops at each of them.
pub(super) const FEW: usize = 24;
/// How many colours there are.
const HUES: usize = 6;

/// Points that are joined by a line, or stand alone.
#[derive(Clone, Default)]
pub struct Curve {
    /// The name of the curve in the legend.
    pub name: String,
    /// The points (x, y), with rising x; those that are not finite are gaps.
    pub points: Vec<(f64, f64)>,
    /// Which of the six colours it has.
    pub hue: usize,
    /// Between which numbers each point may well lie; empty where that is not known.
    pub ends: Vec<(f64, f64)>,
    /// Whether each point stands alone: none is joined with another, and all are drawn.
    pub scattered: bool,
}

/// A curve as it is drawn: thinned to what a plot can show, each point with the range of those that it stands for.
pub(super) struct Drawn<'a> {
    pub curve: &'a Curve,
    pub points: Vec<Point>,
}

/// A point as it is drawn.
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
    /// The least and the greatest y that it stands for.
    pub low: f64,
    pub high: f64,
}

impl Curve {
    /// A curve called `name` in the colour `hue`.
    pub fn new(name: &str, hue: usize, points: Vec<(f64, f64)>) -> Self {
        Curve { name: name.into(), points, hue: hue % HUES, ends: Vec::new(), scattered: false }
    }

    /// The curve with at most [`POINTS`] points, each the mean of as many neighbours as have to share a point, at the x
    /// of the last of them. Means alone would hide a spike, so least and greatest are kept too and drawn as a band.
    pub(super) fn drawn(&self) -> Drawn<'_> {
        let each = if self.scattered { 1 } else { self.points.len().div_ceil(POINTS).max(1) };
        let point = |some: &[(f64, f64)]| {
            let finite: Vec<f64> = some.iter().map(|p| p.1).filter(|y| y.is_finite()).collect();
            let (low, high) = finite.iter().fold((f64::MAX, f64::MIN), |(l, h), &y| (l.min(y), h.max(y)));
            let y = finite.iter().sum::<f64>() / finite.len() as f64; // NaN of no numbers, which is a gap
            Point { x: some[some.len() - 1].0, y, low, high }
        };
        let mut points: Vec<Point> = self.points.chunks(each).map(point).collect();
        if self.ends.len() == points.len() {
            points.iter_mut().zip(&self.ends).for_each(|(point, ends)| (point.low, point.high) = *ends);
        }
        Drawn { curve: self, points }
    }
}

impl Drawn<'_> {
    /// The point at `x`, if the curve has one there.
    pub fn point_at(&self, x: f64) -> Option<&Point> {
        self.points.iter().find(|p| p.x == x && p.y.is_finite())
    }

    /// The curve with its band, in pieces between its gaps. Where it has few points they are dots too, since a single point
    /// would draw no line.
    pub fn line(&self, frame: &Frame) -> String {
        let hue = self.curve.hue;
        let dots = || self.points.iter().map(|point| point.dot(hue, frame)).collect::<String>();
        if self.curve.scattered {
            return dots();
        }
        let mut svg = String::new();
        for run in self.points.split(|p| !p.y.is_finite()).filter(|run| !run.is_empty()) {
            let at = |x: f64, y: f64| Some(format!("{:.1},{:.1}", frame.across(x)?, frame.down(y)?));
            let upper: Vec<String> = run.iter().filter_map(|p| at(p.x, p.high)).collect();
            let lower: Vec<String> = run.iter().rev().filter_map(|p| at(p.x, p.low)).collect();
            if run.iter().any(|p| p.low < p.high) {
                svg += &format!("<polygon class=\"band f{hue}\" points=\"{} {}\"/>", upper.join(" "), lower.join(" "));
            }
            let points: Vec<String> = run.iter().filter_map(|p| at(p.x, p.y)).collect();
            svg += &format!("<polyline class=\"line l{hue}\" points=\"{}\"/>", points.join(" "));
        }
        match self.points.len() <= FEW {
            true => svg + &dots(),
            false => svg,
        }
    }
}

impl Point {
    /// The point as a dot; nothing where it cannot be drawn.
    pub fn dot(&self, hue: usize, frame: &Frame) -> String {
        let place = frame.across(self.x).zip(frame.down(self.y)).filter(|_| self.y.is_finite());
        place
            .map_or(String::new(), |(x, y)| format!("<circle class=\"f{hue}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"))
    }
}
