//! `backburn lr-range`: the learning rate that a network can take on some data, or that there is none.
//!
//! The test itself is [`crate::lr_range`]. The rate alone goes to stdout, so that a script can read it; the curves and the
//! reason go to stderr, and to `--svg` for people. That no rate can be suggested is an error, because a script that goes
//! on with an empty rate would train with the default.

use std::path::PathBuf;

use super::bar::Clock;
use super::knobs::Knobs;
use super::output::{self, Output};
use super::{json, print};
use crate::data::Data;
use crate::device;
use crate::error::{Error, Result};
use crate::lr_range::{self, RangeTest};
use crate::report::{self, Chart, Curve, Quantity};

/// Arguments of `lr-range`.
#[derive(clap::Args)]
pub struct Args {
    /// The HDF5 file; the built-in digits without one
    file: Option<PathBuf>,
    #[command(flatten)]
    knobs: Knobs,
    /// Read knobs from a TOML file; flags override it
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    config: Option<PathBuf>,
    /// Write the curves as SVG
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    svg: Option<PathBuf>,
    /// Replace an existing --svg
    #[arg(long, requires = "svg", help_heading = "Output")]
    overwrite: bool,
    /// Print one JSON object
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// Tests the range with the configuration that `train` would have for the same flags and data.
pub fn run(args: Args) -> Result<()> {
    let file = args.config.as_deref();
    let config = args.knobs.configure(args.file, file)?;
    let inputs = output::of_config(&config, args.config.as_deref());
    let open = |path: &PathBuf| Output::open(path, "--svg", args.overwrite, &inputs);
    let output = args.svg.as_ref().map(open).transpose()?;
    device::threads(config.threads)?;
    let data = Data::load(&config.request())?;
    let config = config.fitted(data.training_rows(), args.knobs.chosen(file)?);
    let device = device::choose(config.device.as_deref())?;
    let trying = Clock::start("trying rates".into());
    let range = lr_range::find(&config, &data, &device)?;
    drop(trying);
    if let Some(output) = output {
        output.write(svg(&range).as_bytes())?;
    }
    if args.json {
        print::data(&json(&range));
    } else {
        let powers: Vec<Vec<(f64, f64)>> = range.curves.iter().map(|c| powers(c)).collect();
        print::note("loss against the learning rate, one digit a seed");
        print::note(&report::text_plot(&powers, 2.0 * range.prior, (64, 14)));
        print::note(&format!("guessing costs {:.3}; {}", range.prior, range.reason));
    }
    match range.rate {
        Some(_) if args.json => Ok(()),
        Some(rate) => {
            print::data(&rate.to_string());
            Ok(())
        }
        None => Err(Error::other(format!("no rate can be suggested: {}", range.reason))),
    }
}

/// A curve over powers of ten.
fn powers(curve: &[(f64, f64)]) -> Vec<(f64, f64)> {
    curve.iter().map(|&(rate, loss)| (rate.log10(), loss)).collect()
}

/// The curves of all seeds, cut at twice the loss of guessing, and the suggested rate as a vertical line.
fn svg(range: &RangeTest) -> String {
    let names = ["first seed", "second", "third"];
    let curve = |hue: usize| {
        let points = range.curves[hue].iter().map(|&(rate, loss)| (rate, loss.min(2.0 * range.prior)));
        Curve::new(names[hue], hue, points.collect())
    };
    let chart = Chart {
        title: "Loss against the learning rate".into(),
        x: "learning rate".into(),
        across: Quantity::Log,
        y: "cross-entropy, nats".into(),
        up: Quantity::Size,
        curves: (0..range.curves.len().min(names.len())).map(curve).collect(),
        mark: range.rate.map(|rate| (rate, format!("suggested, {rate}"))),
    };
    chart.alone()
}
