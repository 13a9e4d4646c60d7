//! Conventions: what is a matter of choice in a program, so that a number is a gradient only with respect to it.

/// How far output and target are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// −Σ y log p over the classes.
    CrossEntropy,
    /// −Σ (y log p + (1 − y) log(1 − p)) over the outputs.
    BinaryCrossEntropy,
    /// Σ (p − y)² / 2.
    HalfSquared,
    /// Σ (p − y)².
    Squared,
}

/// How the rows' losses become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Divided by the number of rows.
    Mean,
    /// Added up.
    Sum,
    /// Divided by the number of rows and of outputs.
    MeanAll,
}

/// How the dumped gradient meets the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// W −= rate · dW.
    Subtract,
    /// W += rate · dW: the dump is minus the gradient.
    Add,
}

/// How users lay out their matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    /// x (m, in), W (in, out).
    Row,
    /// x (in, m), W (out, in).
    Column,
    /// x (m, in), W (out, in).
    Torch,
}

macro_rules! words {
    ($type:ident $($variant:ident $name:literal $($other:literal)*;)*) => {
        impl $type {
            /// Every one, the usual first.
            pub const ALL: &[$type] = &[$($type::$variant,)*];

            /// The name in dumps, flags and reports.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)* }
            }

            /// The one called `name`.
            pub fn parse(name: &str) -> Option<Self> {
                match name.trim().to_lowercase().replace('_', "-").as_str() {
                    $($name $(| $other)* => Some($type::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

words! { Loss
    CrossEntropy "ce" "cross-entropy" "crossentropy" "categorical-crossentropy" "nll";
    BinaryCrossEntropy "bce" "binary-cross-entropy" "binary-crossentropy" "logloss";
    HalfSquared "half-sse" "half-mse" "half-squared";
    Squared "sse" "mse" "squared" "squared-error";
}
words! { Reduction Mean "mean" "average"; Sum "sum" "none"; MeanAll "mean-all"; }
words! { Update Subtract "-=" "subtract" "-"; Add "+=" "add" "+"; }
words! { Orientation Row "row" "numpy"; Column "col" "column" "columns" "matlab"; Torch "torch" "pytorch"; }
