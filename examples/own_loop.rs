//! A training loop of one's own, on the library's steps.
//!
//!     cargo run --release --example own_loop
//!
//! A step is pulled before anything has changed. What it does to the network is decided here: this loop prints, refuses
//! a step that is not finite, and ends when the mean of the last losses is low enough, a rule that no flag has.

#![allow(clippy::print_stdout, reason = "an example prints")]

use backburn::data::Data;
use backburn::device;
use backburn::error::Result;
use backburn::evaluate;
use backburn::setup::{self, Config, Steps};
use burn::module::Module;

fn main() -> Result<()> {
    let config = Config { hidden: vec![64], epochs: 20, ..Config::default() };
    let (data, device) = (Data::load(&config.request())?, device::choose(None)?); // the built-in digits
    let mut learner = setup::learner(&config, &data, &device)?;
    let mut mean = (data.classes.names.len() as f64).ln(); // what guessing costs

    for step in Steps::new(&config, &data, &device) {
        let step = step?;
        let pass = step.pass(&learner);
        if !pass.is_finite() {
            println!("step {} is not finite: the weights stay as they were before it", step.number);
            break;
        }
        mean = 0.95 * mean + 0.05 * pass.loss;
        if step.number % 50 == 0 {
            println!("step {:4}  loss {mean:.3}  norm of the gradient {:.3}", step.number, pass.norm);
        }
        step.update(&mut learner, pass);
        if mean < 0.2 {
            println!("step {:4}  good enough", step.number);
            break;
        }
    }

    let test = data.test.as_ref().expect("the digits have a test half");
    let score = evaluate::score(&learner.model.valid(), test, &device)?;
    println!("{:.1} % of {} test rows are right", 100.0 * score.accuracy, test.len());
    assert!(score.accuracy > 0.9);
    Ok(())
}
