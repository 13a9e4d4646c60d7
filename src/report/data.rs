//! The data of a run: which file, which arrays, how many rows, and where their numbers lie.
//!
//! Whoever finds a report months later wants to know whether it is about the file that lies beside it. So the section
//! shows what the run itself wrote into `data.toml` when it began (see [`crate::data::Origin`]) and not what is in the
//! file now; the checksum tells one that was changed since.

use super::Course;
use super::html::{brief, escape, grouped, section};

/// The section, a table of facts; empty for a run that did not write down where its data came from, as those of early
/// versions. Paths and names of arrays are escaped, because they are whatever a stranger called them.
pub fn data(course: &Course) -> String {
    let Some(origin) = &course.origin else { return String::new() };
    let shape: Vec<String> = origin.shape.iter().map(|&n| grouped(n)).collect();
    let file = match (&origin.data, origin.given) {
        (Some(stamp), _) => format!(
            "<code>{}</code>, {} bytes, checksum of samples <code>{}</code>",
            escape(&stamp.typed.display().to_string()),
            grouped(stamp.bytes as usize),
            escape(&stamp.checksum)
        ),
        (None, true) => "rows that a program gave".into(),
        (None, false) => "the built-in digits".into(),
    };
    let mut rows = vec![("file", file)];
    if let Some(test) = &origin.test {
        rows.push(("test file", format!("<code>{}</code>", escape(&test.typed.display().to_string()))));
    }
    rows.push((
        "a row",
        format!(
            "{} numbers, {} to {}",
            shape.join(" × "),
            brief(f64::from(origin.range.0)),
            brief(f64::from(origin.range.1))
        ),
    ));
    rows.push(("scaling", escape(origin.scale.name())));
    rows.push(("classes", grouped(origin.classes)));
    rows.extend(origin.parts.iter().map(|part| {
        let name = if part.name == "train" {
            "learned"
        } else if part.name == "validation" {
            "validated on"
        } else {
            "tested on"
        };
        (
            name,
            format!(
                "{} rows of <code>{}</code> and <code>{}</code>",
                grouped(part.rows),
                escape(&part.x),
                escape(&part.y)
            ),
        )
    }));
    let line = |(name, value): &(&str, String)| {
        format!("<tr><th scope=\"row\">{name}</th><td class=\"text\">{value}</td></tr>\n")
    };
    let lines: String = rows.iter().map(line).collect();
    section("Data", &format!("<div class=\"scroll\"><table><tbody>{lines}</tbody></table></div>\n"))
}
