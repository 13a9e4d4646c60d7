//! Names from elsewhere, written so that they are names and nothing else: one function for each medium.
//!
//! Classes, data sets and files are called what strangers have called them. In a spreadsheet a name that begins with `=`
//! is a formula, on a terminal a control character moves the cursor, in a program a quotation mark ends the string. TOML
//! and JSON are written by their crates, which know their own escapes.

use std::borrow::Cow;
use std::path::Path;

/// Text for a terminal: control characters, and those that turn the direction of writing, become `\u001b` and the like,
/// which JSON reads back. Line breaks and tabs stay.
pub fn terminal(text: &str) -> Cow<'_, str> {
    let text = if text.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
    if !text.contains(acts) {
        return text;
    }
    let escaped = |c: char| if acts(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    Cow::Owned(text.chars().map(escaped).collect())
}

/// Whether a terminal would do something at this character instead of showing it.
fn acts(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || c.is_control() && c != '\n' && c != '\t'
}

/// A cell of a table that people open in a spreadsheet: what would be a formula gets an apostrophe in front. Numbers stay.
pub fn cell(name: &str) -> Cow<'_, str> {
    let formula = name.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && name.parse::<f64>().is_err();
    if formula { Cow::Owned(format!("'{name}")) } else { Cow::Borrowed(name) }
}

/// A path as text: bytes of its name that are no text become `\xff` and the like, so that two paths are never one text.
pub fn path(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text += chunk.valid();
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

/// Text within HTML, also within a quoted attribute.
pub fn html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

/// A name within a line of Markdown, also within a cell of a table.
pub fn markdown(name: &str) -> String {
    let mut line = String::new();
    for c in name.chars() {
        match c {
            c if acts(c) || c.is_whitespace() => line.push(' '),
            '&' => line += "&amp;",
            '<' => line += "&lt;",
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|' | '>' | '~' => {
                line.extend(['\\', c]);
            }
            c => line.push(c),
        }
    }
    line
}

/// A block of code in Markdown, whatever is in it; `language` may be empty.
pub fn markdown_block(language: &str, code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", code.trim_end_matches('\n'))
}

/// A word of a command, as a shell reads it.
pub fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// A literal of Python that is this text.
pub fn python(text: &str) -> String {
    serde_json::Value::from(text).to_string() // its escapes are Python's too
}

/// A name within a comment or a docstring of Python, where nothing can be escaped.
pub fn python_comment(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || "-_. ".contains(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["cat", "T-shirt/top", "Größe 7", "猫", "3", "-1", "1e-3", "a b"] {
            assert_eq!((&*terminal(name), &*cell(name), html(name)), (name, name, name.to_string()));
        }
        assert_eq!((markdown("T-shirt/top"), python("cat")), ("T-shirt/top".into(), "\"cat\"".into()));
        assert_eq!((shell("runs/a-001"), python_comment("m-1.0")), ("runs/a-001".into(), "m-1.0".into()));
        assert_eq!(terminal("two\r\nlines\tand a tab"), "two\nlines\tand a tab");
    }

    #[test]
    fn names_that_would_act_are_only_shown() {
        assert_eq!(terminal("\x1b[2J\u{202e}\u{9b}\r"), "\\u001b[2J\\u202e\\u009b\\u000d");
        assert_eq!((&*cell("=1+1"), &*cell("@SUM(A1)"), &*cell("-x")), ("'=1+1", "'@SUM(A1)", "'-x"));
        assert_eq!(html("<script a='\"'>&"), "&lt;script a=&#39;&quot;&#39;&gt;&amp;");
        assert_eq!(markdown("a|b\n# `c` [d](e) <f>"), "a\\|b \\# \\`c\\` \\[d\\]\\(e\\) &lt;f\\>");
        assert_eq!(markdown_block("", "a\n````\nb\n"), "`````\na\n````\nb\n`````\n");
        assert_eq!(shell("a'; rm -rf ~"), "'a'\\''; rm -rf ~'");
        assert_eq!(python("\"\n\\"), r#""\"\n\\""#);
        #[cfg(unix)]
        {
            let bytes: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"a\xffb");
            assert_eq!(path(Path::new(bytes)), "a\\xffb");
        }
        assert_eq!(python_comment("\"\"\"\nimport os #"), "____import os _");
    }
}
