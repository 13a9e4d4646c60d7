//! A line plot as SVG: axes with round numbers, curves in different colours, and a legend if there are several.
//!
//! The page of a run and `lr-range --svg` are drawn with it. It is written here and not taken from a crate because all
//! that is needed is a hundred lines of text, and because the page must not load a script or a font from anywhere. The
//! drawing has a fixed size in its own units; a browser scales it to the width that there is.

/// Points that are joined by a line.
pub struct Curve {
    /// The name of the curve in the legend.
    pub name: String,
    /// The points (x, y), with rising x.
    pub points: Vec<(f64, f64)>,
}

/// The size of a plot, in pixels.
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 280.0;
/// The margins around the axes, in pixels.
const LEFT: f64 = 58.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 30.0;
/// The colours of the curves, in their order.
const COLOURS: [&str; 4] = ["#1f6feb", "#d1442f", "#2da44e", "#8250df"];

/// A plot of `curves` under `title`; points that are not finite are left out.
pub fn plot(title: &str, curves: &[Curve]) -> String {
    let finite = |points: &[(f64, f64)]| points.iter().copied().filter(|p| p.1.is_finite()).collect::<Vec<_>>();
    let drawn: Vec<(&Curve, Vec<(f64, f64)>)> =
        curves.iter().map(|c| (c, finite(&c.points))).filter(|(_, p)| !p.is_empty()).collect();
    let all: Vec<(f64, f64)> = drawn.iter().flat_map(|(_, points)| points.iter().copied()).collect();
    let (x, y) = (axis(all.iter().map(|p| p.0)), axis(all.iter().map(|p| p.1)));
    // The place of a point in pixels, from the left and from the top.
    let at = |p: &(f64, f64)| {
        let across = (p.0 - x.0) / (x.1 - x.0) * (WIDTH - LEFT - RIGHT);
        let up = (p.1 - y.0) / (y.1 - y.0) * (HEIGHT - TOP - BOTTOM);
        (LEFT + across, HEIGHT - BOTTOM - up)
    };
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" xmlns=\"http://www.w3.org/2000/svg\" font-family=\"system-ui,sans-serif\" font-size=\"11\" role=\"img\" aria-label=\"{title}\">\
         <text x=\"{LEFT}\" y=\"18\" font-size=\"13\" font-weight=\"600\">{title}</text>"
    );
    for tick in ticks(y) {
        let (_, v) = at(&(x.0, tick));
        svg += &format!("<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{v:.1}\" y2=\"{v:.1}\" stroke=\"#ddd\"/>", WIDTH - RIGHT);
        svg += &format!("<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", LEFT - 6.0, v + 4.0, number(tick));
    }
    for tick in ticks(x).into_iter().filter(|t| t.fract() == 0.0) {
        let (h, _) = at(&(tick, y.0));
        svg += &format!("<text x=\"{h:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>", HEIGHT - 10.0, number(tick));
    }
    for (i, (curve, points)) in drawn.iter().enumerate() {
        // A curve, and in the legend at the upper right its name in the same colour.
        let colour = COLOURS[i % COLOURS.len()];
        let path: Vec<String> = points.iter().map(at).map(|(h, v)| format!("{h:.1},{v:.1}")).collect();
        svg +=
            &format!("<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>", path.join(" "));
        if drawn.len() > 1 {
            let h = WIDTH - RIGHT - 80.0 * (drawn.len() - i) as f64 + 20.0;
            let v = if drawn.len() > 2 { 31 } else { 18 }; // below the title, where they would meet
            svg += &format!("<text x=\"{h}\" y=\"{v}\" fill=\"{colour}\" font-weight=\"600\">{}</text>", curve.name);
        }
    }
    svg + "</svg>"
}

/// The ends of an axis for some numbers: the least and the greatest, or a range around them if they are equal.
fn axis(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = numbers.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    match high - low {
        _ if low > high => (0.0, 1.0),
        range if range > 1e-12 * high.abs() => (low, high),
        _ => (low - 0.5, high + 0.5),
    }
}

/// About five round numbers on an axis, which are 1, 2 or 5 times a power of ten apart.
fn ticks((low, high): (f64, f64)) -> Vec<f64> {
    let rough = (high - low) / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough).unwrap_or(power);
    let first = (low / step).ceil() as i64;
    (first..first + 12).map(|i| i as f64 * step).take_while(|t| *t <= high + 1e-9 * step).collect()
}

/// The text of a tick.
fn number(x: f64) -> String {
    match x.abs() {
        0.0 => "0".into(),
        a if !(1e-3..1e5).contains(&a) => format!("{x:.0e}"),
        _ => format!("{}", (x * 1e6).round() / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks((0.0, 1.0)), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(ticks((1.0, 20.0)), [5.0, 10.0, 15.0, 20.0]);
    }

    #[test]
    fn a_plot_of_nan_alone_is_an_empty_plot() {
        let svg = plot("loss", &[Curve { name: "train".into(), points: vec![(1.0, f64::NAN)] }]);
        assert!(!svg.contains("polyline") && !svg.contains("NaN"));
    }
}
