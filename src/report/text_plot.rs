//! A plot in letters, for a terminal.
//!
//! It shows what [`super::Chart`] draws as SVG where nobody opens a browser: `lr-range` prints its curves with it. One
//! letter is a cell of the plot, and where two curves meet, the later one is seen.

/// Draws `curves` of points (x, y) into `width` × `height` letters. The first curve is drawn with `1`, the second with
/// `2` and so on, and y is cut at `ceiling`, above which a loss that explodes would flatten all that is worth seeing.
/// To the left stand the ends of y, and below those of x, which are exponents of ten. Fewer than two different points
/// are no plot.
pub fn text_plot(curves: &[Vec<(f64, f64)>], ceiling: f64, (width, height): (usize, usize)) -> String {
    let points = || curves.iter().flatten().map(|&(x, y)| (x, y.min(ceiling))).filter(|p| p.1.is_finite());
    let ends = |of: fn((f64, f64)) -> f64| {
        points().map(of).fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((left, right), (low, high)) = (ends(|p| p.0), ends(|p| p.1));
    // A single point, or none, is no curve.
    if left >= right || low >= high {
        return String::new();
    }
    let mut cells = vec![vec![' '; width]; height]; // the upper line first
    for (curve, letter) in curves.iter().zip(['1', '2', '3', '4']) {
        for &(x, y) in curve.iter().filter(|p| p.1.is_finite()) {
            let column = ((x - left) / (right - left) * (width - 1) as f64).round() as usize;
            let row = ((high - y.min(ceiling)) / (high - low) * (height - 1) as f64).round() as usize;
            cells[row][column] = letter;
        }
    }
    let mut text = String::new();
    for (row, cells) in cells.iter().enumerate() {
        let label = match row {
            0 => format!("{high:8.3}"),
            _ if row + 1 == height => format!("{low:8.3}"),
            _ => " ".repeat(8),
        };
        text += &format!("{label} |{}\n", cells.iter().collect::<String>().trim_end());
    }
    let power = |p: f64| format!("1e{}", p.round() as i64);
    let (left, right) = (power(left), power(right));
    text + &format!("{:9}+{}\n{:10}{left}{right:>w$}", "", "-".repeat(width), "", w = width - left.len())
}
