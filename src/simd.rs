//! SIMD: a loop written once as scalar code, compiled for every instruction set, the best of which runs.
//!
//! The dispatch is that of `pulp`. Handing it the closure itself does not work: what it calls is then not the closure
//! but the compiler's shim from `FnMut` to `FnOnce`, which carries no inline attribute, so that large loops stay
//! outside the function that has the wide registers (measured: an Adam update four times slower). This type calls the
//! closure directly.

use pulp::{Arch, NullaryFnOnce};

/// Numbers that are computed together: as many as the widest registers hold.
pub const WIDTH: usize = 16;

struct Loop<F>(F);

impl<R, F: FnMut() -> R> NullaryFnOnce for Loop<F> {
    type Output = R;

    #[inline(always)]
    fn call(mut self) -> R {
        (self.0)()
    }
}

/// Runs `f`, a closure marked `#[inline(always)]`, with the best instructions of this machine.
#[inline(always)]
pub fn simd<R>(f: impl FnMut() -> R) -> R {
    Arch::new().dispatch(Loop(f))
}

/// Asks for numbers that are needed soon, so that they are near by then; a hint that changes nothing else.
#[inline(always)]
pub fn prefetch<T>(numbers: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in (0..size_of_val(numbers)).step_by(64) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing and faults on nothing; the address lies in the slice.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(numbers.as_ptr().cast::<i8>().wrapping_add(line)) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
}
