//! Figures: numbers as people write them in tables, with a unit at one end and with marks between thousands.
//!
//! `3.5%` is 3.5, `-$1.20` is −1.2 and `12,345.6` is 12345.6. Only the unit is cut off: nothing is divided by 100, so all
//! cells of a column must be in one unit, which whoever walks over the table sees to.

/// Signs of currencies, which stand before or behind a number.
const CURRENCIES: [char; 4] = ['$', '€', '£', '¥'];

/// The number in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figure {
    /// What it is without its unit.
    pub(super) value: f32,
    /// Its unit: a per cent sign or the sign of a currency.
    pub(super) unit: Option<char>,
    /// Whether there are marks between its thousands.
    pub(super) grouped: bool,
}

/// The number that a cell holds, if it holds one and nothing else.
pub(super) fn figure(cell: &str) -> Option<Figure> {
    if let Ok(value) = cell.parse() {
        return Some(Figure { value, unit: None, grouped: false });
    }
    let (before, rest) = without_sign(cell);
    let (unit, rest) = without_unit(rest);
    let (behind, digits) = without_sign(rest);
    if before.is_some() && behind.is_some() {
        return None;
    }
    let plain = ungrouped(digits)?;
    let value: f32 = plain.parse().ok()?;
    let negative = before.or(behind) == Some('-');
    Some(Figure { value: if negative { -value } else { value }, unit, grouped: plain.len() < digits.len() })
}

/// Whether a cell is a number of thousands with a comma between them, which is a number with a decimal comma as well.
pub(super) fn is_ambiguous(cell: &str) -> bool {
    cell.matches(',').count() == 1 && !cell.contains('.') && figure(cell).is_some_and(|figure| figure.grouped)
}

/// The unit of a number and what is left without it.
fn without_unit(text: &str) -> (Option<char>, &str) {
    let before = CURRENCIES.into_iter().find_map(|unit| Some((unit, text.strip_prefix(unit)?)));
    let units = || CURRENCIES.into_iter().chain(['%']);
    let found = before.or_else(|| units().find_map(|unit| Some((unit, text.strip_suffix(unit)?))));
    found.map_or((None, text), |(unit, rest)| (Some(unit), rest.trim()))
}

/// The sign that a text begins with, if it does, and what follows it.
fn without_sign(text: &str) -> (Option<char>, &str) {
    let sign = text.chars().next().filter(|first| ['+', '-'].contains(first));
    (sign, text.strip_prefix(['+', '-']).unwrap_or(text))
}

/// The digits of a number without the commas between its thousands; `None` if there are other signs in it, or commas
/// elsewhere.
fn ungrouped(text: &str) -> Option<String> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut groups = whole.split(',');
    let first = groups.next().filter(|first| digits(first))?;
    let alone = whole.len() == first.len();
    let fit = (alone || first.len() <= 3) && groups.all(|group| group.len() == 3 && digits(group));
    (fit && digits(fraction)).then(|| text.replace(',', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_and_marks_between_thousands_leave_a_number() {
        let value = |cell: &str| figure(cell).map(|figure| (figure.value, figure.unit));
        let cases = [
            ("3.5%", Some((3.5, Some('%')))),
            ("-12 %", Some((-12.0, Some('%')))),
            ("$1.20", Some((1.2, Some('$')))),
            ("-$1,200.50", Some((-1200.5, Some('$')))),
            ("$-3", Some((-3.0, Some('$')))),
            ("7 €", Some((7.0, Some('€')))),
            ("12,345.6", Some((12345.6, None))),
            ("1,234,567", Some((1_234_567.0, None))),
            ("-1e3", Some((-1000.0, None))),
        ];
        for (cell, number) in cases {
            assert_eq!(value(cell), number, "{cell}");
        }
        for cell in [
            "1,23",
            "12345,678",
            "1,2345",
            ",5",
            "1,234,",
            "5%%",
            "$%",
            "--1%",
            "-$-1",
            "1-2",
            "3 apples",
            "%",
            "1.2.3",
        ] {
            assert_eq!(value(cell), None, "{cell}");
        }
        assert!(["12,345", "-1,234", "$1,234"].into_iter().all(is_ambiguous));
        assert!(!["12,345.6", "1,5", "1,234,567", "12345"].into_iter().any(is_ambiguous));
    }
}
