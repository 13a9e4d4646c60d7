//! The mistakes that have names, and sets of them with the places where they were made.

use super::table::{Mistake, Part};

mod set;
mod table;

pub use set::Charges;
pub use table::{Mistake, Part};
