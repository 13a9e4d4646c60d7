//! `backburn inspect`: what is in a file, what `train` would take, and how its rows look.
//!
//! It is the command for whoever has a file of somebody else: every array with its shape, type, range and count of numbers
//! that are not finite, then the rows, classes and pictures that `train` would learn, or the sentence with which `train`
//! would refuse the file. Such a file is listed all the same, since its owner has to see what is in it.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::bar::Clock;
use super::output::Output;
use super::table::table;
use super::{json, knobs, print, terminal};
use crate::data::{ArraySummary, Batches, Choice, Data, Pair, Raster, Request, Scale, find_layout};
use crate::error::{Error, Result};
use crate::faults::{self, Depth, Fault};
use crate::report::{Labelled, half_blocks, sheet, sixels};
use crate::setup::Config;

/// How many rows are drawn on the terminal.
const SHOWN: usize = 5;
/// The most pixels that an image may be wide to be drawn on the terminal.
const WIDEST: usize = 64;
/// How many rows tell whether rows are images.
const SEEN: usize = 500;

/// Arguments of `inspect`.
#[derive(clap::Args)]
pub struct Args {
    /// The HDF5 file; the built-in digits without one
    file: Option<PathBuf>,
    /// Write a contact sheet of the first 100 rows, where they are images
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Replace an existing --png
    #[arg(long, requires = "png")]
    overwrite: bool,
    /// Draw ten rows instead, each as it is and as `train --augment` moves it in the first nine epochs
    #[arg(long, requires = "png", value_parser = knobs::values("augment"))]
    augment: Option<String>,
    /// How far --augment moves images [default: 1]
    #[arg(long, value_name = "FACTOR", value_parser = knobs::values("strength"))]
    strength: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Inspects. The data are loaded as `train` loads them, but not scaled, so that ranges and pictures are those of the file.
pub fn run(args: &Args) -> Result<()> {
    let inputs: Vec<PathBuf> = args.file.iter().cloned().collect();
    let open = |path: &PathBuf| Output::open(path, "--png", args.overwrite, &inputs);
    let output = args.png.as_ref().map(open).transpose()?;
    let poses = knobs::configured(&[("augment", &args.augment), ("strength", &args.strength)])?.request().augment;
    let request = Request { file: args.file.clone(), scale: Scale::None, augment: poses, ..Request::default() };
    let file = crate::data::open(args.file.as_deref())?;
    let looking = Clock::start("looking at every row".into());
    let arrays = file.arrays();
    let facts: Vec<ArraySummary> = arrays.iter().map(|array| ArraySummary::of(&file, array)).collect();
    let data = Data::load(&request);
    let found = match &data {
        Ok(data) => faults::faults(data, Depth::Glance)?,
        Err(_) => faults::of_request(&request, Depth::Glance).unwrap_or_default(),
    };
    drop(looking);
    if args.json {
        let pair = find_layout(arrays, &Choice::default()).ok().and_then(|layout| layout.train);
        print::data(&json(&object(&facts, pair, &data, &found)));
    } else {
        print::data(&table(&listing(&facts)));
        match &data {
            Ok(data) => show(data)?,
            Err(error) => print::data(&format!("\ntrain would not take it: {error}")),
        }
        if data.is_ok() || !found.is_empty() {
            print::data(&format!("\n{}", super::faults::words(&found)));
        }
    }
    let Some(output) = output else {
        return Ok(());
    };
    let data = data?;
    let raster = raster(&data)?
        .ok_or_else(|| Error::data(format!("rows of shape {:?} are no images; leave --png out", data.shape)))?;
    output.write(&sheet(&lines(&data)?, raster)?)
}

/// The arrays of a file, and what `train` would take of it, for machines. `problem` is the sentence with which `train`
/// would refuse the file, or null.
fn object(facts: &[ArraySummary], pair: Option<Pair>, data: &Result<Data>, found: &[Fault]) -> Value {
    let train = pair.map(|pair| json!({"x": pair.x, "y": pair.y, "taken": data.as_ref().ok().map(taken)}));
    let sound = data.is_ok() && found.is_empty();
    let problem = data.as_ref().err().map(ToString::to_string);
    json!({"arrays": facts, "train": train, "problem": problem, "sound": sound, "findings": found})
}

/// A number of a range: with an exponent where it has more digits than float32 holds, or zeros before them.
fn shown(number: f32) -> String {
    let long = number != 0.0 && !(1e-4..1e7).contains(&number.abs());
    if long { format!("{number:e}") } else { number.to_string() }
}

/// The arrays of a file, one a line.
fn listing(facts: &[ArraySummary]) -> Vec<Vec<String>> {
    let heading = ["array", "shape", "type", "range", "not finite"].map(String::from).to_vec();
    let range = |facts: &ArraySummary| match (facts.range, facts.nonfinite) {
        (Some((low, high)), _) => format!("{} … {}", shown(low), shown(high)),
        (None, Some(_)) => "empty".into(),
        (None, None) => String::new(),
    };
    let line = |facts: &ArraySummary| {
        let nonfinite = facts.nonfinite.map_or(String::new(), |count| count.to_string());
        vec![facts.name.clone(), format!("{:?}", facts.shape), facts.dtype.clone(), range(facts), nonfinite]
    };
    std::iter::once(heading).chain(facts.iter().map(line)).collect()
}

/// What training would take, for people: its rows and features, a bar for each class, by which a rare one is seen at a
/// glance, and the first rows as images where they are images that fit the terminal.
fn show(data: &Data) -> Result<()> {
    let share = Config::default().validation;
    let test = match &data.test {
        Some(test) => format!("{} rows", test.len()),
        None if data.layout.validation.is_some() => "none".into(),
        None if data.nested(share, 0).validation.is_empty() => {
            "none, and too few rows to hold any out for validation".into()
        }
        None => "none; a validation part will be split off".into(),
    };
    print::data(&format!(
        "\ntrain would take {} rows of {}, shape {:?}; test half: {test}",
        data.train.len(),
        inputs(data),
        data.shape
    ));
    constant(data).iter().for_each(|remark| print::data(remark));
    // A bar of forty blocks is the largest class; more than thirty classes would scroll the rest away.
    let counts = data.counts();
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    for (name, count) in data.classes.names.iter().zip(&counts).take(30) {
        print::data(&format!("  {name:>12} {count:>8}  {}", "█".repeat(count * 40 / most)));
    }
    if let Some(raster) = raster(data)?.filter(|raster| raster.width <= WIDEST) {
        let (sixel, coloured) = (terminal::draws_sixels(), print::takes_colours());
        for (i, row) in first(data, SHOWN)?.chunks(data.train.width()).enumerate() {
            let class = &data.classes.names[data.train.label(i) as usize];
            print::data(&format!("\nrow {i}: {class}"));
            print::picture(&if sixel { sixels(row, raster) } else { half_blocks(row, raster, coloured) });
        }
    }
    Ok(())
}

/// How many features a row has, and how many marks the network is given beside them.
fn inputs(data: &Data) -> String {
    let (marks, width) = (&data.preparation.marks, data.train.width());
    let features = width.saturating_sub(marks.len());
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let gaps = marks.iter().filter(|mark| mark.value.is_none()).count();
    let kinds = [(gaps, "of gaps"), (marks.len() - gaps, "of single values")];
    let kinds = kinds.iter().filter(|(count, _)| *count > 0);
    let marks: String = kinds.map(|(count, of)| format!(" and {} {of}", plural(*count, "mark"))).collect();
    plural(features, "feature") + &marks
}

/// What is said of columns that have one value. They are no fault, as long as there are others, but a surprise.
fn constant(data: &Data) -> Option<String> {
    let ranges = data.profile.ranges.iter().enumerate();
    let found: Vec<usize> = ranges.filter(|(_, (low, high))| low == high).map(|(at, _)| at).collect();
    let verb = if found.len() == 1 { "is" } else { "are" };
    let some = !found.is_empty() && found.len() < data.profile.ranges.len();
    some.then(|| format!("{} {verb} the same in all rows", faults::columns_in_words(&found, data.profile.ranges.len())))
}

/// How the numbers of a row lie, if rows are images: by their shape, and where that says little by whether neighbours
/// are alike, for which some rows are read.
fn raster(data: &Data) -> Result<Option<Raster>> {
    Ok(Raster::seen(&data.shape, &data.train.spread(SEEN).features()?))
}

/// What training would take, for machines: how many rows to learn and to test, the shape of a row, and each class with
/// its rows. `test_rows` is null for a file without a test half.
fn taken(data: &Data) -> Value {
    let classes = data.classes.names.iter().zip(data.counts());
    let classes: Vec<_> = classes.map(|(name, rows)| json!({"name": name, "rows": rows})).collect();
    let test = data.test.as_ref().map(|test| test.len());
    json!({"rows": data.train.len(), "shape": data.shape, "test_rows": test, "classes": classes})
}

/// The first rows, at most `count`, row-major.
fn first(data: &Data, count: usize) -> Result<Vec<f32>> {
    Ok(Batches::in_order(&data.train, count).get(0)?.x)
}

/// The images of the contact sheet, each with its class: the first hundred rows, ten a line; or where they are moved, ten
/// rows, each as it is and in its poses of the first nine epochs.
fn lines(data: &Data) -> Result<Vec<Vec<Labelled>>> {
    let images = |poses, epoch: usize, count: usize| -> Result<Vec<Vec<f32>>> {
        let rows = Batches::in_order(&data.train, count).at(0, epoch).posed(poses).get(0)?;
        Ok(rows.x.chunks(data.train.width()).map(<[f32]>::to_vec).collect())
    };
    let class = |row: usize| data.classes.names[data.train.label(row) as usize].clone();
    let Some(poses) = &data.poses else {
        let labelled: Vec<_> =
            images(None, 0, 100)?.into_iter().enumerate().map(|(i, image)| (class(i), image)).collect();
        return Ok(labelled.chunks(10).map(<[_]>::to_vec).collect());
    };
    let plain = images(None, 0, 10)?.into_iter().enumerate();
    let mut lines: Vec<Vec<_>> = plain.map(|(i, image)| vec![(class(i), image)]).collect();
    for epoch in 0..9 {
        let moved = images(Some(poses), epoch, 10)?.into_iter();
        lines.iter_mut().zip(moved).for_each(|(line, image)| line.push((format!("epoch {}", epoch + 1), image)));
    }
    Ok(lines)
}
