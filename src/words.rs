//! Words: an enum whose variants are picked by name, on the command line, in a configuration, in a journal, in a dump.
//!
//! The names stand in one declaration for each type, variant by variant in the order of the help text, so that a variant
//! and its name cannot drift apart. Below all other rooms, because each of them has such types.

/// A type whose values are picked by name.
pub(crate) trait Word: Sized {
    /// All names, in the order of the help text.
    fn names() -> Vec<&'static str>;
    /// The value called `name`, or `None` if none is called that.
    fn called(name: &str) -> Option<Self>;
    /// The name of this value.
    fn spelt(&self) -> &'static str;
}

/// Gives an enum of plain variants its list, its names, and the way back from a name to a variant.
///
/// A variant is followed by its name and, behind bars, by other names under which it is understood:
/// `words!(Reduction: Mean "mean" | "average", Sum "sum");`
macro_rules! words {
    ($type:ident: $($variant:ident $name:literal $(| $other:literal)*),* $(,)?) => {
        impl $type {
            /// All variants, in the order of the help text.
            pub const ALL: [$type; [$($name),*].len()] = [$($type::$variant),*];

            /// The name by which users pick this variant, and by which files know it.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }

            /// The variant called `name`, or `None` if none is called that.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name $(| $other)* => Some($type::$variant),)*
                    _ => None,
                }
            }
        }

        impl $crate::words::Word for $type {
            fn names() -> Vec<&'static str> {
                Self::ALL.map(Self::name).to_vec()
            }

            fn called(name: &str) -> Option<Self> {
                Self::parse(name)
            }

            fn spelt(&self) -> &'static str {
                self.name()
            }
        }
    };
}

pub(crate) use words;
