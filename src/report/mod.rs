//! Reports: what is known about a run, as one HTML page and one model card. Nothing is printed.
//!
//! The page holds its style and its plots, runs no script and fetches nothing, so it can be mailed and opened in ten
//! years. Everything on it comes from the journal and from the report on the judged rows.

mod card;
mod plot;
mod sheet;
mod text_plot;
mod vitals;

pub use card::card;
pub use plot::{Curve, plot};
pub use sheet::sheet;
pub use text_plot::text_plot;

use crate::clean::html;
use crate::error::Result;
use crate::evaluate::Report;
use crate::journal::{self, Event};
use crate::model::Saved;
use crate::numerics::Score;
use crate::run::{Hold, Run, RunFile};
use crate::setup::Config;
use crate::train::Scores;
use crate::write::write_beside;

/// All that a page or a card shows of a run.
pub struct Facts {
    /// The name of the run.
    pub name: String,
    /// The resolved configuration, as TOML.
    pub config: String,
    /// How many networks answer together; each is a run of its own in the folder of its number.
    pub networks: usize,
    /// The events of the journal; for several networks the beginning of one alone.
    pub events: Vec<Event>,
    /// What users call the classes.
    pub classes: Vec<String>,
    /// What the model does with rows before it sees them, as far as that needs to be said.
    pub preparation: Vec<String>,
    /// What messages call the rows that the report is about: the test half, or what stands in for it.
    pub judged: &'static str,
    /// How the best weights do on these rows.
    pub report: Report,
}

impl Facts {
    /// What is known about a run that is over; `classes` is what users call them. Of an ensemble it is what its networks
    /// reach together, and the beginning of the first one's journal, since each has a page of its own.
    ///
    /// # Errors
    /// There is no journal.
    pub fn of(run: &Run, config: &Config, classes: &[String], scores: &Scores) -> Result<Self> {
        let events = match config.ensemble {
            1 => journal::read(&run.file(RunFile::Journal))?,
            _ => journal::read(&run.member(1).file(RunFile::Journal))?.into_iter().take(1).collect(),
        };
        let models = Saved::read_all(&run.path)?;
        Ok(Facts {
            preparation: models.first().map_or(Vec::new(), |model| model.preparation.sentences()),
            name: run.path.display().to_string(),
            config: config.to_toml()?,
            networks: config.ensemble,
            events,
            classes: classes.to_vec(),
            judged: scores.judged,
            report: scores.report.clone(),
        })
    }
}

/// Writes the page and the model card of a run that is over into its folder.
///
/// # Errors
/// There is no journal, or no space.
pub fn write(run: &Hold, config: &Config, classes: &[String], scores: &Scores) -> Result<()> {
    let facts = Facts::of(run, config, classes, scores)?;
    write_beside(&run.file(RunFile::Report), page(&facts).as_bytes())?;
    write_beside(&run.file(RunFile::Card), card(&facts).as_bytes())
}

/// One epoch, as the curves want it: the numbers of [`Event::Epoch`], with its number as a coordinate.
struct Epoch {
    number: f64,
    rate: f64,
    train: Score,
    validation: Option<Score>,
    gradient: f64,
}

impl Facts {
    /// The epochs of the run in order, those from before a repair included.
    fn epochs(&self) -> Vec<Epoch> {
        let epoch = |event: &Event| match *event {
            Event::Epoch { epoch, rate, train, validation, gradient, .. } => {
                Some(Epoch { number: epoch as f64, rate, train, validation, gradient })
            }
            _ => None,
        };
        self.events.iter().filter_map(epoch).collect()
    }
}

/// The page: the verdict in one line first, then what went wrong, the curves, the vitals, the classes and their confusion,
/// and last the configuration with which the run can be repeated.
pub fn page(facts: &Facts) -> String {
    let report = &facts.report;
    let head = format!(
        "<h1>{}</h1><p class=lead>{:.2} % of {} {} rows are right; loss {:.4}, calibration error {:.4}.</p>",
        html(&facts.name),
        100.0 * report.accuracy,
        report.rows,
        facts.judged,
        report.loss,
        report.calibration_error
    );
    let body = [
        head,
        networks(facts),
        vitals::told(facts),
        curves(facts),
        vitals::vitals(facts),
        per_class(facts),
        confusion(facts),
        format!("<h2>Configuration</h2><pre>{}</pre>", html(&facts.config)),
    ];
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{}</title><style>{STYLE}</style><main>{}</main></html>\n",
        html(&facts.name),
        body.concat()
    )
}

/// The style of the page. Plots and tables become narrower with the window, and a wide table scrolls by itself.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;margin:0}\
main{max-width:60rem;margin:2rem auto;padding:0 1rem}h1{margin:0}.lead{font-size:1.15rem}\
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem}svg{width:100%;height:auto}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.15rem .6rem;text-align:right}\
th{font-weight:600}tr:nth-child(even){background:#f5f5f5}pre{background:#f5f5f5;padding:1rem;overflow:auto}\
.scroll{overflow:auto}";

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

/// Plots of loss, accuracy, learning rate and gradient against the epoch.
fn curves(facts: &Facts) -> String {
    let epochs = facts.epochs();
    if epochs.is_empty() {
        return String::new();
    }
    let curve = |name: &str, y: fn(&Epoch) -> Option<f64>| Curve {
        name: name.into(),
        points: epochs.iter().filter_map(|e| Some((e.number, y(e)?))).collect(),
    };
    let plots = [
        plot("loss", &[curve("train", |e| Some(e.train.loss)), curve("validation", |e| Some(e.validation?.loss))]),
        plot(
            "accuracy",
            &[curve("train", |e| Some(e.train.accuracy)), curve("validation", |e| Some(e.validation?.accuracy))],
        ),
        plot("learning rate at the end of the epoch", &[curve("rate", |e| Some(e.rate))]),
        plot("mean norm of the gradient", &[curve("gradient", |e| Some(e.gradient))]),
    ];
    format!("<div class=plots>{}</div>", plots.concat())
}

/// The table of precision, recall and F1 of each class. F1 is their harmonic mean, 2 p r / (p + r) (van Rijsbergen 1979).
fn per_class(facts: &Facts) -> String {
    let row = |c: &crate::evaluate::PerClass| {
        let name = html(&c.class);
        format!("<tr><th>{name}<td>{}<td>{:.4}<td>{:.4}<td>{:.4}", c.rows, c.precision, c.recall, c.f1)
    };
    let rows: String = facts.report.per_class.iter().map(row).collect();
    format!(
        "<h2>Classes</h2><div class=scroll><table><tr><th>class<th>rows<th>precision<th>recall<th>F1{rows}</table></div>"
    )
}

/// The table of the rows of each class against the classes that they were taken for. Wrong ones are the redder, the larger
/// their share of the class is.
fn confusion(facts: &Facts) -> String {
    if facts.classes.len() > 40 {
        return "<h2>Confusion</h2><p>More than 40 classes: see confusion.csv.</p>".into();
    }
    let heading: String = facts.classes.iter().map(|name| format!("<th>{}", html(name))).collect();
    let mut rows = String::new();
    for (i, (name, counts)) in facts.classes.iter().zip(&facts.report.confusion).enumerate() {
        let total = counts.iter().sum::<usize>().max(1) as f64;
        rows += &format!("<tr><th>{}", html(name));
        for (j, &count) in counts.iter().enumerate() {
            let share = (count as f64 / total).min(1.0);
            // Right rows are blue; wrong ones are red, and four times as deep, because a tenth of a class is a lot.
            let (hue, depth) = if i == j { (210, 0.5 * share) } else { (5, (4.0 * share).min(0.9)) };
            rows += &format!("<td style=\"background:hsla({hue},70%,50%,{depth:.2})\">{count}");
        }
    }
    format!(
        "<h2>Confusion</h2><p>Down: the class. Across: what it was taken for.</p><div class=scroll><table><tr><th>{heading}{rows}</table></div>"
    )
}
