//! Conditions: what is worth knowing about a batch and its weights, though it is no mistake of a gradient.
//!
//! Weights that are all positive saturate a network whatever its gradients are, and a batch on which nothing can be
//! seen should be said to be one.

use crate::gradcheck::dump::{Claim, NamesRead};
use crate::gradcheck::equations::Forward;
use crate::gradcheck::reading::{Function, Matrix, Network, Orientation, Reading};

/// Something that is so with a batch, its weights or their layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The name in reports.
    pub name: &'static str,
    /// What it means, and what to do about it.
    pub text: String,
}

/// An input above this is no longer of the size that initialisations are made for.
const LARGE_INPUT: f64 = 20.0;
/// Fewer weights than this may all be positive by chance.
const FEW: usize = 16;
/// The share of saturated units that spoils training.
const MANY: f64 = 0.5;

/// All conditions of a batch that can be seen under a network, the most telling first. Those that spoil training have the
/// name of a mistake in the collection of public reports; the others say what the batch cannot show.
pub fn conditions(reading: &Reading, network: &Network) -> Vec<Condition> {
    let forward = Forward::of(reading, network);
    let mut all = start(reading, forward.saturation(network));
    all.extend(relus(&forward, network));
    all.extend(unreachable_targets(reading, network));
    for (l, layer) in (1..).zip(&reading.layers) {
        if layer.d_bias.is_some() && layer.bias.is_none() {
            let text = format!("there is a db{l} and no b{l}, which was taken for zero; dump b{l} too");
            all.push(Condition { name: "bias-not-dumped", text });
        }
    }
    if let Some(width) = reading.widths().into_iter().find(|&n| n == reading.given_rows() && n > 1) {
        let text = format!(
            "the batch has as many rows as a layer has units ({width}), so some wrong axes and counts cannot be told apart; use another number of rows"
        );
        all.push(Condition { name: "rows-equal-width", text });
    }
    all
}

/// Targets that no output can reach.
fn unreachable_targets(reading: &Reading, network: &Network) -> Option<Condition> {
    let (low, high) = network.output.range();
    reading.targets_outside((low, high)).then(|| Condition {
        name: "targets-outside-range",
        text: format!(
            "some targets lie outside of {low}..{high}, where the outputs of {} lie, so no training reaches them; scale the targets, or use another output",
            network.output.name()
        ),
    })
}

/// The conditions of a thinned batch with those of its start taken from `sample`, rows that have all their inputs.
pub fn with_start_of(conditions: Vec<Condition>, sample: &Reading, network: &Network) -> Vec<Condition> {
    const OF_START: [&str; 4] = ["bad-init-positive", "unscaled-input", "bad-init-scale", "saturated"];
    let mut all = start(sample, Forward::of(sample, network).saturation(network));
    all.extend(conditions.into_iter().filter(|condition| !OF_START.contains(&condition.name)));
    all
}

/// What is wrong with the start of training: weights, inputs, and the saturation that they lead to. The weights are only
/// called too large if nothing else explains the saturation.
fn start(reading: &Reading, saturation: f64) -> Vec<Condition> {
    let mut all = Vec::new();
    let mut say = |name: &'static str, text: String| all.push(Condition { name, text });
    let positive = one_sided(reading);
    let large = reading.x.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    if !positive.is_empty() {
        let names = positive.join(", ");
        say(
            "bad-init-positive",
            format!(
                "every weight of {names} has the same sign, as from rand(): the sums over the inputs cannot cancel; centre the weights, W = (rand() - 0.5) * 2 / sqrt(inputs)"
            ),
        );
    }
    if large > LARGE_INPUT {
        say("unscaled-input", format!("inputs reach {large:.0}; bring them to about -1..1 first, for bytes x / 255"));
    }
    if saturation > MANY {
        if positive.is_empty() && large <= LARGE_INPUT {
            let text =
                "the weights are too large for the number of inputs; draw them with a deviation of 1 / sqrt(inputs)";
            say("bad-init-scale", text.into());
        }
        say(
            "saturated",
            format!(
                "{:.0} % of the hidden units are so far out that their derivative is zero on this batch: mistakes in it leave no trace here; run your code on a well-conditioned batch: backburn gradcheck --probe probe.h5",
                100.0 * saturation
            ),
        );
    }
    all
}

/// Hidden layers whose relus were all on or all off. In the first case their mask cannot be seen, in the second nothing
/// that passes through it can.
fn relus(forward: &Forward, network: &Network) -> Vec<Condition> {
    let mut all = Vec::new();
    for (l, (z, function)) in (1..).zip(forward.z.iter().zip(&network.hidden)) {
        if *function == Function::Relu && z.iter().all(|&z| z > 0.0) {
            let text = format!("no relu of layer {l} was off on this batch, so its mask cannot be judged");
            all.push(Condition { name: "no-relu-off", text });
        }
        if *function == Function::Relu && z.iter().all(|&z| z <= 0.0) {
            let text = format!("no relu of layer {l} was on on this batch: nothing below it can be judged");
            all.push(Condition { name: "no-relu-on", text });
        }
    }
    all
}

/// What became of the names of a dump, where they are not those that are asked for.
pub fn names(names: &NamesRead) -> Vec<Condition> {
    let mut all = Vec::new();
    let taken: Vec<String> = names.taken.iter().map(|(own, role)| format!("{own} for {role}")).collect();
    if !taken.is_empty() {
        all.push(Condition { name: "names-taken", text: format!("took {}", taken.join(", ")) });
    }
    if !names.unused.is_empty() {
        let text = format!(
            "{} were not used: no part of the network that is checked has such a name",
            names.unused.join(", ")
        );
        all.push(Condition { name: "names-unused", text });
    }
    all
}

/// What a batch of a single row cannot show.
pub fn single_row(reading: &Reading) -> Option<Condition> {
    reading.doubled.then(|| Condition {
        name: "single-row",
        text: "one row cannot tell a sum from a mean, nor whether a bias is summed over the batch; two rows can".into(),
    })
}

/// The names of the weights whose entries all have one sign.
fn one_sided(reading: &Reading) -> Vec<String> {
    let one =
        |weight: &Matrix| weight.len() >= FEW && (weight.iter().all(|&w| w > 0.0) || weight.iter().all(|&w| w < 0.0));
    let named = reading.layers.iter().enumerate().filter(|(_, layer)| one(&layer.weight));
    named.map(|(l, _)| format!("W{}", l + 1)).collect()
}

/// A layout that the shapes leave open, because all matrices are square.
pub fn open_orientation(claim: &Claim, chosen: Orientation) -> Option<Condition> {
    claim.leaves_orientation_open().then(|| Condition {
        name: "open-orientation",
        text: format!(
            "all matrices are square, so their orientation is open; read as `{}`, which fits best",
            chosen.name()
        ),
    })
}
