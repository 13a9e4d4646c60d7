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

/// Numbers as one line of blocks, the least lowest and the greatest highest; what is not finite counts as the greatest.
/// Where there are more than `width`, neighbours are shown by their mean.
pub fn sparkline(values: &[f64], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let finite = || values.iter().filter(|v| v.is_finite());
    let (low, high) = finite().fold((f64::MAX, f64::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    let share = |v: &f64| if v.is_finite() { (v - low) / (high - low).max(f64::MIN_POSITIVE) } else { 1.0 };
    let count = values.len().min(width);
    let part = |i: usize| &values[i * values.len() / count..(i + 1) * values.len() / count];
    let mean = |part: &[f64]| part.iter().map(share).sum::<f64>() / part.len() as f64;
    (0..count).map(|i| BLOCKS[((mean(part(i)) * 7.0).round() as usize).min(7)]).collect()
}

#[cfg(test)]
mod tests {
    use super::sparkline;

    #[test]
    fn the_least_is_lowest_and_many_are_shown_by_their_means() {
        assert_eq!(sparkline(&[8.0, 4.0, 1.0, 1.0], 10), "█▄▁▁");
        assert_eq!(sparkline(&[0.0, 4.0, 6.0, 6.0, 14.0, 14.0], 3), "▂▄█");
        assert_eq!(sparkline(&[f64::NAN, 1.0, 2.0], 9), "█▁█");
        assert_eq!(sparkline(&[3.0, 3.0], 9), "▁▁");
        assert_eq!(sparkline(&[], 9), "");
    }
}
