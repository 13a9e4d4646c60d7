//! A review of a script: the verdict on its first update, the line of every mistake, and what to write there.
//!
//! The tracer knows no mistake and the gradient check no script; this room stands above both and joins them. What the
//! script leaves open, its loss if it never computes one, is tried, the usual first. A script is the person's own code
//! and has been run; what is reviewed here is what the tracer wrote of it.

mod equation;
mod evidence;
mod mend;
mod steps;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::mpsc;
use std::time::Duration;

pub use mend::{Mended, mend};

use crate::data::{Dump, Numbers};
use crate::error::{Error, Result};
use crate::gradcheck::{Claim, Conclusion, Fix, FoundMistake, LossFormula, Stated, Verdict, check};
use crate::script::{Line, Moved, Roles, Slip, SlipKind, Update};

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

/// What a script is answered.
#[derive(Debug)]
pub enum Answer {
    /// Its equations were read, and judged one by one.
    Reviewed(Box<Review>),
    /// They were not, and its own differences say whether it goes down its loss.
    ByDifferences(Box<Differences>),
}

/// What the script said by itself when its parameters were moved.
#[derive(Debug)]
pub struct Differences {
    /// What came of moving them.
    pub moved: Moved,
    /// What the tracer said of the script.
    pub roles: Roles,
    /// Why its equations could not be judged.
    pub unclear: String,
}

impl Answer {
    /// The answer to a first update; `stated` goes before what the tracer proved. A verdict without a name for what is wrong says
    /// less than a right update, so where there is a `later` one that is right, that is reviewed instead. Where nothing
    /// certain can be said, the script is asked itself what happens when its parameters are `moved`.
    ///
    /// # Errors
    /// The dump cannot be judged, or it is not clear whether the script is wrong or what was read of it.
    pub fn of(
        dump: &Dump,
        mut roles: Roles,
        later: Option<Box<Update>>,
        stated: &Stated,
        moved: impl FnOnce() -> Option<Moved>,
    ) -> Result<Self> {
        let told = stated.activation.is_some() || stated.output.is_some();
        if !roles.unknown_functions.is_empty() && !told {
            return match right_for_all_that(dump, stated, &roles) {
                Some(verdict) => Ok(Review::found(verdict, dump, roles).into()),
                None => Answer::asked(moved(), dump, evidence::unknown(&roles), roles),
            };
        }
        let (verdict, dump, slips) = match with_own_signs(dump, stated, &roles) {
            Ok(judged) => judged,
            Err(error) => {
                let asked = moved().map(|moved| Answer::by_differences(moved, error.to_string(), roles));
                return asked.ok_or(error);
            }
        };
        roles.slips.extend(slips);
        let dump = dump.as_ref();
        if !evidence::needed(&verdict) {
            return Ok(Review::found(verdict, dump, roles).into());
        }
        if let Some(Update { dump, roles: seen }) = later.map(|later| *later)
            && let Ok(second) = judged(&dump, stated, &seen)
            && second.conclusion == Conclusion::Right
        {
            return Ok(Review::found(second, &dump, seen.beside(roles)).into());
        }
        let moved = moved();
        match (evidence::lacking(&verdict, &roles, stated.loss.is_some()), moved) {
            (Some(unclear), moved) => Answer::asked(moved, dump, unclear, roles),
            (None, Some(moved)) if moved.agrees => {
                Ok(Answer::by_differences(moved, evidence::without_a_name(&verdict), roles))
            }
            _ => Ok(Review::found(verdict, dump, roles).into()),
        }
    }

    /// The answer where no update could be read, and the script has told something when its parameters were `moved`.
    pub fn unread(roles: Roles, moved: Moved) -> Self {
        let unclear = roles.why_not.clone().unwrap_or_default();
        Answer::by_differences(moved, unclear, roles)
    }

    /// What the parameters tell, if they were moved and tell anything, where it is `unclear` what the equations are.
    fn asked(moved: Option<Moved>, dump: &Dump, unclear: String, roles: Roles) -> Result<Self> {
        match moved {
            Some(moved) => Ok(Answer::by_differences(moved, unclear, roles)),
            None => Err(Error::data(format!("nothing certain can be said of `{}`: {unclear}", dump.name))),
        }
    }

    fn by_differences(moved: Moved, unclear: String, roles: Roles) -> Self {
        Answer::ByDifferences(Box::new(Differences { moved, roles, unclear }))
    }
}

impl From<Review> for Answer {
    fn from(review: Review) -> Self {
        Answer::Reviewed(Box::new(review))
    }
}

impl Review {
    /// The review of an update of which the verdict is known.
    fn found(verdict: Verdict, dump: &Dump, roles: Roles) -> Self {
        let layers = (1..).take_while(|l| dump.array(&format!("W{l}")).is_some()).count();
        let located = |finding: &FoundMistake| LocatedMistake {
            lines: steps::lines(finding, &roles, layers, &verdict.tensors),
            finding: finding.clone(),
        };
        let mistakes = verdict.findings.iter().map(located).collect();
        Review { verdict, mistakes, roles }
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

/// The verdict on the gradients as most updates take them; or, where less is wrong with those of the other updates then, on
/// these as the script has them, since it is the update whose sign is wrong. With the dump that it is of, and these updates.
fn with_own_signs<'a>(dump: &'a Dump, stated: &Stated, roles: &Roles) -> Result<(Verdict, Cow<'a, Dump>, Vec<Slip>)> {
    let verdict = judged(dump, stated, roles)?;
    if verdict.conclusion == Conclusion::Right || roles.turned.is_empty() {
        return Ok((verdict, Cow::Borrowed(dump), Vec::new()));
    }
    let mut own = dump.clone();
    let turned = own.arrays.iter_mut().filter(|(name, _)| roles.turned.contains(name));
    turned.flat_map(|(_, array)| &mut array.values).for_each(|value| *value = -*value);
    let second = judged(&own, stated, roles).ok().filter(|second| weight(second) < weight(&verdict));
    let Some(second) = second else { return Ok((verdict, Cow::Borrowed(dump), Vec::new())) };
    let lines = roles.turned.iter().filter_map(|name| roles.lines.get(&format!("update {}", &name[1..])));
    let slip = |line: &Line| Slip { kind: SlipKind::UpdateSign, numbers: BTreeMap::new(), line: line.clone() };
    Ok((second, Cow::Owned(own), lines.map(slip).collect()))
}

/// The verdict under the loss that the script computes, or under the one that explains most. Where the tracer could not tell
/// the rate from the gradient and the verdict can, it is that of the gradient without it.
fn judged(dump: &Dump, stated: &Stated, roles: &Roles) -> Result<Verdict> {
    let verdict = under_some_loss(dump, stated, roles)?;
    let told = stated.rate.is_some() || dump.number("lr").is_some();
    let Some(rate) = verdict.understanding.rate().filter(|_| !told) else { return Ok(verdict) };
    let without = under_some_loss(&without_rate(dump, rate), stated, roles)?;
    Ok(if without.conclusion == verdict.conclusion { without } else { verdict })
}

/// A dump whose gradients are divided by a rate, which is stated beside them.
fn without_rate(dump: &Dump, rate: f64) -> Dump {
    let mut divided = dump.clone();
    let gradients = divided.arrays.iter_mut().filter(|(name, _)| name.starts_with("dW") || name.starts_with("db"));
    gradients.flat_map(|(_, array)| &mut array.values).for_each(|value| *value /= rate);
    divided.arrays.insert("lr".into(), Numbers { shape: Vec::new(), values: vec![rate] });
    divided
}

/// The verdict under the loss that the script computes, or under the one that explains most.
fn under_some_loss(dump: &Dump, stated: &Stated, roles: &Roles) -> Result<Verdict> {
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
        let right = verdict.conclusion == Conclusion::Right;
        if best.as_ref().is_none_or(|known| weight(&verdict) < weight(known)) {
            best = Some(verdict);
        }
        if right {
            break;
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
fn right_for_all_that(dump: &Dump, stated: &Stated, roles: &Roles) -> Option<Verdict> {
    let (own, statements, of) = (dump.clone(), stated.clone(), roles.clone());
    let verdict = within(PATIENCE, move || judged(&own, &statements, &of)).and_then(Result::ok);
    verdict.filter(|verdict| verdict.conclusion == Conclusion::Right)
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
    within(PATIENCE, move || check(&claim))?.ok()
}

/// What `work` gives, unless it takes longer than `limit`; then it goes on alone and nobody waits for it.
pub fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = sender.send(work());
    });
    receiver.recv_timeout(limit).ok()
}
