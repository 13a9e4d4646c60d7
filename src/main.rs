//! Parse, dispatch, print the error, exit. The only place that ends the process.

use std::process::ExitCode;

use backburn::cli::{Cli, print};

/// A step allocates the same few buffers again and again; this allocator keeps them instead of giving them back to
/// the system, which would have to clear every page anew.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let _ = ctrlc::set_handler(|| match backburn::train::interrupt() {
        true => print::note("finishing this step and saving; press Ctrl-C again to leave at once"),
        false => {
            backburn::write::abandon();
            std::process::exit(130)
        }
    });
    let cli = Cli::typed().unwrap_or_else(|error| error.exit());
    match cli.run().and_then(|()| print::arrived()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::error(&error);
            ExitCode::from(error.code())
        }
    }
}
