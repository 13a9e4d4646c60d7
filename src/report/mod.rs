//! Reports: what is known about a run, as one HTML page, its pictures alone, and one model card. Nothing is printed.
//!
//! A page holds its style and its pictures, runs no script and fetches nothing, so it can be mailed and opened in ten
//! years. What it shows comes from the journal, from the report on the judged rows, and from a look at rows and weights.
//!
//! | files | what they know |
//! |---|---|
//! | `html`, `axis`, `chart`, `legend`, `picture` | escaped text and the page around it, axes, curves, their names, pixels |
//! | `verdict`, `curves`, `vitals`, `confusion`, `mistakes`, `reliability`, `classes`, `features`, `data` | a section each |
//! | `look` | what has to be computed for the sections |
//! | `compare`, `live` | several runs side by side; a run that goes on |
//! | `card`, `sheet`, `letters` | the model card, images as one PNG with a label each |
//! | `tensorboard` | the epochs for TensorBoard |
//! | `text_plot`, `half_blocks` | a plot and an image for a terminal |

mod axis;
mod card;
mod chart;
mod classes;
mod compare;
mod confusion;
mod curves;
mod data;
mod features;
mod half_blocks;
mod html;
mod legend;
mod letters;
mod live;
mod look;
mod mistakes;
mod picture;
mod reliability;
mod sheet;
mod tensorboard;
mod text_plot;
mod verdict;
mod vitals;

pub use axis::Scale;
pub use card::card;
pub use chart::{Chart, Curve};
pub use compare::{Compared, compare};
pub use half_blocks::half_blocks;
pub use live::{frame, growing, policy};
pub use look::{Importance, Look};
pub use sheet::{Labelled, sheet};
pub use tensorboard::{log_epochs, log_header};
pub use text_plot::text_plot;

use burn::tensor::Device;

use crate::data::{Block, Origin};
use crate::error::Result;
use crate::evaluate::{Misclassified, Report};
use crate::journal::{self, Event};
use crate::learner::Checkpoint;
use crate::model::{Activation, Committee, Saved};
use crate::numerics::Score;
use crate::preparation::Preparation;
use crate::run::{Hold, Run, RunFile};
use crate::setup::Config;
use crate::write::write_beside;

/// All that a page or a card shows of a run.
pub struct Facts {
    /// The name of the run.
    pub name: String,
    /// The resolved configuration, as TOML.
    pub config: String,
    /// The command that trains it again.
    pub command: String,
    /// The function between its layers.
    pub activation: Activation,
    /// How many networks answer together; each is a run of its own in the folder of its number.
    pub networks: usize,
    /// The events of the journal; for several networks the beginning of one alone.
    pub events: Vec<Event>,
    /// What users call the classes.
    pub classes: Vec<String>,
    /// How a row becomes the input of the network.
    pub preparation: Preparation,
    /// Where its data came from, if it wrote that down.
    pub origin: Option<Origin>,
    /// What messages call the rows that the report is about: the test half, or what stands in for it.
    pub judged: &'static str,
    /// How the best weights do on these rows.
    pub report: Report,
    /// What rows and weights show.
    pub look: Look,
}

/// What a model says about the rows that it is judged on.
#[derive(Clone, Copy)]
pub struct Measured<'a> {
    /// The networks as they are saved.
    pub models: &'a [Saved],
    /// The same networks, as they answer together.
    pub model: &'a Committee,
    /// The rows, prepared as the networks want them.
    pub rows: &'a Block,
    /// What messages call them.
    pub judged: &'static str,
    /// How predictions compare with labels.
    pub report: &'a Report,
    /// The rows that are taken for another class.
    pub mistakes: &'a [Misclassified],
}

impl Facts {
    /// What is known about a run that is over. Of an ensemble it is what its networks reach together, and the beginning of
    /// the first one's journal, since each has a page of its own.
    ///
    /// # Errors
    /// There is no journal, or the file of the rows can no longer be read.
    pub fn of(run: &Run, config: &Config, measured: Measured, device: &Device) -> Result<Self> {
        let events = match config.ensemble {
            1 => saved_events(run)?,
            _ => journal::read(&run.member(1).file(RunFile::Journal))?.into_iter().take(1).collect(),
        };
        let Measured { models, judged, report, .. } = measured;
        Ok(Facts {
            name: run.path.display().to_string(),
            config: config.to_toml()?,
            command: config.command(),
            activation: config.activation,
            networks: config.ensemble,
            events,
            classes: models[0].classes.clone(),
            preparation: models[0].preparation.clone(),
            origin: Origin::of_run(run),
            judged,
            report: report.clone(),
            look: Look::at(&measured, device)?,
        })
    }

    /// What users call a column.
    fn column(&self, column: usize) -> String {
        self.preparation.name(column)
    }

    /// The widths of the network and the number of rows that it learned from.
    fn start(&self) -> (Vec<usize>, usize) {
        let start = self.events.iter().rev().find_map(|event| match event {
            Event::Start { layers, rows, .. } => Some((layers.clone(), *rows)),
            _ => None,
        });
        start.unwrap_or_default()
    }
}

/// The events of a run, without epochs of which no file of it holds the weights, see [`journal::read_saved`].
fn saved_events(run: &Run) -> Result<Vec<Event>> {
    let saved = Checkpoint::place(&run.file(RunFile::Checkpoint)).map_or(u64::MAX, |place| place.journal);
    journal::read_saved(&run.file(RunFile::Journal), saved)
}

/// Writes the page and the model card of a run that is over into its folder.
///
/// # Errors
/// There is no journal, or no space.
pub fn write(run: &Hold, config: &Config, measured: Measured, device: &Device) -> Result<()> {
    let facts = Facts::of(run, config, measured, device)?;
    write_beside(&run.file(RunFile::Report), page(&facts).as_bytes())?;
    write_beside(&run.file(RunFile::Card), card(&facts).as_bytes())
}

/// One epoch, as the curves want it.
struct Epoch {
    number: f64,
    step: f64,
    rate: f64,
    train: Score,
    validation: Option<Score>,
    gradient: f64,
    best: bool,
}

/// The page of a run.
pub fn page(facts: &Facts) -> String {
    let name = html::escape(&facts.name);
    let head = format!(
        "<header><p class=\"kicker\">backburn · a run of {} classes</p><h1>{name}</h1>\n{}{}{}</header>\n",
        html::grouped(facts.classes.len()),
        verdict::verdict(facts),
        networks(facts),
        verdict::figures(facts)
    );
    let body = [
        head,
        vitals::told(&facts.events, &facts.classes),
        curves::curves(facts),
        confusion::confusion(facts),
        mistakes::mistakes(facts),
        reliability::reliability(facts),
        classes::classes(facts),
        features::features(facts),
        vitals::vitals(facts),
        data::data(facts),
        configuration(facts),
    ];
    html::page(&facts.name, &body.concat())
}

/// The charts of a run, each as a file of its own that can be shown anywhere: its name without an ending, and its SVG.
pub fn charts(facts: &Facts) -> Vec<(String, String)> {
    let all = curves::charts(&facts.events)
        .into_iter()
        .chain(vitals::charts(&facts.events, facts.activation))
        .chain(reliability::chart(facts));
    let file = |chart: &Chart| chart.title.to_lowercase().replace(", ", "-").replace(' ', "-");
    let drawn = all.filter(|chart| chart.curves.iter().any(|curve| !curve.points.is_empty()));
    drawn.map(|chart| (file(&chart), chart.alone())).collect()
}

/// Links to the pages of the networks that answer together; empty for a single network.
fn networks(facts: &Facts) -> String {
    let link = |number: usize| format!("<a href=\"{number}/report.html\">network {number}</a>");
    match facts.networks {
        0 | 1 => String::new(),
        n => format!(
            "<p>The mean of the probabilities of {n} networks: {}.</p>",
            (1..=n).map(link).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// The command that repeats the run, and its configuration.
fn configuration(facts: &Facts) -> String {
    let body = format!(
        "<p>This command trains the same network again:</p>\n<pre>{}</pre>\n<p>Every knob, as <code>--config</code> reads it:</p>\n<pre>{}</pre>\n",
        html::escape(&facts.command),
        html::escape(&facts.config)
    );
    html::section("Configuration", &body)
}
