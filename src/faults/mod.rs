//! Faults of data: what no network can learn from, or what makes a score worthless, looked for in the rows themselves.
//!
//! A run on such data looks like any other: its loss falls, its score is high or low, and nothing in its numbers says why.
//! So samples of the rows of each part are looked at before anything is learned: values, ranks, labels, and what the
//! nearest rows say of them. Every check is a test against what sound data would show, at a stated rate of false alarms
//! (`chance`), and no check knows a unit or a scale. On the path of a batch this stands beside the loaded data.
//!
//! | files | what they look for |
//! |---|---|
//! | `columns`, `bytes` | numbers that stand for something else |
//! | `gaps` | numbers that are none |
//! | `copies`, `turned`, `windows` | rows that are there more than once, wholly, turned or in part |
//! | `order`, `stretch` | labels that do not belong to their rows |
//! | `halves`, `places`, `recoded`, `encoded`, `code_order`, `scaled`, `fitted`, `cut`, `shares` | parts that do not belong together |
//! | `compared`, `rows`, `neighbours`, `rank_moments`, `chance` | what is looked at, and how sure it is |
//! | `fault` | what is said |

mod bytes;
mod chance;
mod code_order;
mod columns;
mod compared;
mod copies;
mod cut;
mod encoded;
mod fault;
mod fitted;
mod gaps;
mod halves;
mod neighbours;
mod order;
mod places;
mod rank_moments;
mod recoded;
mod rows;
mod scaled;
mod shares;
mod stretch;
mod turned;
mod windows;

pub use fault::{Fault, FaultKind, columns as columns_in_words};

use crate::data::{Block, Data, IMAGE, Part, Raster, Request};
use crate::error::{Error, Result};
use compared::Compared;
use copies::Prints;
use neighbours::{Agreement, Points, Space, Votes};
use rows::Rows;

/// How many rows of a part are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// As many as cost a fiftieth of a training.
    Glance,
    /// As many as cost a second.
    Look,
}

impl Depth {
    fn rows(self) -> usize {
        match self {
            Depth::Glance => 800,
            Depth::Look => 2000,
        }
    }
}

/// What is wrong with the data that `request` asks for, also where numbers that are not finite keep it from being loaded.
///
/// # Errors
/// The file is not there, or no data, or it cannot be loaded for a reason that no fault explains.
pub fn of_request(request: &Request, depth: Depth) -> Result<Vec<Fault>> {
    match Data::load(request) {
        Ok(data) => faults(&data, depth),
        Err(Error::Data(text)) => {
            let found = [gaps::faults(request).unwrap_or_default(), shares::of_request(request).unwrap_or_default()];
            let found = found.concat();
            if found.is_empty() { Err(Error::Data(text)) } else { Ok(found) }
        }
        Err(other) => Err(other),
    }
}

/// What is wrong with `data`, as far as its rows show it. Parts are only compared with training rows that are sound
/// themselves.
///
/// # Errors
/// A file that can no longer be read.
pub fn faults(data: &Data, depth: Depth) -> Result<Vec<Fault>> {
    let raw = data.raw()?;
    let (names, counts) = (&raw.classes.names, raw.counts());
    let mut rows = Rows::of(&raw.train, depth.rows())?;
    let raster = Raster::of(&raw.shape).filter(|_| rows.width >= IMAGE);
    let mut found = if data.preparation.fills() { empty(data, depth)? } else { Vec::new() };
    found.extend(in_columns(&mut rows, raster, &counts, names));
    found.extend(target(data, &rows, depth)?);
    let learned = Learned::of(&raw, rows, raster, depth)?;
    let parts = parts(&raw).into_iter().map(|(part, block)| learned.see(part, block));
    let parts: Vec<Seen> = parts.collect::<Result<_>>()?;
    let few = learned.prints.few_distinct(&raw.train, &learned.rows)?;
    let order = if few.is_none() { learned.misaligned(&raw, parts.first()) } else { None };
    let sound = few.is_none() && order.is_none();
    if few.is_some() {
        found.retain(|fault| fault.kind != FaultKind::TargetAmongFeatures); // of few rows many columns tell the class
    }
    let told = found.iter().any(|fault| fault.kind == FaultKind::SentinelValues);
    if !told && let Some(part) = parts.iter().find(|part| !part.sentinels.is_empty()) {
        found.extend(part.sentinels.iter().cloned());
    }
    found.extend(few.into_iter().chain(order));
    for part in &parts {
        let own = if sound { learned.compared(part, &raw)? } else { Vec::new() };
        // Other numbers of the classes are other shares as well, and so is what a cut leaves.
        let told = [FaultKind::LabelsCodedApart, FaultKind::HalvesDrawnApart];
        let told = own.iter().any(|fault| told.contains(&fault.kind));
        let apart = shares::drawn_apart(&counts, &part.block.counts(names.len()), names, part.part);
        found.extend(own);
        found.extend(apart.filter(|_| !told));
    }
    Ok(found)
}

/// A sample of the training rows, without sentinels, and what the nearest of the others say of each.
struct Learned {
    rows: Rows,
    classes: usize,
    /// How their numbers lie if they may be images.
    raster: Option<Raster>,
    /// Whether they are images for certain.
    pixels: bool,
    depth: Depth,
    /// A digest of every training row.
    prints: Prints,
    space: Space,
    points: Points,
    votes: Votes,
    /// How the labels agree with those of the nearest rows.
    agreement: Agreement,
}

impl Learned {
    fn of(raw: &Data, rows: Rows, raster: Option<Raster>, depth: Depth) -> Result<Self> {
        let pixels = raster.is_some() && raw.tones.is_some();
        let (prints, space, classes) =
            (Prints::of(&raw.train, &rows)?, Space::of(&rows, pixels), raw.classes.names.len());
        let points = space.place(&rows);
        let votes = points.ask(&points, &rows.y, true);
        let agreement = Agreement::of(&votes.class, &rows.y, classes);
        Ok(Learned { rows, classes, raster, pixels, depth, prints, space, points, votes, agreement })
    }

    /// Another part, as it is seen from these rows.
    fn see<'a>(&self, part: Part, block: &'a Block) -> Result<Seen<'a>> {
        let mut rows = Rows::of(block, self.depth.rows() / 2)?;
        let sentinels = columns::blank(&mut rows, part);
        let placed = self.space.place(&rows);
        let votes = placed.ask(&self.points, &self.rows.y, false);
        let among = Agreement::of(&placed.ask(&placed, &rows.y, true).class, &rows.y, self.classes);
        Ok(Seen { part, block, rows, sentinels, votes, among })
    }

    /// Labels that follow another order than the rows. Another part serves as a measure only if it was sampled at most twice
    /// as densely as the training rows, since rows that stand near each other are often alike.
    fn misaligned(&self, raw: &Data, part: Option<&Seen>) -> Option<Fault> {
        let as_thin = |part: &&Seen| 2 * part.block.len() * self.rows.len() >= raw.train.len() * part.rows.len();
        let elsewhere = part.filter(as_thin).map(|part| part.among);
        order::misaligned(&self.rows, &self.votes, raw.train.array_labels(), elsewhere, self.classes)
    }

    /// What a part has that the training rows have not, and what it should not share with them.
    fn compared(&self, seen: &Seen, raw: &Data) -> Result<Vec<Fault>> {
        let Seen { part, block, rows, votes, among, .. } = seen;
        let compared = Compared {
            part: *part,
            rows,
            train: &self.rows,
            classes: self.classes,
            names: &raw.classes.names,
            own: self.agreement,
            among: *among,
            votes: &votes.class,
        };
        let copies = copies::across(&self.prints, &raw.train, block, rows, *part)?;
        let copies = copies.or_else(|| copies::nearly(&self.votes, votes, *part));
        let mut found = compared.faults()?;
        // Rows in another order of the columns, say, stand at another place among the training rows by that alone.
        let other = if found.is_empty() && copies.is_none() { self.in_another_form(seen, raw)? } else { None };
        found.extend(copies.or(other));
        Ok(found)
    }

    /// Rows of a part that stand among the training rows turned, or in part.
    fn in_another_form(&self, Seen { part, rows, .. }: &Seen, raw: &Data) -> Result<Option<Fault>> {
        let (train, look) = (&raw.train, self.depth == Depth::Look);
        if let Some(raster) = self.raster {
            let found = turned::turned(&self.prints, train, rows, raster, *part)?;
            let nearly = || turned::nearly_turned(&self.rows, rows, raster, *part);
            if let Some(fault) = found.or_else(|| if look { nearly() } else { None }) {
                return Ok(Some(fault));
            }
        }
        if self.pixels {
            return Ok(None);
        }
        let many = if look && !train.streamed() { Some(Rows::many(train)?) } else { None };
        Ok(windows::windows(many.as_ref().unwrap_or(&self.rows), rows, *part))
    }
}

/// Columns that tell the class: of the rows as they are in the file, since a gap that was filled tells nothing, or of those
/// that were looked at already, which have none.
fn target(data: &Data, rows: &Rows, depth: Depth) -> Result<Option<Fault>> {
    let classes = data.classes.names.len();
    if !data.preparation.fills() {
        return Ok(columns::target(rows, classes));
    }
    let mut rows = Rows::of(&data.train.unprepared(), depth.rows())?;
    columns::blank(&mut rows, Part::Train);
    Ok(columns::target(&rows, classes))
}

/// Columns without a number, part by part.
fn empty(data: &Data, depth: Depth) -> Result<Vec<Fault>> {
    let all = [vec![(Part::Train, &data.train)], parts(data)].concat();
    let look = |(part, block): (Part, &Block)| Ok(gaps::empty(&Rows::of(&block.unprepared(), depth.rows())?, part));
    all.into_iter().map(look).filter_map(Result::transpose).collect()
}

/// A part as it is seen from the training rows.
struct Seen<'a> {
    part: Part,
    block: &'a Block,
    rows: Rows,
    /// Numbers that stand for a missing value.
    sentinels: Vec<Fault>,
    /// What the nearest training rows say of its rows.
    votes: Votes,
    /// How its labels agree with those of the nearest of its own rows.
    among: Agreement,
}

/// The parts that came as parts, and were not split off by the house.
fn parts(data: &Data) -> Vec<(Part, &Block)> {
    let validation = data.layout.validation.is_some().then_some(&data.validation);
    let both = [(Part::Validation, validation), (Part::Test, data.test.as_ref())];
    both.into_iter().filter_map(|(part, block)| Some((part, block.filter(|block| !block.is_empty())?))).collect()
}

/// What the columns and the labels of the training rows show, of which `counts` are in each class. Sentinels are taken out
/// of `learned`.
fn in_columns(learned: &mut Rows, raster: Option<Raster>, counts: &[usize], names: &[String]) -> Vec<Fault> {
    let mut found = columns::blank(learned, Part::Train);
    found.extend(raster.and_then(|raster| bytes::wrapped(learned, raster)));
    found.extend(shares::imbalance(counts, names));
    found
}
