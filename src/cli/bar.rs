//! How far work is that takes longer than a second: one line of stderr, on a terminal alone.
//!
//! The line is written over by the next line of any kind and is taken away at the end. Work whose steps can be counted
//! has a [`Bar`]; for other work a [`Clock`] tells what goes on and for how long.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use burn::tensor::Tensor;

use super::print;
use super::ticker::Ticker;
use crate::model::Classifier;

/// Work of less time has no line.
pub(super) const LONG: Duration = Duration::from_secs(1);
/// How often the line is drawn.
pub(super) const PAUSE: Duration = Duration::from_millis(250);
/// How many signs the bar is long.
const SIGNS: usize = 20;

/// A bar that grows with the work. It is gone when it is dropped.
pub(super) struct Bar {
    begun: Instant,
    /// When the line was drawn last.
    drawn: Option<Instant>,
}

impl Bar {
    /// The bar of work that begins now.
    pub(super) fn open() -> Self {
        Bar { begun: Instant::now(), drawn: None }
    }

    /// Draws that `done` of about `total` experiments are made, `what` being the next. An experiment takes a while, so this
    /// line is drawn whenever it is given.
    pub(super) fn steps(&mut self, what: &str, done: usize, total: usize) {
        self.draw(what, share(done, total), &format!("{done} of about {total}"));
    }

    /// Draws that `done` of `total` rows are through.
    pub(super) fn rows(&mut self, what: &str, done: usize, total: usize) {
        if self.due() {
            self.draw(what, share(done, total), &format!("{done} rows"));
        }
    }

    /// Draws that `rows` are through, of a number that nobody knows yet.
    pub(super) fn count(&mut self, what: &str, rows: usize) {
        if self.due() {
            self.show(&format!("{what}: {rows} rows"));
        }
    }

    /// Draws that `done` bytes have arrived, of `total` where that is known.
    pub(super) fn bytes(&mut self, what: &str, done: u64, total: Option<u64>) {
        if self.due() {
            let total = total.unwrap_or(done).max(done).max(1);
            let megabytes = |bytes: u64| bytes as f64 / 1e6;
            let far = format!("{:.1} of {:.1} MB", megabytes(done), megabytes(total));
            self.draw(what, done as f64 / total as f64, &far);
        }
    }

    /// Whether the work is long, and the line old.
    fn due(&self) -> bool {
        self.begun.elapsed() > LONG && self.drawn.is_none_or(|drawn| drawn.elapsed() > PAUSE)
    }

    fn draw(&mut self, what: &str, share: f64, far: &str) {
        self.show(&line(what, share, far));
    }

    fn show(&mut self, line: &str) {
        if print::passes() {
            print::passing(line);
        }
        self.drawn = Some(Instant::now());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            print::passed();
        }
    }
}

/// The part `done` of `total`, 0..1.
fn share(done: usize, total: usize) -> f64 {
    (done as f64 / total.max(1) as f64).min(1.0)
}

/// What goes on, the share of it that is done as a bar, and in words how far that is, in 60 columns.
pub(super) fn line(what: &str, share: f64, far: &str) -> String {
    let filled = (SIGNS as f64 * share) as usize;
    format!("{what:<20.20} {}{} {far:.17}", "#".repeat(filled), ".".repeat(SIGNS - filled))
}

/// A line that tells what goes on and for how many seconds, until it is dropped.
pub(super) struct Clock(Option<Ticker>);

impl Clock {
    /// The line of work that begins now.
    pub(super) fn start(what: String) -> Self {
        let begun = Instant::now();
        let draw = move || {
            if begun.elapsed() > LONG {
                print::passing(&format!("{what:.48}, {} s", begun.elapsed().as_secs()));
            }
            Ok(())
        };
        Clock(print::passes().then(|| Ticker::start(PAUSE, draw)))
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        if self.0.take().is_some() {
            print::passed();
        }
    }
}

/// A classifier whose rows are counted on the terminal while they pass.
pub(super) struct Counted<'a, C> {
    model: &'a C,
    what: &'a str,
    /// The bar, and how many rows have passed.
    bar: RefCell<(Bar, usize)>,
    total: usize,
}

impl<'a, C: Classifier> Counted<'a, C> {
    /// The same classifier, of which `total` rows will be asked.
    pub(super) fn new(model: &'a C, what: &'a str, total: usize) -> Self {
        Counted { model, what, bar: RefCell::new((Bar::open(), 0)), total }
    }
}

impl<C: Classifier> Classifier for Counted<'_, C> {
    fn log_p(&self, x: Tensor<2>) -> Tensor<2> {
        let (bar, rows) = &mut *self.bar.borrow_mut();
        bar.rows(self.what, *rows, self.total);
        *rows += x.dims()[0];
        self.model.log_p(x)
    }

    fn classes(&self) -> usize {
        self.model.classes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_narrow_terminals() {
        assert_eq!(line("3/20", 0.5, " 50 %"), "3/20                 ##########..........  50 %");
        assert!(line(&"w".repeat(99), 1.0, "1000000 of about 1000000").len() <= 60);
    }
}
