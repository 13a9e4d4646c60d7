//! Roles: what the arrays of a dump are in the script that made them, in the person's own words and lines, as the tracer
//! wrote it down. A review takes its names and lines from here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::line::Line;
use super::slip::Slip;

/// What the arrays of a dump are in the script that made them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Roles {
    /// Why the script ended.
    pub ended: Ended,
    /// Names that numpy or Python dropped and that were put back for this run, as `np.int` and `time.clock`.
    pub dropped_names: Vec<String>,
    /// Whether the script was read as Python 2.
    pub python2: bool,
    /// Why no update was found.
    pub why_not: Option<String>,
    /// Whether that is a fault of the script, at a line of its own.
    pub fault: bool,
    /// The person's expression for an array of the dump: `W1` is `params['W1']`.
    #[serde(rename = "roles")]
    pub expressions: BTreeMap<String, String>,
    /// All expressions that the script has for an array, as functions call it by names of their own.
    pub names: BTreeMap<String, Vec<String>>,
    /// The line that computes an array, by its name in the dump or by the name of a step on the way to it.
    pub lines: BTreeMap<String, Line>,
    /// The names that are bound at a line, by `file:line`.
    pub scopes: BTreeMap<String, Vec<String>>,
    /// Where the script divides by the rows: `inside` the error or `outside` of it; `None` where its gradients do not tell.
    pub division: Option<String>,
    /// The layout of the matrices: `row`, `col` or `torch`.
    pub layout: String,
    /// The numbers of the script that are a loss of its outputs, in the order in which it computes them.
    pub losses: Vec<PrintedLoss>,
    /// Layers whose function is none that the tracer knows.
    pub unknown_functions: Vec<String>,
    /// Whether it is said of each of these what it is, though it is none that can be judged.
    pub functions_told: bool,
    /// What is so beside the equations, as (name, of what).
    pub conditions: Vec<(String, String)>,
    /// What is wrong beside the gradients.
    pub slips: Vec<Slip>,
    /// The rows of the batch.
    pub rows: usize,
    /// The gradients of the dump that were turned, since the update takes them with another sign than most.
    pub turned: Vec<String>,
    /// The gradients of the dump whose array is one of the script and made of the error of this pass, by name.
    pub own_gradients: BTreeSet<String>,
}

/// A number of the script that equals a loss.
#[derive(Clone, Debug, Deserialize)]
pub struct PrintedLoss {
    /// `ce`, `bce`, `sse` or `half-sse`.
    pub loss: String,
    /// `mean`, `sum` or `mean-all`.
    pub reduction: String,
}

/// Why a script ended.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ended {
    /// `end`, `stopped`, `exit` or `error`.
    pub how: String,
    /// Why it was stopped.
    pub why: String,
    /// The class of an exception.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its text.
    pub text: String,
    /// Where it was raised.
    #[serde(flatten)]
    pub at: Option<Line>,
}

impl Roles {
    /// These roles with what `first` says of the script as a whole.
    pub fn beside(self, first: Roles) -> Roles {
        let Roles { ended, dropped_names, python2, slips, .. } = first;
        Roles { ended, dropped_names, python2, slips, ..self }
    }

    /// `text` with the dump's names replaced by the person's own, as in `W2` by `params['W2']`; of several, by the one
    /// that stands in `line`.
    pub fn in_their_words(&self, text: &str, line: &str) -> String {
        let there: Vec<&str> = words(line).collect();
        let mut out = String::new();
        for word in words(text) {
            let known = self.names.get(word).map_or(&[][..], Vec::as_slice);
            let here =
                known.iter().find(|name| there.contains(&name.as_str()) || name.len() > 3 && line.contains(*name));
            let own = here.or_else(|| self.expressions.get(word)).filter(|_| !out.ends_with('.'));
            out.push_str(own.map_or(word, String::as_str));
        }
        out
    }
}

/// A text cut where words begin and end.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c: char| letter(c) != letter(first)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_dump_become_the_persons_own_and_members_stay() {
        let own = [("W2", "params['W2']"), ("delta2", "Eo"), ("y", "Y")];
        let expressions = own.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
        let names = [("y".to_string(), vec!["Y".to_string(), "labels".into()])].into_iter().collect();
        let roles = Roles { expressions, names, ..Roles::default() };
        let text = "delta1 = delta2 @ W2.T - np.y - y";
        assert_eq!(roles.in_their_words(text, "d = labels - p"), "delta1 = Eo @ params['W2'].T - np.y - labels");
        assert_eq!(roles.in_their_words("y", ""), "Y");
    }
}
