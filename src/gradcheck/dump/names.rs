//! The names of a dump's arrays, as people give them: `theta` and `grad`, `w_ih` and `w_ho`, `weights[0]`, `grad_W1`.
//!
//! All rooms above know one spelling: x, y, and for every layer W1, b1, dW1, db1. A dump in this spelling stays as it is.
//! Of any other, every name is taken apart into what it says: a weight or a bias, of which layer, itself, its gradient,
//! or its value after the update. What a name was taken for is said to the person, and so is what was not used.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::data::{Dump, Numbers};

/// What became of the names of a dump.
#[derive(Clone, Debug, Default)]
pub struct NamesRead {
    /// Names with what they were taken for, as in (`theta`, `W1`).
    pub taken: Vec<(String, String)>,
    /// Names of arrays and notes that nothing was made of.
    pub unused: Vec<String>,
}

/// What a name says of a parameter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Value,
    Gradient,
    After,
}

/// The layer that a name speaks of, in the order from input to output.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Only,
    Number(usize),
    First,
    Last,
}

const X: [&str; 8] = ["x", "input", "inputs", "input_array", "features", "x_train", "x_batch", "data"];
const Y: [&str; 10] =
    ["y", "target", "targets", "label", "output_array", "y_true", "y_train", "y_batch", "expected", "t"];
const WEIGHTS: [&str; 6] = ["weights", "weight", "theta", "kernel", "syn", "w"];
const BIASES: [&str; 3] = ["biases", "bias", "b"];
const FIRST: [&str; 7] = ["in", "ih", "input", "hidden", "h", "input_hidden", "xh"];
const LAST: [&str; 6] = ["out", "ho", "output", "o", "hidden_output", "hy"];
/// Arrays that a dump may hold of every layer, beside the parameters.
const INSIDE: [&str; 11] = ["w", "b", "dw", "db", "z", "a", "delta", "dz", "d", "mask", "p"];
/// Names that stand for themselves.
const WHOLE: [&str; 18] = [
    "x",
    "y",
    "p",
    "loss",
    "loss_value",
    "labels",
    "meta",
    "activation",
    "output",
    "reduction",
    "update",
    "lr",
    "l2",
    "l2_form",
    "keep_prob",
    "leaky_slope",
    "convention",
    "probe",
];

/// The dump in the spelling that all rooms know, and what became of its names.
pub fn spelled_out(dump: &Dump) -> (Cow<'_, Dump>, NamesRead) {
    let mut out = Cow::Borrowed(dump);
    let mut names = NamesRead::default();
    if ["x", "y", "W1", "dW1"].iter().any(|name| dump.array(name).is_none()) {
        let out = out.to_mut();
        let mut rename = |own: &str, role: String| {
            if let Some(array) = dump.arrays.get(own)
                && out.array(&role).is_none()
            {
                out.arrays.remove(own);
                out.arrays.insert(role.clone(), array.clone());
                names.taken.push((own.to_string(), role));
            }
        };
        parameters(dump).into_iter().for_each(|(own, role)| rename(&own, role));
        for (role, words) in [("x", &X[..]), ("y", &Y[..])] {
            let own = words.iter().find_map(|word| dump.arrays.keys().find(|name| name.eq_ignore_ascii_case(word)));
            own.into_iter().for_each(|own| rename(own, role.into()));
        }
        names.taken.retain(|(own, role)| !own.eq_ignore_ascii_case(role));
    }
    names.unused =
        out.arrays.keys().chain(out.notes.keys()).chain(out.others.keys()).filter(|n| !known(n)).cloned().collect();
    (out, names)
}

/// Whether a name is one of those that the check reads.
fn known(name: &str) -> bool {
    let name = name.to_lowercase();
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let stem = stem.strip_suffix("_after").unwrap_or(stem).trim_end_matches(|c: char| c.is_ascii_digit());
    WHOLE.contains(&name.as_str()) || INSIDE.contains(&stem) && stem != name
}

/// The names of parameters with their roles. Layers are numbered in their order, whatever number they begin with.
fn parameters(dump: &Dump) -> Vec<(String, String)> {
    let read: Vec<(&String, (bool, Layer, Role))> =
        dump.arrays.keys().filter_map(|name| Some((name, parsed(name)?))).collect();
    let mut layers: Vec<Layer> =
        read.iter().filter(|(_, (weight, ..))| *weight).map(|(_, (_, layer, _))| *layer).collect();
    layers.sort_unstable();
    layers.dedup();
    let role = |(weight, layer, said): (bool, Layer, Role)| {
        let number = 1 + layers.iter().position(|known| *known == layer)?;
        let stem = if weight { "W" } else { "b" };
        Some(match said {
            Role::Value => format!("{stem}{number}"),
            Role::Gradient => format!("d{stem}{number}"),
            Role::After => format!("{stem}{number}_after"),
        })
    };
    read.into_iter().filter_map(|(name, what)| Some((name.clone(), role(what)?))).collect()
}

/// What a name says: a weight or a bias, of which layer, and in which role.
fn parsed(name: &str) -> Option<(bool, Layer, Role)> {
    let plain: String = name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let plain = plain.trim_matches('_');
    if ["grad", "gradient"].contains(&plain) {
        return Some((true, Layer::Only, Role::Gradient));
    }
    let after = ["_after", "_new", "_next", "_updated"].iter().find_map(|end| plain.strip_suffix(end));
    if let Some((weight, layer)) = after.and_then(parameter) {
        return Some((weight, layer, Role::After));
    }
    if let Some((weight, layer)) = parameter(plain) {
        return Some((weight, layer, Role::Value));
    }
    let before = ["gradient_", "grad_", "nabla_", "dl_d", "dj_d", "de_d", "d_", "g_", "d"];
    let mut bare = before.iter().filter_map(|start| plain.strip_prefix(start));
    let behind = ["_gradient", "_grad"].iter().find_map(|end| plain.strip_suffix(end));
    let (weight, layer) = behind.and_then(parameter).or_else(|| bare.find_map(parameter))?;
    Some((weight, layer, Role::Gradient))
}

/// A parameter's name without what says which part of it is meant.
fn parameter(plain: &str) -> Option<(bool, Layer)> {
    let stems = WEIGHTS.iter().map(|stem| (true, stem)).chain(BIASES.iter().map(|stem| (false, stem)));
    stems.into_iter().find_map(|(weight, stem)| {
        let rest = plain.strip_prefix(stem)?;
        let rest = rest.trim_start_matches('_');
        let layer = match rest {
            "" => Layer::Only,
            _ if rest.chars().all(|c| c.is_ascii_digit()) => Layer::Number(rest.parse().ok()?),
            _ if FIRST.contains(&rest) => Layer::First,
            _ if LAST.contains(&rest) => Layer::Last,
            _ => return None,
        };
        Some((weight, layer))
    })
}

/// The gradients of parameters that were dumped before and after the update, for those whose gradient was not dumped:
/// what the update took off, over the rate. Without a rate it is the step itself.
pub fn steps(dump: &Dump, rate: Option<f64>, adds: bool) -> BTreeMap<String, Numbers> {
    let mut found = BTreeMap::new();
    for (name, after) in &dump.arrays {
        let Some(name) = name.strip_suffix("_after") else { continue };
        let gradient = format!("d{name}");
        let Some(before) = dump.array(name).filter(|before| before.shape == after.shape) else { continue };
        if dump.array(&gradient).is_none() {
            let by = rate.filter(|&rate| rate > 0.0).unwrap_or(1.0) * if adds { -1.0 } else { 1.0 };
            let values = before.values.iter().zip(&after.values).map(|(b, a)| (b - a) / by).collect();
            found.insert(gradient, Numbers { shape: before.shape.clone(), values });
        }
    }
    found
}
