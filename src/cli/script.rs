//! `backburn gradcheck SCRIPT.py`: which line of my program is wrong?
//!
//! The script is run under the tracer, its first update is checked like any dump, and every mistake is shown with the
//! line that it stands in. What the script leaves open (its loss, if it never computes one) is tried, the usual first.

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::lines::lines;
use super::mend::mend;
use super::output::Output;
use super::table::table;
use super::{json, print};
use crate::data::Dump;
use crate::error::{Error, Result};
use crate::gradcheck::{Claim, Conclusion, FoundMistake, LossFormula, Outlook, Stated, Verdict, check};
use crate::script::{Ended, Line, Roles, Script, Trace};

/// No longer is looked for another loss under which a gradient is right.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many lines of a script's output are shown when it fails.
const TAIL: usize = 6;

/// Runs the script and checks its first update; `stated` goes before what the tracer proved. With `write`, the script is
/// written there with its wrong lines mended, and judged again.
pub fn run(script: &Script, stated: &Stated, as_json: bool, write: Option<(&Path, Output)>) -> Result<()> {
    let Trace { dump, roles, output } = script.trace()?;
    let Some(dump) = dump else { return Err(nothing(script, &roles, &output)) };
    let verdict = judged(&dump, stated, &roles)?;
    if !roles.unknown_functions.is_empty() && verdict.conclusion != Conclusion::Right {
        return Err(Error::data(format!(
            "nothing can be said of `{}`: {} applies a function that is none of those known; state it with --activation or --output",
            script.path.display(),
            roles.unknown_functions.join(" and ")
        )));
    }
    let layers = (1..).take_while(|l| dump.array(&format!("W{l}")).is_some()).count();
    let found: Vec<(&FoundMistake, Vec<Line>)> =
        verdict.findings.iter().map(|finding| (finding, lines(finding, &roles, layers))).collect();
    let outlook = verdict.understanding.outlook();
    print::data(&if as_json {
        json(&object(&verdict, &found, &roles, outlook.as_ref()))
    } else {
        text(&verdict, &found, &roles, outlook.as_ref())
    });
    write.map_or(Ok(()), |file| mended(script, stated, &found, &roles, file))
}

/// Writes the script with its wrong lines mended, and says what is found in it then.
fn mended(
    script: &Script,
    stated: &Stated,
    found: &[(&FoundMistake, Vec<Line>)],
    roles: &Roles,
    (path, file): (&Path, Output),
) -> Result<()> {
    let fix = |(finding, lines): &(&FoundMistake, Vec<Line>)| {
        let line = lines.first()?;
        Some((line.clone(), own_words(finding, Some(line), roles)))
    };
    let fixes: Vec<(Line, String)> = found.iter().filter_map(fix).collect();
    let mended = mend(script.path, &fixes)?;
    if mended.lines.is_empty() {
        print::note("no line was mended: none of the mistakes is one expression in one line");
        return Ok(());
    }
    file.write(mended.text.as_bytes())?;
    let numbers: Vec<String> = mended.lines.iter().map(usize::to_string).collect();
    let Trace { dump, roles, output } = Script { path, ..script.clone() }.trace()?;
    let Some(dump) = dump else { return Err(nothing(script, &roles, &output)) };
    let names: Vec<&str> = judged(&dump, stated, &roles)?.findings.iter().map(|one| one.mistake.name()).collect();
    let left = if names.is_empty() { "its gradients are right".into() } else { format!("still {}", names.join(", ")) };
    print::note(&format!("wrote {} with lines {} mended: {left}", path.display(), numbers.join(", ")));
    Ok(())
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
        "EOFError" => "its input is closed: give what it asks for as an argument".into(),
        _ => "make it run by itself first".into(),
    }
}

/// The verdict under the loss that the script computes, or under the one that explains most.
fn judged(dump: &Dump, stated: &Stated, roles: &Roles) -> Result<Verdict> {
    let known = stated.loss.is_some() || dump.note("loss").is_some();
    let printed = roles.losses.last().and_then(|last| LossFormula::parse(&last.loss));
    let losses: Vec<Option<LossFormula>> = match printed {
        _ if known => vec![None],
        Some(LossFormula::Squared | LossFormula::HalfSquared) => {
            vec![Some(LossFormula::Squared), Some(LossFormula::HalfSquared)]
        }
        _ if dump.note("output") == Some("softmax") => vec![Some(LossFormula::CrossEntropy)],
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
    if weight(&best) == 0 || known || printed.is_some() || losses == [None] {
        return Ok(best);
    }
    Ok(another(dump, stated).filter(|other| weight(other) < weight(&best)).unwrap_or(best))
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

/// The verdict, with the lines of the script beside each mistake.
fn text(verdict: &Verdict, found: &[(&FoundMistake, Vec<Line>)], roles: &Roles, outlook: Option<&Outlook>) -> String {
    let whole = verdict.to_string();
    let mut parts: Vec<String> = whole.split("\n\n").map(str::to_string).collect();
    for (part, (i, (finding, lines))) in parts.iter_mut().skip(1).zip(found.iter().enumerate()) {
        *part = paragraph(i + 1, finding, lines, roles);
    }
    let notes = notes(roles);
    parts.extend((!notes.is_empty()).then(|| notes.join("\n")));
    parts.extend(outlook.map(ToString::to_string));
    parts.push(table(&verdict.table()));
    parts.join("\n\n")
}

/// One mistake: its lines, what is wrong with them, and what to write instead.
fn paragraph(number: usize, finding: &FoundMistake, lines: &[Line], roles: &Roles) -> String {
    let places: Vec<String> = finding.places.iter().map(ToString::to_string).collect();
    let shown: Vec<String> =
        lines.iter().map(|line| format!("   {}:{}  {}\n", line.file, line.line, line.source)).collect();
    format!(
        "{number}. {} ({})\n{}   {}\n   write  {}",
        finding.mistake.name(),
        places.join("; "),
        shown.concat(),
        finding.mistake.sentence(),
        own_words(finding, lines.first(), roles)
    )
}

/// The mended equation in the person's own names, those of the mistaken line first.
fn own_words(finding: &FoundMistake, line: Option<&Line>, roles: &Roles) -> String {
    match finding.fix.contains(" = ") {
        true => roles.in_their_words(&finding.fix, line.map_or("", |line| &line.source)),
        false => finding.fix.clone(),
    }
}

/// What is to be said beside the verdict.
fn notes(roles: &Roles) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    if !roles.expressions.is_empty() {
        let names: Vec<String> = roles.expressions.iter().map(|(role, own)| format!("{role} is {own}")).collect();
        all.push(format!("In your names: {}.", names.join(", ")));
    }
    all.extend(roles.conditions.iter().map(|(name, what)| format!("{name}: {what}.")));
    if !roles.dropped_names.is_empty() {
        let names: Vec<String> = roles.dropped_names.iter().map(|name| format!("np.{name}")).collect();
        all.push(format!("Put back for this run, because newer numpy has dropped them: {}.", names.join(", ")));
    }
    all
}

/// The verdict as an object, with the lines of the script.
fn object(verdict: &Verdict, found: &[(&FoundMistake, Vec<Line>)], roles: &Roles, outlook: Option<&Outlook>) -> Value {
    let mut object = verdict.json();
    let lines: Vec<Value> = found
        .iter()
        .flat_map(|(finding, lines)| {
            lines.iter().map(|line| {
                json!({
                    "file": line.file,
                    "line": line.line,
                    "mistake": finding.mistake.name(),
                    "source": line.source,
                    "write": own_words(finding, Some(line), roles),
                })
            })
        })
        .collect();
    object["lines"] = Value::Array(lines);
    object["roles"] = json!(roles.expressions);
    object["outlook"] = outlook.map_or(Value::Null, |outlook| {
        let loss = Some(outlook.course.last).filter(|loss| loss.is_finite());
        let cure = outlook.cure.as_ref().map(|(change, _)| change.to_string());
        json!({"learns": outlook.course.learns(), "accuracy": outlook.course.accuracy, "loss": loss, "cure": cure})
    });
    object
}
