//! Evidence: what is needed before a script is said to be wrong without a name for its mistake.
//!
//! A name comes with its proof: no other equation gives the person's numbers. Where no equation gives them, either the script
//! is wrong in a way that has no name, or the tracer has taken one of its arrays for another. The first is only said where
//! the gradient is the script's own array, made of the error of the pass that was judged; otherwise it is said what was
//! found, and what could not be told.

use crate::gradcheck::{Conclusion, FoundMistake, Obstacle, TensorCheck, Verdict};
use crate::script::Roles;

/// Whether a verdict says that something is wrong and not what: nothing explains the gradients, or nothing but numbers that
/// nobody would write.
pub fn needed(verdict: &Verdict) -> bool {
    match verdict.conclusion {
        Conclusion::Right => false,
        Conclusion::Unexplained => true,
        Conclusion::Mistaken => verdict.findings.iter().any(FoundMistake::is_an_odd_number),
    }
}

/// What could not be told, where the evidence for such a verdict is lacking.
pub fn lacking(verdict: &Verdict, roles: &Roles, loss_is_stated: bool) -> Option<String> {
    let way_out = "save one batch of it as a dump and check that, see docs/gradcheck.md";
    let own = |name: &str| roles.own_gradients.contains(name);
    match verdict.unexplained {
        Some(obstacle @ Obstacle::Forward(_)) => {
            Some(format!(
                "its {obstacle} is not what its layers give as they were understood, so that a gradient of theirs says nothing; {way_out}"
            ))
        }
        Some(Obstacle::Gradient(name)) if !own(&name.to_string()) => Some(format!(
            "its pass forward and its loss were understood, but no array was found that is made of the error of this pass and that the step of the parameter of {name} is a multiple of; {way_out}"
        )),
        _ if !loss_is_stated && roles.losses.is_empty() && at_the_output(verdict) => Some(
            "its error at the output is the derivative of no loss known here, and it computes none of these; state it with --loss if it is one"
                .into(),
        ),
        Some(Obstacle::Gradient(_)) => None,
        _ => of_scales(verdict, own).map(|scales| {
            format!(
                "its gradients point the right way, and how long they are does not show where rates are a part of the steps: {scales}; {way_out}"
            )
        }),
    }
}

/// Whether what no equation gives is a gradient of the last layer, whose error is the derivative of the loss.
fn at_the_output(verdict: &Verdict) -> bool {
    let last = verdict.tensors.iter().map(|tensor| tensor.tensor.layer).max();
    match verdict.unexplained {
        Some(Obstacle::Gradient(name)) => Some(name.layer) == last,
        Some(Obstacle::Scales) => last == Some(1),
        _ => false,
    }
}

/// What is not known of a script of which layers apply functions of their own.
pub fn unknown(roles: &Roles) -> String {
    let way_out = if roles.functions_told { "" } else { "; state it with --activation or --output" };
    let apply =
        if roles.unknown_functions.len() == 1 { "applies a function that is" } else { "apply functions that are" };
    format!("{} {apply} none of those known{way_out}", roles.unknown_functions.join(" and "))
}

/// What is not known of a script of which only one thing is: that no equation gives its gradients.
pub fn without_a_name(verdict: &Verdict) -> String {
    let first = verdict.unexplained.map_or("of a length that nothing explains".into(), |obstacle| {
        format!("such that no equation known here gives {obstacle}")
    });
    format!("its gradients are {first}")
}

/// The tensors with the numbers that they are off by, where one of them was read off a step.
fn of_scales(verdict: &Verdict, own: impl Fn(&str) -> bool) -> Option<String> {
    let read_off = verdict.tensors.iter().any(|tensor| !own(&tensor.tensor.to_string()));
    let scale = |tensor: &TensorCheck| format!("{} is {:.6} times the gradient", tensor.tensor, tensor.scale);
    read_off.then(|| verdict.tensors.iter().map(scale).collect::<Vec<_>>().join(", "))
}
