//! Trains on arrays in memory: two arms of a spiral, which no straight line separates.
//!
//!     cargo run --release --example train_arrays
//!
//! `Data::given` takes features and labels as vectors, and does with them all that is done with a file: it checks them,
//! splits them and scales them. What comes after is what `backburn train` does as well.

#![allow(clippy::print_stdout, reason = "an example prints")]

use backburn::data::{Arrays, Data, Labels};
use backburn::device;
use backburn::error::Result;
use backburn::journal::Event;
use backburn::run::Run;
use backburn::setup::Config;
use backburn::train::Training;

/// Points on two arms of a spiral, `[count, 2]`, and the arm that each is on.
fn spirals(count: usize) -> Arrays {
    let arms = ["left", "right"];
    let point = |i: usize| {
        let way = i as f32 / count as f32;
        let angle = 9.0 * way + (i % 2) as f32 * std::f32::consts::PI;
        [way * angle.cos(), way * angle.sin()]
    };
    Arrays {
        x: (0..count).flat_map(point).collect(),
        y: Labels::Text((0..count).map(|i| arms[i % 2].to_string()).collect()),
        shape: vec![2],
    }
}

fn main() -> Result<()> {
    let config = Config { hidden: vec![64, 64], dropout: 0.0, epochs: 40, ..Config::default() };
    let data = Data::given("spirals", spirals(2000), None, &config.request())?;
    let run = Run::create(None, "spirals", false)?; // runs/spirals-001, or the first number that is free
    let mut training = Training::start(config, data, run, &device::choose(None)?)?;
    while let Some(event) = training.advance()? {
        if let Event::Epoch { epoch, train, .. } = event
            && epoch % 10 == 0
        {
            println!("epoch {epoch}: loss {:.3}", train.loss);
        }
    }
    let scores = training.finish()?;
    let accuracy = scores.validation.expect("a tenth of the rows was split off").accuracy;
    println!("{:.1} % of the points that were not learned are right", 100.0 * accuracy);
    assert!(accuracy > 0.98, "a network with two layers of 64 units learns two spirals");
    Ok(())
}
