//! What a script answers by itself: its parameters were moved a little, and its loss was looked at ([`crate::script::Moved`]).

use serde_json::{Value, json};

use crate::review::Differences;
use crate::script::{Line, Moved};

/// The answer for a person: whether it goes down its loss, which parameters do not, and why it was asked this way.
pub fn text(Differences { moved, roles, unclear }: &Differences) -> String {
    let own = |name: &String| moved.names.get(name).unwrap_or(name).clone();
    let right: Vec<String> = moved.right.iter().map(own).collect();
    let wrong: Vec<String> = moved.off.keys().map(own).collect();
    let (names, says) = if moved.agrees { (right.join(", "), "as") } else { (wrong.join(", "), "otherwise than") };
    let one = if moved.agrees { moved.right.len() } else { moved.off.len() } == 1;
    let headline = format!(
        "{}: when {names} {} moved a little, its loss changes {says} {} says",
        if moved.agrees { "right" } else { "wrong" },
        if one { "is" } else { "are" },
        if one { "its gradient" } else { "the gradient of each" },
    );
    let mut parts = vec![headline];
    parts.extend(moved.off.iter().map(|(name, share)| off(&own(name), *share, roles.lines.get(&format!("d{name}")))));
    let agree = format!(
        "agree with what it goes down by for {}, up to one factor for all, which the rate takes up",
        right.join(", ")
    );
    parts.push(format!(
        "Its equations could not be judged one by one: {unclear}. So the script was run once more, and at the start of the same update each of its parameters was moved up and down a little, in directions drawn at random. The central differences of {} {agree}.",
        loss(moved)
    ));
    let untold: Vec<String> = moved.untold.iter().map(own).collect();
    parts.extend((!untold.is_empty()).then(|| {
        format!(
            "Of {} no slope can be told: the loss has a corner there, or changes by less than it is rounded.",
            untold.join(", ")
        )
    }));
    parts.join("\n\n")
}

/// A parameter whose gradient is another one.
fn off(own: &str, share: f64, line: Option<&Line>) -> String {
    let place = line.map_or(String::new(), |Line { file, line, source }| format!("   {file}:{line}  {source}\n"));
    let share = if share < 10.0 {
        format!("{:.1} % of their size", 100.0 * share)
    } else {
        "more than ten times their size".into()
    };
    format!("{own}\n{place}   the differences part from this gradient by {share}")
}

/// The loss that was looked at, in words.
fn loss(moved: &Moved) -> String {
    match (moved.loss.as_str(), &moved.place) {
        ("ce", _) => "the cross-entropy of its outputs".into(),
        ("bce", _) => "the binary cross-entropy of its outputs".into(),
        ("sse", _) => "the squared error of its outputs".into(),
        (_, Some(Line { file, line, source })) => format!("the number that {file}:{line} ({source}) computes"),
        _ => "a number that it computes".into(),
    }
}

/// The answer as an object, with the fields of other verdicts that make sense for it.
pub fn object(Differences { moved, roles, unclear }: &Differences) -> Value {
    let verdict = if moved.agrees { "right" } else { "unexplained" };
    json!({
        "verdict": verdict, "mistakes": [], "lines": [], "roles": roles.expressions, "unexplained": unclear,
        "differences": {"loss": loss(moved), "right": moved.right, "untold": moved.untold, "off": moved.off, "names": moved.names},
    })
}
