//! Tables as people have them: gaps, numbers that stand for gaps, columns that say nothing, outliers.

use std::path::Path;

use super::export::judge;
use super::shell::{backburn, folder, json, refused};

/// A file of 300 rows to learn and 100 to test. The class is whether the first column is large. It also has a column with
/// gaps, one where -999 stands for a gap, a constant, a nearly constant one, one with outliers and one of huge numbers;
/// without `gaps` the gaps hold numbers.
fn table(path: &Path, gaps: bool) {
    let row = |i: usize| {
        let noise = |salt: usize| (i * (7919 + 104_729 * salt) % 1009) as f32 / 1009.0;
        let gap = |salt: usize, code: f32| if gaps && noise(salt) < 0.2 { code } else { 3.0 * noise(salt + 1) };
        let first = if gaps && i.is_multiple_of(11) { f32::NAN } else { noise(1) };
        let rare = if i % 97 == 5 { 1e-3 } else { 0.0 };
        let far = if i % 50 == 3 { 1.5e7 + i as f32 } else { noise(6) };
        ([first, gap(2, f32::NAN), gap(4, -999.0), 5.0, rare, far, 1e6 * noise(7)], i32::from(noise(1) > 0.5))
    };
    let file = hdf5::File::create(path).unwrap();
    for (half, rows) in [("train", 0..300), ("test", 300..400)] {
        let (x, y): (Vec<[f32; 7]>, Vec<i32>) = rows.map(row).unzip();
        file.new_dataset::<f32>()
            .shape([x.len(), 7])
            .create(&*format!("x_{half}"))
            .unwrap()
            .write_raw(x.as_flattened())
            .unwrap();
        file.new_dataset::<i32>().shape(y.len()).create(&*format!("y_{half}")).unwrap().write_raw(&y).unwrap();
    }
}

#[test]
fn a_table_with_gaps_is_learned_and_every_format_answers_as_predict_does() {
    let folder = folder();
    let at = folder.path();
    table(&at.join("gaps.h5"), true);
    let train = backburn(at, &["train", "gaps.h5", "--json", "--run", "run"]);
    let result = json(&train);
    let accuracy = result["test"]["accuracy"].as_f64().unwrap();
    assert!(accuracy > 0.85, "{result}");
    let said = String::from_utf8_lossy(&train.stderr);
    assert!(said.contains("missing in column 0, column 1, column 2 (-999 stands for none)"), "{said}");
    let saved = backburn::model::Saved::read(&at.join("run")).unwrap();
    assert_eq!((saved.input.clone(), saved.network.layers[0]), (vec![7], 10));
    let again = json(&backburn(at, &["evaluate", "run", "gaps.h5", "--json"]));
    assert_eq!(again["accuracy"].as_f64(), Some(accuracy), "{again}");
    let card = std::fs::read_to_string(at.join("run/README.md")).unwrap();
    assert!(
        card.contains("missing in column 0, column 1, column 2") && card.contains("with 95 % confidence"),
        "{card}"
    );
    judge(at, "run", "gaps.h5");
}

#[test]
fn a_gap_is_refused_where_that_is_asked_for_or_where_the_model_has_seen_none() {
    let folder = folder();
    let at = folder.path();
    table(&at.join("gaps.h5"), true);
    table(&at.join("full.h5"), false);
    refused(&backburn(at, &["train", "gaps.h5", "--missing", "refuse"]), 3, &["not finite", "row 0", "fill the gaps"]);
    let full = json(&backburn(at, &["train", "full.h5", "--json", "-q", "--epochs", "20", "--run", "run"]));
    assert!(full["test"]["accuracy"].as_f64() > Some(0.9), "columns that say nothing do no harm: {full}");
    refused(&backburn(at, &["evaluate", "run", "gaps.h5"]), 3, &["not finite"]);
}

/// A text table of `rows` rows from row `from` on. The class depends on the colour, except that large sizes are `big`; some
/// cells are empty or say `?`, and the column of names says nothing.
fn text(from: usize, rows: usize) -> String {
    let colours = ["red", "green", "blue", "grey"];
    let line = |i: usize| {
        let (colour, size) = (colours[i * 7919 % 1009 % 4], (i * 104_729 % 997) as f32 / 997.0);
        let kind = if size > 0.8 { "big" } else { ["warm", "cold", "cold", "warm"][i * 7919 % 1009 % 4] };
        let gap = |every: usize, mark: &str, cell: String| if i % every == 3 { mark.to_string() } else { cell };
        format!("{},{},name {i},{kind}\n", gap(41, "", colour.into()), gap(37, "?", size.to_string()))
    };
    "colour,size,name,kind\n".to_string() + &(from..from + rows).map(line).collect::<String>()
}

#[test]
fn a_text_table_keeps_its_words_as_categories_through_import_training_and_export() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("train.csv"), text(0, 600)).unwrap();
    std::fs::write(at.join("test.csv"), text(600, 300)).unwrap();
    let import = ["import", "train.csv", "--test", "test.csv", "--label", "kind"];
    assert!(backburn(at, &[&import[..], &["-o", "t.h5"]].concat()).status.success());
    let file = hdf5::File::open(at.join("t.h5")).unwrap();
    assert_eq!(file.dataset("x_train").unwrap().shape(), [600, 2], "names that all differ are no categories");
    drop(file);
    let train = backburn(at, &["train", "t.h5", "--json", "--run", "run"]);
    let (result, said) = (json(&train), String::from_utf8_lossy(&train.stderr).into_owned());
    assert!(result["test"]["accuracy"].as_f64() > Some(0.9), "{result}");
    assert!(said.contains("`colour` (4)") && said.contains("missing in `colour`, `size`"), "{said}");
    assert_eq!(backburn::model::Saved::read(&at.join("run")).unwrap().network.layers[0], 2 + 2 + 4);
    judge(at, "run", "t.h5");

    // Other rows have their own words in their own order, unless they are imported like those that were learned.
    std::fs::write(at.join("other.csv"), text(900, 100).replace("grey", "pink")).unwrap();
    let import = ["import", "other.csv", "--label", "kind", "-o", "other.h5", "--overwrite"];
    assert!(backburn(at, &import).status.success());
    refused(&backburn(at, &["evaluate", "run", "other.h5"]), 3, &["other categories of the column `colour`", "--like"]);
    refused(&backburn(at, &["predict", "run", "other.h5"]), 3, &["other categories of the column `colour`"]);
    let said = String::from_utf8_lossy(&backburn(at, &["predict", "run", "other.csv"]).stderr).into_owned();
    let told = "rows hold words, such as `pink`, that the model has not seen; such a word counts";
    assert!(
        said.matches("warning").count() == 1 && said.contains("in column `colour` ") && said.contains(told),
        "{said}"
    );
    let known = backburn(at, &["predict", "run", "test.csv"]);
    assert!(known.status.success() && known.stderr.is_empty(), "{}", String::from_utf8_lossy(&known.stderr));
    assert!(backburn(at, &[&import[..], &["--like", "t.h5"]].concat()).status.success());
    assert_eq!(json(&backburn(at, &["evaluate", "run", "other.h5", "--json"]))["rows"], 100);
}

#[test]
fn a_few_columns_of_whole_numbers_are_a_table_and_many_are_bytes() {
    let folder = folder();
    let at = folder.path();
    for (width, said) in [(48, "by median and quartiles"), (49, "divided by 255")] {
        let x: Vec<i32> = (0..60 * width).map(|i| (i * 7919 % 211) as i32).collect();
        let file = hdf5::File::create(at.join("whole.h5")).unwrap();
        file.new_dataset::<i32>().shape([60, width]).create("x_train").unwrap().write_raw(&x).unwrap();
        let y: Vec<i32> = (0..60).map(|i| i % 2).collect();
        file.new_dataset::<i32>().shape(60).create("y_train").unwrap().write_raw(&y).unwrap();
        drop(file);
        let train = backburn(at, &["train", "whole.h5", "--epochs", "1", "--run", "run", "--overwrite"]);
        let lines = String::from_utf8_lossy(&train.stderr);
        assert!(train.status.success() && lines.contains(said), "{width}: {lines}");
    }
}
