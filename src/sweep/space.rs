//! The space of a search: which knobs are drawn, and between what.
//!
//! The ranges lie around what the data's own defaults say, and a draw leaves each knob at its default as often as not:
//! the defaults were chosen on many tables, so a draw that turns all knobs at once is nearly always worse, and one that
//! turns a few of them says what turning them does. docs/tuning.md has the reason for each range.

use std::collections::BTreeMap;

use rand::Rng;
use rand::seq::IndexedRandom;

use super::draw::Between;
use crate::error::{Error, Result};
use crate::random::generator_of_row;
use crate::setup::{Config, Knob};

/// Knobs with what was drawn for each, as typed.
pub type Point = BTreeMap<String, String>;

/// What a knob is drawn from.
enum Values {
    /// The default times a number of this range.
    Times(Between),
    /// A number of this range.
    Within(Between),
    /// One of these.
    OneOf(&'static [&'static str]),
}

use Values::{OneOf, Times, Within};

/// The knobs that are drawn, each with what it is drawn from.
const SPACE: [(&str, Values); 6] = [
    ("rate", Times(Between { from: 1.0 / 6.0, to: 6.0, log: true })),
    ("hidden", OneOf(&["64", "128", "256", "512", "128,128", "256,256", "256,256,256"])),
    ("activation", OneOf(&["silu", "gelu", "tanh"])),
    ("dropout", Within(Between { from: 0.0, to: 0.5, log: false })),
    ("weight-decay", Within(Between { from: 1e-3, to: 0.5, log: true })),
    ("batch-size", Times(Between { from: 0.5, to: 4.0, log: true })),
];

/// Draw number `number` around `base`, the default of the data. A knob of which `given` says that the person has chosen it
/// is not drawn, nor is one that does nothing without another; the draws of the other knobs are the same all the same.
pub fn draw(base: &Config, given: impl Fn(&str) -> bool, number: usize) -> Point {
    let mut rng = generator_of_row(base.seed, b"TUNING\0\0", number, 0);
    let mut point = Point::new();
    for (name, values) in &SPACE {
        let (turned, place) = (rng.random::<bool>(), rng.random::<f64>());
        let text = match values {
            Times(range) => times(base, name, range.at(place)),
            Within(range) => range.at(place).to_string(),
            OneOf(words) => words.choose(&mut rng).map_or(String::new(), |word| word.to_string()),
        };
        let makes_sense = |text: &str| {
            let mut config = base.clone();
            let set = Knob::named(name).is_some_and(|knob| knob.set(&mut config, text).is_ok());
            set && config != *base && config.check().is_ok() && config.check_needs(base).is_ok()
        };
        if turned && !given(name) && !(from_weights(base, name)) && makes_sense(&text) {
            point.insert(name.to_string(), text);
        }
    }
    point
}

/// The configuration of a point around `base`, which is what the data make of the defaults and of what was `given`. Where the
/// batch is drawn the number of epochs follows it by the rule of the defaults, if nobody has chosen it.
///
/// # Errors
/// The point was written by another version, or by hand.
pub fn configured(base: &Config, point: &Point, rows: usize, given: impl Fn(&str) -> bool) -> Result<Config> {
    let mut config = base.clone();
    for (name, text) in point {
        let wrong = |hint: String| Error::usage(format!("`{name}` = {text} of a search: {hint}; start the run again"));
        let knob = Knob::named(name).ok_or_else(|| wrong("there is no such knob".into()))?;
        knob.set(&mut config, text).map_err(wrong)?;
    }
    config.check()?;
    let follow = point.contains_key("batch-size") && !given("epochs");
    Ok(if follow { config.fitted(rows, |name| name != "epochs") } else { config })
}

/// The default of the knob `name` times `factor`, as typed: three digits of a rate, and whole rows of a batch.
fn times(base: &Config, name: &str, factor: f64) -> String {
    match name {
        "batch-size" => format!("{}", (base.batch_size as f64 * factor).round().max(1.0)),
        _ => format!("{:.2e}", base.rate() * factor).parse().map_or(String::new(), |rate: f64| rate.to_string()),
    }
}

/// Whether the knob `name` is settled by the weights that the network starts from.
fn from_weights(base: &Config, name: &str) -> bool {
    base.from.is_some() && ["hidden", "activation"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_never_drawn_and_the_rest_is_drawn_as_before() {
        let base = Config::default().fitted(300, |_| false);
        for number in 1..200 {
            let (free, held) = (draw(&base, |_| false, number), draw(&base, |name| name == "rate", number));
            assert!(!held.contains_key("rate"));
            assert!(held.iter().all(|(name, text)| free.get(name) == Some(text)));
            let config = configured(&base, &free, 300, |_| false).unwrap();
            assert!((0.0016..=0.061).contains(&config.rate()) && (32..=256).contains(&config.batch_size), "{free:?}");
        }
        assert_eq!(draw(&base, |_| false, 7), draw(&base, |_| false, 7));
        assert_eq!(draw(&base, |_| true, 7), Point::new());
    }

    #[test]
    fn a_network_without_hidden_layers_is_never_given_dropout() {
        let base = Config { hidden: Vec::new(), dropout: 0.0, ..Config::default() };
        assert!((1..100).all(|number| !draw(&base, |name| name == "hidden", number).contains_key("dropout")));
    }

    #[test]
    fn epochs_follow_the_batch_unless_somebody_has_chosen_them() {
        let base = Config::default().fitted(1500, |_| false);
        let point = Point::from([("batch-size".to_string(), "128".to_string())]);
        let of = |given: bool| configured(&base, &point, 1500, |_| given).unwrap();
        assert_eq!((base.epochs, of(false).epochs, of(true).epochs), (40, 64, 40));
        assert_eq!(of(false).join, base.join);
    }
}
