//! A sweep: many trainings from one file, planned, carried out one by one on any scheduler, and collected.
//!
//! A sweep has no server and no state but files. The plan is one training a line; a run of the plan is an ordinary run in
//! a folder that is named after what is trained, with what became of it in `result.json`. So whoever starts the lines
//! (a loop, GNU parallel, a job array on a cluster), in whatever order, twice or after a kill, the table is the same: a
//! run that has ended is not trained again, one that was killed goes on, and one that another process trains is left to it.
//!
//! The search of `train --tune` has the same plan and the same folders. Its plan grows: what is tried next follows from
//! what was tried before.
//!
//! | file | what it does |
//! |---|---|
//! | `spec.rs` | the file that a person writes: which knobs take which values |
//! | `draw.rs` | values drawn from ranges |
//! | `trial.rs` | one training of the plan, and the plan as a file |
//! | `outcome.rs` | what became of a training, in its folder |
//! | `results.rs` | what became of all of them, and which configuration is best |
//! | `space.rs` | what a search draws, around the defaults of the data |
//! | `stages.rs`, `search.rs` | how much is spent on a configuration, and which goes on |
//! | `budget.rs`, `tuned.rs` | how much is tried, and what a run keeps of its search |

mod budget;
mod draw;
mod outcome;
mod results;
mod search;
mod space;
mod spec;
mod stages;
mod trial;
mod tuned;

pub use budget::Budget;
pub use outcome::{End, Outcome};
pub use results::{Configuration, Entry, Results, Statistic};
pub use search::{Candidate, Next, Purse};
pub use space::{Point, configured, draw};
pub use spec::Spec;
pub use stages::Stages;
pub use trial::{Plan, Trial, absolute};
pub use tuned::{Choice, Tuned};
