//! Values: the types that a knob can have, each with the text in which people type it.
//!
//! Everything that treats all knobs alike (the command line, a printed command, what a repair has changed) works on
//! this text, so that only one place knows how a list of widths or a very small number is written. Reading what was
//! written gives the same value, bit for bit.

use std::path::PathBuf;

use super::rate::{Auto, Rate};
use crate::data::{Fold, Memory};
use crate::words::Word;

/// A value that is read from text and written as text.
pub(super) trait Value: Sized {
    /// The words to choose from; none where the text is free.
    fn words() -> Vec<&'static str> {
        Vec::new()
    }

    /// The value that `text` means, or what should have been given instead.
    fn read(text: &str) -> Result<Self, String>;

    /// The text that means this value; nothing where it is left open.
    fn write(&self) -> Option<String>;

    /// The numbers in it, which have to lie in the range of the knob.
    fn numbers(&self) -> Vec<f64> {
        Vec::new()
    }
}

/// One of a few words, which the type knows by itself.
impl<T: Word> Value for T {
    fn words() -> Vec<&'static str> {
        T::names()
    }

    fn read(text: &str) -> Result<Self, String> {
        T::called(text).ok_or_else(|| format!("give one of {}", T::names().join(", ")))
    }

    fn write(&self) -> Option<String> {
        Some(self.spelt().into())
    }
}

/// A value that may be left open. It is open by default, and no text says so: a knob that is given has a value.
impl<T: Value> Value for Option<T> {
    fn words() -> Vec<&'static str> {
        T::words()
    }

    fn read(text: &str) -> Result<Self, String> {
        T::read(text).map(Some)
    }

    fn write(&self) -> Option<String> {
        self.as_ref().and_then(T::write)
    }

    fn numbers(&self) -> Vec<f64> {
        self.as_ref().map_or(Vec::new(), T::numbers)
    }
}

/// A number. What is written is the shortest text that reads back as the same number.
impl Value for f64 {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "give a number".into())
    }

    /// Numbers of an ordinary size in full, others with their power of ten.
    fn write(&self) -> Option<String> {
        let ordinary = *self == 0.0 || (1e-4..1e6).contains(&self.abs());
        Some(if ordinary { self.to_string() } else { format!("{self:e}") })
    }

    fn numbers(&self) -> Vec<f64> {
        vec![*self]
    }
}

/// A count.
impl Value for usize {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "give a whole number".into())
    }

    fn write(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn numbers(&self) -> Vec<f64> {
        vec![*self as f64]
    }
}

/// A seed: TOML knows no larger whole number than [`i64::MAX`].
impl Value for u64 {
    fn read(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| *number <= i64::MAX as u64);
        number.ok_or_else(|| format!("give a whole number from 0 to {}", i64::MAX))
    }

    fn write(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// A switch.
impl Value for bool {
    fn words() -> Vec<&'static str> {
        vec!["true", "false"]
    }

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "give true or false".into())
    }

    fn write(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// The name of a data set or of a device, as it is.
impl Value for String {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }

    fn write(&self) -> Option<String> {
        Some(self.clone())
    }
}

/// A path. One that is not UTF-8 cannot be typed, and a configuration file cannot hold it either.
impl Value for PathBuf {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }

    fn write(&self) -> Option<String> {
        Some(self.to_string_lossy().into_owned())
    }
}

/// A size in bytes, which knows its units by itself.
impl Value for Memory {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn write(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// A part of a cross-validation, which knows its form by itself.
impl Value for Fold {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn write(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// The widths of hidden layers; 0 alone stands for no layer, since an empty text is too easily typed by mistake.
impl Value for Vec<usize> {
    fn read(text: &str) -> Result<Self, String> {
        let widths: Result<Vec<usize>, _> = text.split(',').map(|width| width.trim().parse()).collect();
        match widths {
            Ok(widths) if widths == [0] => Ok(Vec::new()),
            Ok(widths) if !widths.contains(&0) => Ok(widths),
            _ => Err("give whole numbers with commas between them, as in 800,800, or 0 for no hidden layer".into()),
        }
    }

    fn write(&self) -> Option<String> {
        let widths: Vec<String> = self.iter().map(ToString::to_string).collect();
        Some(if widths.is_empty() { "0".into() } else { widths.join(",") })
    }

    fn numbers(&self) -> Vec<f64> {
        self.iter().map(|&width| width as f64).collect()
    }
}

/// A learning rate, or `auto` for one that is to be found.
impl Value for Rate {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Rate::Wanted(Auto::Auto)),
            _ => text.parse().map(Rate::At).map_err(|_| "give a number, or auto".into()),
        }
    }

    fn write(&self) -> Option<String> {
        match self {
            Rate::At(rate) => rate.write(),
            Rate::Wanted(Auto::Auto) => Some("auto".into()),
        }
    }

    fn numbers(&self) -> Vec<f64> {
        match self {
            Rate::At(rate) => vec![*rate],
            Rate::Wanted(Auto::Auto) => Vec::new(),
        }
    }
}
