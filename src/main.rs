//! Parse, dispatch, print the error, exit. The only place that ends the process.
//!
//! The program is two programs: called with a hidden verb by itself, it is the child that reads one foreign HDF5 file and
//! may crash. Exit codes: 0 fine, 1 other, 2 usage, 3 data, 4 diverged, 130 interrupted.

use std::process::ExitCode;

use backburn::cli::{Cli, arrived, complain, note};
use backburn::error::Error;
use backburn::{data, ranks};

/// A step allocates the same few buffers again and again; this allocator keeps them instead of giving them back to
/// the system, which would have to clear every page anew.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // SAFETY: this is the first thing that the only thread does.
    unsafe { data::ignore_environment() };
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|verb| verb == data::CHILD_VERB) {
        data::serve(arguments);
        return ExitCode::SUCCESS;
    }
    if let Ok(program) = std::env::current_exe() {
        data::read_in_child(program);
    }
    // The first Ctrl-C lets a training save its place. Where none runs, or at the second, unfinished files are removed.
    let _ = ctrlc::set_handler(|| match backburn::train::interrupt() {
        true => note("finishing this step and saving; press Ctrl-C again to leave at once"),
        false => {
            backburn::write::abandon();
            std::process::exit(130)
        }
    });
    ranks::when_left_alone(|message| {
        complain(&Error::other(message));
        std::process::exit(1)
    });
    let cli = Cli::typed().unwrap_or_else(|error| error.exit());
    let ended = cli.run().and_then(|()| arrived());
    if let Err(error) = &ended {
        fail(error);
    }
    ranks::leave();
    ended.map_or_else(|error| ExitCode::from(error.code()), |()| ExitCode::SUCCESS)
}

/// Says what went wrong: the first of several ranks says it for all. If the others have not met the same, all end here.
fn fail(error: &Error) {
    if ranks::is_first() {
        complain(error);
    }
    if !ranks::all_have_failed() {
        if !ranks::is_first() {
            complain(&Error::other(format!("rank {}: {error}", ranks::rank())));
        }
        ranks::abort(error.code());
    }
}
