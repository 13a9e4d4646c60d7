//! The mistakes that have names, sets of them, and their occurrences.
//!
//! A mistake of the table is one way in which people get one equation wrong. A set of mistakes with their occurrences is what
//! a hypothesis costs: the search looks for the cheapest set that reproduces a dump. Everything here is a fact; the
//! sentences that people read are made of it in the room `report`.

mod occurrence;
mod remark;
mod set;
mod table;

pub use occurrence::{BiasRow, Detail, FactorMeaning, Occurrence, Parameter, RowOf, Scope, TensorName, WrongInput};
pub use remark::Remark;
pub use set::Mistakes;
pub use table::{Mistake, Stage};
