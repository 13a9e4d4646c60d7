//! A sweep: many trainings from one file, planned, carried out one by one on any scheduler, and collected.
//!
//! A sweep has no server and no state but files. The plan is one training a line; a run of the plan is an ordinary run in
//! a folder that is named after what is trained, with what became of it in `result.json`. So whoever starts the lines
//! (a loop, GNU parallel, a job array on a cluster), in whatever order, twice or after a kill, the table is the same: a
//! run that has ended is not trained again, one that was killed goes on, and one that another process trains is left to it.
//!
//! | file | what it does |
//! |---|---|
//! | `spec.rs` | the file that a person writes: which knobs take which values |
//! | `draw.rs` | values drawn from ranges |
//! | `trial.rs` | one training of the plan, and the plan as a file |
//! | `outcome.rs` | what became of a training, in its folder |
//! | `results.rs` | what became of all of them, and which configuration is best |

mod draw;
mod outcome;
mod results;
mod spec;
mod trial;

pub use outcome::{End, Outcome};
pub use results::{Configuration, Entry, Results, Statistic};
pub use spec::Spec;
pub use trial::{Plan, Trial};
