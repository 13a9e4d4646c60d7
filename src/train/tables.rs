//! The tables that a run leaves for people and their spreadsheets: its epochs, and what its best weights mistake.

use crate::error::{Error, Result};
use crate::evaluate::{Mistake, Report};
use crate::journal::{self, Event};
use crate::run::{Hold, Part};
use crate::write::write_beside;

/// Writes metrics.csv from the journal, an epoch a line.
///
/// # Errors
/// No space.
pub(super) fn metrics(run: &Hold) -> Result<()> {
    let mut text =
        String::from("epoch,step,rate,train_loss,train_accuracy,validation_loss,validation_accuracy,gradient\n");
    for event in journal::read(&run.file(Part::Journal))? {
        if let Event::Epoch { epoch, step, rate, train, validation, gradient, .. } = event {
            let (loss, accuracy) =
                validation.map_or((String::new(), String::new()), |v| (v.loss.to_string(), v.accuracy.to_string()));
            text += &format!("{epoch},{step},{rate},{},{},{loss},{accuracy},{gradient}\n", train.loss, train.accuracy);
        }
    }
    write_beside(&run.file(Part::Metrics), text.as_bytes())
}

/// Writes confusion.csv and misclassified.csv of the rows that the run was judged on; `names` are those of the classes.
///
/// # Errors
/// No space.
pub(super) fn mistakes(run: &Hold, report: &Report, mistakes: &[Mistake], names: &[String]) -> Result<()> {
    let counts = report.confusion.iter().zip(names);
    let mut confusion = vec![[vec!["class".to_string()], names.to_vec()].concat()];
    confusion
        .extend(counts.map(|(row, name)| [vec![name.clone()], row.iter().map(usize::to_string).collect()].concat()));
    write_beside(&run.file(Part::Confusion), &table(confusion)?)?;
    let mut wrong = vec![["row", "class", "predicted", "probability"].map(String::from).to_vec()];
    wrong.extend(mistakes.iter().map(|m| {
        let (class, predicted) = (names[m.class as usize].clone(), names[m.predicted].clone());
        vec![m.row.to_string(), class, predicted, format!("{:.4}", m.probability)]
    }));
    write_beside(&run.file(Part::Misclassified), &table(wrong)?)
}

/// The bytes of a CSV file.
fn table(rows: Vec<Vec<String>>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter()
        .try_for_each(|row| writer.write_record(row))
        .and_then(|()| writer.into_inner().map_err(|e| e.into_error().into()))
        .map_err(|e| Error::other(format!("cannot write a table: {e}")))
}
