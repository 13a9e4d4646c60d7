//! `backburn inspect`: what is in a file, what `train` would take, and how its rows look.

use std::path::PathBuf;

use serde_json::json;

use super::table::table;
use super::{json, print};
use crate::data::hdf5::File;
use crate::data::{Array, Batches, Choice, Data, Request, Scale, layout, survey};
use crate::error::{Error, Result};
use crate::learner::write_beside;

/// How many rows are shown.
const SHOWN: usize = 5;

/// Arguments of `inspect`.
#[derive(clap::Args)]
pub struct Args {
    /// The HDF5 file; the built-in digits without one
    file: Option<PathBuf>,
    /// Write a contact sheet of the first 100 rows, where they are images
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Inspects.
pub fn run(args: &Args) -> Result<()> {
    let request = Request { file: args.file.clone(), scale: Scale::None, ..Request::default() };
    let file = crate::data::open(args.file.as_deref())?;
    let arrays = file.arrays();
    let rows: Vec<Vec<String>> = arrays.iter().map(|array| describe(&file, array)).collect();
    let layout = layout::find(&arrays, &Choice::default());
    let data = Data::load(&request);
    if args.json {
        let arrays: Vec<_> = arrays.iter().zip(&rows).map(|(a, r)| json!({"name": a.name, "shape": a.shape, "type": a.dtype, "range": r[3], "nonfinite": r[4].parse::<usize>().unwrap_or(0)})).collect();
        let train = layout.ok().and_then(|l| l.train).map(|p| json!({"x": p.x, "y": p.y}));
        print::data(&json(
            &json!({"arrays": arrays, "train": train, "problem": data.as_ref().err().map(ToString::to_string)}),
        ));
    } else {
        let heading = ["array", "shape", "type", "range", "not finite"].map(String::from).to_vec();
        print::data(&table(&[vec![heading], rows].concat()));
        match &data {
            Ok(data) => show(data)?,
            Err(error) => print::data(&format!("\ntrain would not take it: {error}")),
        }
    }
    match (&args.png, data) {
        (Some(path), Ok(data)) => write_beside(path, &sheet(&data)?),
        _ => Ok(()),
    }
}

fn describe(file: &File, array: &Array) -> Vec<String> {
    let mut row =
        vec![array.name.clone(), format!("{:?}", array.shape), array.dtype.clone(), String::new(), String::new()];
    let found = file.features(array).ok().filter(|table| table.width > 0).and_then(|table| {
        let rows: Vec<u32> = (0..u32::try_from(table.rows).ok()?).collect();
        survey(&table, &rows, 0).ok()
    });
    if let Some((found, _)) = found {
        let (low, high) = found.range();
        row[3] = if low <= high { format!("{low} … {high}") } else { "empty".into() };
        row[4] = found.nonfinite.to_string();
    }
    row
}

fn show(data: &Data) -> Result<()> {
    let test = data
        .test
        .as_ref()
        .map_or("none; a validation part will be split off".to_string(), |t| format!("{} rows", t.len()));
    print::data(&format!(
        "\ntrain would take {} rows of {} features, shape {:?}; test half: {test}",
        data.train.len(),
        data.train.width(),
        data.shape
    ));
    let mut counts = vec![0usize; data.classes.names.len()];
    data.train.labels().iter().for_each(|&y| counts[y as usize] += 1);
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    for (name, count) in data.classes.names.iter().zip(&counts).take(30) {
        print::data(&format!("  {name:>12} {count:>8}  {}", "█".repeat(count * 40 / most)));
    }
    if let Some((height, width)) = image(&data.shape).filter(|&(_, w)| w <= 40) {
        for (i, row) in first(data, SHOWN)?.chunks(data.train.width()).enumerate() {
            let class = &data.classes.names[data.train.label(i) as usize];
            print::data(&format!("\nrow {i}: {class}\n{}", picture(row, height, width)));
        }
    }
    Ok(())
}

/// The first rows, at most `count`, row-major.
fn first(data: &Data, count: usize) -> Result<Vec<f32>> {
    Ok(Batches::in_order(&data.train, count).get(0)?.x)
}

/// Height and width where rows are grey images; a flat row of square length counts as one.
fn image(shape: &[usize]) -> Option<(usize, usize)> {
    match *shape {
        [n] => Some(((n as f64).sqrt() as usize, (n as f64).sqrt() as usize)).filter(|(h, w)| h * w == n && n > 9),
        [h, w] | [h, w, 1] | [1, h, w] => Some((h, w)),
        _ => None,
    }
}

/// Two rows of pixels in each line of text.
fn picture(row: &[f32], height: usize, width: usize) -> String {
    let (low, high) = row.iter().fold((f32::MAX, f32::MIN), |(l, h), &v| (l.min(v), h.max(v)));
    let level = |y: usize, x: usize| row.get(y * width + x).map_or(0.0, |v| (v - low) / (high - low).max(1e-9));
    let mark = |y: usize, x: usize| match (level(y, x) > 0.4 && y < height, level(y + 1, x) > 0.4 && y + 1 < height) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    let line = |y: usize| (0..width).map(|x| mark(y, x)).collect::<String>().trim_end().to_string();
    (0..height).step_by(2).map(line).collect::<Vec<_>>().join("\n")
}

/// The first hundred rows as a PNG, ten a line.
fn sheet(data: &Data) -> Result<Vec<u8>> {
    let (height, width) = image(&data.shape)
        .ok_or_else(|| Error::data(format!("rows of shape {:?} are no grey images; leave --png out", data.shape)))?;
    let (across, down) = (10 * (width + 2), 10 * (height + 2));
    let mut pixels = vec![0u8; across * down];
    for (i, row) in first(data, 100)?.chunks(data.train.width()).enumerate() {
        let (low, high) = row.iter().fold((f32::MAX, f32::MIN), |(l, h), &v| (l.min(v), h.max(v)));
        for (p, v) in row.iter().enumerate() {
            let (y, x) = ((i / 10) * (height + 2) + 1 + p / width, (i % 10) * (width + 2) + 1 + p % width);
            pixels[y * across + x] = (255.0 * (v - low) / (high - low).max(1e-9)) as u8;
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, across as u32, down as u32);
    encoder.set_color(png::ColorType::Grayscale);
    let fail = |e: png::EncodingError| Error::other(format!("cannot draw the contact sheet: {e}"));
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels)).map_err(fail)?;
    Ok(bytes)
}
