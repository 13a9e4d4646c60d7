//! What is written for people stays true: links lead somewhere, commands exist, the front page stays short, and every
//! dependency has its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The pages that people read.
fn pages() -> Vec<PathBuf> {
    let tops = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "benches/README.md", "data/README.md"];
    let chapters = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let chapters = chapters.filter(|path| path.extension().is_some_and(|e| e == "md"));
    tops.iter().map(|top| root().join(top)).chain(chapters).collect()
}

/// The lines of a page outside of code blocks, and those within.
fn halves(text: &str) -> (String, String) {
    let (mut prose, mut code, mut inside) = (String::new(), String::new(), false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else {
            let half = if inside { &mut code } else { &mut prose };
            half.push_str(line);
            half.push('\n');
        }
    }
    (prose, code)
}

/// The pieces of `text` between `open` and `close`.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    text.split(open).skip(1).filter_map(|rest| rest.split_once(close)).map(|(piece, _)| piece).collect()
}

/// Code that stands within a line.
fn spans(prose: &str) -> Vec<&str> {
    prose.split('`').skip(1).step_by(2).collect()
}

/// The anchor under which a forge shows a heading.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    heading
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn anchors(page: &Path) -> BTreeSet<String> {
    halves(&read(page)).0.lines().filter(|line| line.starts_with('#')).map(anchor).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_exist() {
    let mut seen = 0;
    for page in pages() {
        let prose = halves(&read(&page)).0;
        for link in between(&prose, "](", ")") {
            if link.contains("://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{} links to `{link}`, which does not exist", page.display());
            assert!(
                heading.is_empty() || anchors(&target).contains(heading),
                "{} links to `{link}`, a heading that {} does not have",
                page.display(),
                target.display()
            );
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} links were seen");
}

#[test]
fn every_source_file_that_is_named_exists() {
    let mut seen = 0;
    for page in pages() {
        let prose = halves(&read(&page)).0;
        for span in spans(&prose) {
            let place = span.split_whitespace().next().unwrap_or_default();
            if ["src/", "tests/", "benches/", "examples/", ".ci/"].iter().any(|folder| place.starts_with(folder)) {
                assert!(root().join(place).exists(), "{} names {place}, which does not exist", page.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 15, "only {seen} files were seen");
}

#[test]
fn no_page_holds_the_marks_of_a_merge_that_was_not_finished() {
    for page in pages() {
        let marked =
            read(&page).lines().any(|line| ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|m| line.starts_with(m)));
        assert!(!marked, "{}", page.display());
    }
}

#[test]
fn every_chapter_stands_in_the_index() {
    let index = read(&root().join("docs/README.md"));
    for page in pages().iter().filter(|page| page.starts_with(root().join("docs"))) {
        let name = page.file_name().unwrap().to_str().unwrap();
        assert!(name == "README.md" || index.contains(&format!("]({name})")), "docs/README.md does not name {name}");
    }
}

#[test]
fn the_front_page_has_at_most_1200_words_and_a_chapter_at_most_1400() {
    for page in
        pages().iter().filter(|page| **page == root().join("README.md") || page.starts_with(root().join("docs")))
    {
        let words = read(page).split_whitespace().count();
        let most = if page.starts_with(root().join("docs")) { 1400 } else { 1200 };
        assert!(words <= most, "{} has {words} words", page.display());
    }
}

/// What `backburn ARGS --help` says.
fn help(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_backburn")).args(args).arg("--help").output().expect("it starts");
    assert!(output.status.success(), "backburn {args:?} --help fails");
    String::from_utf8(output.stdout).unwrap()
}

/// Every verb with its flags.
fn verbs() -> BTreeMap<String, BTreeSet<String>> {
    let of = |verb: &str| {
        let all = help(&[verb]);
        let below = names(&all).into_iter().flat_map(|name| flags(&help(&[verb, &name]))).collect();
        &flags(&all) | &below
    };
    names(&help(&[])).into_iter().map(|verb| (verb.clone(), of(&verb))).collect()
}

/// The verbs that a help text lists; none where a verb has no further ones.
fn names(help: &str) -> Vec<String> {
    let commands = between(help, "Commands:\n", "Options:\n").first().copied().unwrap_or_default();
    let names = commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(String::from).collect()
}

/// The words of a text that are flags.
fn flags(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| c.is_whitespace() || ",[]()`='\"".contains(c));
    let words = words.map(|word| word.trim_end_matches(['.', ';', ':', '…']));
    let flag = |word: &&str| word.len() > 1 && word.starts_with('-') && !word.starts_with("---") && !number(word);
    words.filter(flag).map(str::to_string).collect()
}

fn number(word: &str) -> bool {
    word.parse::<f64>().is_ok() || ["-=", "->"].contains(&word)
}

/// The commands in a code block, each a line without what follows in the shell.
fn commands(code: &str) -> Vec<String> {
    let joined = code.replace("\\\n", " ");
    let ours = |line: &str| {
        let line = line.trim().trim_start_matches("$ ");
        let cargo = line.strip_prefix("cargo run").and_then(|rest| rest.split_once(" -- ")).map(|(_, rest)| rest);
        line.strip_prefix("backburn ").or(cargo).map(until_the_shell)
    };
    joined.lines().filter_map(ours).collect()
}

fn until_the_shell(command: &str) -> String {
    let ends = |word: &&str| !["|", ">", "2>", "&&", "#", ";", "→"].contains(word);
    command.split_whitespace().take_while(ends).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_command_that_is_shown_names_a_verb_and_flags_that_it_has() {
    let verbs = verbs();
    let known = |command: &str, page: &Path| {
        let verb = command.split_whitespace().next().unwrap_or_default();
        if verb.starts_with('-') {
            return;
        }
        let own = verbs.get(verb).unwrap_or_else(|| panic!("{} shows `backburn {command}`", page.display()));
        for flag in flags(command) {
            assert!(own.contains(&flag), "{}: `backburn {verb}` has no {flag}", page.display());
        }
    };
    let mut seen = 0;
    for page in pages() {
        let text = read(&page);
        let (prose, code) = halves(&text);
        let blocks = commands(&code);
        blocks.iter().for_each(|command| known(command, &page));
        let spans = spans(&prose);
        let named = spans.iter().filter_map(|span| span.strip_prefix("backburn "));
        named.for_each(|command| known(&until_the_shell(command), &page));
        let verb_and_flag = |span: &&&str| span.split_once(" --").is_some_and(|(verb, _)| verbs.contains_key(verb));
        spans.iter().filter(verb_and_flag).for_each(|command| known(command, &page));
        seen += blocks.len();
    }
    assert!(seen > 20, "only {seen} commands were seen");
}

#[test]
fn every_flag_that_a_chapter_names_exists() {
    let all: BTreeSet<String> = verbs().into_values().flatten().collect();
    let mut seen = 0;
    for page in
        pages().iter().filter(|page| **page == root().join("README.md") || page.starts_with(root().join("docs")))
    {
        let prose = halves(&read(page)).0;
        for span in spans(&prose).into_iter().filter(|span| span.starts_with("--")) {
            for flag in flags(span) {
                assert!(all.contains(&flag), "{} names {flag}, which no verb has", page.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "only {seen} flags were seen");
}

#[test]
fn every_dependency_has_its_reason_in_the_guide_for_contributors() {
    let manifest: toml::Table = read(&root().join("Cargo.toml")).parse().unwrap();
    let of = |table: &'static str| move |of: &toml::Value| of.get(table).and_then(toml::Value::as_table).cloned();
    let everywhere = of("dependencies")(&toml::Value::Table(manifest.clone()));
    let somewhere = manifest["target"].as_table().unwrap().values().filter_map(of("dependencies"));
    let all: Vec<toml::Table> = everywhere.into_iter().chain(somewhere).collect();
    let ours: BTreeSet<&str> = all.iter().flat_map(toml::Table::keys).map(String::as_str).collect();
    let guide = read(&root().join("CONTRIBUTING.md"));
    let table = between(&guide, "| crate | why |\n|---|---|\n", "\n\n")[0];
    let crates = table.lines().map(|line| line.split('|').nth(1).unwrap());
    let told: BTreeSet<&str> = crates.flat_map(|cell| cell.split(" (").next().map(spans).unwrap()).collect();
    assert_eq!(ours, told, "the table in CONTRIBUTING.md and the dependencies in Cargo.toml differ");
    for name in manifest["dev-dependencies"].as_table().unwrap().keys() {
        assert!(guide.contains(&format!("For tests alone: `{name}`")), "{name} has no reason");
    }
}
