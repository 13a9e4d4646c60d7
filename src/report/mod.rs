//! Reports: what is known about a run, as one HTML page, its pictures alone, and one model card. Nothing is printed.
//!
//! A page holds its style and its pictures, runs no script and fetches nothing, so it can be mailed and opened in ten
//! years. What it shows comes from the journal, from the evaluation on the judged rows, and from its exhibits, which are
//! rows and weights.
//!
//! | files | what they know |
//! |---|---|
//! | `html`, `picture` | escaped text and the page around it; pixels |
//! | `chart`, `axis`, `frame`, `curve`, `legend` | a chart, and the parts that it is drawn of |
//! | `course` | how a run went, which is known of every run, also of one that ended without a model |
//! | `verdict`, `curves`, `vitals`, `confusion`, `misclassified`, `reliability`, `classes`, `features`, `data` | a section each |
//! | `exhibits` | the rows, weights and columns that have to be computed for the sections |
//! | `compare`, `live` | several runs side by side; a run that goes on |
//! | `sweep`, `parallel` | the trainings of a sweep; lines through an axis for every knob |
//! | `card`, `sheet`, `letters` | the model card, images as one PNG with a label each |
//! | `tensorboard` | the epochs for TensorBoard |
//! | `bitmap` | a chart as PNG |
//! | `text_plot`, `half_blocks`, `sixel` | plots and an image for a terminal |

mod axis;
mod bitmap;
mod card;
mod chart;
mod classes;
mod compare;
mod confusion;
mod course;
mod curve;
mod curves;
mod data;
mod exhibits;
mod features;
mod frame;
mod half_blocks;
mod html;
mod legend;
mod letters;
mod live;
mod misclassified;
mod parallel;
mod picture;
mod reliability;
mod sheet;
mod sixel;
mod sweep;
mod tensorboard;
mod text_plot;
mod verdict;
mod vitals;

pub use axis::Quantity;
pub use bitmap::bitmap;
pub use card::card;
pub use chart::Chart;
pub use compare::{Compared, compare};
pub use course::Course;
pub use curve::Curve;
pub use exhibits::{Exhibits, Importance};
pub use half_blocks::half_blocks;
pub use live::{frame, growing, policy};
pub use sheet::{Labelled, sheet};
pub use sixel::sixels;
pub use sweep::sweep;
pub use tensorboard::{log_epochs, log_header};
pub use text_plot::{sparkline, text_plot};

use burn::tensor::Device;

use crate::data::Block;
use crate::error::Result;
use crate::evaluate::{Evaluation, Misclassified};
use crate::model::{Committee, Saved};
use crate::preparation::Preparation;
use crate::run::{Hold, Run, RunFile};
use crate::setup::Config;
use crate::write::write_beside;

/// All that a page or a card shows of a run.
pub struct Facts {
    /// How it went.
    pub course: Course,
    /// How a row becomes the input of the network.
    pub preparation: Preparation,
    /// What messages call the rows that were judged: the test half, or what stands in for it.
    pub judged: &'static str,
    /// How the best weights do on these rows.
    pub evaluation: Evaluation,
    /// The rows and weights that the page shows.
    pub exhibits: Exhibits,
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
    /// What messages call the judged rows.
    pub judged: &'static str,
    /// How predictions compare with labels.
    pub evaluation: &'a Evaluation,
    /// The rows that are taken for another class.
    pub misclassified: &'a [Misclassified],
}

impl Facts {
    /// What is known about a run that is over. Of an ensemble it is what its networks reach together, and the beginning of
    /// the first one's journal, since each has a page of its own.
    ///
    /// # Errors
    /// There is no journal, or the file of the rows can no longer be read.
    pub fn of(run: &Run, config: &Config, measured: Measured, device: &Device) -> Result<Self> {
        let Measured { models, judged, evaluation, .. } = measured;
        Ok(Facts {
            course: Course::of(run, config, models[0].classes.clone())?,
            preparation: models[0].preparation.clone(),
            judged,
            evaluation: evaluation.clone(),
            exhibits: Exhibits::of(&measured, device)?,
        })
    }

    /// What users call a column.
    fn column(&self, column: usize) -> String {
        self.preparation.name(column)
    }
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

/// Writes the page of a run that ended without best weights, or whose best weights are older than the trouble that ended it,
/// into its folder.
///
/// # Errors
/// There is no journal, or no space.
pub fn write_course(run: &Hold, config: &Config, classes: &[String]) -> Result<()> {
    let known = Course::of(run, config, classes.to_vec())?;
    write_beside(&run.file(RunFile::Report), course(&known).as_bytes())
}

/// The page of a run, section by section from what most readers want to what few do.
pub fn page(facts: &Facts) -> String {
    let course = &facts.course;
    let body = [
        head(course, &[verdict::verdict(facts), networks(course), verdict::figures(facts)].concat()),
        vitals::told(&course.events, &course.classes),
        curves::curves(course),
        confusion::confusion(facts),
        misclassified::misclassified(facts),
        reliability::reliability(facts),
        classes::classes(facts),
        features::features(facts),
        vitals::vitals(course),
        data::data(course),
        configuration(course, course.search(facts.judged)),
    ];
    html::page(&course.name, &body.concat())
}

/// The page of a run that has no best weights, because it diverged before its first epoch was over, or is not over yet: how
/// it went until then, and what to ask next.
pub fn course(course: &Course) -> String {
    let body = [
        head(course, &(verdict::ended(course) + &verdict::start(course))),
        vitals::told(&course.events, &course.classes),
        curves::curves(course),
        vitals::vitals(course),
        data::data(course),
        configuration(course, None),
    ];
    html::page(&course.name, &body.concat())
}

/// The head of a page: whose it is, and `verdict`, in HTML.
fn head(course: &Course, verdict: &str) -> String {
    let classes = match course.classes.len() {
        0 => String::new(),
        n => format!(" of {} classes", html::grouped(n)),
    };
    let name = html::escape(&course.name);
    format!("<header><p class=\"kicker\">backburn · a run{classes}</p><h1>{name}</h1>\n{verdict}</header>\n")
}

/// The charts of a run, each as a file of its own that can be shown anywhere: its name without an ending, and its SVG.
pub fn charts(facts: &Facts) -> Vec<(String, String)> {
    course_charts(&facts.course).into_iter().chain(reliability::chart(facts).map(|chart| chart.file())).collect()
}

/// The charts among them that show how the run went, which there are of every run.
pub fn course_charts(course: &Course) -> Vec<(String, String)> {
    let all = curves::charts(&course.events).into_iter().chain(vitals::charts(&course.events, course.activation));
    let drawn = all.filter(|chart| chart.curves.iter().any(|curve| !curve.points.is_empty()));
    drawn.map(|chart| chart.file()).collect()
}

/// Links to the pages of the networks that answer together; empty for a single network.
fn networks(course: &Course) -> String {
    let link = |number: usize| format!("<a href=\"{number}/report.html\">network {number}</a>");
    match course.networks {
        0 | 1 => String::new(),
        n => format!(
            "<p>The mean of the probabilities of {n} networks: {}.</p>",
            (1..=n).map(link).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// How the configuration was found, where a search has found it, the command that repeats the run, and every knob.
fn configuration(course: &Course, search: Option<String>) -> String {
    let search = search.map_or(String::new(), |text| format!("<p>This is {text}.</p>\n"));
    let body = format!(
        "{search}<p>This command trains the same network again:</p>\n<pre>{}</pre>\n<p>Every knob, as <code>--config</code> reads it:</p>\n<pre>{}</pre>\n",
        html::escape(&course.command),
        html::escape(&course.config)
    );
    html::section("Configuration", &body)
}
