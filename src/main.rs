//! Parse, dispatch, print the error, exit. The only place that ends the process.

use std::process::ExitCode;

use backburn::cli::{Cli, print};
use clap::Parser;

fn main() -> ExitCode {
    let _ = ctrlc::set_handler(|| match backburn::train::interrupt() {
        true => print::note(false, "finishing this step and saving; press Ctrl-C again to leave at once"),
        false => {
            backburn::data::hdf5::abandon();
            std::process::exit(130)
        }
    });
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::error(&error);
            ExitCode::from(error.code())
        }
    }
}
