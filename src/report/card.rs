//! The model card: what the model is, what it was trained on, how good it is and how to use it (Mitchell et al. 2019).
//!
//! It is the README.md of the run folder, so that whoever is handed the folder alone, or sees it on a forge, can use the
//! model without asking anybody. It says nothing that was not measured or configured: the card of a run is made of its
//! journal, its configuration and the evaluation on the judged rows, as the HTML page beside it is.

use super::Facts;
use super::course::Start;
use crate::clean::{markdown, markdown_block, shell};
use crate::run::RunFile;

/// The README.md of a run folder, in Markdown. Every name from outside goes through `clean`, for the medium in which it
/// lands: a table of Markdown, a code block, or a command that somebody will paste into a shell.
pub fn card(facts: &Facts) -> String {
    let evaluation = &facts.evaluation;
    let Start { data, shape, rows } = facts.course.start();
    let folder = shell(&facts.course.name);
    let weakest = evaluation
        .weakest()
        .map_or(String::new(), |c| format!("The weakest class is {} with F1 {:.3}. ", markdown(&c.class), c.f1));
    format!(
        "# {name}\n\n\
         A classifier into {k} classes: {classes}.\n\n\
         | | |\n|---|---|\n\
         | network | {shape}{joined} |\n\
         {tuned}\
         | trained on | {rows} rows of {data} |\n\
         | measured on | {n} {judged} rows |\n\
         | accuracy | {accuracy:.2} %, {low:.2} to {high:.2} % with 95 % confidence |\n\
         | loss | {loss:.4} |\n\
         | calibration error | {calibration:.4} |\n\n\
         {preparation}{weakest}What it does on data of another origin was not measured.\n\n\
         ## Use\n\n{use}\n\
         {together}`{best}` holds the weights in PyTorch's orientation (`layers.0.weight` is `[outputs, inputs]`), and in\n\
         its metadata the activation, the input's shape and scale, and the class names.\n\n\
         ## Configuration\n\n{config}",
        name = markdown(&facts.course.name),
        use = markdown_block("", &format!("backburn evaluate {folder} FILE\nbackburn predict {folder} FILE")),
        best = RunFile::Best.name(),
        k = facts.course.classes.len(),
        classes = listed(&facts.course.classes),
        preparation =
            facts.preparation.sentences().iter().map(|sentence| format!("In its rows: {sentence}.\n\n")).collect::<String>(),
        tuned = facts.course.search(facts.judged).map_or(String::new(), |text| format!("| configuration | {text} |\n")),
        joined = match facts.course.joined {
            1 => String::new(),
            n => format!(", {n} networks of this shape joined into one"),
        },
        n = evaluation.rows,
        judged = facts.judged,
        accuracy = 100.0 * evaluation.accuracy,
        low = 100.0 * evaluation.interval().0,
        high = 100.0 * evaluation.interval().1,
        loss = evaluation.loss,
        calibration = evaluation.calibration_error,
        config = markdown_block("toml", &facts.course.config),
        data = markdown(&data),
        together = match facts.course.networks {
            0 | 1 => String::new(),
            n => format!(
                "{n} networks answer together, by the mean of their probabilities; each is a run in a folder of its own,\n`1` to `{n}`. There "
            ),
        },
    )
}

/// The names of the classes, the first twenty of them: a card of a thousand names would be read by nobody.
fn listed(classes: &[String]) -> String {
    let names = classes.iter().take(20).map(|name| markdown(name)).collect::<Vec<_>>().join(", ");
    match classes.len() {
        0..=20 => names,
        n => format!("{names}, … ({n} in all)"),
    }
}
