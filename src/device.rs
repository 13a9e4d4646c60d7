//! Where the arithmetic happens: cargo features become a `Device`, and a name such as `vulkan:1` picks one.
//!
//! A Burn device whose feature is off has no constructor, so this is where features are looked at. Everything
//! above sees one type; only the room `engine` knows that the numbers of one backend lie in the memory of this process.

// flex replaces ndarray and tch, say Burn's authors; the house keeps both as long as Burn does.
#![cfg_attr(any(feature = "ndarray", feature = "tch"), allow(deprecated))]

use burn::tensor::{Device, Tensor};

use crate::engine::Precision;
use crate::error::{Error, Result};
use crate::ranks;
use crate::words::words;

words!(Precision: F32 "f32" | "float32" | "fp32", Tf32 "tf32", Bf16 "bf16" | "bfloat16");

/// A backend of Burn: how users call it, the way to get it, and how it is opened.
pub struct Backend {
    /// The name for `--device` and for `--features`.
    pub name: &'static str,
    /// Whether its devices are GPUs, whose products this crate computes itself.
    gpu: bool,
    /// Opens device number `index`; `None` where the feature is off.
    open: Option<fn(usize) -> Device>,
}

macro_rules! backend {
    ($feature:literal, $gpu:literal, $open:expr) => {
        Backend {
            name: $feature,
            gpu: $gpu,
            #[cfg(feature = $feature)]
            open: Some($open),
            #[cfg(not(feature = $feature))]
            open: None,
        }
    };
}

/// Every backend that this crate can be built with, the default first.
pub const BACKENDS: [Backend; 9] = [
    backend!("flex", false, |_| Device::flex()),
    backend!("ndarray", false, |_| Device::ndarray()),
    backend!("cuda", true, Device::cuda),
    backend!("rocm", true, Device::rocm),
    backend!("metal", true, |index| Device::metal(kind(index))),
    backend!("vulkan", true, |index| Device::vulkan(kind(index))),
    backend!("wgpu", true, |index| Device::wgpu(kind(index))),
    backend!("cpu", false, |_| Device::cpu()),
    backend!("tch", false, |_| Device::libtorch()),
];

/// The default device for number 0, and a discrete GPU for every other number.
#[cfg(any(feature = "metal", feature = "vulkan", feature = "wgpu"))]
fn kind(index: usize) -> burn::tensor::DeviceKind {
    use burn::tensor::DeviceKind;
    match index {
        0 => DeviceKind::DefaultDevice,
        n => DeviceKind::DiscreteGpu(n),
    }
}

impl Backend {
    /// Whether this binary was built with the backend.
    pub fn built(&self) -> bool {
        self.open.is_some()
    }

    /// Opens device `index` and adds two numbers on it.
    ///
    /// # Errors
    /// The backend is not in this binary, or the machine has no such device. Drivers report the latter by a
    /// panic, which is caught here and turned into a sentence.
    pub fn open(&self, index: usize) -> Result<Device> {
        let name = self.name;
        let Some(open) = self.open else {
            return Err(Error::usage(format!(
                "backend `{name}` is not in this binary; build it with: cargo run --release --features {name} -- …"
            )));
        };
        quietly(move || {
            let device = open(index);
            let sum = (Tensor::<1>::ones([2], &device)).sum().into_scalar::<f32>();
            (sum == 2.0).then_some(device)
        })
        .flatten()
        .ok_or_else(|| {
            Error::other(format!(
                "device `{name}:{index}` does not answer on this machine; see `backburn devices` for those that do"
            ))
        })
    }
}

/// Runs `work` and turns a panic into `None`, without its message on the terminal.
fn quietly<T>(work: impl FnOnce() -> T + std::panic::UnwindSafe) -> Option<T> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = std::panic::catch_unwind(work).ok();
    std::panic::set_hook(hook);
    result
}

/// The device called `name` (`flex`, `vulkan:1`), or the first backend of this binary. With the number `LOCAL_RANK` every rank
/// of a machine has a device of its own.
///
/// # Errors
/// An unknown name, a backend that is not compiled in, a device that does not answer.
pub fn choose(name: Option<&str>) -> Result<Device> {
    let Some(name) = name else {
        return first()
            .ok_or_else(|| Error::usage("this binary has no backend; build it with --features flex"))?
            .open(0);
    };
    let (backend, index) = match name.split_once(':') {
        Some((backend, "LOCAL_RANK")) => (backend, Some(ranks::local())),
        Some((backend, index)) => (backend, index.parse().ok()),
        None => (name, Some(0)),
    };
    let known = BACKENDS.iter().find(|known| known.name == backend);
    match (known, index) {
        (Some(known), Some(index)) => known.open(index),
        _ => Err(Error::usage(format!(
            "unknown device `{name}`; give one of {} and a number if there are several, as in vulkan:1",
            BACKENDS.map(|known| known.name).join(", ")
        ))),
    }
}

/// Whether the device called `name`, as [`choose`] takes it, knows other precisions than float32: GPUs do.
pub fn rounds(name: Option<&str>) -> bool {
    let name = name.map(|name| name.split(':').next().unwrap_or_default());
    let named = name.map_or_else(first, |name| BACKENDS.iter().find(|backend| backend.name == name));
    named.is_some_and(|backend| backend.gpu)
}

/// The backend that is taken where no other is asked for: the first of this binary.
pub fn first() -> Option<&'static Backend> {
    BACKENDS.iter().find(|backend| backend.built())
}

/// A device that computes in f64: the first backend of this binary that does so everywhere.
///
/// # Errors
/// This binary has none.
pub fn double() -> Result<Device> {
    let able = ["flex", "ndarray", "tch"];
    let found = BACKENDS.iter().find(|backend| backend.built() && able.contains(&backend.name));
    found
        .ok_or_else(|| Error::usage("no backend of this binary computes in f64; build it with --features flex"))?
        .open(0)
}

/// As many threads as the system lets this process run at a time.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Makes this thread and a pool of `count` threads (one a core without a number) ready for arithmetic.
///
/// # Errors
/// The system gives no such number of threads.
pub fn threads(count: Option<usize>) -> Result<()> {
    flush_subnormals();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(count.unwrap_or_else(cores))
        .use_current_thread()
        .start_handler(|_| flush_subnormals());
    pool.build_global().map_err(|e| Error::other(format!("cannot start the threads: {e}; give a smaller --threads")))
}

/// Makes this thread's arithmetic give 0 where a result is below 1.2e-38 in magnitude.
///
/// The gradients of a network that has learned are full of such numbers, and a processor takes a hundred times as
/// long over each: 784-800-10 spent three quarters of its time on them.
fn flush_subnormals() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads and writes the control register of this thread alone; bits 15 and 6 are "flush results to zero"
    // and "take operands as zero", which changes no result but of numbers below 1.2e-38. The
    // language asks for the register as it was at the start; this departs from that on purpose, for a measured factor.
    unsafe {
        let mut control = 0u32;
        std::arch::asm!("stmxcsr [{}]", in(reg) &mut control, options(nostack));
        control |= 0x8040;
        std::arch::asm!("ldmxcsr [{}]", in(reg) &control, options(nostack));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above; bit 24 is "flush to zero".
    unsafe {
        let mut control: u64;
        std::arch::asm!("mrs {}, fpcr", out(reg) control);
        std::arch::asm!("msr fpcr, {}", in(reg) control | 1 << 24);
    }
}
