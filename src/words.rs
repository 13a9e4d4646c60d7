//! Words: an enum whose variants a user picks by name, on the command line, in a configuration, in a journal.
//!
//! Declared once a type, variant by variant in the order of the help text, so that name and variant cannot drift apart.

/// A type whose values are picked by name.
pub(crate) trait Word: Sized {
    /// Every name, in the order of the help text.
    fn names() -> Vec<&'static str>;
    /// The value called `name`.
    fn called(name: &str) -> Option<Self>;
    /// The name of this value.
    fn spelt(&self) -> &'static str;
}

/// Gives an enum of plain variants its list, and names that are read back.
macro_rules! words {
    ($type:ident: $($variant:ident $name:literal),* $(,)?) => {
        impl $type {
            /// Every one, in the order of the help text.
            pub const ALL: [$type; [$($name),*].len()] = [$($type::$variant),*];

            /// The name by which it is picked, and by which files know it.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }

            /// The one called `name`.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.name() == name)
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
