//! What people look at: the pages of runs, and predictions on whatever they have.
//!
//! `tests/browser/check.py` opens the same pages in a browser.

use std::path::Path;

use super::shell::{backburn, folder, json, refused};

const DIGITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.hdf5");

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_page_begins_with_the_verdict_and_may_do_nothing_but_show() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &["train", "-q", "--epochs", "3", "--run", "run"]).status.success());
    let page = text(&at.join("run/report.html"));
    assert!(page.contains("default-src 'none'") && !page.contains("<script") && !page.contains("unsafe"));
    assert!(!page.contains("http://") || !page.replace("http://www.w3.org/2000/svg", "").contains("http://"));
    assert!(!page.contains("https://"));
    let verdict = page.find("of 360 test rows are right").unwrap();
    assert!(verdict < page.find("<svg").unwrap(), "the verdict comes before the pictures");
    for part in ["Confusion", "Worst mistakes", "Reliability", "First layer", "Vitals", "Gradients", "Dead units"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains("<pre>backburn train --epochs 3</pre>"), "the command that repeats the run");
    // Made again, the page is the same.
    assert!(backburn(at, &["report", "run", "-o", "again.html"]).status.success());
    assert_eq!(text(&at.join("again.html")), page);
    refused(&backburn(at, &["report", "run", "-o", "again.html"]), 2, &["exists", "--overwrite"]);
    refused(&backburn(at, &["report", "run", "-o", "run/report.html", "--overwrite"]), 2, &["read by this command"]);
}

#[test]
fn a_run_that_diverged_has_a_page_of_how_it_went() {
    let folder = folder();
    let at = folder.path();
    let train = ["train", "-q", "--rate", "500", "--optimizer", "sgd", "--schedule", "constant", "--run", "run"];
    assert_eq!(backburn(at, &train).status.code(), Some(4));
    let page = text(&at.join("run/report.html"));
    let lead = page.find("Training diverged at step").unwrap();
    assert!(lead < page.find("<svg").unwrap() && page.contains("backburn diagnose run"), "{page}");
    for part in ["Loss", "Gradients", "Weights", "Configuration", "--rate 500"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(backburn(at, &["report", "run", "-o", "again.html"]).status.success());
    assert_eq!(text(&at.join("again.html")), page);
    let written = json(&backburn(at, &["report", "run", "--svg", "charts", "--json"]));
    assert!(written["files"].as_array().unwrap().len() > 4, "{written}");
}

#[test]
fn runs_side_by_side_show_what_differs_and_charts_come_one_by_one() {
    let folder = folder();
    let at = folder.path();
    for (run, hidden) in [("wide", "32"), ("narrow", "4")] {
        let train = ["train", "-q", "--epochs", "3", "--hidden", hidden, "--run", run];
        assert!(backburn(at, &train).status.success());
    }
    assert!(backburn(at, &["report", "wide", "narrow", "-o", "both.html"]).status.success());
    let page = text(&at.join("both.html"));
    assert!(page.contains("<code>wide</code> is right most often"), "{page}");
    assert!(page.contains("--hidden") && !page.contains("<td>--epochs"), "only what differs");
    let written = json(&backburn(at, &["report", "wide", "--svg", "charts", "--json"]));
    let files = written["files"].as_array().unwrap();
    assert!(files.len() > 6, "{written}");
    let loss = text(&at.join("charts/loss.svg"));
    assert!(loss.starts_with("<svg") && loss.contains("<style>") && loss.contains("xmlns"));
    if cfg!(not(feature = "png-charts")) {
        return refused(
            &backburn(at, &["report", "wide", "--png", "pictures"]),
            2,
            &["--features png-charts", "--svg"],
        );
    }
    let pictures = json(&backburn(at, &["report", "wide", "--png", "pictures", "--json"]));
    assert_eq!(pictures["files"].as_array().unwrap().len(), files.len());
    for file in pictures["files"].as_array().unwrap() {
        let bytes = std::fs::read(at.join(file.as_str().unwrap())).unwrap();
        let info = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap().info().clone();
        assert!(info.width > 600 && info.height > 300, "{file}: {info:?}");
    }
    refused(&backburn(at, &["report", "wide", "--png", "pictures"]), 2, &["--overwrite"]);
}

/// How many records the only event file of TensorBoard in a folder has.
fn records(folder: &Path) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files = files.filter(|path| path.to_string_lossy().contains("tfevents"));
    let bytes = std::fs::read(files.next().unwrap()).unwrap();
    assert!(files.next().is_none());
    let (mut at, mut count) = (0, 0);
    while at < bytes.len() {
        at += 16 + u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
        count += 1;
    }
    assert_eq!(at, bytes.len(), "the last record is whole");
    count
}

#[test]
fn tensorboard_gets_every_epoch_of_every_network_and_of_a_repair() {
    let folder = folder();
    let at = folder.path();
    let log = ["train", "-q", "--epochs", "2", "--log", "tensorboard"];
    assert!(backburn(at, &[&log[..], &["--ensemble", "2", "--run", "two"]].concat()).status.success());
    assert_eq!((records(&at.join("two/1")), records(&at.join("two/2"))), (3, 3), "a header and an epoch each");
    let repair = ["--rate", "50", "--schedule", "constant", "--on-trouble", "repair", "--run", "repaired"];
    assert!(backburn(at, &[&log[..], &repair].concat()).status.success());
    let journal = text(&at.join("repaired/journal.jsonl"));
    assert!(journal.contains("\"event\":\"repair\""));
    assert_eq!(records(&at.join("repaired")), 1 + journal.matches("\"event\":\"epoch\"").count());
}

/// An NPY file of float32 rows.
fn npy(shape: &str, rows: &[f32]) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    header += &" ".repeat(63 - (10 + header.len()) % 64);
    header += "\n";
    let length = (header.len() as u16).to_le_bytes();
    let bytes = rows.iter().flat_map(|x| x.to_le_bytes());
    [b"\x93NUMPY\x01\x00".to_vec(), length.to_vec(), header.into_bytes(), bytes.collect()].concat()
}

#[test]
fn arrays_of_numpy_are_predicted_as_the_same_rows_in_hdf5() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &["train", "-q", "--epochs", "2", "--run", "run"]).status.success());
    let file = hdf5::File::open(DIGITS).unwrap();
    let x: Vec<f32> = file.dataset("x_test").unwrap().read_raw().unwrap();
    let whole = backburn(at, &["predict", "run", DIGITS, "--x", "x_test"]).stdout;
    let rows = x.len() / 64;
    for (name, shape) in [("flat.npy", format!("({rows}, 64)")), ("images.npy", format!("({rows}, 8, 8)"))] {
        std::fs::write(at.join(name), npy(&shape, &x)).unwrap();
        assert!(backburn(at, &["predict", "run", name]).stdout == whole, "{name}");
    }
    // A single row without its axis, a wrong width, and an end that comes too early.
    std::fs::write(at.join("one.npy"), npy("(64,)", &x[..64])).unwrap();
    let one = backburn(at, &["predict", "run", "one.npy"]).stdout;
    assert!(whole.starts_with(&one) && one.iter().filter(|&&b| b == b'\n').count() == 2);
    std::fs::write(at.join("one-wide.npy"), npy("(2, 63)", &x[..126])).unwrap();
    refused(&backburn(at, &["predict", "run", "one-wide.npy"]), 3, &["64 numbers a row", "[2, 63]"]);
    std::fs::write(at.join("cut.npy"), npy("(2, 64)", &x[..100])).unwrap();
    refused(&backburn(at, &["predict", "run", "cut.npy"]), 3, &["truncated", "ends in row 1"]);
    std::fs::write(at.join("infinite.npy"), npy("(64,)", &[f32::INFINITY; 64])).unwrap();
    refused(&backburn(at, &["predict", "run", "infinite.npy"]), 3, &["row 0 is infinite"]);
}

#[test]
fn names_of_columns_and_classes_go_from_a_table_to_the_page_and_back_to_predict() {
    let folder = folder();
    let at = folder.path();
    let row = |i: usize| format!("{},{},{}\n", i % 7, (i * 3) % 5, ["low", "=high()"][usize::from(i % 7 > 3)]);
    let rows: String = (0..210).map(row).collect();
    std::fs::write(at.join("table.csv"), format!("<b>length,width,class\n{rows}")).unwrap();
    assert!(backburn(at, &["import", "table.csv", "-o", "table.h5"]).status.success());
    assert!(backburn(at, &["train", "table.h5", "-q", "--epochs", "20", "--run", "run"]).status.success());
    let page = text(&at.join("run/report.html"));
    assert!(page.contains("&lt;b&gt;length") && !page.contains("<b>length"), "names are shown and do nothing");
    let whole = backburn(at, &["predict", "run", "table.h5"]);
    // With its labels, without them, in another order with a column too much, and through a pipe.
    let turned: String = (0..210).map(|i| format!("9,{},{}\n", (i * 3) % 5, i % 7)).collect();
    std::fs::write(at.join("turned.csv"), format!("other,width,<b>length\n{turned}")).unwrap();
    let bare: String = (0..210).map(|i| format!("{},{}\n", i % 7, (i * 3) % 5)).collect();
    std::fs::write(at.join("bare.csv"), bare).unwrap();
    for file in ["table.csv", "turned.csv", "bare.csv"] {
        let predicted = backburn(at, &["predict", "run", file]);
        assert!(predicted.stdout == whole.stdout, "{file}: {}", String::from_utf8_lossy(&predicted.stderr));
    }
    let mut piped = super::shell::command(at, &["predict", "run", "-"]);
    let piped = piped.stdin(std::fs::File::open(at.join("turned.csv")).unwrap()).output().unwrap();
    assert!(piped.stdout == whole.stdout, "{}", String::from_utf8_lossy(&piped.stderr));
    std::fs::write(at.join("lacks.csv"), "other,width\n1,2\n").unwrap();
    refused(&backburn(at, &["predict", "run", "lacks.csv"]), 3, &["no column `<b>length`"]);
    std::fs::write(at.join("narrow.csv"), "1\n2\n").unwrap();
    refused(&backburn(at, &["predict", "run", "narrow.csv"]), 3, &["takes 2 columns", "has 1"]);
    // A column too many is left out only if it is seen to be the label: by its heading, or since it holds classes alone.
    let labelled: String = rows.lines().take(9).map(|row| format!("{row}\n")).collect();
    let tables = [("first,second,kind\n", true), ("", true), ("first,second,label\n", false)];
    for (heading, told) in tables {
        std::fs::write(at.join("more.csv"), format!("{heading}{labelled}")).unwrap();
        let predicted = backburn(at, &["predict", "run", "more.csv"]);
        assert!(whole.stdout.starts_with(&predicted.stdout) && predicted.stdout.len() > 100, "{heading}");
        assert_eq!(String::from_utf8_lossy(&predicted.stderr).contains("it is the label"), told, "{heading}");
    }
    std::fs::write(at.join("numbered.csv"), "id,a,b\n0,5,3\n1,6,3\n").unwrap();
    refused(
        &backburn(at, &["predict", "run", "numbered.csv"]),
        3,
        &["column `b` is not the label", "line 2, column 3"],
    );
    std::fs::write(at.join("narrow.csv"), "a,label\n5,low\n").unwrap();
    refused(&backburn(at, &["predict", "run", "narrow.csv"]), 3, &["1 and the label `label`"]);
    std::fs::write(at.join("words.csv"), "a,b\n5,three\n").unwrap();
    let refusal = backburn(at, &["predict", "run", "words.csv"]);
    refused(&refusal, 3, &["line 2, column 2", "holds `three`", "correct the cell"]);
    assert!(!String::from_utf8_lossy(&refusal.stderr).contains("--label"), "predict has no such flag");
    std::fs::write(at.join("renamed.csv"), "a,b\n5,3\n").unwrap();
    let told = backburn(at, &["predict", "run", "renamed.csv"]).stderr;
    assert!(String::from_utf8_lossy(&told).contains("taken in order"));
}

/// The first digits of the file as PNGs, dark on light ground, each pixel so many across.
fn scans(at: &Path, factor: usize) {
    let file = backburn::data::DataFile::open(Path::new(DIGITS)).unwrap();
    let rows = file.features(file.array("x_test").as_ref().unwrap()).unwrap().whole().unwrap();
    for (i, row) in rows.chunks(64).take(40).enumerate() {
        let side = 8 * factor + 60; // a wide margin, to one side
        let ink = |x: usize, y: usize| match (x.checked_sub(40), y.checked_sub(10)) {
            (Some(x), Some(y)) if x < 8 * factor && y < 8 * factor => row[y / factor * 8 + x / factor],
            _ => 0.0,
        };
        let pixels: Vec<u8> = (0..side * side).map(|p| 255 - (255.0 * ink(p % side, p / side)) as u8).collect();
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side as u32, side as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        std::fs::write(at.join(format!("scan-{i:02}.png")), bytes).unwrap();
    }
}

#[test]
fn scans_of_another_size_on_white_paper_are_read_as_the_training_images_are() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &["train", "-q", "--epochs", "20", "--run", "run"]).status.success());
    std::fs::create_dir(at.join("scans")).unwrap();
    scans(&at.join("scans"), 12);
    let classes = |output: &std::process::Output| -> Vec<String> {
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        let class = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["class"].to_string();
        lines.lines().take(40).map(class).collect()
    };
    let scanned = backburn(at, &["predict", "run", "scans", "--json"]);
    let table = classes(&backburn(at, &["predict", "run", DIGITS, "--json"]));
    let alike = classes(&scanned).iter().zip(&table).filter(|(a, b)| a == b).count();
    assert_eq!(classes(&scanned).len(), 40, "{}", String::from_utf8_lossy(&scanned.stderr));
    assert!(alike >= 36, "{alike} of 40 scans are called as their rows are");
    assert!(String::from_utf8_lossy(&scanned.stdout).contains("scan-07.png"), "each row says its file");
}

#[test]
fn rows_of_square_length_that_are_no_images_are_not_drawn() {
    let folder = folder();
    let at = folder.path();
    let row = |i: usize| {
        let numbers: Vec<String> = (0..36).map(|c| ((i * 7919 + c * 104_729) % 256).to_string()).collect();
        format!("{},{}\n", numbers.join(","), i % 2)
    };
    std::fs::write(at.join("bands.csv"), (0..300).map(row).collect::<String>()).unwrap();
    assert!(backburn(at, &["import", "bands.csv", "-o", "bands.h5"]).status.success());
    let shown = backburn(at, &["inspect", "bands.h5"]);
    assert!(!String::from_utf8_lossy(&shown.stdout).contains("row 0"), "36 columns are no picture");
    refused(&backburn(at, &["inspect", "bands.h5", "--png", "sheet.png"]), 3, &["are no images"]);
    assert!(backburn(at, &["inspect", "--png", "sheet.png"]).status.success());
    let sheet = std::fs::File::open(at.join("sheet.png")).unwrap();
    let info = png::Decoder::new(std::io::BufReader::new(sheet)).read_info().unwrap();
    assert!(info.info().width > 1000, "a hundred digits of ten lines are drawn at a size that a person sees");
}

/// What a server on this machine answers to one request, up to where it closes or falls silent.
fn ask(port: u16, host: &str, path: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn a_live_page_grows_with_the_run_and_is_for_this_machine_alone() {
    use std::io::{BufRead, BufReader};
    let folder = folder();
    let train = ["train", "--epochs", "150", "--live", "--run", "run", "--threads", "1"];
    let mut child = super::shell::command(folder.path(), &train).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find(|line| line.starts_with("live: ")).unwrap();
    let port: u16 = address.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let reader = std::thread::spawn(move || lines.count()); // the run is not to wait for its reader
    let own = format!("127.0.0.1:{port}");
    let page = ask(port, &own, "/");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("default-src 'none'"), "{page}");
    assert!(ask(port, "evil.example", "/").starts_with("HTTP/1.1 403"));
    assert!(ask(port, &format!("evil.example:{port}"), "/events").starts_with("HTTP/1.1 403"));
    assert!(ask(port, &own, "/etc/passwd").starts_with("HTTP/1.1 404"));
    let events = ask(port, &own, "/events");
    assert!(events.matches("\ndata: ").count() >= 2 && events.contains("of 150"), "{events}");
    assert!(events.ends_with("event: end\ndata: over\n\n"), "the page hears of the end");
    assert!(child.wait().unwrap().success());
    reader.join().unwrap();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "the server ends with the run");
}
