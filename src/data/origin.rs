//! Where the data of a run came from: enough to find it again from any folder, and to know it again.
//!
//! A path as it was typed means nothing in another folder, and a file of the same name may be another file. So a run
//! keeps both paths of each file, its size and a checksum, beside what was taken from it. Of a large file the checksum
//! is that of samples: a change that touches none of them and keeps the size is not seen.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "sizes come from files")
)]

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::layout::Pair;
use super::prepare::Scale;
use super::request::Request;
use super::source::Data;
use crate::error::{Error, Result};
use crate::run::{self, Hold, Run};
use crate::write::write_beside;

/// How many bytes of a file are in one of its samples.
const SAMPLE: u64 = 16 << 10;
/// Samples of a file; one that is no longer than all of them is read whole.
const SAMPLES: u64 = 64;

/// What a run learned from, as it is kept in `data.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Origin {
    /// The shape of a row.
    pub shape: Vec<usize>,
    /// The number of classes.
    pub classes: usize,
    /// The least and the greatest of all features that were learned, as they are in the file.
    pub range: (f32, f32),
    /// How the features were scaled, as it was asked for.
    pub scale: Scale,
    /// Whether a program gave the rows, so that they are in no file.
    pub given: bool,
    /// The file; none for the built-in digits.
    pub data: Option<Stamp>,
    /// The file of the test half, where that is another.
    pub test: Option<Stamp>,
    /// Which arrays were taken for the features and labels of each part.
    pub parts: Vec<PartArrays>,
}

/// A part of the data, and the arrays it was taken from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartArrays {
    /// `train`, `validation` or `test`.
    pub name: String,
    /// The name of the array of features.
    pub x: String,
    /// The name of the array of labels.
    pub y: String,
    /// How many rows the part has.
    pub rows: usize,
}

/// What a file is known again by, also after it was moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stamp {
    /// The path as it was typed.
    pub typed: PathBuf,
    /// The path from the root, for whoever resumes from another folder.
    pub absolute: PathBuf,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The MD5 sum of samples of it, in hexadecimal.
    pub checksum: String,
}

/// Where a file was found again.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Where the file is now.
    pub path: PathBuf,
    /// Whether its content has changed since the stamp was made.
    pub changed: bool,
}

impl Origin {
    /// The origin of `data`, which `request` asked for.
    pub fn of(request: &Request, data: &Data) -> Self {
        let stamp = |path: &Option<PathBuf>| path.as_deref().map(Stamp::of);
        let parts = [
            ("train", data.layout.train.as_ref(), data.train.len()),
            ("validation", data.layout.validation.as_ref().or(data.layout.train.as_ref()), data.validation.len()),
            ("test", data.layout.test.as_ref(), data.test.as_ref().map_or(0, |test| test.len())),
        ];
        let part = |(name, pair, rows): (&str, Option<&Pair>, usize)| {
            let pair = pair.filter(|_| rows > 0)?;
            Some(PartArrays { name: name.into(), x: pair.x.clone(), y: pair.y.clone(), rows })
        };
        Origin {
            shape: data.shape.clone(),
            classes: data.classes.names.len(),
            range: data.range,
            scale: request.scale,
            given: data.given,
            data: stamp(&request.file),
            test: stamp(&request.test),
            parts: parts.into_iter().filter_map(part).collect(),
        }
    }
}

impl Origin {
    /// The origin that an earlier run wrote down; `None` for a run of a version that did not write it down.
    pub fn of_run(run: &Run) -> Option<Self> {
        toml::from_str(&crate::read::text(&run.file(run::RunFile::Data), crate::read::TEXT).ok()?).ok()
    }

    /// Writes data.toml.
    ///
    /// # Errors
    /// No space.
    pub fn keep(self, run: &Hold) -> Result<()> {
        let text = toml::to_string(&self.after(Self::of_run(run)));
        let text = text.map_err(|e| Error::other(format!("data.toml: {e}; choose another --run")))?;
        write_beside(&run.file(run::RunFile::Data), text.as_bytes())
    }

    /// This origin for a run that goes on and has written down an `earlier` one: a file that is still the same keeps the
    /// path under which it was first named, which is how it is found when run and data are moved together.
    fn after(mut self, earlier: Option<Origin>) -> Self {
        let Some(earlier) = earlier else { return self };
        for (now, before) in [(&mut self.data, earlier.data), (&mut self.test, earlier.test)] {
            if let (Some(now), Some(before)) = (now, before)
                && (now.bytes, &now.checksum) == (before.bytes, &before.checksum)
            {
                now.typed = before.typed;
            }
        }
        self
    }
}

impl Stamp {
    /// The stamp of the file at `path`.
    pub fn of(path: &Path) -> Self {
        let absolute = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let (bytes, checksum) = sampled(path).unwrap_or_default();
        Stamp { typed: path.to_path_buf(), absolute, bytes, checksum }
    }

    /// Where the file of a run in the folder `run` is now: under the path that was typed, where it was, or as far
    /// from the run as it was typed to be; else, changed, where it was. `None` if it is not there any more.
    pub fn find(&self, run: &Path) -> Option<Found> {
        let run = run.canonicalize().unwrap_or_else(|_| run.to_path_buf());
        let moved_along = run.ancestors().skip(1).map(|folder| folder.join(&self.typed));
        let mut places = [self.typed.clone(), self.absolute.clone()].into_iter().chain(moved_along);
        let same = places.find(|path| self.is(path)).map(|path| Found { path, changed: false });
        let there = || self.absolute.is_file().then(|| Found { path: self.absolute.clone(), changed: true });
        same.or_else(there)
    }

    /// Whether the file at `path` is this one, as far as size and samples tell.
    pub fn is(&self, path: &Path) -> bool {
        let size = path.metadata().ok().filter(|there| there.is_file()).map(|there| there.len());
        size == Some(self.bytes) && sampled(path).is_ok_and(|(_, checksum)| checksum == self.checksum)
    }
}

/// The size of a file and the checksum of its samples.
fn sampled(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut sum = Md5::new();
    let mut take = |start: u64, length: u64| {
        let mut sample = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        (&mut file).take(length).read_to_end(&mut sample)?;
        sum.update(&sample);
        Ok::<(), std::io::Error>(())
    };
    match bytes <= SAMPLE * SAMPLES {
        true => take(0, bytes)?,
        false => (0..SAMPLES)
            .try_for_each(|i| take((bytes.saturating_sub(SAMPLE) / (SAMPLES - 1)).saturating_mul(i), SAMPLE))?,
    }
    Ok((bytes, sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}
