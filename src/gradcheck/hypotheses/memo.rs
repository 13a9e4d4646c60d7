//! A memo: what some error at a layer was found to explain, kept for the next time.
//!
//! Many chains of the court end in one and the same error, to the last bit, and differ only in what they are charged
//! with; whether a dump can come from it need not be found out twice.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::derivation::Found;
use crate::gradcheck::reading::Matrix;

/// Findings by the errors that they belong to.
#[derive(Default)]
pub struct Memo(RefCell<HashMap<u64, Rc<[Found]>>>);

impl Memo {
    /// What was found for `key` before, or what `find` finds now.
    pub fn of(&self, key: u64, find: impl FnOnce() -> Vec<Found>) -> Rc<[Found]> {
        let known = self.0.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let found: Rc<[Found]> = find().into();
            self.0.borrow_mut().insert(key, found.clone());
            found
        })
    }
}

/// Equal for arrays of equal bits, and for no others in practice.
pub fn key(array: &Matrix) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15; // 2^64 over the golden ratio
    array.iter().fold(ODD, |key, v| {
        let mixed = (key ^ v.to_bits()).wrapping_mul(ODD);
        mixed ^ (mixed >> 29)
    })
}
