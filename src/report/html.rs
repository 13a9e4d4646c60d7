//! What every part of a page is made of: escaped text, numbers as a person writes them, sections, numbers as CSV, and the
//! page around them.
//!
//! A page is a column of sections, each an `h2` with a `note` in small print, plots, pictures or a table, and its
//! numbers as CSV folded away; `page.css` has a class for each of these. A page names the only style that it may use by
//! its sum (Content Security Policy, level 3) and allows nothing else: no script, no font, no connection. What names
//! and labels hold can therefore be shown and never acts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::clean;

/// The style of every page.
pub const STYLE: &str = include_str!("page.css");

/// A whole page.
pub fn page(title: &str, body: &str) -> String {
    let policy = format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        STANDARD.encode(Sha256::digest(STYLE))
    );
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escape(title)
    )
}

/// An SVG that stands alone in a file: it brings the style of a page within itself, since no page gives it one.
pub fn alone(svg: &str) -> String {
    svg.replacen('>', &format!("><style>{STYLE}</style>"), 1)
}

/// A part of a page under a heading; empty if there is nothing in it.
pub fn section(heading: &str, body: &str) -> String {
    match body {
        "" => String::new(),
        _ => format!("<section>\n<h2>{heading}</h2>\n{body}</section>\n"),
    }
}

/// A table whose first row is its heading.
pub fn table(rows: &[Vec<String>]) -> String {
    let head: String = rows[0].iter().map(|name| format!("<th scope=\"col\">{}</th>", short(name, 32))).collect();
    let line = |row: &Vec<String>| {
        let cells: String = row[1..].iter().map(|cell| format!("<td>{}</td>", short(cell, 32))).collect();
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>\n", short(&row[0], 32))
    };
    let lines: String = rows[1..].iter().map(line).collect();
    format!("<div class=\"scroll\"><table><thead><tr>{head}</tr></thead>\n<tbody>{lines}</tbody></table></div>\n")
}

/// Numbers that can be copied into a spreadsheet, folded away under a line that says `what` they are. The first row is
/// the heading.
pub fn csv(what: &str, rows: &[Vec<String>]) -> String {
    let lines: Vec<String> = rows.iter().map(|row| row.iter().map(|c| cell(c)).collect::<Vec<_>>().join(",")).collect();
    format!("<details><summary>{what} as CSV</summary><pre>{}</pre></details>\n", escape(&lines.join("\n")))
}

/// A cell of a CSV file, quoted where it has to be (RFC 4180) and without a first sign that a spreadsheet would take
/// for a formula.
fn cell(text: &str) -> String {
    let text = clean::cell(text);
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into_owned() }
}

/// A PNG as an address that holds its bytes (`data:`), so that the page needs no second file.
pub fn data_address(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(png))
}

/// The text with the signs escaped that mean something in HTML, and without any that would act on whoever copies it.
pub fn escape(text: &str) -> String {
    clean::html(&clean::terminal(text))
}

/// A name that is cut to so many letters, escaped.
pub fn short(name: &str, letters: usize) -> String {
    match name.chars().count() > letters {
        true => escape(&format!("{}…", name.chars().take(letters.saturating_sub(1)).collect::<String>())),
        false => escape(name),
    }
}

/// A number as short as a person would write it: at most four significant digits below a thousand, whole and with
/// commas from there to a million, and with an exponent below 1e-4 and from a million on.
pub fn brief(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e6).contains(&size) {
        let text = format!("{x:.2e}");
        return text.replace(".00e", "e").replace("0e", "e");
    }
    let digits = (3 - size.log10().floor() as i32).clamp(0, 6) as usize;
    let text = format!("{x:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text };
    if size >= 1000.0 && !text.contains('.') {
        format!("{}{}", if x < 0.0 { "−" } else { "" }, grouped(size.round() as usize))
    } else {
        text
    }
}

/// A whole number with a comma between thousands.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let first = digits.len() % 3;
    let mut text = digits[..first].to_string();
    for (i, c) in digits[first..].char_indices() {
        if i % 3 == 0 && !text.is_empty() {
            text.push(',');
        }
        text.push(c);
    }
    text
}

/// A share in percent, with a blank at which no line is broken.
pub fn percent(share: f64) -> String {
    format!("{:.2}\u{a0}%", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_a_person_writes_them() {
        let pairs =
            [(0.0, "0"), (0.0712345, "0.07123"), (1.0, "1"), (97.5, "97.5"), (12345.0, "12,345"), (1e-7, "1e-7")];
        pairs.into_iter().for_each(|(x, text)| assert_eq!(brief(x), text));
        assert_eq!([0, 999, 1000, 1234567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn names_neither_act_in_a_page_nor_in_a_spreadsheet() {
        assert_eq!(escape("<b onclick='x'>\u{1b}"), "&lt;b onclick=&#39;x&#39;&gt;\\u001b");
        assert_eq!(cell("=cmd()"), "'=cmd()");
        assert_eq!((cell("-1.5"), cell("a,\"b\"")), ("-1.5".into(), "\"a,\"\"b\"\"\"".into()));
    }
}
