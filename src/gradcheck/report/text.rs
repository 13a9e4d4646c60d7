//! The verdict as a person reads it: the answer in the first line, then the mistakes in the order in which to mend them,
//! then what else is worth knowing. The table of numbers is laid out by whoever prints it.

use std::fmt;

use super::tensor_check::TensorCheck;
use super::verdict::{Conclusion, FoundMistake, Verdict};
use crate::gradcheck::mistakes::{Mistake, Stage};

/// The verdict without its table: headline, mistakes, residual and remarks, with an empty line between them.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mistakes = self.findings.iter().enumerate();
        let mistakes = mistakes.map(|(i, finding)| finding.paragraph(i + 1, "", &finding.fix.to_string()));
        let all: Vec<String> = std::iter::once(self.headline()).chain(mistakes).chain(self.remarks()).collect();
        f.write_str(&all.join("\n\n"))
    }
}

impl Verdict {
    /// The answer in one line. A sign and a scale get sentences of their own, because the same numbers are right in a program
    /// that adds the gradient or that takes the scale into account elsewhere.
    pub fn headline(&self) -> String {
        let only = |stages: &[Stage]| self.findings.iter().all(|finding| stages.contains(&finding.mistake.stage()));
        let sign = self.findings.iter().any(|finding| finding.mistake == Mistake::ResidualSign);
        let names = || self.findings.iter().map(|finding| finding.mistake.name()).collect::<Vec<_>>().join(", ");
        match (self.conclusion, &self.findings[..]) {
            (Conclusion::Right, _) => "right: the dump is the gradient of the loss".into(),
            (Conclusion::Unexplained, _) => format!(
                "unexplained: the dump is not the gradient{}, and no set of known mistakes makes it so; going back from the loss, the first that no equation gives is {}",
                if self.assumed.is_empty() { "" } else { " of the network that I assumed" },
                self.unexplained.map_or("unknown".into(), |obstacle| obstacle.to_string())
            ),
            (_, [_]) if sign => {
                "mistaken: the dump is minus the gradient: right if you add it, wrong if you subtract it".into()
            }
            (_, _) if only(&[Stage::Scale]) => {
                format!("mistaken: every equation is right and the scale is not ({})", names())
            }
            (_, [one]) => format!("mistaken: {}", one.mistake.name()),
            (_, all) => format!("mistaken: {} things are wrong: {}", all.len(), names()),
        }
    }

    /// What is said after the mistakes, paragraph by paragraph: how well they explain the dump, and what else is worth
    /// knowing.
    pub fn remarks(&self) -> Vec<String> {
        let reproduced = self.residual.map(|residual| {
            let subject = if self.findings.is_empty() { "The gradient" } else { "This" };
            let digits = (-residual.max(1e-16).log10()).floor();
            let precision = &self.precision;
            format!(
                "{subject} reproduces the dump to {digits:.0} digits (it holds {precision}; what is left is {residual:.0e} of it)."
            )
        });
        let lines = remarks(self);
        reproduced.into_iter().chain((!lines.is_empty()).then(|| lines.join("\n"))).collect()
    }

    /// The dump beside the truth, as the rows of a table; the first row is the heading.
    pub fn table(&self) -> Vec<Vec<String>> {
        let heading = ["tensor", "error", "cosine", "scale", "worst entry", "is", "should be"];
        std::iter::once(heading.map(String::from).to_vec()).chain(self.tensors.iter().map(row)).collect()
    }
}

impl FoundMistake {
    /// What is said of a mistake: its number and name with its occurrences, the lines that it stands in, what is wrong, and
    /// what to write instead. Each of the `lines` ends with a line break.
    pub fn paragraph(&self, number: usize, lines: &str, fix: &str) -> String {
        let occurrences: Vec<String> = self.occurrences.iter().map(ToString::to_string).collect();
        let (name, sentence) = (self.mistake.name(), self.mistake.sentence());
        format!("{number}. {name} ({})\n{lines}   {sentence}\n   write  {fix}", occurrences.join("; "))
    }
}

/// What is said beside the mistakes, a line each: notes, other sets, assumed conventions, other conventions, conditions.
fn remarks(verdict: &Verdict) -> Vec<String> {
    let names = |all: &[Mistake]| match all {
        [] => "right".to_string(),
        all => all.iter().map(|mistake| mistake.name()).collect::<Vec<_>>().join(" + "),
    };
    let mut lines = verdict.notes.clone();
    // A set with more mistakes than those found comes in by another convention, and is named with that convention.
    let mine: Vec<Mistake> = verdict.findings.iter().map(|finding| finding.mistake).collect();
    let more = |set: &&Vec<Mistake>| verdict.assumed.is_empty() || !mine.iter().all(|mistake| set.contains(mistake));
    lines.extend(verdict.alternatives.iter().filter(more).map(|set| format!("Explains it as well: {}.", names(set))));
    if !verdict.assumed.is_empty() {
        let all: Vec<String> = verdict.assumed.iter().map(|(name, value)| format!("{name} {value}")).collect();
        lines.push(format!("Not stated and assumed: {}.", all.join(", ")));
    }
    lines.extend(verdict.otherwise.iter().map(|(convention, set)| format!("With {convention}: {}.", names(set))));
    lines.extend(verdict.conditions.iter().map(|condition| format!("{}: {}.", condition.name, condition.text)));
    lines
}

/// One tensor as a row of the table. Beside a gradient of zeros there is neither angle nor scale.
fn row(t: &TensorCheck) -> Vec<String> {
    let scale = match t.scale {
        scale if scale.is_nan() => "-".into(),
        scale if scale.abs() < 1e5 => format!("{scale:.6}"),
        scale => format!("{scale:.6e}"),
    };
    let cosine = if t.cosine.is_nan() { "-".into() } else { format!("{:.6}", t.cosine) };
    let start = [t.tensor.to_string(), format!("{:.1e}", t.error), cosine, scale];
    let end = match (&t.shape, &t.worst) {
        (Some(shape), _) => [format!("shape {shape:?}"), String::new(), String::new()],
        (None, Some((at, found, right))) => [format!("{at:?}"), format!("{found:.6e}"), format!("{right:.6e}")],
        (None, None) => [String::new(), String::new(), String::new()],
    };
    start.into_iter().chain(end).collect()
}
