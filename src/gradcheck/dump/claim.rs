//! A claim: what the user dumped of one batch, and says to be the gradient of its loss.
//!
//! People lay their matrices out in three ways, write labels in four and biases in three, and a wrong gradient may
//! have any shape at all. Here all of it is turned into rows: x `[m, n0]`, W `[in, out]`, b `[1, out]`, so that the
//! rest of the room knows one layout. Shapes of gradients are never refused: a wrong one is evidence.

use super::layout::{fits, reading};
use super::refusal::{finite, misfit, missing, overflow};
use crate::data::Dump;
use crate::error::{Error, Result};
use crate::gradcheck::reading::{Orientation, Reading, Stated};

/// A dump with what is stated of it.
pub struct Claim {
    /// The same arrays in every layout that their shapes allow; one, unless everything is square.
    pub readings: Vec<Reading>,
    /// What the user says of the program.
    pub stated: Stated,
}

impl Claim {
    /// Makes sense of a dump; what `over` states goes before the dump's own notes.
    ///
    /// # Errors
    /// An array is missing, not finite, or of a shape that fits no layout; labels out of range; fewer than two rows.
    pub fn read(dump: &Dump, over: Stated) -> Result<Self> {
        let stated = over.or(Stated::read(dump)?);
        let layers = (1..).take_while(|l| dump.array(&format!("W{l}")).is_some()).count();
        for name in ["x".to_string(), "y".into(), "W1".into()].into_iter().chain((1..=layers).map(|l| format!("dW{l}")))
        {
            if dump.array(&name).is_none() {
                return Err(missing(dump, &name));
            }
        }
        finite(dump, ["x", "y"].map(String::from).into_iter().chain(numbered(layers, &["W", "b"])), || None)?;
        if let Some(all) = stated.activation.as_ref().filter(|all| all.len() > 1 && all.len() + 1 != layers) {
            return Err(Error::data(format!(
                "the hidden layers need one activation, or one each: `{}` states {} for {} hidden layers; say it again with --activation",
                dump.name,
                all.len(),
                layers - 1
            )));
        }
        let allowed = |o: &&Orientation| stated.orientation.is_none_or(|stated| stated == **o);
        let fitting: Vec<Orientation> = Orientation::ALL.iter().filter(|&&o| fits(dump, layers, o)).copied().collect();
        let mut chosen: Vec<Orientation> = fitting.iter().filter(allowed).copied().collect();
        if chosen.is_empty() {
            chosen = fitting;
        }
        if chosen.is_empty() {
            return Err(misfit(dump, layers));
        }
        let readings = chosen.into_iter().map(|o| reading(dump, layers, o, &stated)).collect::<Result<Vec<_>>>()?;
        let inside = numbered(layers, &["z", "a", "delta", "dz", "dW", "db"]).chain(["p".to_string()]);
        finite(dump, inside, || overflow(&readings[0], &stated))?;
        match readings[0].x.nrows() {
            0 => Err(Error::data(format!("the batch is empty: `{}` has no rows; dump 16 or more", dump.name))),
            1 => Err(Error::data(format!(
                "one row cannot tell sum from mean, nor a wrong softmax axis, nor a bias that is not summed: `{}` has a single row; dump 16 or more",
                dump.name
            ))),
            _ => Ok(Claim { readings, stated }),
        }
    }
}

/// `stem1`, `stem2`, … for every stem.
fn numbered(layers: usize, stems: &'static [&'static str]) -> impl Iterator<Item = String> {
    stems.iter().flat_map(move |stem| (1..=layers).map(move |l| format!("{stem}{l}")))
}
