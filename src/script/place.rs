//! Where a mistake stands: from its name and layer to the lines of the script.
//!
//! The tracer knows which line computes which array and which step on the way to it. A mistake belongs to one equation,
//! and an equation to the arrays that it makes; so a mistake's lines are those of the arrays of its equation, the
//! likeliest first. A factor that is computed in a function of its own has a line there, too.

use super::{Line, Roles};

impl Roles {
    /// The lines of a mistake called `mistake`, in layer number `layer` from 1 of `layers`, the likeliest first.
    pub fn lines_of(&self, mistake: &str, layer: usize, layers: usize) -> Vec<Line> {
        let mut all: Vec<Line> = Vec::new();
        for step in steps(mistake, layer, layers) {
            let line = self.lines.get(&step).filter(|line| !all.contains(line));
            all.extend(line.cloned());
        }
        all
    }
}

/// The steps of the tracer's whose lines a mistake may stand in.
fn steps(mistake: &str, l: usize, last: usize) -> Vec<String> {
    let error = |l: usize| vec![format!("delta{l}"), format!("delta{l} factor 2"), format!("delta{l} factor 1")];
    match mistake {
        "targets-not-one-hot" | "label-offset" => vec!["compare".into(), "y".into()],
        "softmax-over-batch" | "softmax-over-all" => vec!["p made".into(), "p".into()],
        "wrong-activation" => vec![format!("a{l}")],
        "residual-sign" => vec!["compare".into(), format!("delta{last}"), format!("update W{last}")],
        "bce-derivative-sign" => [vec!["compare".into()], error(last)].concat(),
        "derivative-missing-in-dW" => vec![format!("dW{last}"), format!("dW{last} made")],
        "raw-error-propagated"
        | "delta-not-propagated"
        | "values-instead-of-deltas"
        | "updated-weights-in-backprop"
        | "gradient-instead-of-weights"
        | "weights-misaligned" => vec![format!("up{l}"), format!("delta{l}")],
        "wrong-activation-derivative" | "dropout-mask-missing" | "dropout-scale-missing" => error(l),
        "sum-instead-of-mean" | "mean-twice" | "divided-by-wrong-count" | "class-count-factor" | "loss-factor-two" => {
            vec![format!("delta{last}"), format!("dW{last}")]
        }
        name if name.starts_with("bias-") => vec![format!("db{l}")],
        "wrong-layer-input" | "weight-gradient-transposed" | "wrong-sample-index" | "wrong-constant-factor" => {
            vec![format!("dW{l} made"), format!("dW{l}")]
        }
        name if name.starts_with("l2-") => vec![format!("dW{l}"), format!("update W{l}")],
        name if name.contains("output-derivative") => error(last),
        _ => error(l),
    }
}
