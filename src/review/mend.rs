//! `backburn gradcheck SCRIPT.py --write FIXED.py`: the script with its wrong lines mended.
//!
//! Only a line that assigns one expression to one name is mended, and only where the right equation is one expression
//! in the person's own names; the old line stays above the new one as a comment. What could not be mended is said. The
//! mended script is then judged like the first one, so that nobody has to believe it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, Result};
use crate::script::Line;

/// A script with some lines mended.
pub struct Mended {
    /// The whole text.
    pub text: String,
    /// The numbers of the lines that were mended.
    pub lines: Vec<usize>,
}

/// The script at `path` with the equations of `fixes` in the place of the lines that they belong to, for those lines of the
/// script itself that can be replaced.
///
/// # Errors
/// The script cannot be read.
pub fn mend(path: &Path, fixes: &[(Line, String)]) -> Result<Mended> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::data(format!("cannot read `{}`: {e}; check the path", path.display())))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut new: BTreeMap<usize, String> = BTreeMap::new();
    let old: Vec<&str> = text.lines().collect();
    for (line, fix) in fixes.iter().filter(|(line, _)| line.file == name) {
        let whole = old.get(line.line.wrapping_sub(1));
        if let Some(mended) = whole.and_then(|whole| replaced(whole, fix)) {
            new.entry(line.line).or_insert(mended);
        }
    }
    let mut out = String::new();
    for (number, line) in (1..).zip(&old) {
        if let Some(mended) = new.get(&number) {
            let indent = &line[..line.len() - line.trim_start().len()];
            out.push_str(&format!("{indent}# was: {}\n{mended}\n", line.trim()));
        } else {
            out.push_str(&format!("{line}\n"));
        }
    }
    Ok(Mended { text: out, lines: new.into_keys().collect() })
}

/// A line with the right side of `fix`; `None` where either is no assignment of one expression to one name, or the line
/// goes on below.
fn replaced(line: &str, fix: &str) -> Option<String> {
    let (left, right) = assignment(line)?;
    let (_, wanted) = assignment(fix)?;
    let balanced =
        |text: &str| "([{".chars().zip(")]}".chars()).all(|(a, b)| text.matches(a).count() == text.matches(b).count());
    if fix.contains(';')
        || right.contains(';')
        || !balanced(right)
        || !balanced(wanted)
        || right.trim_end().ends_with('\\')
    {
        return None;
    }
    Some(format!("{left}= {}", wanted.trim()))
}

/// The two sides of an assignment, the left with its indentation.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let place = line.find('=')?;
    let (left, right) = (&line[..place], &line[place + 1..]);
    let plain = |c: char| c.is_alphanumeric() || "_.[]'\" ".contains(c);
    (left.chars().all(plain) && !left.trim().is_empty() && !right.starts_with('=')).then_some((left, right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_assignments_are_replaced() {
        let fix = "delta2 = p - Y";
        assert_eq!(replaced("    d = (p - Y) * s(z2)  # why", fix).as_deref(), Some("    d = p - Y"));
        assert_eq!(replaced("    return p - Y", fix), None);
        assert_eq!(replaced("    d = p - Y; n = 7", fix), None, "another statement would be lost");
        assert_eq!(replaced("    d = np.dot(", fix), None);
        assert_eq!(replaced("    d = p - Y", "write it twice"), None);
        assert_eq!(replaced("    a, b = p - Y, 1", fix), None);
    }
}
