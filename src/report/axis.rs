//! An axis: which numbers lie between its ends, and where its ticks stand.
//!
//! The ends are chosen so that few points and equal numbers look right too: one epoch has one tick, a share stays between
//! 0 and 100 %, and what spans several powers of ten is drawn by its logarithm.

use super::html::{brief, grouped};

/// What kind of number an axis shows, which decides where its ends lie and how its ticks are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// Whole numbers, such as epochs and steps.
    Count,
    /// From zero; by the logarithm where the largest is more than twenty times the least.
    Size,
    /// Shares in 0..1, written in percent, close around the data.
    Share,
    /// Shares in 0..1, written in percent, from 0 to 100 % always.
    Whole,
    /// Positive numbers by their logarithm.
    Log,
}

/// An axis between two numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    quantity: Quantity,
    /// The ends; of a logarithmic axis those of the logarithms to base ten.
    low: f64,
    high: f64,
    /// The least distance of two ticks.
    step: f64,
    /// Whether places go by the logarithm to base ten.
    logarithmic: bool,
}

impl Axis {
    /// The axis that holds `values`, with about `ticks` ticks. Values that are not finite do not count, and of no
    /// values it goes from 0 to 1. Equal values get an axis around them, since one that begins where it ends has no
    /// length.
    pub fn of(quantity: Quantity, values: impl Iterator<Item = f64>, ticks: usize) -> Self {
        let finite: Vec<f64> = values.filter(|v| v.is_finite()).collect();
        let ends = |values: &[f64]| values.iter().fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
        let (low, high) = if finite.is_empty() { (0.0, 1.0) } else { ends(&finite) };
        // On a linear axis the least of such numbers could not be told from zero.
        let wide = quantity == Quantity::Size && low > 0.0 && high > 20.0 * low;
        if wide || quantity == Quantity::Log {
            let powers: Vec<f64> = finite.iter().filter(|v| **v > 0.0).map(|v| v.log10()).collect();
            let (low, high) = if powers.is_empty() { (0.0, 1.0) } else { ends(&powers) };
            return Self::powers(quantity, low, high, ticks);
        }
        let (low, high) = match quantity {
            // One epoch alone stands in the middle, under the only tick.
            Quantity::Count if low == high => {
                return Axis { quantity, low: low - 1.0, high: low + 1.0, step: 0.0, logarithmic: false };
            }
            Quantity::Whole => (0.0, 1.0),
            Quantity::Share if high - low < 0.02 => ((low - 0.02).max(0.0), (high + 0.02).min(1.0)),
            Quantity::Size if low >= 0.0 => (0.0, if high > 0.0 { high } else { 1.0 }),
            _ if low == high => (low - 0.5, high + 0.5),
            _ => (low, high),
        };
        let step = round_step((high - low) / ticks.max(1) as f64);
        let step = if quantity == Quantity::Count { step.max(1.0) } else { step };
        match quantity {
            Quantity::Count => Axis { quantity, low, high, step, logarithmic: false },
            _ => {
                let (mut low, mut high) = ((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step);
                if quantity == Quantity::Share {
                    (low, high) = (low.max(0.0), high.min(1.0));
                }
                Axis { quantity, low, high, step, logarithmic: false }
            }
        }
    }

    /// A logarithmic axis; `low` and `high` are already logarithms to base ten. It ends at whole powers, unless the
    /// values lie within one of them, where it would be mostly empty.
    fn powers(quantity: Quantity, low: f64, high: f64, ticks: usize) -> Self {
        let (low, high) = if high - low < 0.3 { (low - 0.15, high + 0.15) } else { (low, high) };
        let step = ((high - low) / ticks.max(1) as f64).ceil().max(1.0);
        let (low, high) = if high - low > 1.0 { (low.floor(), high.ceil()) } else { (low, high) };
        Axis { quantity, low, high, step, logarithmic: true }
    }

    /// Where `value` lies, 0 at the lower and 1 at the upper end; `None` where it cannot be drawn.
    pub fn place(&self, value: f64) -> Option<f64> {
        let value = if self.logarithmic { value.log10() } else { value };
        let share = (value - self.low) / (self.high - self.low);
        share.is_finite().then_some(share.clamp(0.0, 1.0))
    }

    /// The ticks, each with its text.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        if self.step == 0.0 {
            let middle = 0.5 * (self.low + self.high);
            return vec![(middle, grouped(middle as usize))];
        }
        if self.logarithmic {
            return self.power_ticks();
        }
        let first = (self.low / self.step - 1e-9).ceil() as i64;
        let all = (first..first + 40).map(|i| i as f64 * self.step);
        all.take_while(|tick| *tick <= self.high + 1e-9 * self.step).map(|tick| (tick, self.text(tick))).collect()
    }

    /// The ticks of a logarithmic axis: powers of ten; where fewer than two fit, also 2 and 5 times a power.
    fn power_ticks(&self) -> Vec<(f64, String)> {
        let (low, high) = (self.low - 1e-9, self.high + 1e-9);
        let whole = (low.ceil() as i64..=high.floor() as i64).step_by(self.step as usize);
        let powers: Vec<(f64, String)> = whole.map(|power| (10f64.powi(power as i32), raised(power))).collect();
        if powers.len() > 1 {
            return powers;
        }
        let fine = (low.floor() as i32..=high.ceil() as i32).flat_map(|p| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(p)));
        let inside = fine.filter(|tick| (low..=high).contains(&tick.log10()));
        inside.map(|tick| (tick, brief(tick))).collect()
    }

    /// A number as this axis writes it at its ticks.
    fn text(&self, tick: f64) -> String {
        match self.quantity {
            Quantity::Count if tick >= 0.0 => grouped(tick.round() as usize),
            Quantity::Share | Quantity::Whole => {
                let digits = usize::from(self.step < 0.01 - 1e-12) + usize::from(self.step < 0.001 - 1e-12);
                format!("{:.digits$} %", 100.0 * tick)
            }
            _ => brief((tick / self.step).round() * self.step),
        }
    }
}

/// The least step of the form 1, 2 or 5 times a power of ten that is not below `rough`, so that ticks are round
/// numbers.
fn round_step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.max(1e-300).log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= rough * (1.0 - 1e-9)).unwrap_or(power)
}

/// Ten to this power, as a person writes it.
fn raised(power: i64) -> String {
    let digit =
        |c: char| c.to_digit(10).map_or('⁻', |d| ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][d as usize]);
    match power {
        0 => "1".into(),
        1 => "10".into(),
        _ => format!("10{}", power.to_string().chars().map(digit).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(quantity: Quantity, values: &[f64]) -> Vec<String> {
        Axis::of(quantity, values.iter().copied(), 5).ticks().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_a_share_stays_a_share() {
        assert_eq!(texts(Quantity::Count, &[1.0, 20.0]), ["5", "10", "15", "20"]);
        assert_eq!(texts(Quantity::Count, &[1.0]), ["1"]);
        assert_eq!(texts(Quantity::Whole, &[0.3]), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
        assert!(texts(Quantity::Share, &[1.0]).last().is_some_and(|text| text == "100.0 %" || text == "100 %"));
        assert_eq!(texts(Quantity::Log, &[1e-3, 1e-1]), ["10⁻³", "10⁻²", "10⁻¹"]);
        assert_eq!(texts(Quantity::Size, &[0.0, 0.0])[0], "0");
    }

    #[test]
    fn numbers_that_are_equal_or_not_finite_have_a_place_or_none() {
        let axis = Axis::of(Quantity::Size, [0.5, 0.5, f64::NAN].into_iter(), 4);
        assert!(axis.place(0.5).is_some_and(|p| p > 0.0 && p <= 1.0));
        assert_eq!(axis.place(f64::NAN), None);
        assert_eq!(Axis::of(Quantity::Log, [0.1, 1.0].into_iter(), 4).place(-1.0), None);
    }
}
