//! An equation in the place of a line: in the person's own names, if it would run there and divide as the script does.
//!
//! The gradient check writes its equations in the names of a dump, and a name of the dump may be no name of the script:
//! `m` is a number of rows that nobody has counted, `W3` is `W[i]` in a loop over layers, `z1` is `Z` of another function.
//! So a line is offered only where every name of it is bound, and where it stands for one layer alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::gradcheck::Equation;
use crate::script::{Line, Roles};

/// Names that are bound everywhere.
const KNOWN: [&str; 3] = ["abs", "True", "False"];

/// The equation as it can be written in the place of `line`; `None` where it would not run there.
pub fn in_place(equation: &Equation, line: &Line, roles: &Roles) -> Option<String> {
    let bound = roles.scopes.get(&format!("{}:{}", line.file, line.line))?;
    let inside = roles.division.as_deref() == Some("inside");
    let whole = divided(equation, roles);
    if equation.error && inside && line.source.contains('/') && !equation.right.contains('/') {
        return None; // the division that belongs to the error would be lost
    }
    let written = match whole.divisor {
        None => whole.to_string(),
        Some(_) if roles.division.as_deref() != Some("outside") => return None,
        Some(divisor) => {
            let counted =
                bound.iter().any(|name| name == "m") && roles.lines.values().any(|line| divides_by(&line.source, "m"));
            if counted { whole.to_string() } else { rows_of_the_error(&whole, divisor, roles)? }
        }
    };
    let own = roles.in_their_words(&written, &line.source);
    let right = own.split_once(" = ").map_or("", |(_, right)| right);
    let made: Vec<&str> = own.split("; ").skip(1).filter_map(|next| next.split_whitespace().next()).collect();
    let there = |name: &String| bound.contains(name) || KNOWN.contains(&name.as_str()) || made.contains(&name.as_str());
    let runs = names(right).iter().all(there);
    let shared = layers_of(line, roles) > 1 && !names_and_places(right).all(|name| line.source.contains(name));
    (runs && !shared).then_some(own)
}

/// The equation without its division by the rows, where the script has divided the error already.
pub fn divided(equation: &Equation, roles: &Roles) -> Equation {
    let inside = roles.division.as_deref() == Some("inside");
    Equation { divisor: equation.divisor.filter(|_| !inside), ..equation.clone() }
}

/// The equation with the rows counted by the error that it sums: `/ m` becomes `/ delta1.shape[0]`.
fn rows_of_the_error(equation: &Equation, divisor: &str, roles: &Roles) -> Option<String> {
    let axis = usize::from(roles.layout == "col");
    let Equation { left, right, layer, .. } = equation;
    (divisor == "m").then(|| format!("{left} = {right} / delta{layer}.shape[{axis}]"))
}

/// Whether a line divides by this name.
fn divides_by(source: &str, name: &str) -> bool {
    source.split('/').skip(1).any(|after| {
        let after = after.trim_start().trim_start_matches('(');
        after
            .strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || "_.[(".contains(c)))
    })
}

/// How many layers a line serves: those of the steps that stand in it.
fn layers_of(line: &Line, roles: &Roles) -> usize {
    let here = roles.lines.iter().filter(|(_, at)| *at == line);
    let layer = |step: &str| -> String {
        step.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect()
    };
    let kind = |step: &str| -> String { step.chars().take_while(|c| c.is_alphabetic()).collect() };
    let mut layers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (step, _) in here {
        layers.entry(kind(step)).or_default().insert(layer(step));
    }
    layers.values().map(BTreeSet::len).max().unwrap_or(0)
}

/// The names that an expression needs: no members, no keywords of a call, nothing inside quotes.
fn names(expression: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let bare: String = expression.split(['\'', '"']).step_by(2).collect::<Vec<&str>>().join("''");
    let mut rest = bare.as_str();
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let letter = |c: char| c.is_alphanumeric() || c == '_';
        if !letter(first) {
            before = first;
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(rest.find(|c| !letter(c)).unwrap_or(rest.len()));
        let keyword = after.starts_with('=') && !after.starts_with("==");
        if !first.is_ascii_digit() && before != '.' && !keyword {
            all.insert(word.to_string());
        }
        before = 'a';
        rest = after;
    }
    all
}

/// The parts of an expression that name an array, each with its members and indices: `self.W['W3']`.
fn names_and_places(expression: &str) -> impl Iterator<Item = &str> {
    let cut = |c: char| !(c.is_alphanumeric() || "_.[]'\"".contains(c));
    let part = |word: &str| word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    expression.split(cut).map(|word| word.strip_suffix(".T").unwrap_or(word)).filter(move |word| part(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(bound: &[&str], division: Option<&str>) -> (Roles, Line) {
        let line = Line { file: "a.py".into(), line: 9, source: "db = np.sum(dhidden)".into() };
        let own = [("db1", "db"), ("delta1", "dhidden"), ("W3", "W['W3']")];
        let roles = Roles {
            expressions: own.map(|(a, b)| (a.to_string(), b.to_string())).into_iter().collect(),
            lines: [("db1".to_string(), line.clone())].into_iter().collect(),
            scopes: [("a.py:9".to_string(), bound.iter().map(ToString::to_string).collect())].into_iter().collect(),
            division: division.map(str::to_string),
            ..Roles::default()
        };
        (roles, line)
    }

    fn equation(left: &str, right: &str, divisor: Option<&'static str>) -> Equation {
        Equation { left: left.into(), right: right.into(), divisor, error: left.starts_with("delta"), layer: 1 }
    }

    #[test]
    fn a_line_is_offered_where_its_names_are_bound_and_divides_as_the_script_does() {
        let equation = equation("db1", "delta1.sum(axis=0)", Some("m"));
        let offered = |bound: &[&str], division| {
            let (roles, line) = roles(bound, division);
            in_place(&equation, &line, &roles)
        };
        assert_eq!(offered(&["dhidden"], Some("inside")).as_deref(), Some("db = dhidden.sum(axis=0)"));
        let outside = offered(&["dhidden", "m"], Some("outside"));
        assert_eq!(
            outside.as_deref(),
            Some("db = dhidden.sum(axis=0) / dhidden.shape[0]"),
            "nothing divides by this m"
        );
        assert_eq!(offered(&["dhidden"], None), None, "nobody knows where the script divides");
        assert_eq!(offered(&["m"], Some("inside")), None, "no dhidden there");
        let (roles, line) = roles(&["np", "z2"], None);
        let right = "np.exp(z2 - z2.max(axis=1, keepdims=True)); p /= p.sum(axis=1, keepdims=True)";
        let softmax = self::equation("p", right, None);
        assert_eq!(in_place(&softmax, &line, &roles), Some(softmax.to_string()), "the first half makes p");
    }

    #[test]
    fn a_line_of_several_layers_is_not_mended_for_one() {
        let (mut roles, mut line) = roles(&["W", "dhidden", "W3"], Some("inside"));
        line.source = "dhidden = (W[name].T @ dhidden) * s".into();
        let equation = &equation("delta1", "W3.T @ dhidden", None);
        for step in ["delta1", "delta2"] {
            roles.lines.insert(step.into(), line.clone());
        }
        assert_eq!(in_place(equation, &line, &roles), None);
        roles.lines.remove("delta2");
        assert_eq!(in_place(equation, &line, &roles).as_deref(), Some("dhidden = W['W3'].T @ dhidden"));
    }

    #[test]
    fn names_are_those_that_must_be_bound() {
        let needed: Vec<String> = names("np.sum(self.p['W3'] @ d, axis=0) / m").into_iter().collect();
        assert_eq!(needed, ["d", "m", "np", "self"]);
        assert!(divides_by("db = 1 / m * np.sum(d)", "m") && !divides_by("a / mm", "m") && !divides_by("m * a", "m"));
    }
}
