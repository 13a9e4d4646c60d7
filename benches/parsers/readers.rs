//! The readers, each with the sound files that it is given mutants of.

use std::path::Path;

use backburn::data::{Dump, Image, Origin};
use backburn::device;
use backburn::gradcheck::{self, Claim, Stated};
use backburn::import::{self, RowReader};
use backburn::journal;
use backburn::learner::Checkpoint;
use backburn::model::{Saved, Start};
use backburn::run::Run;
use backburn::setup::Config;

use super::corpus::Kind;
use super::mutate::Form;

/// One reader.
pub struct Reader {
    /// Its name.
    pub name: &'static str,
    /// The sound files.
    pub corpus: Kind,
    /// How they are built, so that a change can be repaired.
    pub form: Form,
    /// What a mutant is called.
    pub file: &'static str,
    /// Reads a file; whether it was taken.
    pub read: fn(&Path) -> bool,
}

pub const READERS: [Reader; 16] = [
    reader("npy features", Kind::Npy, Form::Plain, "x.npy", |path| rows(path, Some("y.npy"))),
    reader("npy labels", Kind::Npy, Form::Plain, "labels.npy", |path| {
        rows(&path.with_file_name("sound.npy"), Some("labels.npy"))
    }),
    reader("npz import", Kind::Rows, Form::Archive, "rows.npz", |path| rows(path, None)),
    reader("npz weights", Kind::Weights, Form::Archive, "weights.npz", |path| Start::read(path).is_ok()),
    reader("npz dump", Kind::Dumps, Form::Archive, "dump.npz", |path| Dump::read(path).is_ok()),
    reader("gradcheck", Kind::Dumps, Form::Archive, "check.npz", checked),
    reader("idx", Kind::Idx, Form::Plain, "x-idx", |path| rows(path, Some("y-idx"))),
    reader("csv", Kind::Table, Form::Text, "t.csv", |path| rows(path, None)),
    reader("png", Kind::Png, Form::Png, "i.png", |path| Image::read(path).is_ok()),
    reader("jpeg", Kind::Jpeg, Form::Plain, "i.jpg", |path| Image::read(path).is_ok()),
    reader("config.toml", Kind::Config, Form::Text, "c.toml", |path| {
        std::fs::read_to_string(path).is_ok_and(|text| Config::from_toml(&text).is_ok())
    }),
    reader("data.toml", Kind::Origin, Form::Text, "data.toml", |path| {
        Origin::of_run(&Run::at(path.parent().expect("a folder"))).is_some()
    }),
    reader("journal", Kind::Journal, Form::Text, "journal.jsonl", |path| {
        journal::read(path).is_ok_and(|events| !events.is_empty())
    }),
    reader("checkpoint", Kind::Checkpoint, Form::Sealed, "checkpoint", |path| {
        let device = device::choose(None).expect("a device");
        Checkpoint::read(path, Config::default().optimizer().init(), &device)
            .is_ok_and(|(_, saved, _)| saved.network.layers.len() > 1)
    }),
    reader("model", Kind::Model, Form::Sealed, "m.safetensors", |path| Saved::read(path).is_ok()),
    reader("safetensors weights", Kind::Model, Form::Sealed, "s.safetensors", |path| Start::read(path).is_ok()),
];

const fn reader(name: &'static str, corpus: Kind, form: Form, file: &'static str, read: fn(&Path) -> bool) -> Reader {
    Reader { name, corpus, form, file, read }
}

/// Reads all rows of a source, as `import` does; `labels` is a file beside it.
fn rows(path: &Path, labels: Option<&str>) -> bool {
    let labels = labels.map(|name| path.with_file_name(name));
    let request = import::Inputs { path: path.to_path_buf(), labels, ..import::Inputs::default() };
    let Ok(source) = import::open(&request) else { return false };
    let parts = [Some(source.train), source.validation, source.test];
    parts.into_iter().flatten().all(|mut part| all(&mut *part))
}

fn all(part: &mut dyn RowReader) -> bool {
    let mut x = Vec::new();
    loop {
        match part.next(&mut x) {
            Ok(Some(_)) => x.clear(),
            end => return end.is_ok(),
        }
    }
}

/// Checks a dump from its bytes to its verdict as text.
fn checked(path: &Path) -> bool {
    let verdict =
        Dump::read(path).and_then(|dump| Claim::read(&dump, Stated::default())).and_then(|c| gradcheck::check(&c));
    verdict.is_ok_and(|verdict| !verdict.to_string().is_empty() && verdict.json().is_object())
}
