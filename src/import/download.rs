//! MNIST and Fashion-MNIST from their mirrors: four files, checked against their published MD5 and kept in a cache.
//!
//! A download is pulled one block at a time, so that the caller can show progress. What has arrived stays beside the name
//! as `.part`, and a broken connection, in this run or an earlier one, is continued with a Range request. A file gets its
//! name only if its checksum is right; bytes with a wrong checksum are deleted.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use md5::{Digest, Md5};

use super::collection::{Collection, FILES};
use crate::error::{Error, Result};

/// No file of these collections is larger, so a mirror that sends more is not one.
const LARGEST: u64 = 64 << 20;
/// Bytes a second that a mirror must send, in the mean over [`WINDOW`]: a byte now and then would keep us for ever.
const PACE: u64 = 1000;
/// How long a mirror may be slower than that.
const WINDOW: Duration = Duration::from_secs(30);
/// How often in a row a mirror may break off without having sent anything new.
const PATIENCE: usize = 3;

/// How far the file in hand has come.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Its name.
    pub file: &'static str,
    /// How many of its bytes are here.
    pub done: u64,
    /// How many bytes it has, if the mirror says so.
    pub total: Option<u64>,
}

/// A collection on its way into the cache.
pub struct Download {
    collection: Collection,
    mirrors: Vec<String>,
    /// The cache.
    folder: PathBuf,
    agent: ureq::Agent,
    /// The file in hand, by its place in [`FILES`].
    file: usize,
    /// The mirror in use, by its place in the list.
    mirror: usize,
    /// How often in a row it has broken off without anything new.
    failures: usize,
    /// How many bytes of the file have ever arrived.
    farthest: u64,
    /// The answer in hand, if the mirror has been asked.
    body: Option<Body>,
    /// Why each mirror that was given up failed, for the message at the end.
    complaints: String,
}

/// An answer that is being read.
struct Body {
    /// What is still to come.
    bytes: Box<dyn Read>,
    /// Where it is written.
    part: File,
    /// How many bytes of the file are here.
    done: u64,
    /// How many bytes the file has, if the mirror says so.
    total: Option<u64>,
    /// Since when the pace is measured, and how many bytes were here then.
    since: (Instant, u64),
}

impl Download {
    /// Prepares to fetch into `folder`, from `mirror` alone if one is given.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(collection: Collection, mirror: Option<&str>, folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| unwritable(folder, e))?;
        let wait = Some(Duration::from_secs(20));
        let config = ureq::Agent::config_builder()
            .timeout_connect(wait)
            .timeout_recv_response(wait)
            .timeout_per_read(wait)
            .http_status_as_error(false)
            .build();
        let mirrors = mirror.map_or_else(|| collection.mirrors.to_vec(), |mirror| vec![mirror]);
        Ok(Download {
            collection,
            mirrors: mirrors.into_iter().map(|m| m.trim_end_matches('/').to_string()).collect(),
            folder: folder.to_path_buf(),
            agent: config.into(),
            file: 0,
            mirror: 0,
            failures: 0,
            farthest: 0,
            body: None,
            complaints: String::new(),
        })
    }

    /// The mirror in hand: [`Download::next_mirror`] ends with an error after the last.
    fn mirror(&self) -> &str {
        self.mirrors.get(self.mirror).map_or("", String::as_str)
    }

    /// The name of the file in hand, and the checksum that it must have: [`Download::step`] ends after the last.
    fn wanted(&self) -> (&'static str, &'static str) {
        FILES.into_iter().zip(self.collection.md5).nth(self.file).unwrap_or_default()
    }

    /// Fetches one block more; `None` when all four files are in the cache and right.
    ///
    /// # Errors
    /// No mirror can be reached or sends the published bytes, or the cache cannot be written.
    pub fn step(&mut self) -> Result<Option<Progress>> {
        let Some(&file) = FILES.get(self.file) else { return Ok(None) };
        if self.body.is_none() && self.in_cache()? {
            self.file = self.file.saturating_add(1);
            return self.step();
        }
        let more = match self.body.take() {
            Some(body) => Ok(body),
            None => self.ask(),
        };
        match more.and_then(|mut body| body.block().map(|n| (body, n))) {
            Ok((body, n)) => {
                let progress = Progress { file, done: body.done, total: body.total };
                if body.done > self.farthest {
                    (self.failures, self.farthest) = (0, body.done);
                }
                if n > 0 {
                    self.body = Some(body);
                } else if body.total.is_some_and(|total| body.done < total) {
                    self.broke("the connection broke off".into())?;
                } else {
                    drop(body);
                    self.arrived()?;
                }
                Ok(Some(progress))
            }
            Err(Failure::Mirror(why)) => {
                self.broke(why)?;
                Ok(Some(Progress { file, done: 0, total: None }))
            }
            Err(Failure::Crawling) => {
                self.next_mirror(format!("it sends less than {PACE} bytes a second"))?;
                Ok(Some(Progress { file, done: 0, total: None }))
            }
            Err(Failure::Cache(e)) => Err(unwritable(&self.folder, e)),
        }
    }

    /// Where the file in hand is when it is complete.
    fn path(&self) -> PathBuf {
        self.folder.join(self.wanted().0)
    }

    /// Where the file in hand is until then.
    fn part(&self) -> PathBuf {
        self.folder.join(format!("{}.part", self.wanted().0))
    }

    /// Where the file in hand is fetched.
    fn url(&self) -> String {
        format!("{}/{}", self.mirror(), self.wanted().0)
    }

    /// Whether the file in hand is in the cache and its checksum is right. A file with a wrong one is removed.
    fn in_cache(&self) -> Result<bool> {
        let path = self.path();
        if !path.exists() {
            return Ok(false);
        }
        let right = md5(&path).map_err(|e| unwritable(&path, e))? == self.wanted().1;
        if !right {
            std::fs::remove_file(&path).map_err(|e| unwritable(&path, e))?;
        }
        Ok(right)
    }

    /// Asks the mirror for the bytes that are missing.
    fn ask(&self) -> std::result::Result<Body, Failure> {
        let here = std::fs::metadata(self.part()).map_or(0, |meta| meta.len());
        let mut request = self.agent.get(self.url());
        if here > 0 {
            request = request.header("Range", format!("bytes={here}-"));
        }
        let answer = request.call().map_err(|e| Failure::Mirror(e.to_string()))?;
        let done = match answer.status().as_u16() {
            200 => 0,
            206 => here,
            416 => {
                std::fs::remove_file(self.part()).map_err(Failure::Cache)?;
                return Err(Failure::Mirror("it has fewer bytes than are here".into()));
            }
            status => return Err(Failure::Mirror(format!("it answers with status {status}"))),
        };
        let total = answer.body().content_length().map(|length| done.saturating_add(length));
        if total.is_some_and(|total| total > LARGEST) {
            return Err(Failure::Mirror("it has another, larger file".into()));
        }
        let mut options = File::options();
        options.create(true).write(true).append(done > 0).truncate(done == 0);
        let part = options.open(self.part()).map_err(Failure::Cache)?;
        let bytes = answer.into_body().into_with_config().limit(LARGEST.saturating_sub(done)).reader();
        Ok(Body { bytes: Box::new(bytes), part, done, total, since: (Instant::now(), done) })
    }

    /// Checks the file in hand, which is complete, and gives it its name.
    fn arrived(&mut self) -> Result<()> {
        let part = self.part();
        let found = md5(&part).map_err(|e| unwritable(&part, e))?;
        let (_, wanted) = self.wanted();
        if found == wanted {
            std::fs::rename(&part, self.path()).map_err(|e| unwritable(&part, e))?;
            (self.file, self.mirror, self.failures, self.farthest) = (self.file.saturating_add(1), 0, 0, 0);
            return Ok(());
        }
        std::fs::remove_file(&part).map_err(|e| unwritable(&part, e))?;
        self.next_mirror(format!("its checksum is wrong, MD5 {found} instead of {wanted}"))
    }

    /// Counts a failure of the mirror. The same mirror is tried again, and after a few failures the next one.
    fn broke(&mut self, why: String) -> Result<()> {
        self.failures = self.failures.saturating_add(1);
        if self.failures < PATIENCE {
            return Ok(());
        }
        self.next_mirror(why)
    }

    /// Gives the mirror up for the reason `why`.
    ///
    /// # Errors
    /// It was the last one.
    fn next_mirror(&mut self, why: String) -> Result<()> {
        self.complaints += &format!("{}{}: {why}", if self.complaints.is_empty() { "" } else { "; " }, self.url());
        (self.mirror, self.failures, self.farthest) = (self.mirror.saturating_add(1), 0, 0);
        if self.mirror < self.mirrors.len() {
            return Ok(());
        }
        Err(Error::data(format!(
            "cannot fetch {}: {}; try again later, or pass --mirror URL",
            self.collection.name, self.complaints
        )))
    }
}

/// Whether a mirror that has sent so many bytes in this time is to be given up.
fn crawls(time: Duration, bytes: u64) -> bool {
    (bytes as f64) < PACE as f64 * time.as_secs_f64()
}

/// Why no block was fetched.
enum Failure {
    /// The mirror sends, but so slowly that it is no use to go on.
    Crawling,
    /// The mirror does not answer, or not as it should.
    Mirror(String),
    /// The cache cannot be read or written.
    Cache(std::io::Error),
}

impl Body {
    /// Moves one block to the disk. The number of its bytes is 0 at the end.
    fn block(&mut self) -> std::result::Result<usize, Failure> {
        let mut block = [0; 1 << 15];
        let n = self.bytes.read(&mut block).map_err(|e| Failure::Mirror(e.to_string()))?;
        self.part.write_all(block.get(..n).unwrap_or_default()).map_err(Failure::Cache)?;
        self.done = self.done.saturating_add(n as u64);
        let (start, before) = self.since;
        if start.elapsed() >= WINDOW {
            if crawls(start.elapsed(), self.done.saturating_sub(before)) {
                return Err(Failure::Crawling);
            }
            self.since = (Instant::now(), self.done);
        }
        Ok(n)
    }
}

/// The MD5 of a file, in hexadecimal.
fn md5(path: &Path) -> std::io::Result<String> {
    let (mut file, mut hash, mut block) = (File::open(path)?, Md5::new(), [0; 1 << 15]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect()),
            n => hash.update(block.get(..n).unwrap_or_default()),
        }
    }
}

/// The error that the cache cannot be written.
fn unwritable(path: &Path, e: std::io::Error) -> Error {
    Error::other(format!("cannot write the cache `{}`: {e}; pass --cache FOLDER", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_that_sends_a_byte_a_second_is_given_up_and_a_slow_line_is_not() {
        assert!(crawls(WINDOW, WINDOW.as_secs()));
        assert!(!crawls(WINDOW, 2_000 * WINDOW.as_secs()), "a line of 16 kbit/s");
    }

    #[test]
    fn the_first_mirror_of_every_collection_is_asked_over_https() {
        assert!(Collection::ALL.iter().all(|collection| collection.mirrors[0].starts_with("https://")));
    }
}
