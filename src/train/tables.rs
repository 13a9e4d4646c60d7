//! The tables that a run leaves for people and their spreadsheets: its epochs, and what its best weights mistake.

use std::io::Write;

use crate::clean;
use crate::error::{Error, Result};
use crate::evaluate::{Evaluation, Misclassified};
use crate::journal::{self, Event};
use crate::ranks;
use crate::run::{Hold, RunFile};
use crate::write::write_beside;

/// The first line of metrics.csv.
const HEADING: &str = "epoch,step,rate,train_loss,train_accuracy,validation_loss,validation_accuracy,gradient\n";

/// Makes metrics.csv again from the journal, an epoch a line.
///
/// # Errors
/// No space.
pub(super) fn metrics(run: &Hold) -> Result<()> {
    let lines: String = journal::read(&run.file(RunFile::Journal))?.iter().filter_map(line).collect();
    write_beside(&run.file(RunFile::Metrics), [HEADING, &lines].concat().as_bytes())
}

/// Adds an epoch to metrics.csv. What a kill leaves of the line is made again by [`metrics`] when the run is resumed, and
/// an epoch costs as much after ten thousand others as it does at first.
///
/// # Errors
/// No space.
pub(super) fn add_epoch(run: &Hold, epoch: &Event) -> Result<()> {
    if !ranks::is_first() {
        return Ok(());
    }
    let path = run.file(RunFile::Metrics);
    let heading = if path.exists() { "" } else { HEADING };
    let text = [heading, &line(epoch).unwrap_or_default()].concat();
    let file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|e| {
        Error::other(format!("cannot write `{}`: {e}; free space and go on with --resume", path.display()))
    })
}

/// The line of an epoch; `None` for any other event.
fn line(event: &Event) -> Option<String> {
    let Event::Epoch { epoch, step, rate, train, validation, gradient, .. } = event else {
        return None;
    };
    let (loss, accuracy) =
        validation.map_or((String::new(), String::new()), |v| (v.loss.to_string(), v.accuracy.to_string()));
    Some(format!("{epoch},{step},{rate},{},{},{loss},{accuracy},{gradient}\n", train.loss, train.accuracy))
}

/// Writes confusion.csv and misclassified.csv of the rows that the run was judged on; `names` are those of the classes.
///
/// # Errors
/// No space.
pub(super) fn misclassified(
    run: &Hold,
    evaluation: &Evaluation,
    misclassified: &[Misclassified],
    names: &[String],
) -> Result<()> {
    let names: Vec<String> = names.iter().map(|name| clean::cell(name).into_owned()).collect();
    let counts = evaluation.confusion.iter().zip(&names);
    let mut confusion = vec![[vec!["class".to_string()], names.clone()].concat()];
    confusion
        .extend(counts.map(|(row, name)| [vec![name.clone()], row.iter().map(usize::to_string).collect()].concat()));
    write_beside(&run.file(RunFile::Confusion), &table(confusion)?)?;
    let mut wrong = vec![["row", "class", "predicted", "probability"].map(String::from).to_vec()];
    wrong.extend(misclassified.iter().map(|m| {
        let (class, predicted) = (names[m.class as usize].clone(), names[m.predicted].clone());
        vec![m.row.to_string(), class, predicted, format!("{:.4}", m.probability)]
    }));
    write_beside(&run.file(RunFile::Misclassified), &table(wrong)?)
}

/// The bytes of a CSV file.
fn table(rows: Vec<Vec<String>>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter()
        .try_for_each(|row| writer.write_record(row))
        .and_then(|()| writer.into_inner().map_err(|e| e.into_error().into()))
        .map_err(|e| Error::other(format!("cannot write a table: {e}")))
}
