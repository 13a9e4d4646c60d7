//! A review of a script: the verdict on its first update, the line of every mistake, and what to write there.
//!
//! The tracer knows no mistake and the gradient check no script; this room stands above both and joins them. What the
//! script leaves open, its loss if it never computes one, is tried, the usual first. A script is the person's own code
//! and has been run; what is reviewed here is what the tracer wrote of it.

mod equation;
mod mend;
mod steps;

use std::sync::mpsc;
use std::time::Duration;

pub use mend::{Mended, mend};

use crate::data::Dump;
use crate::error::{Error, Result};
use crate::gradcheck::{Claim, Conclusion, Fix, FoundMistake, LossFormula, Stated, Verdict, check};
use crate::script::{Line, Roles};

/// No longer is looked for another loss under which a gradient is right, nor for what an unknown function leaves right.
const PATIENCE: Duration = Duration::from_secs(10);

/// A script, judged.
#[derive(Debug)]
pub struct Review {
    /// The verdict on the first update.
    pub verdict: Verdict,
    /// The mistakes of the verdict with the lines that they stand in.
    pub mistakes: Vec<LocatedMistake>,
    /// What the tracer said of the script.
    pub roles: Roles,
}

/// A mistake with the lines that it stands in, the likeliest first.
#[derive(Clone, Debug)]
pub struct LocatedMistake {
    /// The mistake.
    pub finding: FoundMistake,
    /// The lines; none where the script shows none.
    pub lines: Vec<Line>,
}

impl Review {
    /// The review of a first update; `stated` goes before what the tracer proved.
    ///
    /// # Errors
    /// The dump cannot be judged, or one of its layers applies a function that nobody knows.
    pub fn of(dump: &Dump, roles: Roles, stated: &Stated) -> Result<Self> {
        let told = stated.activation.is_some() || stated.output.is_some();
        let verdict = if roles.unknown_functions.is_empty() || told {
            judged(dump, stated, &roles)?
        } else {
            right_for_all_that(dump, stated, &roles)?
        };
        let layers = (1..).take_while(|l| dump.array(&format!("W{l}")).is_some()).count();
        let located = |finding: &FoundMistake| LocatedMistake {
            lines: steps::lines(finding, &roles, layers, &verdict.tensors),
            finding: finding.clone(),
        };
        let mistakes = verdict.findings.iter().map(located).collect();
        Ok(Review { verdict, mistakes, roles })
    }

    /// The equations to write, each with the line that it belongs to, for [`mend`].
    pub fn fixes(&self) -> Vec<(Line, String)> {
        let fix = |mistake: &LocatedMistake| {
            let (line, Fix::Equation(equation)) = (mistake.lines.first()?, &mistake.finding.fix) else { return None };
            Some((line.clone(), equation::in_place(equation, line, &self.roles)?))
        };
        self.mistakes.iter().filter_map(fix).collect()
    }
}

impl LocatedMistake {
    /// What to write in the place of `line`: the mended equation in the person's own names, or, where it would not run
    /// there, in those of the dump.
    pub fn fix(&self, line: Option<&Line>, roles: &Roles) -> String {
        match &self.finding.fix {
            Fix::Advice(text) => roles.in_their_words(text, line.map_or("", |line| &line.source)),
            Fix::Equation(equation) => {
                let own = line.and_then(|line| equation::in_place(equation, line, roles));
                own.unwrap_or_else(|| {
                    format!("this equation in the names of this place: {}", equation::divided(equation, roles))
                })
            }
        }
    }
}

/// The verdict under the loss that the script computes, or under the one that explains most.
fn judged(dump: &Dump, stated: &Stated, roles: &Roles) -> Result<Verdict> {
    let known = stated.loss.is_some() || dump.note("loss").is_some();
    let printed = roles.losses.last().and_then(|last| LossFormula::parse(&last.loss));
    let shown = roles.slips.iter().any(|slip| slip.kind.is_cross_entropy());
    let losses: Vec<Option<LossFormula>> = match printed {
        _ if known => vec![None],
        Some(LossFormula::Squared | LossFormula::HalfSquared) => {
            vec![Some(LossFormula::Squared), Some(LossFormula::HalfSquared)]
        }
        _ if dump.note("output") == Some("softmax") => vec![Some(LossFormula::CrossEntropy)],
        _ if shown => vec![Some(LossFormula::BinaryCrossEntropy)],
        _ => vec![None],
    };
    let mut best: Option<Verdict> = None;
    for loss in losses.iter().copied() {
        let verdict = check(&Claim::read(dump, Stated { loss: loss.or(stated.loss), ..stated.clone() })?)?;
        if best.as_ref().is_none_or(|known| weight(&verdict) < weight(known)) {
            best = Some(verdict);
        }
    }
    let best = best.ok_or_else(|| Error::other("no loss was tried; please report the script"))?;
    let lossless = best.conclusion != Conclusion::Unexplained
        && !best.findings.iter().any(|finding| finding.mistake.may_be_another_loss());
    // A softmax without any loss was taken for a cross-entropy, which nobody has said.
    let assumed = !known && !shown && printed.is_none() && losses != [None];
    if lossless || !assumed {
        return Ok(best);
    }
    Ok(another(dump, stated).filter(|other| weight(other) < weight(&best)).unwrap_or(best))
}

/// The verdict on a script of which a layer applies a function that the tracer does not know, if it is right. A search for
/// mistakes behind such a function leads nowhere and may take minutes, so it is not waited for.
fn right_for_all_that(dump: &Dump, stated: &Stated, roles: &Roles) -> Result<Verdict> {
    let (sender, receiver) = mpsc::channel();
    let (own, statements, of) = (dump.clone(), stated.clone(), roles.clone());
    std::thread::spawn(move || {
        let _ = sender.send(judged(&own, &statements, &of));
    });
    let verdict = receiver.recv_timeout(PATIENCE).ok().and_then(Result::ok);
    verdict.filter(|verdict| verdict.conclusion == Conclusion::Right).ok_or_else(|| {
        Error::data(format!(
            "nothing can be said of `{}`: {} applies a function that is none of those known; state it with --activation or --output",
            dump.name,
            roles.unknown_functions.join(" and ")
        ))
    })
}

/// How much is wrong: nothing, so many mistakes, or more than has a name.
fn weight(verdict: &Verdict) -> usize {
    match verdict.conclusion {
        Conclusion::Right => 0,
        Conclusion::Mistaken => verdict.findings.len(),
        Conclusion::Unexplained => usize::MAX,
    }
}

/// The verdict with the loss left open, if it comes in time.
fn another(dump: &Dump, stated: &Stated) -> Option<Verdict> {
    let claim = Claim::read(dump, stated.clone()).ok()?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = sender.send(check(&claim));
    });
    receiver.recv_timeout(PATIENCE).ok()?.ok()
}
