//! MNIST and Fashion-MNIST from their mirrors: four files, checked against their published MD5, kept in a cache.
//!
//! Pulled, one block a call, by whoever wants to show progress. What has arrived stays beside the name as `.part`, so
//! a broken connection, in this run or an earlier one, is continued with a Range request; a file gets its name only
//! when its checksum is right, and bytes with a wrong one are deleted.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use md5::{Digest, Md5};

use crate::error::{Error, Result};

/// No file of these collections is larger; a mirror that sends more is no mirror.
const LARGEST: u64 = 64 << 20;
/// How often a mirror may break off without having sent anything new.
const PATIENCE: usize = 3;

/// A public data set of four IDX files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Collection {
    /// Its name on the command line.
    pub name: &'static str,
    /// The name of the HDF5 file made of it.
    pub file: &'static str,
    /// Where it can be fetched, the first that answers.
    pub mirrors: &'static [&'static str],
    /// The names of the classes; empty where they are numbers.
    pub classes: &'static [&'static str],
    md5: [&'static str; 4],
}

const FILES: [&str; 4] = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
];

impl Collection {
    /// Handwritten digits (LeCun, Cortes and Burges 1998) and Zalando's articles (Xiao, Rasul and Vollgraf 2017).
    pub const ALL: [Collection; 2] = [
        Collection {
            name: "mnist",
            file: "MNISTdata.hdf5",
            mirrors: &[
                "https://ossci-datasets.s3.amazonaws.com/mnist",
                "https://storage.googleapis.com/cvdf-datasets/mnist",
            ],
            classes: &[],
            md5: [
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ],
        },
        Collection {
            name: "fashion-mnist",
            file: "FashionMNISTdata.hdf5",
            mirrors: &[
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
            ],
            classes: &[
                "T-shirt/top",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ],
            md5: [
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ],
        },
    ];

    /// The collection called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name == name)
    }
}

/// How far the file in hand has come.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Its name.
    pub file: &'static str,
    /// Bytes that are here.
    pub done: u64,
    /// Bytes that there are, if the mirror says so.
    pub total: Option<u64>,
}

/// A collection on its way into the cache.
pub struct Download {
    collection: Collection,
    mirrors: Vec<String>,
    folder: PathBuf,
    agent: ureq::Agent,
    file: usize,
    mirror: usize,
    failures: usize,
    farthest: u64,
    body: Option<Body>,
    last: String,
}

/// An answer that is being read.
struct Body {
    bytes: Box<dyn Read>,
    part: File,
    done: u64,
    total: Option<u64>,
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
            last: String::new(),
        })
    }

    /// Fetches one block more; `None` when all four files are in the cache and right.
    ///
    /// # Errors
    /// No mirror can be reached or sends the published bytes, or the cache cannot be written.
    pub fn step(&mut self) -> Result<Option<Progress>> {
        let Some(&file) = FILES.get(self.file) else { return Ok(None) };
        if self.body.is_none() && self.in_cache()? {
            self.file += 1;
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
            Err(Trouble::Mirror(why)) => {
                self.broke(why)?;
                Ok(Some(Progress { file, done: 0, total: None }))
            }
            Err(Trouble::Here(e)) => Err(unwritable(&self.folder, e)),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILES[self.file])
    }

    fn part(&self) -> PathBuf {
        self.folder.join(format!("{}.part", FILES[self.file]))
    }

    fn url(&self) -> String {
        format!("{}/{}", self.mirrors[self.mirror], FILES[self.file])
    }

    /// Whether the file is there and right; a wrong one is removed.
    fn in_cache(&self) -> Result<bool> {
        let path = self.path();
        if !path.exists() {
            return Ok(false);
        }
        let right = md5(&path).map_err(|e| unwritable(&path, e))? == self.collection.md5[self.file];
        if !right {
            std::fs::remove_file(&path).map_err(|e| unwritable(&path, e))?;
        }
        Ok(right)
    }

    /// Asks the mirror for what is missing.
    fn ask(&self) -> std::result::Result<Body, Trouble> {
        let here = std::fs::metadata(self.part()).map_or(0, |meta| meta.len());
        let mut request = self.agent.get(self.url());
        if here > 0 {
            request = request.header("Range", format!("bytes={here}-"));
        }
        let answer = request.call().map_err(|e| Trouble::Mirror(e.to_string()))?;
        let done = match answer.status().as_u16() {
            200 => 0,
            206 => here,
            416 => {
                std::fs::remove_file(self.part()).map_err(Trouble::Here)?;
                return Err(Trouble::Mirror("it has fewer bytes than are here".into()));
            }
            status => return Err(Trouble::Mirror(format!("it answers with status {status}"))),
        };
        let total = answer.body().content_length().map(|length| done + length);
        let mut options = File::options();
        options.create(true).write(true).append(done > 0).truncate(done == 0);
        let part = options.open(self.part()).map_err(Trouble::Here)?;
        let bytes = answer.into_body().into_with_config().limit(LARGEST.saturating_sub(done)).reader();
        Ok(Body { bytes: Box::new(bytes), part, done, total })
    }

    /// Checks a file that is complete and names it.
    fn arrived(&mut self) -> Result<()> {
        let part = self.part();
        let found = md5(&part).map_err(|e| unwritable(&part, e))?;
        let wanted = self.collection.md5[self.file];
        if found == wanted {
            std::fs::rename(&part, self.path()).map_err(|e| unwritable(&part, e))?;
            (self.file, self.mirror, self.failures, self.farthest) = (self.file + 1, 0, 0, 0);
            return Ok(());
        }
        std::fs::remove_file(&part).map_err(|e| unwritable(&part, e))?;
        self.next_mirror(format!("its checksum is wrong, MD5 {found} instead of {wanted}"))
    }

    /// Tries the same mirror again, then the next one.
    fn broke(&mut self, why: String) -> Result<()> {
        self.failures += 1;
        if self.failures < PATIENCE {
            return Ok(());
        }
        self.next_mirror(why)
    }

    fn next_mirror(&mut self, why: String) -> Result<()> {
        self.last += &format!("{}{}: {why}", if self.last.is_empty() { "" } else { "; " }, self.url());
        (self.mirror, self.failures, self.farthest) = (self.mirror + 1, 0, 0);
        if self.mirror < self.mirrors.len() {
            return Ok(());
        }
        Err(Error::data(format!(
            "cannot fetch {}: {}; try again later, or pass --mirror URL",
            self.collection.name, self.last
        )))
    }
}

enum Trouble {
    Mirror(String),
    Here(std::io::Error),
}

impl Body {
    /// Moves one block to the disk; 0 at the end.
    fn block(&mut self) -> std::result::Result<usize, Trouble> {
        let mut block = [0; 1 << 15];
        let n = self.bytes.read(&mut block).map_err(|e| Trouble::Mirror(e.to_string()))?;
        self.part.write_all(&block[..n]).map_err(Trouble::Here)?;
        self.done += n as u64;
        Ok(n)
    }
}

/// The MD5 of a file, in hexadecimal.
fn md5(path: &Path) -> std::io::Result<String> {
    let (mut file, mut hash, mut block) = (File::open(path)?, Md5::new(), [0; 1 << 15]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect()),
            n => hash.update(&block[..n]),
        }
    }
}

fn unwritable(path: &Path, e: std::io::Error) -> Error {
    Error::other(format!("cannot write the cache `{}`: {e}; pass --cache FOLDER", path.display()))
}
