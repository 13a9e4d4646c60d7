//! The listing: every data set of a file with its shape and type, found by walking through its groups.
//!
//! A file can be a maze: groups that contain themselves, links to other files, a million empty names. So the walk has
//! limits on width and depth, enters no group twice, and leaves the file only for files of its folder. Nothing of an array but its description
//! is read here; whether that description can be trusted is the business of `trust`.

use std::path::Path;

use hdf5::dataset::Layout;
use hdf5::types::TypeDescriptor;
use hdf5::{Group, LinkType, LocationToken, LocationType};

use super::elsewhere::{link, resolve};
use crate::data::array::{Array, Kind, STRUCTURED};

/// How many entries of a group, and how many groups and data sets of a file, are looked at. No honest file has more.
const MOST: usize = 10_000;
/// How deep groups may lie within each other.
const DEEPEST: usize = 16;

/// Every data set of `file`, in the order of names. Numbers in other files are [`Kind::Elsewhere`] unless those lie in
/// `folder`.
pub fn arrays(file: &hdf5::File, folder: Option<&Path>) -> Vec<Array> {
    let mut walk = Walk { folder, entered: Vec::new(), found: Vec::new() };
    if let Ok(root) = file.group("/") {
        walk.entered.extend(root.loc_info().map(|info| (info.fileno, info.token)));
        walk.group(&root, "");
    }
    walk.found.sort_by(|a, b| a.name.cmp(&b.name));
    walk.found
}

/// A walk through the groups of a file.
struct Walk<'f> {
    /// The folder whose files may be entered.
    folder: Option<&'f Path>,
    /// The groups that were entered: the number of their file, and their place in it.
    entered: Vec<(u64, LocationToken)>,
    found: Vec<Array>,
}

impl Walk<'_> {
    /// Collects the data sets below `group`, whose names begin with `prefix`.
    ///
    /// Soft links are followed to a data set alone, links to other files within the folder. A group that several links
    /// lead to, perhaps one of its own, is entered once.
    fn group(&mut self, group: &Group, prefix: &str) {
        let mut links = Vec::new();
        let _ = group.iter_visit_default(|name, info| {
            if links.len() < MOST {
                links.push((name.to_string(), info.link_type));
            }
            Ok(())
        });
        for (name, link) in links {
            if self.found.len() >= MOST || self.entered.len() >= MOST {
                return;
            }
            let path = format!("{prefix}{name}");
            if link == LinkType::External
                && let Some(why) = self.closed(group, &name)
            {
                self.found.push(Array { name: path, shape: vec![], kind: Kind::Elsewhere, dtype: why });
                continue;
            }
            match group.loc_type_by_name(&name) {
                Ok(LocationType::Dataset) => self.found.push(self.describe(group, &name, path)),
                Ok(LocationType::Group) if link != LinkType::Soft && path.split('/').count() <= DEEPEST => {
                    let child = group.group(&name).and_then(|child| Ok((child.loc_info()?, child)));
                    let child = child.map(|(info, child)| ((info.fileno, info.token), child)).ok();
                    if let Some((place, child)) = child.filter(|(place, _)| !self.entered.contains(place)) {
                        self.entered.push(place);
                        self.group(&child, &format!("{path}/"));
                    }
                }
                Err(_) if link == LinkType::External => {
                    let dtype = "link to what is not in that file".into();
                    self.found.push(Array { name: path, shape: vec![], kind: Kind::Elsewhere, dtype });
                }
                _ => {}
            }
        }
    }

    /// Why the link `name` of `group` to another file is not followed, and to which; `None` if it is.
    fn closed(&self, group: &Group, name: &str) -> Option<String> {
        let Some(target) = link(group, name) else { return Some("link that cannot be read".into()) };
        let Some(folder) = self.folder else { return Some(format!("link to `{target}`")) };
        let from = group.filename();
        let from = Path::new(&from).canonicalize().unwrap_or_else(|_| folder.join("file"));
        resolve(folder, &from, &target).err().map(|why| format!("link to {why}"))
    }

    /// The data set `name` of `group`, called `path` in the whole file. One that cannot be read is listed all the same, of
    /// a kind that nothing can be done with, so that messages can name it.
    fn describe(&self, group: &Group, name: &str, path: String) -> Array {
        let unreadable = |why: &str| Array { name: path.clone(), shape: vec![], kind: Kind::Other, dtype: why.into() };
        let Ok(set) = group.dataset(name) else {
            return unreadable("unreadable");
        };
        let Ok(shape) = set.get_shape() else {
            return unreadable("without shape");
        };
        let elsewhere = set.layout() == Layout::Virtual || set.dcpl().is_ok_and(|plist| !plist.external().is_empty());
        match set.dtype().and_then(|dtype| dtype.to_descriptor()) {
            Ok(_) if elsewhere && self.folder.is_none() => {
                Array { name: path, shape, kind: Kind::Elsewhere, dtype: "view of other files".into() }
            }
            Ok(descriptor) => {
                let (kind, dtype) = kind(&descriptor);
                Array { name: path, shape, kind, dtype }
            }
            Err(_) => Array { shape, ..unreadable("of unknown type") },
        }
    }
}

/// What entries of this type are to a classifier, and what numpy calls the type.
#[expect(clippy::arithmetic_side_effects, reason = "a number has 1, 2, 4 or 8 bytes")]
fn kind(descriptor: &TypeDescriptor) -> (Kind, String) {
    use TypeDescriptor as T;
    match descriptor {
        T::Integer(size) => (Kind::Integer, format!("int{}", 8 * *size as usize)),
        T::Unsigned(size) => (Kind::Integer, format!("uint{}", 8 * *size as usize)),
        T::Float(_) => (Kind::Float, format!("float{}", 8 * descriptor.size())),
        T::Boolean => (Kind::Bool, "bool".into()),
        T::Enum(_) => (Kind::Integer, "enum".into()),
        T::FixedAscii(_) | T::FixedUnicode(_) | T::VarLenAscii | T::VarLenUnicode => (Kind::Text, "text".into()),
        T::Compound(compound) => {
            // numpy's complex numbers, as h5py and PyTables write them
            let complex = compound.fields.iter().map(|field| field.name.as_str()).eq(["r", "i"]);
            (Kind::Other, if complex { "complex".into() } else { STRUCTURED.into() })
        }
        T::FixedArray(..) | T::VarLenArray(_) => (Kind::Other, "arrays".into()),
        _ => (Kind::Other, "references".into()),
    }
}
