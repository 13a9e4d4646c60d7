//! The design, kept true: imports go down, doors stay the only way in, nothing runs in circles, one room prints, one
//! file exits, functions and files stay small. The floors are those of the map, the table in `src/lib.rs`. What the map,
//! the doors and the pages name is there, and a door's table of files leaves none out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The most lines a function may have, from `fn` to its closing brace.
const FUNCTION: usize = 60;
/// The most lines of code a file may have, without blank lines and comments.
const FILE: usize = 300;

/// A source file.
struct Source {
    /// Below `src`, as in `data/hdf5/table.rs`.
    name: String,
    /// As in `[data, hdf5, table]`; that of a door is its folder's.
    module: Vec<String>,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_none_or(|e| e != "rs") => {}
                path => {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_string();
                    let parts = name.trim_end_matches(".rs").split('/').map(String::from);
                    let module = parts.filter(|part| part != "mod" && part != "lib").collect();
                    found.push(Source { name, module, text });
                }
            }
        }
    }
    found
}

/// The rooms and their floors, from the ground up, as the map in `src/lib.rs` has them.
fn floors() -> BTreeMap<String, usize> {
    let map = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let mut floor = None;
    let mut rooms = BTreeMap::new();
    for line in map.lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let number = cells[0].split(' ').next().and_then(|word| word.parse::<usize>().ok());
        floor = number.or(floor);
        let room =
            cells.get(1).map(|cell| cell.trim_matches(|c| "[]`".contains(c)).trim_start_matches("mod@").to_string());
        if let (Some(floor), Some(room)) = (floor, room) {
            rooms.insert(room, floor);
        }
    }
    rooms
}

#[test]
fn every_room_stands_on_the_map() {
    let (floors, sources) = (floors(), sources());
    let rooms: BTreeSet<&String> = sources.iter().filter_map(|source| source.module.first()).collect();
    for room in &rooms {
        assert!(room.as_str() == "main" || floors.contains_key(*room), "src/lib.rs has no floor for {room}");
    }
    for room in floors.keys() {
        assert!(rooms.contains(room), "src/lib.rs has a floor for {room}, which is not there");
    }
}

/// The names that prose gives to things in the source, as in `train::Training::learn`, `Learner` or `Pass { loss, norm }`,
/// each as its parts; a field stands below its type.
fn named(prose: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for piece in prose.split_inclusive('}') {
        let (before, fields) = piece.split_once('{').unwrap_or((piece, ""));
        let words = before.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
        let words = words.map(|word| word.trim_matches(':')).filter(|word| !word.is_empty());
        let names = words.filter(|word| word.contains("::") || word.starts_with(char::is_uppercase));
        found.extend(names.map(|name| name.split("::").map(String::from).collect::<Vec<_>>()));
        let owner = found.last().cloned().unwrap_or_default();
        let fields = fields.trim_end_matches('}').split(',').map(|field| field.trim().to_string());
        found.extend(fields.filter(|field| !field.is_empty()).map(|field| [owner.clone(), vec![field]].concat()));
    }
    found
}

/// Whether the source has what a name says: a room or a function in it; a type in its room; a function or a field in the
/// room of its type.
fn is_there(name: &[String], sources: &[Source]) -> bool {
    let depth = name.iter().take_while(|part| part.starts_with(char::is_lowercase)).count();
    let (rooms, rest) = name.split_at(depth);
    let within =
        |rooms: &[String]| sources.iter().filter(|source| source.module.starts_with(rooms)).collect::<Vec<_>>();
    match (rest, rooms.split_last()) {
        ([], None) => false,
        ([], Some((last, above))) => {
            !within(rooms).is_empty() || within(above).iter().any(|source| defines(&source.text, &["fn"], last))
        }
        ([kind, items @ ..], _) => within(rooms).iter().any(|source| {
            let room = source.module.first().map(|room| within(std::slice::from_ref(room))).unwrap_or_default();
            let has = |item: &String| room.iter().any(|source| defines(&source.text, &["fn", "pub"], item));
            defines(&source.text, &["struct", "enum", "trait"], kind) && items.iter().all(has)
        }),
    }
}

/// Whether a text has `name` after one of these words and no longer word there, as in `fn name`.
fn defines(text: &str, words: &[&str], name: &str) -> bool {
    words.iter().any(|word| {
        let whole = format!("{word} {name}");
        let mut places = text.match_indices(&whole).map(|(place, _)| &text[place + whole.len()..]);
        places.any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

#[test]
fn what_the_map_and_the_pages_name_is_in_the_source() {
    let (sources, root) = (sources(), Path::new(env!("CARGO_MANIFEST_DIR")));
    let map = std::fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let path = map.split("# The path of a batch").nth(1).and_then(|rest| rest.split("```").nth(1)).unwrap();
    let path = path.trim_start_matches("text").replace("//!", "");
    let files = path.split(|c: char| c.is_whitespace() || ",;".contains(c)).filter(|word| word.ends_with(".rs"));
    let files: Vec<&str> = files.collect();
    assert!(files.len() > 1, "the path of a batch names {files:?} alone");
    for file in files {
        assert!(sources.iter().any(|source| source.name == file), "the path of a batch names {file}");
    }
    let mut names = named(&path);
    assert!(names.len() > 20, "only {} names were seen on the path of a batch", names.len());
    let chapters = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    for page in chapters.chain([root.join("CONTRIBUTING.md"), root.join("README.md")]) {
        let text = std::fs::read_to_string(&page).unwrap_or_default(); // a picture says nothing
        let spans = text.split('`').skip(1).step_by(2).filter(|span| span.contains("::") && !span.contains(' '));
        names.extend(spans.flat_map(|span| named(span.trim_start_matches("backburn::").trim_end_matches("::"))));
    }
    for name in names {
        assert!(is_there(&name, &sources), "{} is named and not in the source", name.join("::"));
    }
    let gone = ["train::Training::gone", "Learner::gone", "Gone", "gone::Learner", "gradcheck::gone"];
    for gone in gone {
        let name: Vec<String> = gone.split("::").map(String::from).collect();
        assert!(!is_there(&name, &sources), "{gone} is not there");
    }
}

/// The files that a door's table names in its first column; nothing for a door without a table of files.
fn in_its_table(text: &str) -> BTreeSet<String> {
    let rows: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("//! | ")).collect();
    let of_files = rows.first().is_some_and(|heading| heading.starts_with("file"));
    let first = rows.iter().skip(1).filter_map(|row| row.split('|').next()).filter(|_| of_files);
    first.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(|name| name.trim_end_matches(".rs").into()).collect()
}

#[test]
fn the_table_of_a_door_names_the_files_of_its_room() {
    let sources = sources();
    let mut seen = 0;
    for door in sources.iter().filter(|source| source.name.ends_with("mod.rs")) {
        let named = in_its_table(&door.text);
        let behind =
            |source: &&Source| source.module.len() == door.module.len() + 1 && source.module.starts_with(&door.module);
        // A verb is found by its own name.
        let is_verb = |source: &&Source| source.text.contains("(clap::Args)") || source.text.contains("(Subcommand)");
        let own = sources.iter().filter(behind).filter(|source| !is_verb(source));
        let own: BTreeSet<String> = own.map(|source| source.module[door.module.len()].clone()).collect();
        if !named.is_empty() {
            let gone: Vec<&String> = named.difference(&own).filter(|name| *name != "mod").collect();
            let left_out: Vec<&String> = own.difference(&named).collect();
            assert!(gone.is_empty(), "the table in src/{} names {gone:?}, which is not there", door.name);
            assert!(left_out.is_empty(), "the table in src/{} does not name {left_out:?}", door.name);
            seen += 1;
        }
    }
    assert!(seen > 8, "only {seen} tables were seen");
}

#[test]
fn imports_go_down() {
    let (floors, sources) = (floors(), sources());
    let house = House::of(&sources);
    let mut seen = 0;
    for source in &sources {
        let Some(here) = source.module.first().filter(|room| *room != "main") else { continue };
        for target in house.targets(source) {
            let Some(there) = target.first().filter(|there| *there != here) else { continue };
            assert!(floors[there] < floors[here], "{} imports {there}", source.name);
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} imports were seen");
}

#[test]
fn a_door_is_the_only_way_in() {
    for source in sources().iter().filter(|source| !source.module.is_empty()) {
        let open = source.text.lines().find(|line| {
            let line = line.trim_start();
            line.ends_with(';') && line.starts_with("pub") && line.split(' ').nth(1) == Some("mod")
        });
        assert!(open.is_none(), "{} opens a room past its door: {}", source.name, open.unwrap());
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = sources();
    let house = House::of(&sources);
    let mut arrows: BTreeMap<Vec<String>, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for source in &sources {
        for target in house.targets(source) {
            let shared = source.module.iter().zip(&target).take_while(|(a, b)| a == b).count();
            if let (Some(from), Some(to)) = (source.module.get(shared), target.get(shared)) {
                let room = arrows.entry(source.module[..shared].to_vec()).or_default();
                room.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    assert!(arrows.len() > 5, "arrows were seen in {} rooms only", arrows.len());
    for (room, mut arrows) in arrows {
        while let Some(last) = arrows.iter().find(|(_, to)| to.iter().all(|to| !arrows.contains_key(to))) {
            let last = last.0.clone();
            arrows.remove(&last);
        }
        assert!(arrows.is_empty(), "in src/{} these import each other in a circle: {arrows:?}", room.join("/"));
    }
}

/// The modules and what their files hand on, to follow a path to where its end is defined.
struct House {
    modules: BTreeSet<Vec<String>>,
    /// The name that a module hands on, and where it has it from.
    handed: BTreeMap<(Vec<String>, String), Vec<String>>,
}

impl House {
    fn of(sources: &[Source]) -> House {
        let modules: BTreeSet<Vec<String>> = sources.iter().map(|source| source.module.clone()).collect();
        let mut house = House { modules, handed: BTreeMap::new() };
        for source in sources {
            for path in uses(&source.text) {
                let relative = house.modules.contains(&[source.module.clone(), vec![path[0].clone()]].concat());
                let absolute = if relative { [source.module.clone(), path].concat() } else { rooted(source, path) };
                let name = absolute.last().cloned().unwrap_or_default();
                house.handed.entry((source.module.clone(), name)).or_insert(absolute);
            }
        }
        house
    }

    /// The modules that a file takes something from.
    fn targets(&self, source: &Source) -> BTreeSet<Vec<String>> {
        let paths = paths(&source.text).into_iter().map(|path| rooted(source, path));
        paths.filter_map(|path| self.home(&path, 9)).filter(|home| *home != source.module).collect()
    }

    /// The module in which the end of a path is defined.
    fn home(&self, path: &[String], patience: usize) -> Option<Vec<String>> {
        let length = (0..=path.len()).rev().find(|&length| self.modules.contains(&path[..length]))?;
        let (module, item) = (path[..length].to_vec(), path.get(length));
        let handed = item.and_then(|item| self.handed.get(&(module.clone(), item.clone())));
        match handed {
            Some(from) if from[..] != path[..=length] && patience > 0 => self.home(from, patience - 1),
            _ => Some(module).filter(|module| !module.is_empty()),
        }
    }
}

/// A path as it reads from the top of the house; that of another crate is nowhere in it.
fn rooted(source: &Source, path: Vec<String>) -> Vec<String> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    match path[0].as_str() {
        "crate" => path[1..].to_vec(),
        "self" => [source.module.clone(), path[1..].to_vec()].concat(),
        "super" if ups <= source.module.len() => {
            [source.module[..source.module.len() - ups].to_vec(), path[ups..].to_vec()].concat()
        }
        _ => vec!["elsewhere".into()],
    }
}

/// The paths of all `use` lines, braces taken apart; tests within a file, which may use anything, left out.
fn uses(text: &str) -> Vec<Vec<String>> {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let lines = text.split(';').filter_map(|line| {
        let start =
            line.lines().position(|l| ["use ", "pub use ", "pub(super) use "].iter().any(|u| l.starts_with(u)))?;
        Some(line.lines().skip(start).collect::<String>().split_once("use ")?.1.to_string())
    });
    let paths = lines.flat_map(|line| branches(&line));
    paths.map(|path| path.split("::").map(|part| part.trim().to_string()).collect()).collect()
}

/// `a::{b, c::{d}}` as `a::b` and `a::c::d`.
fn branches(tree: &str) -> Vec<String> {
    let Some((stem, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap().trim().trim_end_matches("::self").to_string()];
    };
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (place, letter) in rest.char_indices() {
        match letter {
            ',' | '}' if depth == 0 => {
                let branch = rest[start..place].trim();
                found.extend(Some(branch).filter(|b| !b.is_empty()).into_iter().flat_map(branches));
                start = place + 1;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    found.iter().map(|branch| format!("{}{branch}", stem.trim()).trim_end_matches("::self").to_string()).collect()
}

/// The paths of `use` lines and those that stand in the code itself.
fn paths(text: &str) -> Vec<Vec<String>> {
    let mut found = uses(text);
    let code = text.split("#[cfg(test)]").next().unwrap();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//") && !line.contains("use ")) {
        for word in line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':') {
            if word.starts_with("crate::") || word.starts_with("super::") {
                found.push(word.split("::").filter(|part| !part.is_empty()).map(String::from).collect());
            }
        }
    }
    found
}

#[test]
fn outside_crates_stay_behind_their_doors() {
    for Source { name, text, .. } in sources() {
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let only = |word: &str, homes: &[&str]| {
            assert!(!code.contains(word) || homes.iter().any(|home| name.starts_with(home)), "{name} says {word}");
        };
        only("clap::", &["cli", "main.rs"]);
        only("use hdf5::", &["data/hdf5/", "export/hdf5.rs"]);
        only("println!", &[]);
        only("writeln!(std::io::std", &["cli/print.rs"]);
        only("process::exit", &["main.rs"]);
        only("use mpi::", &["ranks/mpi.rs"]);
        assert!(!name.starts_with("numerics") || !code.contains("burn::"), "{name} knows Burn");
    }
}

#[test]
fn files_open_with_what_they_are_and_stay_small() {
    for Source { name, text, .. } in sources() {
        assert!(text.starts_with("//!"), "{name} does not say what it is");
        let code = text.lines().filter(|l| !l.trim().is_empty() && !l.trim_start().starts_with("//")).count();
        assert!(code <= FILE, "{name} has {code} lines of code");
    }
}

#[test]
fn functions_stay_small() {
    let mut seen = 0;
    for Source { name, text, .. } in sources() {
        let lines: Vec<&str> = text.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let Some(what) = line
                .split("fn ")
                .nth(1)
                .filter(|_| !line.trim_start().starts_with("//") && line.trim_start().split(' ').any(|w| w == "fn"))
            else {
                continue;
            };
            let indent = line.len() - line.trim_start().len();
            let close = format!("{}}}", " ".repeat(indent));
            let Some(length) = lines[start..].iter().position(|l| *l == close || *l == format!("{close};")) else {
                continue;
            };
            let what = what.split('(').next().unwrap();
            assert!(length < FUNCTION, "{name}: {what} has {} lines", length + 1);
            seen += 1;
        }
    }
    assert!(seen > 800, "only {seen} functions were seen");
}
