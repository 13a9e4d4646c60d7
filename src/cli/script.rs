//! `backburn gradcheck SCRIPT.py`: which line of my program is wrong?
//!
//! The script is run under the tracer ([`crate::script`]) and its first update is judged ([`crate::review`]). What is left
//! here is to say it: every mistake with the line that it stands in, or why there was nothing to judge.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use super::bar::Clock;
use super::output::Output;
use super::table::table;
use super::{differences, json, print};
use crate::error::{Error, Result};
use crate::gradcheck::{Claim, Conclusion, Outlook, Stated, together};
use crate::numerics::short;
use crate::review::{Answer, LocatedMistake, Review, mend, within};
use crate::script::{Ended, Line, Roles, Script, Slip, Trace};

/// So many lines of a script's output are shown when it fails.
const TAIL: usize = 6;
/// What the tracer calls a bias that is used and that nothing updates.
const NOT_UPDATED: &str = "bias-not-updated";
/// The share of the time that is left which moving the parameters may take.
const MOVING: f64 = 0.8;

/// Runs the script and checks its first update; `stated` goes before what the tracer proved. With `write`, the script is
/// written there with its wrong lines mended, and judged again.
pub fn run(script: &Script, stated: &Stated, as_json: bool, write: Option<(&Path, Output)>) -> Result<()> {
    let begun = Instant::now();
    let review = match answer(script, stated, begun)? {
        Answer::Reviewed(review) => review,
        Answer::ByDifferences(found) => {
            print::data(&if as_json { json(&differences::object(&found)) } else { differences::text(&found) });
            return Ok(());
        }
    };
    let rehearsing = Clock::start("training the mended network".into());
    let understanding = review.verdict.understanding.clone();
    let outlook = within(script.left(begun), move || understanding.outlook()).flatten();
    drop(rehearsing);
    print::data(&if as_json { json(&object(&review, outlook.as_ref())) } else { text(&review, outlook.as_ref()) });
    write.map_or(Ok(()), |file| mended(script, stated, &review, file))
}

/// Runs the script and judges what it did, in the time that there is from when it `begun`.
fn answer(script: &Script, stated: &Stated, begun: Instant) -> Result<Answer> {
    let name = script.path.file_name().unwrap_or_default().display();
    let running = Clock::start(format!("running {name}"));
    let Trace { dump, sample, roles, later, output, second } = script.trace()?;
    drop(running);
    let _checking = Clock::start(format!("checking what {name} did"));
    let own = script.clone();
    let moved = move || second?.moved(own.left(begun).mul_f64(MOVING));
    let Some(dump) = dump else {
        return match moved() {
            Some(moved) => Ok(Answer::unread(roles, moved)),
            None => Err(nothing(script, &roles, &output)),
        };
    };
    let said = stated.clone();
    let judged = within(script.left(begun), move || Answer::of(&dump, roles, later, &said, moved));
    let mut answer = judged.ok_or_else(|| too_long(script))??;
    if let (Answer::Reviewed(review), Some(sample)) = (&mut answer, sample)
        && let Ok(sample) = Claim::read(&sample, stated.clone())
    {
        review.verdict.see_all_inputs(&sample);
    }
    Ok(answer)
}

/// That an update was read and could not be judged in time.
fn too_long(script: &Script) -> Error {
    let Script { path, seconds, .. } = script;
    Error::data(format!(
        "an update of `{}` was read, and {seconds} s were too few to judge it; give it more with --seconds",
        path.display()
    ))
}

/// Writes the script with its wrong lines mended, and says what is found in it then.
fn mended(script: &Script, stated: &Stated, found: &Review, (path, file): (&Path, Output)) -> Result<()> {
    let mended = mend(&script.path, &found.fixes())?;
    if mended.lines.is_empty() {
        print::note("no line was mended: none of the mistakes is one expression in one line whose names are all there");
        return Ok(());
    }
    let before = std::fs::read(path).ok();
    file.write(mended.text.as_bytes())?;
    let numbers: Vec<String> = mended.lines.iter().map(usize::to_string).collect();
    let again = answer(&Script { path: path.into(), ..script.clone() }, stated, Instant::now());
    let again = again.and_then(|again| still_runs(found, again));
    let again = match again {
        Ok(again) => again,
        Err(error) => {
            let put_back = before.map_or_else(|| std::fs::remove_file(path), |old| std::fs::write(path, old));
            let left = if put_back.is_ok() { "nothing was written" } else { "what was written is of no use" };
            return Err(Error::data(format!(
                "with lines {} mended the script does not run, so {left}: {error}; mend them by hand",
                numbers.join(", ")
            )));
        }
    };
    let names: Vec<&str> = match &again {
        Answer::Reviewed(again) => again.verdict.findings.iter().map(|one| one.mistake.name()).collect(),
        Answer::ByDifferences(again) => again.moved.off.keys().map(String::as_str).collect(),
    };
    let left = if names.is_empty() { "its gradients are right".into() } else { format!("still {}", names.join(", ")) };
    print::note(&format!("wrote {} with lines {} mended: {left}", path.display(), numbers.join(", ")));
    Ok(())
}

/// The review of a mended script, unless it ends with an exception that the script as it was `found` does not.
fn still_runs(found: &Review, again: Answer) -> Result<Answer> {
    let roles = match &again {
        Answer::Reviewed(again) => &again.roles,
        Answer::ByDifferences(again) => &again.roles,
    };
    let Ended { how, kind, text, .. } = &roles.ended;
    if how == "error" && found.roles.ended.how != "error" {
        return Err(Error::data(format!("{kind}: {text}")));
    }
    Ok(again)
}

/// Why there is nothing to check.
fn nothing(script: &Script, roles: &Roles, output: &str) -> Error {
    let name = script.path.display();
    let tail: Vec<&str> = output.lines().rev().take(TAIL).collect();
    if !tail.is_empty() {
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        print::note(&format!("the last that the script printed:\n  {}\n", tail.join("\n  ")));
    }
    let Ended { how, why, kind, text, at } = &roles.ended;
    let why_not = roles.why_not.as_deref().unwrap_or("no update was seen");
    Error::data(match (how.as_str(), at) {
        ("error", Some(Line { file, line, source })) => {
            let place = format!("{file}:{line}  {source}");
            format!("`{name}` ended before its first update: {kind}: {text} at {place}; {}", way_out(kind, script))
        }
        _ if roles.fault => format!("`{name}` cannot be checked: {why_not}"),
        ("stopped", _) if !why.contains("twice") => format!(
            "no update was found in `{name}` before {why} ({} s): {why_not}; give it more with --seconds",
            script.seconds
        ),
        _ => format!(
            "nothing was found to check in `{name}`: {why_not}; the script that trains must be given, with its arguments after --"
        ),
    })
}

fn way_out(kind: &str, script: &Script) -> String {
    match kind {
        "ModuleNotFoundError" | "ImportError" => {
            format!("install it for `{}`, or name another Python with --python", script.python)
        }
        "FileNotFoundError" => "the script runs in its own folder: put the file there or give its path after --".into(),
        "URLError" | "HTTPError" | "gaierror" | "ConnectionError" | "ConnectionRefusedError" | "TimeoutError" => {
            "it downloads something that was not reached: run it once where it is, or put the data beside it".into()
        }
        "EOFError" => "its input is closed: give what it asks for as an argument".into(),
        _ => "make it run by itself first".into(),
    }
}

/// The verdict, with the lines of the script beside each mistake, then what is wrong beside the gradients.
fn text(review: &Review, outlook: Option<&Outlook>) -> String {
    let mut parts = vec![headline(review)];
    parts.extend((1..).zip(&review.mistakes).map(|(i, mistake)| paragraph(i, mistake, &review.roles)));
    parts.extend((review.mistakes.len() + 1..).zip(&review.roles.slips).map(|(i, slip)| beside(i, slip)));
    parts.extend(review.verdict.remarks());
    let mut notes = notes(&review.roles);
    notes.extend(of_another_length(review));
    parts.extend((!notes.is_empty()).then(|| notes.join("\n")));
    parts.extend(outlook.map(ToString::to_string));
    parts.push(table(&review.verdict.table()));
    parts.join("\n\n")
}

/// The answer in one line: that of the gradients, unless they are right and something beside them is not.
fn headline(Review { verdict, roles, .. }: &Review) -> String {
    let slips = roles.slips.iter().map(|slip| slip.kind.name());
    let still = roles.conditions.iter().map(|(name, _)| name.as_str()).filter(|name| *name == NOT_UPDATED);
    let beside: Vec<&str> = slips.chain(still).collect();
    if verdict.conclusion != Conclusion::Right || beside.is_empty() {
        return verdict.headline();
    }
    format!("the gradients are right, and not all beside them: {}", beside.join(", "))
}

/// One mistake: its lines, what is wrong with them, and what to write instead.
fn paragraph(number: usize, mistake: &LocatedMistake, roles: &Roles) -> String {
    let lines: String = mistake.lines.iter().map(shown).collect();
    mistake.finding.paragraph(number, &lines, &mistake.fix(mistake.lines.first(), roles))
}

/// One slip, told like a mistake.
fn beside(number: usize, slip: &Slip) -> String {
    let (name, sentence, fix) = (slip.kind.name(), slip.sentence(), slip.kind.fix());
    format!("{number}. {name} (beside the gradients)\n{}   {sentence}\n   write  {fix}", shown(&slip.line))
}

/// A line of the script as it is shown below a mistake.
fn shown(line: &Line) -> String {
    format!("   {}:{}  {}\n", line.file, line.line, line.source)
}

/// That the loss which is printed has the gradient that was found right, in another length.
fn of_another_length(Review { verdict, roles, .. }: &Review) -> Option<String> {
    let right = verdict.conclusion == Conclusion::Right;
    let all = roles.losses.iter().map(|one| {
        let times = verdict.understanding.times_printed(&one.loss, &one.reduction);
        times.map(|times| (times, format!("{}, {}", one.loss, one.reduction)))
    });
    let (times, printed) = all.collect::<Option<Vec<_>>>()?.pop().filter(|_| right)?;
    let times = short(times);
    Some(format!(
        "printed-loss: the gradient of the printed loss ({printed}) is {times} times this one, which is a matter of scale that the rate takes up, and no other loss."
    ))
}

/// What is to be said beside the verdict.
fn notes(roles: &Roles) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    if !roles.expressions.is_empty() {
        let names: Vec<String> = roles.expressions.iter().map(|(role, own)| format!("{role} is {own}")).collect();
        all.push(format!("In your names: {}.", names.join(", ")));
    }
    all.extend(roles.conditions.iter().map(|(name, what)| format!("{name}: {what}.")));
    if roles.python2 {
        all.push("Read as Python 2: print statements, division of integers, lists of map, zip and range.".into());
    }
    if !roles.dropped_names.is_empty() {
        let names = roles.dropped_names.join(", ");
        all.push(format!("Put back for this run, because newer numpy or Python has dropped them: {names}."));
    }
    all
}

/// The verdict as an object, with the lines of the script. What is wrong beside the gradients counts as a condition, and
/// has its line like a mistake.
fn object(review: &Review, outlook: Option<&Outlook>) -> Value {
    let Review { verdict, mistakes, roles } = review;
    let mut object = verdict.json();
    let line = |line: &Line, name: &str, write: String| json!({"file": line.file, "line": line.line, "mistake": name, "source": line.source, "write": write});
    let of = |mistake: &LocatedMistake| -> Vec<Value> {
        let name = mistake.finding.mistake.name();
        mistake.lines.iter().map(|one| line(one, name, mistake.fix(Some(one), roles))).collect()
    };
    let slips = roles.slips.iter().map(|slip| line(&slip.line, slip.kind.name(), slip.kind.fix().into()));
    object["lines"] = mistakes.iter().flat_map(of).chain(slips).collect();
    let beside = roles.conditions.iter().map(|(name, _)| name.as_str());
    let beside = beside.chain(roles.slips.iter().map(|slip| slip.kind.name())).map(Value::from);
    if let Some(conditions) = object["conditions"].as_array_mut() {
        conditions.extend(beside);
    }
    object["roles"] = json!(roles.expressions);
    object["outlook"] = outlook.map_or(Value::Null, |outlook| {
        let loss = Some(outlook.rehearsal.last).filter(|loss| loss.is_finite());
        let cure = outlook.cure.as_ref().map(|(changes, _)| together(changes));
        json!({"learns": outlook.rehearsal.learns(), "accuracy": outlook.rehearsal.accuracy, "loss": loss, "cure": cure})
    });
    object
}
