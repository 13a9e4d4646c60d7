//! `backburn import`: other people's files, or MNIST from its mirrors, into one HDF5 file.
//!
//! What kind of source it is, [`crate::import`] finds out from its bytes; here the flags become its [`Inputs`], and the
//! summary becomes a line. The name of a collection is understood only where no file of that name is there.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::bar::Bar;
use super::output::Output;
use super::{json, print};
use crate::clean;
use crate::data::{self, Choice};
use crate::error::Result;
use crate::import::{self, Collection, Download, Fit, Inputs, Source};

/// Arguments of `import`.
#[derive(clap::Args)]
pub struct Args {
    /// `mnist`, `fashion-mnist`, or a path: IDX, NPY, NPZ, CSV, TSV, a text table, a folder of images by class
    source: String,
    /// The HDF5 file to write [default: data/MNISTdata.hdf5 for mnist, else the source's name with .hdf5]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing output
    #[arg(long)]
    overwrite: bool,
    /// The labels, where they are a file of their own
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// The test half, where it is a file of its own
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// The labels of the test half
    #[arg(long, value_name = "FILE")]
    test_labels: Option<PathBuf>,
    /// The label column of a table, by name or number from 1 [default: label, class, target or y, else the last]
    #[arg(long, value_name = "NAME")]
    label: Option<String>,
    /// Give a table the columns, categories and class numbers of this file, which was imported before
    #[arg(long, value_name = "FILE")]
    like: Option<PathBuf>,
    /// The features of an NPZ archive
    #[arg(long, value_name = "NAME")]
    x: Option<String>,
    /// The labels of an NPZ archive
    #[arg(long, value_name = "NAME")]
    y: Option<String>,
    /// Bring the images of a folder to this size, stretched where their shape is another: 28, or HEIGHTxWIDTH
    #[arg(long, value_name = "SIZE", value_parser = size)]
    size: Option<(usize, usize)>,
    /// Take the mean of the colours of images
    #[arg(long)]
    grey: bool,
    /// Fetch from here instead of the public mirrors
    #[arg(long, value_name = "URL")]
    mirror: Option<String>,
    /// Where downloads are kept [default: the user's cache folder]
    #[arg(long, value_name = "FOLDER", env = "BACKBURN_CACHE", hide_env_values = true)]
    cache: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Imports. Where the folder of the output is there, the output is opened before anything is read or fetched.
pub fn run(args: Args) -> Result<()> {
    let collection = Collection::parse(&args.source).filter(|_| !Path::new(&args.source).exists());
    let output = args.output.clone().unwrap_or_else(|| by_name(&args.source, collection));
    let inputs = match collection {
        Some(_) => Vec::new(),
        None => {
            let more = [&args.labels, &args.test, &args.test_labels, &args.like].into_iter().flatten().cloned();
            more.chain([PathBuf::from(&args.source)]).collect()
        }
    };
    let open = || Output::open(&output, "--output", args.overwrite, &inputs);
    // Where its folder is not there yet nothing can be overwritten, and what fails makes no folder.
    let at_once = output.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.exists());
    let early = at_once.then(open).transpose()?;
    let (source, origin) = match collection {
        Some(collection) => download(collection, &args)?,
        None => (import::open(&asked(&args)?)?, args.source.clone()),
    };
    let program = format!("backburn {}", env!("CARGO_PKG_VERSION"));
    let file = early.map_or_else(open, Ok)?.file()?;
    let mut bar = Bar::open();
    let summary = import::write(source, file, &[("source", origin), ("program", program)], &mut |part, rows| {
        bar.count(&format!("rows to {part}"), rows);
    })?;
    drop(bar);
    if args.json {
        let parts: serde_json::Map<_, _> = summary.parts.iter().map(|(n, m)| (n.to_string(), json!(m))).collect();
        let (features, classes) = (summary.width, summary.classes);
        print::data(&json(
            &json!({"file": clean::path(&output), "rows": parts, "features": features, "classes": classes}),
        ));
        return Ok(());
    }
    let parts: Vec<String> = summary.parts.iter().map(|(name, rows)| format!("{rows} rows to {name}")).collect();
    print::data(&format!("{}: {}, {} features", output.display(), parts.join(", "), summary.width));
    if !summary.left_out.is_empty() {
        print::note(&format!("left out, since nearly all words in them differ: {}", summary.left_out.join(", ")));
    }
    if !summary.bared.is_empty() {
        print::note(&format!("read as numbers without their marks: {}", summary.bared.join(", ")));
    }
    print::note(&format!("next: backburn train {}", output.display()));
    Ok(())
}

/// The files and arrays that the flags name.
fn asked(args: &Args) -> Result<Inputs> {
    let like = args.like.as_deref().map_or(Ok(Vec::new()), data::columns)?;
    let classes = args.like.as_deref().map_or(Ok(Vec::new()), data::classes)?;
    Ok(Inputs {
        path: PathBuf::from(&args.source),
        labels: args.labels.clone(),
        test: args.test.clone(),
        test_labels: args.test_labels.clone(),
        label: args.label.clone(),
        choice: Choice { x: args.x.clone(), y: args.y.clone(), ..Choice::default() },
        fit: Fit { size: args.size, grey: args.grey },
        like,
        classes,
    })
}

/// A size of images, `28` or `28x20` with the height first.
fn size(text: &str) -> std::result::Result<(usize, usize), String> {
    let (height, width) = text.split_once('x').unwrap_or((text, text));
    let side = |text: &str| text.parse().ok().filter(|side| (1..=4096).contains(side));
    side(height).zip(side(width)).ok_or_else(|| "a size is a number of pixels, 1 to 4096, or two as in 28x20".into())
}

/// The output's name where none was given: that of the collection, in the folder `data`, or that of the source with the
/// ending .hdf5, in the present folder.
fn by_name(source: &str, collection: Option<Collection>) -> PathBuf {
    let name = Path::new(source).file_name().map_or_else(|| "data".into(), |n| n.to_string_lossy().into_owned());
    let stem = name.trim_end_matches(".gz");
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    collection.map_or_else(|| PathBuf::from(format!("{stem}.hdf5")), |c| Path::new("data").join(c.file))
}

/// Fetches a collection, file after file with a progress bar, and opens it as a folder of IDX files. The second result
/// is where it came from, which the HDF5 file will say.
fn download(collection: Collection, args: &Args) -> Result<(Source, String)> {
    let folder = args.cache.clone().unwrap_or_else(cache).join(collection.name);
    let mut download = Download::new(collection, args.mirror.as_deref(), &folder)?;
    let mut bar = Bar::open();
    while let Some(progress) = download.step()? {
        bar.bytes(progress.file, progress.done, progress.total);
    }
    drop(bar);
    let mut source = import::open(&Inputs { path: folder, ..Inputs::default() })?;
    source.classes = collection.classes.iter().map(|name| name.to_string()).collect();
    Ok((source, args.mirror.clone().unwrap_or_else(|| collection.mirrors[0].to_string())))
}

/// Where downloads are kept: in the folder for caches of the XDG base directory specification.
fn cache() -> PathBuf {
    let home = || std::env::home_dir().map(|home| home.join(".cache"));
    let folder = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    folder.or_else(home).unwrap_or_else(std::env::temp_dir).join("backburn")
}
