//! Texts of a chart: what the curves are called and what is read from them, beside and below each other so that none meets
//! another. The letters of a text are counted to know how wide it is, since nobody can measure it before it is drawn.

/// The width of a chart, in pixels; a phone is as wide.
pub const WIDTH: f64 = 340.0;
/// The height of a line of text, and about how wide a letter of it is.
pub const LINE: f64 = 16.0;
pub const LETTER: f64 = 6.6;

/// Texts beside and below each other from `top` on, those of curves behind a piece of their line.
pub fn written(texts: &[(Option<usize>, String)], top: f64) -> String {
    let one = |((hue, text), (x, y)): (&(Option<usize>, String), (f64, f64))| {
        let y = top + LINE * y;
        let sample = hue.map(|hue| format!("<path class=\"line l{hue}\" d=\"M{x:.1} {:.1}h14\"/>", y - 4.0));
        let shift = if hue.is_some() { 19.0 } else { 0.0 };
        format!("{}<text class=\"k\" x=\"{:.1}\" y=\"{y:.1}\">{text}</text>", sample.unwrap_or_default(), x + shift)
    };
    texts.iter().zip(laid_out(texts)).map(one).collect()
}

/// How many lines texts take, which decides where the plot below them begins.
pub fn rows(texts: &[(Option<usize>, String)]) -> usize {
    laid_out(texts).last().map_or(0, |(_, line)| *line as usize + 1)
}

/// The place of each text: its x in pixels, and the number of its line, the first is 0. A text that would pass the
/// right edge begins a new line; one that is wider than the chart stays on a line of its own.
fn laid_out(texts: &[(Option<usize>, String)]) -> Vec<(f64, f64)> {
    let (mut x, mut line) = (0.0, 0.0);
    let place = |(hue, text): &(Option<usize>, String)| {
        let width = LETTER * text.chars().count() as f64 + if hue.is_some() { 19.0 } else { 0.0 };
        if x > 0.0 && x + width > WIDTH {
            (x, line) = (0.0, line + 1.0);
        }
        let here = (x, line);
        x += width + 9.0;
        here
    };
    texts.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_would_meet_stand_below_each_other() {
        let texts: Vec<(Option<usize>, String)> = (0..6).map(|i| (Some(i), format!("layer number {i}"))).collect();
        let places = laid_out(&texts);
        for (a, b) in places.iter().zip(&places[1..]) {
            assert!(b.1 > a.1 || b.0 > a.0 + LETTER * 14.0, "{a:?} {b:?}");
        }
        assert!(rows(&texts) > 1 && rows(&[]) == 0);
    }
}
