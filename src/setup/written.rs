//! A configuration as text: the file that `--config` reads and `--print-config` writes, the command that trains it, and
//! what is different between two.

use super::config::{Config, KNOBS, Knob};
use super::defaults::FITTED;
use super::knob::May;
use crate::clean;
use crate::data::training_rows;
use crate::error::{Error, Result};
use crate::journal::Change;

impl Config {
    /// The configuration that a TOML file holds; knobs that it does not name have their defaults.
    ///
    /// # Errors
    /// What cannot be understood, and where.
    pub fn from_toml(text: &str) -> std::result::Result<Self, String> {
        let table: toml::Table = toml::from_str(text).map_err(|e| one_line(&e))?;
        let stranger = table.keys().find(|key| Knob::named(key).is_none());
        if let Some((key, knob)) = stranger.and_then(|key| Some((key, Knob::meant(key)?))) {
            return Err(format!("there is no knob `{key}`; it is called `{}`", knob.name));
        }
        toml::from_str(text).map_err(|e| one_line(&e))
    }

    /// A TOML file of every knob, which [`Config::from_toml`] reads back; those that are left open stand in comments.
    ///
    /// # Errors
    /// A value that TOML cannot say, such as a path that is not UTF-8.
    pub fn to_toml(&self) -> Result<String> {
        let values = toml::Table::try_from(self).map_err(|e| Error::other(format!("configuration: {e}")))?;
        let line = |knob: &Knob| match (values.get(knob.name), knob.open) {
            (Some(value), _) => format!("{} = {value}\n", knob.name),
            (None, open) => format!("# {} is left open: {}\n", knob.name, open.unwrap_or("no value")),
        };
        Ok(KNOBS.iter().map(line).collect())
    }

    /// What is different in `other`, by the names of the knobs in alphabetical order.
    pub fn changes(&self, other: &Config) -> Vec<Change> {
        let text = |knob: &Knob, config| knob.text(config).unwrap_or_default();
        let change = |knob: &Knob| Change { knob: knob.name.into(), from: text(knob, self), to: text(knob, other) };
        let mut changes: Vec<Change> = KNOBS.iter().map(change).filter(|change| change.from != change.to).collect();
        changes.sort_by(|a, b| a.knob.cmp(&b.knob));
        changes
    }

    /// [`Config::changes`] in values that can be typed: a knob that `other` leaves open shows what then holds, or nothing
    /// where that is no value.
    pub fn typed_changes(&self, other: &Config) -> Vec<Change> {
        let resolved = other.resolved();
        let mut changes = self.changes(other);
        for change in changes.iter_mut().filter(|change| change.to.is_empty()) {
            change.to = Knob::named(&change.knob).and_then(|knob| knob.text(&resolved)).unwrap_or_default();
        }
        changes
    }

    /// The knobs that a TOML file names; none where it cannot be understood.
    pub fn named_in(text: &str) -> Vec<String> {
        toml::from_str(text).map_or(Vec::new(), |table: toml::Table| table.keys().cloned().collect())
    }

    /// The command line of `train` that gives this configuration on any machine, in alphabetical order: every flag that is
    /// not the default, and of the defaults that the data decide those that they would decide otherwise. Knobs that do
    /// nothing are left out, since the command line would refuse them.
    ///
    /// ```
    /// use backburn::setup::Config;
    /// let own = Config { hidden: vec![30], epochs: 3, ..Config::default() };
    /// let digits = own.fitted(1500, |knob| ["hidden", "epochs"].contains(&knob)); // a rate of 0.01 and the like
    /// assert_eq!(digits.command(), "backburn train --epochs 3 --hidden 30");
    /// ```
    pub fn command(&self) -> String {
        let (own, standard) = (self.clone().tidied().rated(), Config::default());
        let differs = |knob: &Knob, other: &Config| knob.text(&own) != knob.text(other);
        let by_rows = |knob: &Knob| FITTED.contains(&knob.name);
        let turned = |knob: &&Knob| !knob.may(May::StayHere) && !by_rows(knob) && differs(knob, &standard);
        let mut turned: Vec<&Knob> = KNOBS.iter().filter(turned).collect();
        let rows = training_rows(&own.request()).ok(); // the file is opened once for all knobs
        for knob in FITTED.into_iter().filter_map(Knob::named) {
            let typed = |name: &str| turned.iter().any(|knob| knob.name == name);
            let mut bare = own.clone();
            let open = FITTED.into_iter().filter(|name| !typed(name)).filter_map(Knob::named);
            open.for_each(|knob| knob.reset(&mut bare));
            let bare = rows.map_or(bare.clone(), |rows| bare.fitted(rows, typed)).rated();
            if !typed(knob.name) && differs(knob, &bare) {
                turned.push(knob);
            }
        }
        turned.sort_by_key(|knob| (!knob.positional, knob.name));
        let word = |knob: &Knob| knob.text(&own).map_or(String::new(), |text| argument(knob, &text));
        turned.into_iter().fold("backburn train".into(), |command, knob| command + &word(knob))
    }
}

/// The words that give `knob` the value `text`, behind a blank. A value that looks like a flag is tied to its own flag,
/// or to the folder that it lies in.
fn argument(knob: &Knob, text: &str) -> String {
    let flaglike = text.starts_with('-') && text.parse::<f64>().is_err();
    match (knob.positional, flaglike) {
        (true, true) => format!(" {}", clean::shell(&format!("./{text}"))),
        (true, false) => format!(" {}", clean::shell(text)),
        (false, true) => format!(" --{}={}", knob.name, clean::shell(text)),
        (false, false) => format!(" --{} {}", knob.name, clean::shell(text)),
    }
}

/// An error of the TOML reader without its line breaks.
fn one_line(error: &toml::de::Error) -> String {
    error.to_string().trim().replace('\n', " ")
}
