//! `backburn inspect`: what is in a file, what `train` would take, and how its rows look.

use std::path::PathBuf;

use serde_json::json;

use super::table::table;
use super::{json, knobs, print};
use crate::data::{Array, Batches, Choice, Data, DataFile, Raster, Request, Scale, find_layout, survey};
use crate::error::{Error, Result};
use crate::report::sheet;
use crate::write::write_beside;

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

/// Inspects.
pub fn run(args: &Args) -> Result<()> {
    let poses = knobs::configured(&[("augment", &args.augment), ("strength", &args.strength)])?.request().augment;
    let request = Request { file: args.file.clone(), scale: Scale::None, augment: poses, ..Request::default() };
    let file = crate::data::open(args.file.as_deref())?;
    let arrays = file.arrays();
    let rows: Vec<Vec<String>> = arrays.iter().map(|array| describe(&file, array)).collect();
    let layout = find_layout(arrays, &Choice::default());
    let data = Data::load(&request);
    if args.json {
        let arrays: Vec<_> = arrays.iter().zip(&rows).map(|(a, r)| json!({"name": a.name, "shape": a.shape, "type": a.dtype, "range": r[3], "nonfinite": r[4].parse::<usize>().unwrap_or(0)})).collect();
        let pair = layout.ok().and_then(|l| l.train);
        let train = pair.map(|p| json!({"x": p.x, "y": p.y, "taken": data.as_ref().ok().map(taken)}));
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
    let Some(path) = &args.png else {
        return Ok(());
    };
    let data = data?;
    let raster = Raster::of(&data.shape)
        .ok_or_else(|| Error::data(format!("rows of shape {:?} are no images; leave --png out", data.shape)))?;
    write_beside(path, &sheet(&lines(&data)?, raster)?)
}

fn describe(file: &DataFile, array: &Array) -> Vec<String> {
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
    let counts = data.counts();
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    for (name, count) in data.classes.names.iter().zip(&counts).take(30) {
        print::data(&format!("  {name:>12} {count:>8}  {}", "█".repeat(count * 40 / most)));
    }
    if let Some(raster) = Raster::of(&data.shape).filter(|raster| raster.colours == 1 && raster.width <= 40) {
        for (i, row) in first(data, SHOWN)?.chunks(data.train.width()).enumerate() {
            let class = &data.classes.names[data.train.label(i) as usize];
            print::data(&format!("\nrow {i}: {class}\n{}", picture(row, raster.height, raster.width)));
        }
    }
    Ok(())
}

/// What training would take, for machines.
fn taken(data: &Data) -> serde_json::Value {
    let classes = data.classes.names.iter().zip(data.counts());
    let classes: Vec<_> = classes.map(|(name, rows)| json!({"name": name, "rows": rows})).collect();
    let test = data.test.as_ref().map(|test| test.len());
    json!({"rows": data.train.len(), "shape": data.shape, "test_rows": test, "classes": classes})
}

/// The first rows, at most `count`, row-major.
fn first(data: &Data, count: usize) -> Result<Vec<f32>> {
    Ok(Batches::in_order(&data.train, count).get(0)?.x)
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

/// The first hundred rows, ten a line; where they are moved, ten rows, each as it is and in its first nine poses.
fn lines(data: &Data) -> Result<Vec<Vec<Vec<f32>>>> {
    let images = |poses, epoch: usize, count: usize| -> Result<Vec<Vec<f32>>> {
        let rows = Batches::in_order(&data.train, count).at(0, epoch).posed(poses).get(0)?;
        Ok(rows.x.chunks(data.train.width()).map(<[f32]>::to_vec).collect())
    };
    let Some(poses) = &data.poses else {
        return Ok(images(None, 0, 100)?.chunks(10).map(<[_]>::to_vec).collect());
    };
    let mut lines: Vec<Vec<Vec<f32>>> = images(None, 0, 10)?.into_iter().map(|image| vec![image]).collect();
    for epoch in 0..9 {
        lines.iter_mut().zip(images(Some(poses), epoch, 10)?).for_each(|(line, image)| line.push(image));
    }
    Ok(lines)
}
