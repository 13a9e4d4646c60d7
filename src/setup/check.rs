//! The check of a configuration: numbers that no run can use, and knobs that do nothing because they lack another.
//!
//! Where a person gave such a knob it is refused, because a flag that is silently ignored is taken for a cause later.
//! Where a remedy turned the knob that it depends on, it is put back instead.

use super::config::{Config, KNOBS, Knob};
use crate::error::{Error, Result};

impl Config {
    /// Refuses numbers that no run can use.
    ///
    /// # Errors
    /// The first knob out of its range.
    pub fn check(&self) -> Result<()> {
        KNOBS.iter().find_map(|knob| knob.complaint(self)).map_or(Ok(()), |text| Err(Error::Usage(text)))
    }

    /// Refuses knobs that do nothing because they need another, but for those that did nothing in `before` already.
    ///
    /// # Errors
    /// The first such knob, what it needs, and how to leave it out.
    pub fn check_needs(&self, before: &Config) -> Result<()> {
        let fresh = |knob: &&Knob| knob.lacks(before).is_none();
        let lacking = |knob: &'static Knob| knob.lacks(self).map(|need| (knob, need.what));
        let Some((knob, what)) = KNOBS.iter().filter(fresh).find_map(lacking) else {
            return Ok(());
        };
        let default = knob.text(&Config::default());
        let way_out = default.map_or(String::new(), |text| format!(", or give its default, --{} {text}", knob.name));
        Err(Error::usage(format!("--{} needs {what}; leave it out{way_out}", knob.name)))
    }

    /// This configuration, with the knobs that need another and do not have it back at their defaults.
    pub fn tidied(mut self) -> Config {
        while let Some(knob) = KNOBS.iter().find(|knob| knob.lacks(&self).is_some()) {
            knob.reset(&mut self); // a knob at its default needs nothing, so this ends
        }
        self
    }
}
