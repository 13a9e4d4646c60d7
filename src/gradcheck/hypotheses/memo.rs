//! A memo: the derivations that were found for an error, kept for the next time the same error is tried.
//!
//! Many candidates of the search arrive at one and the same error, to the last bit, and differ only in the mistakes
//! that led there. Whether a dump can come from that error need not be found out twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::derivation::Derivation;
use crate::gradcheck::reading::Matrix;

/// Derivations by the key of the error that they belong to.
#[derive(Default)]
pub struct Memo(Mutex<HashMap<u64, Arc<[Derivation]>>>);

impl Memo {
    /// What was found for `key` before, or else what `find` finds now.
    pub fn of(&self, key: u64, find: impl FnOnce() -> Vec<Derivation>) -> Arc<[Derivation]> {
        let known = self.lock().get(&key).cloned();
        known.unwrap_or_else(|| {
            let found: Arc<[Derivation]> = find().into();
            self.lock().insert(key, found.clone());
            found
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<[Derivation]>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key that is equal for arrays of equal bits and, in practice, for no others: a multiplicative hash of all entries
/// (Knuth, The Art of Computer Programming, volume 3, section 6.4).
pub fn bit_key(array: &Matrix) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15; // 2^64 over the golden ratio
    let mix = |key: u64, bits: u64| {
        let mixed = (key ^ bits).wrapping_mul(ODD);
        mixed ^ (mixed >> 29)
    };
    let flat = array.as_standard_layout();
    let (fours, rest) = flat.as_slice().unwrap_or_default().as_chunks::<4>();
    let mut lanes = [ODD, 3, 5, 7]; // four at once, since each step of one has to wait for the step before
    for four in fours {
        lanes.iter_mut().zip(four).for_each(|(lane, v)| *lane = mix(*lane, v.to_bits()));
    }
    rest.iter().map(|v| v.to_bits()).chain(lanes).fold(ODD, mix)
}
