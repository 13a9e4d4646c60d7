//! How far an epoch is, on a terminal: a line that passes, for epochs that take longer than a second.
//!
//! A thread looks at the numbers that the training keeps for whoever watches ([`Pace`]). The line is written over by the
//! next line of any kind, and off a terminal there is none.

use std::sync::Arc;
use std::time::Instant;

use super::bar::{self, LONG, PAUSE};
use super::print;
use super::ticker::Ticker;
use crate::train::Pace;

/// Draws the line of the epoch in hand, one of `epochs`, until the result is dropped; nothing off a terminal.
pub(super) fn draw(pace: Arc<Pace>, epochs: usize) -> Option<Ticker> {
    let (mut epoch, mut since) = (0, Instant::now());
    print::passes().then(|| {
        Ticker::start(PAUSE, move || {
            if pace.epoch() != epoch {
                (epoch, since) = (pace.epoch(), Instant::now());
            }
            if epoch > 0 && since.elapsed() > LONG {
                let far = format!("{:3.0} %", 100.0 * pace.share());
                print::passing(&bar::line(&format!("{epoch}/{epochs}"), pace.share(), &far));
            }
            Ok(())
        })
    })
}
