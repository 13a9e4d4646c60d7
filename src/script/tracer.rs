//! The tracer's source: a Python package, embedded file by file, since the program is one file and needs no installation.
//!
//! The same folder is part of the wheel. It is written beside what it is going to write, under a name of its own, so that
//! no module of a person's script can be taken for one of the tracer's.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

macro_rules! files {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../python/backburn/trace/", $name)))),*]
    };
}

/// The files of the package, by name.
const FILES: &[(&str, &str)] = files! {
    "__init__.py" "__main__.py" "again.py" "assigned.py" "beside.py" "biases.py" "calls.py" "carried.py"
    "contracted.py" "digits.py" "entries.py" "forms.py" "functions.py" "joined.py" "layer.py" "moved.py" "moves.py" "never.py" "notebook.py"
    "number_steps.py" "old_names.py" "old_python.py" "output.py" "parameters.py" "places.py" "plain_numbers.py"
    "printed.py" "report.py" "rules.py" "run.py" "shown.py" "slopes.py" "source.py" "steps.py"
    "story.py" "tape.py" "told.py" "updates.py" "value.py" "vectors.py"
};

/// Writes the tracer into `folder`, and answers with what Python has to run.
///
/// # Errors
/// The files cannot be written.
pub fn write(folder: &Path) -> Result<PathBuf> {
    let package = folder.join("backburn_trace");
    let fail = |e: std::io::Error| Error::other(format!("cannot write the tracer: {e}; free space"));
    std::fs::create_dir(&package).map_err(fail)?;
    for (name, text) in FILES {
        std::fs::write(package.join(name), text).map_err(fail)?;
    }
    Ok(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_package_is_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/backburn/trace");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".py"))
            .collect();
        there.sort();
        let embedded: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(there, embedded);
    }
}
