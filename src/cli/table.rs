//! A table for the terminal: columns as wide as their widest entry, numbers to the right.
//!
//! Widths are counted in characters, so that names with accents stand in line.

/// Lays out rows of text; the first row is the heading.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|row| row.get(c)).map(|t| t.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let cell = |(c, text): (usize, &String)| {
        if c == 0 { format!("{text:<w$}", w = widths[c]) } else { format!("{text:>w$}", w = widths[c]) }
    };
    let line =
        |row: &Vec<String>| row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_string();
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
