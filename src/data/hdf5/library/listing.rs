//! The listing: every data set of a file with its shape and type, found by walking through its groups.
//!
//! A file can be a maze: groups that contain themselves, links to other files, a million empty names. So the walk has
//! limits on width and depth, enters no group twice, and leaves this file never. Nothing of an array but its description
//! is read here; whether that description can be trusted is the business of `trust`.

use hdf5::types::TypeDescriptor;
use hdf5::{Group, LinkType, LocationToken, LocationType};

use crate::data::array::{Array, Kind};

/// How many entries of a group, and how many groups and data sets of a file, are looked at. No honest file has more.
const MOST: usize = 10_000;
/// How deep groups may lie within each other.
const DEEPEST: usize = 16;

/// Every data set of `file`, in the order of names.
pub fn arrays(file: &hdf5::File) -> Vec<Array> {
    let mut found = Vec::new();
    if let Ok(root) = file.group("/") {
        let mut entered: Vec<LocationToken> = root.loc_info().map(|info| info.token).into_iter().collect();
        walk(&root, "", &mut entered, &mut found);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Collects the data sets below `group`, whose names begin with `prefix`.
///
/// Links to other files are not followed, soft links within this file only to a data set. A group that several hard
/// links lead to, perhaps one of its own, is entered once.
fn walk(group: &Group, prefix: &str, entered: &mut Vec<LocationToken>, found: &mut Vec<Array>) {
    let mut names = Vec::new();
    let _ = group.iter_visit_default(|name, info| {
        if info.link_type != LinkType::External && names.len() < MOST {
            names.push((name.to_string(), info.link_type == LinkType::Hard));
        }
        Ok(())
    });
    for (name, hard) in names {
        if found.len() >= MOST || entered.len() >= MOST {
            return;
        }
        let path = format!("{prefix}{name}");
        match group.loc_type_by_name(&name) {
            Ok(LocationType::Dataset) => found.push(describe(group, &name, path)),
            Ok(LocationType::Group) if hard && path.split('/').count() <= DEEPEST => {
                let child = group.group(&name).and_then(|child| Ok((child.loc_info()?.token, child)));
                if let Some((token, child)) = child.ok().filter(|(token, _)| !entered.contains(token)) {
                    entered.push(token);
                    walk(&child, &format!("{path}/"), entered, found);
                }
            }
            _ => {}
        }
    }
}

/// The data set `name` of `group`, called `path` in the whole file. One that cannot be read is listed all the same, of a
/// kind that nothing can be done with, so that messages can name it.
fn describe(group: &Group, name: &str, path: String) -> Array {
    let unreadable = |why: &str| Array { name: path.clone(), shape: vec![], kind: Kind::Other, dtype: why.into() };
    let Ok(set) = group.dataset(name) else {
        return unreadable("unreadable");
    };
    let Ok(shape) = set.get_shape() else {
        return unreadable("without shape");
    };
    match set.dtype().and_then(|dtype| dtype.to_descriptor()) {
        Ok(descriptor) => {
            let (kind, dtype) = kind(&descriptor);
            Array { name: path, shape, kind, dtype }
        }
        Err(_) => Array { shape, ..unreadable("of unknown type") },
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
        T::Compound(_) => (Kind::Other, "compound".into()),
        T::FixedArray(..) | T::VarLenArray(_) => (Kind::Other, "arrays".into()),
        _ => (Kind::Other, "references".into()),
    }
}
