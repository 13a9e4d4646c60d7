//! A program without MPI: it is one rank, so nothing here is ever called but [`start`].

use super::Seat;

pub(super) fn start() -> Result<Option<Seat>, String> {
    Ok(None)
}

pub(super) fn sum<T: Copy>(own: &[T]) -> Vec<T> {
    own.to_vec()
}

pub(super) fn least(own: u64) -> u64 {
    own
}

pub(super) fn broadcast(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

pub(super) fn all_arrive() -> bool {
    true
}

pub(super) fn leave() {}

pub(super) fn abort(_code: u8) {}
