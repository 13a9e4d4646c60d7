//! A folder of images with one subfolder for each class: `cats/1.png`, `dogs/7.jpg`.
//!
//! The classes are the subfolders in the order of their names. One class is listed at a time and one image is decoded at
//! a time. A folder with subfolders `train` and `test`, and perhaps `val`, holds such folders as its parts. The classes are
//! those of the training part; names of other parts that are not among them get numbers behind them, and the training
//! that meets them says so.

use std::path::{Path, PathBuf};

use super::numbers::intensity;
use super::rows::{Label, RowReader, Source};
use crate::data::{Image, Raster, resized};
use crate::error::{Error, Result};

/// How images of several sizes and colours are brought into one shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// The height and the width that every image gets, stretched where its shape is another; without one all must have
    /// the size of the first.
    pub size: Option<(usize, usize)>,
    /// Whether colours become their mean, and what is transparent lies on white or black paper, see [`resized`].
    pub grey: bool,
}

impl Fit {
    /// The raster that an image gets.
    fn raster(self, image: &Image) -> Raster {
        let (height, width) = self.size.unwrap_or((image.height, image.width));
        Raster { height, width, colours: if self.grey { 1 } else { image.colours }, planes: false }
    }
}

/// The parts of `folder`, or the folder as the only part.
///
/// # Errors
/// There are no subfolders with images.
pub fn source(folder: &Path, fit: Fit) -> Result<Source> {
    let train = folder.join("train");
    // Without a folder `train` the subfolders are classes, whatever they are called.
    let whole = if train.is_dir() { &train } else { folder };
    let classes = entries(whole, Path::is_dir)?;
    let names: Vec<String> =
        classes.iter().filter_map(|c| c.file_name()).map(|n| n.to_string_lossy().into_owned()).collect();
    let rows = |part: &Path, classes| -> Result<Box<dyn RowReader>> { Ok(Box::new(Images::new(classes, part, fit)?)) };
    let part = |names: &[&str]| {
        let mut folders = names.iter().map(|name| folder.join(name));
        let found = folders.find(|part| part.is_dir()).filter(|_| train.is_dir());
        found.map(|part| rows(&part, entries(&part, Path::is_dir)?)).transpose()
    };
    let (validation, test) = (part(&["val", "valid", "validation"])?, part(&["test"])?);
    Ok(Source { train: rows(whole, classes)?, validation, test, classes: names, words: false })
}

/// The entries of a folder that are `wanted`, in the order of their names, without hidden ones.
fn entries(folder: &Path, wanted: fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let bad = |e| Error::data(format!("cannot read folder `{}`: {e}; check the path", folder.display()));
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(bad)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| !hidden(path) && wanted(path))
        .collect();
    found.sort();
    Ok(found)
}

/// The images of all classes, class by class: the reader of one part.
struct Images {
    /// The folders of the classes that are still to come.
    classes: std::vec::IntoIter<PathBuf>,
    /// The name of the class in hand.
    name: String,
    /// Its images that are still to come.
    files: std::vec::IntoIter<PathBuf>,
    /// The first image of all, for messages, and its shape, which all others must have.
    first: PathBuf,
    shape: Vec<usize>,
    fit: Fit,
}

impl Images {
    /// The images in the folders `classes`, which are subfolders of `folder`.
    fn new(classes: Vec<PathBuf>, folder: &Path, fit: Fit) -> Result<Self> {
        let none = || {
            Error::data(format!(
                "no images of classes in `{}`: it needs one subfolder a class with PNG or JPEG files in it; check the path, or move a half without classes out of it",
                folder.display()
            ))
        };
        // The first image decides the shape; a class may be empty.
        let mut first = None;
        for class in &classes {
            first = first.or(entries(class, Image::is_one)?.into_iter().next());
        }
        let first = first.ok_or_else(none)?;
        let shape = shape(fit.raster(&Image::read(&first)?));
        let (classes, files) = (classes.into_iter(), Vec::new().into_iter());
        Ok(Images { classes, name: String::new(), files, first, shape, fit })
    }
}

impl RowReader for Images {
    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn next(&mut self, x: &mut Vec<f32>) -> Result<Option<Label>> {
        let path = loop {
            match self.files.next() {
                Some(path) => break path,
                None => match self.classes.next() {
                    None => return Ok(None),
                    Some(class) => {
                        self.name = class.file_name().unwrap_or_default().to_string_lossy().into_owned();
                        self.files = entries(&class, Image::is_one)?.into_iter();
                    }
                },
            }
        };
        let image = Image::read(&path)?;
        let raster = self.fit.raster(&image);
        if shape(raster) != self.shape {
            return Err(Error::data(format!(
                "images must be of one size: `{}` is {:?} and `{}` is {:?} (height, width, colours); pass --size HEIGHTxWIDTH, \
                 and --grey where colours differ",
                self.first.display(),
                self.shape,
                path.display(),
                shape(raster)
            )));
        }
        match self.fit == Fit::default() {
            true => x.extend(image.bytes.iter().map(|&byte| intensity(byte))),
            false => x.extend(resized(&image, raster, None).into_iter().map(|v| v as f32)),
        }
        Ok(Some(Label::Name(self.name.clone())))
    }
}

/// The shape of an image as a row: its height and width, and 3 if it has colours.
fn shape(raster: Raster) -> Vec<usize> {
    let mut shape = vec![raster.height, raster.width];
    shape.extend((raster.colours == 3).then_some(3));
    shape
}
