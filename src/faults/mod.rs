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
//! | `copies` | rows that are there more than once |
//! | `order` | labels that do not belong to their rows |
//! | `halves`, `recoded`, `encoded`, `scaled`, `shares` | parts that do not belong together |
//! | `compared`, `rows`, `neighbours`, `rank_moments`, `chance` | what is looked at, and how sure it is |
//! | `fault` | what is said |

mod bytes;
mod chance;
mod columns;
mod compared;
mod copies;
mod encoded;
mod fault;
mod gaps;
mod halves;
mod neighbours;
mod order;
mod rank_moments;
mod recoded;
mod rows;
mod scaled;
mod shares;

pub use fault::{Fault, FaultKind, columns as columns_in_words};

use crate::data::{Block, Data, IMAGE, Part, Raster, Request};
use crate::error::{Error, Result};
use compared::Compared;
use copies::Prints;
use neighbours::{Agreement, Space, Votes};
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

/// What is wrong with `data`, as far as its rows show it.
///
/// # Errors
/// A file that can no longer be read.
pub fn faults(data: &Data, depth: Depth) -> Result<Vec<Fault>> {
    let raw = data.raw()?;
    let (names, classes) = (&raw.classes.names, raw.classes.names.len());
    let mut learned = Rows::of(&raw.train, depth.rows())?;
    let raster = Raster::of(&raw.shape).filter(|_| learned.width >= IMAGE);
    let counts = raw.counts();
    let mut found = if data.preparation.fills() { empty(data, depth)? } else { Vec::new() };
    found.extend(in_columns(&mut learned, raster, &counts, names));
    let prints = Prints::of(&raw.train)?;
    let few = prints.few_distinct(&learned);
    let sound = few.is_none();
    found.extend(few);
    let space = Space::of(&learned, raster.is_some() && raw.tones.is_some());
    let points = space.place(&learned);
    let votes = points.ask(&points, &learned.y, true);
    let own = Agreement::of(&votes.class, &learned.y, classes);
    let mut seen = Vec::new();
    for (part, block) in parts(&raw) {
        let mut rows = Rows::of(block, depth.rows() / 2)?;
        columns::blank(&mut rows);
        let placed = space.place(&rows);
        let votes = placed.ask(&points, &learned.y, false);
        let among = Agreement::of(&placed.ask(&placed, &rows.y, true).class, &rows.y, classes);
        seen.push(Seen { part, block, rows, votes, among });
    }
    // Rows that stand near each other may be alike, and do so more in a part of which every row is seen.
    let as_thin = |part: &&Seen| 2 * part.block.len() * learned.len() >= raw.train.len() * part.rows.len();
    let elsewhere = seen.first().filter(as_thin).map(|part| part.among);
    let order = order::misaligned(&learned, &votes, raw.train.array_labels(), elsewhere, classes).filter(|_| sound);
    let sound = sound && order.is_none(); // what is wrong with the training rows is no difference of the parts
    found.extend(order);
    for Seen { part, block, rows, votes: other, among } in &seen {
        let (part, among) = (*part, *among);
        if sound {
            let compared = Compared { part, rows, train: &learned, classes, names, own, among, votes: &other.class };
            found.extend(compared.faults()?);
            let copies = copies::across(&prints, &learned, block, rows, part)?;
            found.extend(copies.or_else(|| copies::nearly(&votes, other, part)));
        }
        let recoded = found.iter().any(|fault| fault.part == part && fault.kind == FaultKind::LabelsCodedApart);
        let apart = shares::drawn_apart(&counts, &block.counts(classes), names, part);
        found.extend(apart.filter(|_| !recoded)); // other numbers of the classes are other shares as well
    }
    Ok(found)
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
    let mut found = columns::sentinels(learned, Part::Train);
    columns::blank(learned);
    found.extend(raster.and_then(|raster| bytes::wrapped(learned, raster)));
    found.extend(columns::target(learned, names.len()));
    found.extend(shares::imbalance(counts, names));
    found
}
