//! SIMD: a loop is written once as scalar code, compiled for every instruction set, and the best version runs.
//!
//! The dispatch at run time is that of `pulp`. Handing the closure itself to `pulp` does not work: what it then calls is
//! not the closure but the compiler's shim from `FnMut` to `FnOnce`, which carries no inline attribute, so that large
//! loops stay outside the function that has the wide registers (measured: an Adam update four times slower). The type
//! [`Loop`] calls the closure directly.

use pulp::{Arch, NullaryFnOnce};

/// The number of float32 values that the widest registers hold, and that loops therefore compute together.
pub const WIDTH: usize = 16;

/// A closure that `pulp` can call without a shim.
struct Loop<F>(F);

impl<R, F: FnMut() -> R> NullaryFnOnce for Loop<F> {
    type Output = R;

    #[inline(always)]
    fn call(mut self) -> R {
        (self.0)()
    }
}

/// Runs `f` with the best instructions of this machine. The closure must be marked `#[inline(always)]`.
#[inline(always)]
pub fn simd<R>(f: impl FnMut() -> R) -> R {
    Arch::new().dispatch(Loop(f))
}

/// Asks the processor to load numbers that are needed soon. This is a hint and changes nothing but the time.
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
