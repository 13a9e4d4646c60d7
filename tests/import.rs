//! Data comes in from anywhere, whole or not at all.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::shell::{backburn, folder, json, refused, shared};

/// An IDX file: magic, extents, bytes.
fn idx(path: &Path, extents: &[u32], bytes: &[u8]) {
    let mut all = vec![0, 0, 8, extents.len() as u8];
    extents.iter().for_each(|n| all.extend(n.to_be_bytes()));
    all.extend(bytes);
    std::fs::write(path, all).unwrap();
}

/// Features and labels of a half of a file that was written.
fn half(path: &Path, name: &str) -> (Vec<f32>, Vec<i32>, Vec<usize>) {
    let file = hdf5::File::open(path).unwrap();
    let x = file.dataset(&format!("x_{name}")).unwrap();
    let y = file.dataset(&format!("y_{name}")).unwrap();
    assert_eq!(y.shape(), [x.shape()[0], 1]);
    assert_eq!(x.filters().len(), 3, "shuffle, deflate, fletcher32");
    assert_eq!(x.chunk().unwrap()[1], x.shape()[1], "chunks are of whole rows");
    (x.read_raw().unwrap(), y.read_raw().unwrap(), x.shape())
}

fn classes(path: &Path) -> Vec<String> {
    backburn::data::DataFile::open(path).unwrap().class_names().unwrap().unwrap_or_default()
}

/// Asserts that importing fails, names these words and leaves nothing but the sources.
fn refused_without_trace(at: &Path, args: &[&str], words: &[&str]) {
    let list = || {
        let mut names: Vec<_> = std::fs::read_dir(at).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = list();
    refused(&backburn(at, &[&["import"], args].concat()), 3, words);
    assert_eq!(before, list(), "something is left of {args:?}");
}

#[test]
fn idx_files_that_are_wrong_are_refused_and_leave_nothing() {
    let folder = folder();
    let at = folder.path();
    idx(&at.join("a-images-idx3"), &[3, 2, 2], &[7; 12]);
    idx(&at.join("a-labels-idx1"), &[3], &[0, 1, 2]);
    idx(&at.join("short-images-idx3"), &[3, 2, 2], &[7; 10]);
    idx(&at.join("short-labels-idx1"), &[3], &[0, 1, 2]);
    idx(&at.join("long-images-idx3"), &[3, 2, 2], &[7; 13]);
    idx(&at.join("two-labels-idx1"), &[2], &[0, 1]);
    std::fs::write(at.join("magic-images-idx3"), [1, 2, 3, 4, 0, 0, 0, 0]).unwrap();
    std::fs::write(at.join("head-images-idx3"), [0, 0, 8, 3, 0, 0]).unwrap();
    let labels = ["--labels", "a-labels-idx1"];
    refused_without_trace(at, &["short-images-idx3"], &["truncated", "short-images-idx3", "3 rows", "row 2"]);
    refused_without_trace(at, &[&["long-images-idx3"], &labels[..]].concat(), &["goes on after the 3 rows"]);
    refused_without_trace(at, &[&["magic-images-idx3"], &labels[..]].concat(), &["not IDX", "[01, 02, 03, 04]"]);
    refused_without_trace(at, &[&["head-images-idx3"], &labels[..]].concat(), &["header"]);
    refused_without_trace(at, &["a-images-idx3", "--labels", "two-labels-idx1"], &["3 rows of features but 2 labels"]);
    refused(&backburn(at, &["import", "long-images-idx3"]), 2, &["--labels FILE"]);
    refused_without_trace(at, &["absent-idx3", "--labels", "a-labels-idx1"], &["absent-idx3"]);
    assert!(backburn(at, &["import", "a-images-idx3", "-o", "a.h5"]).status.success());
    let (x, y, shape) = half(&at.join("a.h5"), "train");
    assert_eq!((x[0], y, shape), (7.0 * (1.0f32 / 255.0), vec![0, 1, 2], vec![3, 4]));
    refused(&backburn(at, &["import", "a-images-idx3", "-o", "a.h5"]), 2, &["exists", "--overwrite"]);
}

#[test]
fn mnist_becomes_the_file_that_its_user_has() {
    let Some(mnist) = shared("mnist") else { return };
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &["import", mnist.to_str().unwrap(), "-o", "m.hdf5"]).status.success());
    let theirs = hdf5::File::open(mnist.join("MNISTdata.hdf5")).unwrap();
    for name in ["train", "test"] {
        let (x, y, shape) = half(&at.join("m.hdf5"), name);
        let (x_theirs, y_theirs) = (format!("x_{name}"), format!("y_{name}"));
        assert_eq!(shape, theirs.dataset(&x_theirs).unwrap().shape());
        assert!(x == theirs.dataset(&x_theirs).unwrap().read_raw::<f32>().unwrap());
        assert!(y == theirs.dataset(&y_theirs).unwrap().read_raw::<i32>().unwrap());
    }
    let cut = std::fs::read(mnist.join("t10k-images-idx3-ubyte.gz")).unwrap();
    std::fs::write(at.join("t10k-images-idx3-ubyte.gz"), &cut[..cut.len() / 2]).unwrap();
    let labels = mnist.join("t10k-labels-idx1-ubyte.gz");
    refused_without_trace(
        at,
        &["t10k-images-idx3-ubyte.gz", "--labels", labels.to_str().unwrap()],
        &["truncated", "10000 rows"],
    );
}

#[test]
fn tables_of_every_kind_are_read() {
    let folder = folder();
    let at = folder.path();
    type Case<'a> = (&'a str, &'a str, &'a [&'a str], &'a [i32], &'a [&'a str]);
    let cases: [Case; 11] = [
        ("rows.csv", "0,1,2\n2,3,4\n0,5,6\n", &["--label", "1"], &[0, 2, 0], &[]),
        ("numbers.csv", "0,1,label\n1,2,5\n3,4,6\n5,6,5\n", &[], &[5, 6, 5], &[]),
        ("counted.csv", "kind,1,2\ncat,1,2\ndog,3,4\ncat,5,6\n", &["--label", "kind"], &[0, 1, 0], &["cat", "dog"]),
        ("head.csv", "a,b,kind\n1,2,cat\n3,4,dog\n5,6,cat\n", &[], &[0, 1, 0], &["cat", "dog"]),
        ("bare.csv", "1,2,0\n3,4,1\n5,6,0\n", &[], &[0, 1, 0], &[]),
        ("first.csv", "label,a,b\n7,1,2\n9,3,4\n7,5,6\n", &[], &[7, 9, 7], &[]),
        ("named.tsv", "a\tshape\tb\n1\tx y\t2\n3\tz\t4\n5\tx y\t6\n", &["--label", "shape"], &[0, 1, 0], &["x y", "z"]),
        ("blank.txt", " 6.0 1  2\n\n 5.0 3 4\n6 5\t6\n", &["--label", "1"], &[6, 5, 6], &[]),
        ("pandas.csv", ",a,b,y\n0,1,2,1\n1,3,4,0\n2,5,6,1\n", &[], &[1, 0, 1], &[]),
        ("comma.csv", "1,0;2;ja\n3,00;4,0;nein\n5;6e0;ja\n", &[], &[0, 1, 0], &["ja", "nein"]),
        (
            "german.csv",
            "a;b;target\r\n1;2;ja\r\n3;4;\"nein; nie\"\r\n5;6;ja\r\n",
            &[],
            &[0, 1, 0],
            &["ja", "nein; nie"],
        ),
    ];
    for (name, text, flags, labels, names) in cases {
        std::fs::write(at.join(name), text).unwrap();
        let output = backburn(at, &[&["import", name, "-o", "t.h5", "--overwrite"], flags].concat());
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let (x, y, _) = half(&at.join("t.h5"), "train");
        assert_eq!((x, y), (vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], labels.to_vec()), "{name}");
        assert_eq!(classes(&at.join("t.h5")), names, "{name}");
    }
    // The same table is the same bytes, also a second later.
    let before = std::fs::read(at.join("t.h5")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(backburn(at, &["import", "german.csv", "-o", "t.h5", "--overwrite"]).status.success());
    assert!(std::fs::read(at.join("t.h5")).unwrap() == before);
}

#[test]
fn a_wrong_cell_of_a_table_is_named_by_file_line_and_column() {
    let folder = folder();
    let at = folder.path();
    let names: String = (0..300).map(|i| format!("name {i},0\n")).collect();
    let cases: [(&str, &str, &[&str]); 8] = [
        ("ragged.csv", "a,b,y\n1,2,0\n1,0\n", &["rows must be of one length", "line 3", "column 2", "3 columns"]),
        ("long.csv", "1,2,0\n1,2,3,0\n", &["rows must be of one length", "line 2", "column 4"]),
        ("text.csv", "a,b,y\n1,2,0\n1,oops,0\n", &["`oops`", "line 3, column 2 (`b`)"]),
        ("infinite.csv", "a,b,y\n1,inf,0\n", &["finite", "line 2, column 2 (`b`)"]),
        ("names.csv", &names, &["words that are no categories"]),
        ("mixed.csv", "1,2,0\n1,2,cat\n", &["all numbers or all words", "line 2, column 3", "`cat`"]),
        ("real.csv", "1,2,0.5\n", &["whole numbers or words", "line 1, column 3", "0.5"]),
        ("blank.txt", "1 2 0\n\n1 b 0\n", &["`b`", "line 3, column 2"]),
    ];
    for (name, text, words) in cases {
        std::fs::write(at.join(name), text).unwrap();
        refused_without_trace(at, &[name], &[words, &[name]].concat());
    }
    std::fs::write(at.join("empty.csv"), "").unwrap();
    refused_without_trace(at, &["empty.csv"], &["it is empty"]);
    std::fs::write(at.join("head.csv"), "a,b,y\n").unwrap();
    refused_without_trace(at, &["head.csv"], &["no rows"]);
    refused_without_trace(at, &["text.csv", "--label", "z"], &["no column `z`", "`a`, `b`, `y`"]);
}

#[test]
fn a_row_of_numbers_is_a_heading_only_above_another_kind_of_label() {
    let folder = folder();
    let at = folder.path();
    for (text, flags, rows) in [
        ("0,1,y\n1,0,n\n1,1,y\n0,0,n\n", &[][..], 4),
        ("1,2,y\n3,4,n\n5,6,y\n7,8,n\n", &[], 4),
        ("1,2,y\n3,4,0\n5,6,1\n7,8,0\n", &[], 3),
        ("0,1,label\n1,2,a\n3,4,b\n5,6,a\n", &[], 3),
        ("0,1,label\n1,2,5\n3,4,6\n5,6,5\n", &["--label", "3"], 3),
        ("1,2,a\n3,4,b\n5,6,a\n", &["--label", "3"], 3),
    ] {
        std::fs::write(at.join("t.csv"), text).unwrap();
        let import = [&["import", "t.csv", "--overwrite", "--json"], flags].concat();
        assert_eq!(json(&backburn(at, &import))["rows"]["train"], rows, "{text}");
    }
}

/// The text file that USPS was published as, with the digit first, and the HDF5 file that somebody else made of it.
#[test]
fn usps_as_text_is_usps_as_hdf5() {
    let Some(usps) = shared("usps").or_else(|| shared("layouts/usps")) else { return };
    let folder = folder();
    let at = folder.path();
    let text = usps.join("zip.test.gz");
    assert!(backburn(at, &["import", text.to_str().unwrap(), "--label", "1", "-o", "u.h5"]).status.success());
    let (x, y, _) = half(&at.join("u.h5"), "train");
    let theirs = hdf5::File::open(usps.join("usps.h5")).unwrap();
    assert_eq!(y, theirs.dataset("test/target").unwrap().read_raw::<i32>().unwrap());
    let unit = theirs.dataset("test/data").unwrap().read_raw::<f32>().unwrap();
    assert!(x.iter().zip(&unit).all(|(a, b)| ((a + 1.0) / 2.0 - b).abs() < 1e-6));
}

/// An archive as numpy's `savez` writes it, with halves of so many rows and labels.
fn npz(path: &Path, halves: &[(&str, usize, usize)]) {
    use npyz::WriterBuilder;
    let mut archive = npyz::npz::NpzWriter::create(path).unwrap();
    let deflated = npyz::zip::write::FileOptions::default();
    for &(name, rows, labels) in halves {
        let pixels: Vec<u8> = (0..rows * 4).map(|i| i as u8).collect();
        let x = archive.array(&format!("x_{name}"), deflated).unwrap().default_dtype().shape(&[rows as u64, 2, 2]);
        x.begin_nd().unwrap().extend(pixels).unwrap();
        let y = archive.array(&format!("y_{name}"), deflated).unwrap().default_dtype().shape(&[labels as u64]);
        y.begin_nd().unwrap().extend((0..labels as i64).map(|i| i % 3)).unwrap();
    }
}

#[test]
fn npz_archives_are_read_by_the_names_in_them() {
    let folder = folder();
    let at = folder.path();
    npz(&at.join("k.npz"), &[("train", 9, 9)]);
    assert!(backburn(at, &["import", "k.npz"]).status.success());
    let (x, y, shape) = half(&at.join("k.hdf5"), "train");
    assert_eq!((x[35], y[5], shape), (35.0 * (1.0f32 / 255.0), 2, vec![9, 4]));
    npz(&at.join("v.npz"), &[("train", 9, 9), ("val", 5, 5), ("test", 4, 4)]);
    let result = json(&backburn(at, &["import", "v.npz", "--json"]));
    assert_eq!(result["rows"], serde_json::json!({"train": 9, "val": 5, "test": 4}));
    assert_eq!(half(&at.join("v.hdf5"), "val").1, [0, 1, 2, 0, 1]);
    let output = backburn(at, &["train", "v.hdf5", "--epochs", "1"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("9 rows to learn, 5 to validate, 4 to test"));
    npz(&at.join("u.npz"), &[("train", 9, 8)]);
    refused_without_trace(at, &["u.npz"], &["9 rows of features but 8 labels", "u.npz:y_train"]);
    let whole = std::fs::read(at.join("k.npz")).unwrap();
    std::fs::write(at.join("cut.npz"), &whole[..whole.len() / 2]).unwrap();
    refused_without_trace(at, &["cut.npz"], &["cannot read `cut.npz` as NPZ"]);
}

/// The bytes of an NPY file of version 1.
fn npy(descr: &str, by_columns: bool, shape: &str, elements: &[u8]) -> Vec<u8> {
    let truth = if by_columns { "True" } else { "False" };
    let header = format!("{{'descr': '{descr}', 'fortran_order': {truth}, 'shape': {shape}, }}");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), elements].concat()
}

#[test]
fn an_array_that_lies_by_columns_is_turned_and_what_is_no_numbers_is_named() {
    let folder = folder();
    let at = folder.path();
    // Element (i, j, k) of 4 x 2 x 3 is 6 i + 3 j + k; the first index runs fastest in the file.
    let turned: Vec<u8> = (0..24).map(|at| (6 * (at % 4) + 3 * (at / 4 % 2) + at / 8) as u8).collect();
    std::fs::write(at.join("x.npy"), npy("|u1", true, "(4, 2, 3)", &turned)).unwrap();
    std::fs::write(at.join("y.npy"), npy("|u1", false, "(4,)", &[0, 1, 0, 1])).unwrap();
    assert!(backburn(at, &["import", "x.npy", "--labels", "y.npy"]).status.success());
    let (x, _, shape) = half(&at.join("x.hdf5"), "train");
    let plain: Vec<f32> = (0..24).map(|v| v as f32 * (1.0 / 255.0)).collect();
    assert_eq!((x, shape), (plain, vec![4, 6]));
    std::fs::remove_file(at.join("x.hdf5")).unwrap();
    std::fs::write(at.join("x.npy"), npy("|u1", true, "(4, 2, 3)", &turned[..23])).unwrap();
    refused_without_trace(at, &["x.npy", "--labels", "y.npy"], &["x.npy", "cut off"]);
    std::fs::write(at.join("x.npy"), npy("|u1", true, "(4294967295, 4294967295)", &turned)).unwrap();
    refused_without_trace(at, &["x.npy", "--labels", "y.npy"], &["x.npy", "memory"]);
    std::fs::write(at.join("objects.npy"), npy("|O", false, "(1,)", b"\x80\x04K\x01.")).unwrap();
    refused_without_trace(at, &["objects.npy"], &["objects.npy", "pickled Python objects", "astype(float)"]);
    std::fs::write(at.join("m.mat"), [&b"MATLAB 5.0 MAT-file, Platform: GLNXA64"[..], &[0; 200]].concat()).unwrap();
    refused_without_trace(at, &["m.mat"], &["`m.mat` is a MATLAB 5 file", "scipy.io.loadmat"]);
    std::fs::write(at.join("crlf.csv"), "a,b,c\r\n1,2,x\r\n3,four,y\r\n").unwrap();
    refused_without_trace(at, &["crlf.csv"], &["line 3, column 2 (`b`)", "`four`"]);
    refused(&backburn(at, &["import", "crlf.csv", "--grey"]), 2, &["folders of images"]);
}

fn png(path: &Path, width: u32, height: u32, grey: u8) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut encoder = png::Encoder::new(std::fs::File::create(path).unwrap(), width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&vec![grey; (width * height) as usize]).unwrap();
}

#[test]
fn a_folder_of_images_is_one_class_a_subfolder() {
    let folder = folder();
    let at = folder.path();
    for i in 0..12 {
        png(&at.join(format!("pets/train/{}/{i:02}.png", ["cat", "dog"][i % 2])), 3, 2, i as u8);
        png(&at.join(format!("pets/test/{}/{i:02}.png", ["cat", "dog"][i % 2])), 3, 2, 255);
    }
    png(&at.join("pets/valid/dog/0.png"), 3, 2, 9);
    let result = json(&backburn(at, &["import", "pets", "--json"]));
    assert_eq!(result["rows"], serde_json::json!({"train": 12, "val": 1, "test": 12}));
    assert_eq!(half(&at.join("pets.hdf5"), "val").1, [1]);
    let (x, y, shape) = half(&at.join("pets.hdf5"), "train");
    assert_eq!((x[6], y[5], y[6], shape), (2.0 * (1.0f32 / 255.0), 0, 1, vec![12, 6]));
    assert_eq!(classes(&at.join("pets.hdf5")), ["cat", "dog"]);
    assert!(backburn(at, &["train", "-q", "pets.hdf5", "--epochs", "1", "--run", "run"]).status.success());
    let saved = backburn::model::Saved::read(&at.join("run")).unwrap();
    assert_eq!((saved.classes, saved.input), (vec!["cat".to_string(), "dog".to_string()], vec![2, 3]));
    let moved = ["train", "-q", "pets.hdf5", "--epochs", "1", "--augment", "elastic"];
    assert!(backburn(at, &moved).status.success(), "the rows are no images");
    png(&at.join("pets/train/dog/99.png"), 2, 2, 0);
    std::fs::remove_file(at.join("pets.hdf5")).unwrap();
    refused_without_trace(at, &["pets"], &["one size", "00.png", "[2, 3]", "99.png", "[2, 2]"]);
    let fitted = json(&backburn(at, &["import", "pets", "--size", "4x5", "--grey", "-o", "fitted.h5", "--json"]));
    assert_eq!(fitted["features"], 20);
    let (x, _, _) = half(&at.join("fitted.h5"), "test");
    assert!(x.len() == 12 * 20 && x.iter().all(|v| (v - 1.0).abs() < 1e-6), "white stays white");
    std::fs::remove_file(at.join("fitted.h5")).unwrap();
    refused(&backburn(at, &["import", "pets", "--size", "0"]), 2, &["--size", "28x20"]);
    std::fs::write(at.join("pets/train/dog/99.png"), "no image").unwrap();
    refused_without_trace(at, &["pets"], &["cannot read image", "99.png"]);
    std::fs::create_dir(at.join("void")).unwrap();
    refused_without_trace(at, &["void"], &["one subfolder a class"]);
}

/// What a mirror does to the requests it gets, which it counts.
#[derive(Clone, Copy)]
enum Mood {
    Honest,
    /// Declares everything and sends half of what is asked for, as long as that is more than 100 kB.
    BreaksOff,
    /// As before, and does not know Range.
    WithoutRange,
    SendsOtherBytes,
}

/// Serves the files of `root` on a port of its own until the test ends; the second part counts Range requests.
fn mirror(root: &Path, mood: Mood) -> (String, &'static AtomicUsize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let ranges: &'static AtomicUsize = Box::leak(Box::default());
    let root = root.to_path_buf();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = serve(stream, &root, mood, ranges);
        }
    });
    (url, ranges)
}

fn serve(mut stream: TcpStream, root: &Path, mood: Mood, ranges: &AtomicUsize) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    let request = String::from_utf8_lossy(&request).to_lowercase();
    let name = request.split([' ', '/']).find(|word| word.ends_with(".gz")).unwrap_or_default();
    let mut body = std::fs::read(root.join(name)).unwrap_or_else(|_| b"not found".to_vec());
    let range = request.split("range: bytes=").nth(1).and_then(|rest| rest.split('-').next()?.parse::<usize>().ok());
    ranges.fetch_add(usize::from(range.is_some()), Ordering::SeqCst);
    if let Mood::SendsOtherBytes = mood {
        body.iter_mut().for_each(|byte| *byte ^= 1);
    }
    let start = range.filter(|_| !matches!(mood, Mood::WithoutRange)).unwrap_or(0);
    let rest = &body[start.min(body.len())..];
    let status = if start > 0 { "206 Partial Content" } else { "200 OK" };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", rest.len())?;
    let half = matches!(mood, Mood::BreaksOff | Mood::WithoutRange) && rest.len() > 100_000;
    stream.write_all(if half { &rest[..rest.len() / 2] } else { rest })
}

#[test]
fn mnist_comes_from_a_mirror_once_and_from_the_cache_afterwards() {
    let Some(mnist) = shared("mnist") else { return };
    let folder = folder();
    let at = folder.path();
    let (url, _) = mirror(&mnist, Mood::Honest);
    let output = backburn(at, &["import", "mnist", "--mirror", &url, "--cache", "cache"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!output.stderr.contains(&b'\r'), "a progress bar off a terminal");
    let (_, y, shape) = half(&at.join("data/MNISTdata.hdf5"), "train");
    assert_eq!((y[0], shape), (5, vec![60000, 784]));
    let nowhere = ["import", "mnist", "--mirror", "http://127.0.0.1:9", "--cache", "cache", "--overwrite"];
    assert!(backburn(at, &nowhere).status.success(), "the cache is enough");
    std::fs::write(at.join("cache/mnist/t10k-labels-idx1-ubyte.gz"), b"rot").unwrap();
    refused(&backburn(at, &nowhere), 3, &["cannot fetch mnist", "t10k-labels"]);
}

#[test]
fn a_download_that_breaks_off_is_resumed() {
    let Some(mnist) = shared("mnist") else { return };
    let folder = folder();
    let at = folder.path();
    let (url, ranges) = mirror(&mnist, Mood::BreaksOff);
    let output = backburn(at, &["import", "mnist", "--mirror", &url, "--cache", "cache"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(ranges.load(Ordering::SeqCst) > 5, "it asked for the rest");
    let left = std::fs::read_dir(at.join("cache/mnist")).unwrap().count();
    assert_eq!(left, 4, "four files, no part of one");
}

#[test]
fn a_part_of_an_earlier_run_is_continued_and_a_mirror_that_never_sends_all_is_given_up() {
    let Some(mnist) = shared("mnist") else { return };
    let folder = folder();
    let at = folder.path();
    let (url, _) = mirror(&mnist, Mood::WithoutRange);
    let args = ["import", "mnist", "--mirror", &url, "--cache", "cache"];
    refused(&backburn(at, &args), 3, &["train-images", "--mirror URL"]);
    assert!(at.join("cache/mnist/train-images-idx3-ubyte.gz.part").exists());
    let (url, ranges) = mirror(&mnist, Mood::Honest);
    let args = ["import", "mnist", "--mirror", &url, "--cache", "cache"];
    assert!(backburn(at, &args).status.success());
    assert_eq!(ranges.load(Ordering::SeqCst), 1);
}

#[test]
fn wrong_bytes_and_unreachable_mirrors_leave_nothing_behind() {
    let folder = folder();
    let at = folder.path();
    let cached = || std::fs::read_dir(at.join("cache/mnist")).unwrap().count();
    let (url, _) = mirror(at, Mood::SendsOtherBytes);
    let args = ["import", "mnist", "--mirror", &url, "--cache", "cache"];
    refused(&backburn(at, &args), 3, &["checksum is wrong", "f68b3c2dcbeaaa9fbdd348bbdeb94873", "--mirror URL"]);
    assert_eq!(cached(), 0);
    let args = ["import", "mnist", "--mirror", "http://127.0.0.1:9", "--cache", "cache"];
    refused(&backburn(at, &args), 3, &["cannot fetch mnist", "http://127.0.0.1:9/train-images", "--mirror URL"]);
    assert_eq!(cached(), 0);
    assert!(!at.join("data").exists());
}

#[test]
#[cfg(unix)]
fn an_interrupted_import_leaves_nothing() {
    let folder = folder();
    let at = folder.path();
    idx(&at.join("b-images-idx3"), &[100_000, 28, 28], &vec![3; 100_000 * 784]);
    idx(&at.join("b-labels-idx1"), &[100_000], &[1; 100_000]);
    let count = || std::fs::read_dir(at).unwrap().count();
    let mut import = super::shell::command(at, &["import", "b-images-idx3"]).spawn().unwrap();
    while count() < 3 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let kill = std::process::Command::new("kill").args(["-INT", &import.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(import.wait().unwrap().code(), Some(130));
    assert_eq!(count(), 2);
}

/// A source of 80 MB, a table and a binary array, in a process that must stay below 64 MB.
#[test]
#[cfg(target_os = "linux")]
fn memory_stays_flat_however_large_the_source_is() {
    let folder = folder();
    let at = folder.path();
    let row: String = (0..200).map(|i| format!("{i}.125,")).collect();
    let mut table = std::io::BufWriter::new(std::fs::File::create(at.join("wide.csv")).unwrap());
    (0..60_000).for_each(|i| writeln!(table, "{row}{}", i % 3).unwrap());
    drop(table);
    idx(&at.join("b-images-idx3"), &[100_000, 28, 28], &vec![3; 100_000 * 784]);
    idx(&at.join("b-labels-idx1"), &[100_000], &[1; 100_000]);
    for name in ["wide.csv", "b-images-idx3"] {
        let program = env!("CARGO_BIN_EXE_backburn");
        let limited = format!("ulimit -d 65536 && exec {program} import {name} -q");
        let output = std::process::Command::new("sh").current_dir(at).args(["-c", &limited]).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn words_of_one_table_and_numbers_of_another_are_not_joined() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("words.csv"), "a,b,label\n1,2,dog\n3,4,cat\n").unwrap();
    std::fs::write(at.join("numbers.csv"), "a,b,label\n5,6,0\n7,8,1\n").unwrap();
    refused_without_trace(at, &["words.csv", "--test", "numbers.csv"], &["test half are numbers", "words"]);
    refused_without_trace(at, &["numbers.csv", "--test", "words.csv"], &["test half are words", "numbers"]);
}

#[test]
fn the_kind_of_a_source_is_that_of_its_bytes() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("my_idx.csv"), "a,b,label\n1,2,0\n3,4,1\n").unwrap();
    assert!(backburn(at, &["import", "my_idx.csv", "-o", "table.h5"]).status.success());
    // A compressed file may be of several members, and the first of them of a single byte.
    idx(&at.join("plain"), &[2, 2, 2], &[7; 8]);
    idx(&at.join("labels"), &[2], &[0, 1]);
    let mut packed = Vec::new();
    let bytes = std::fs::read(at.join("plain")).unwrap();
    for part in [&bytes[..1], &bytes[1..]] {
        let mut writer = flate2::write::GzEncoder::new(&mut packed, flate2::Compression::fast());
        writer.write_all(part).unwrap();
        writer.finish().unwrap();
    }
    std::fs::write(at.join("packed.gz"), packed).unwrap();
    let output = backburn(at, &["import", "packed.gz", "--labels", "labels", "-o", "images.h5"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn numbers_with_units_and_marks_between_thousands_are_numbers() {
    let folder = folder();
    let at = folder.path();
    let rows = |lines: &[&str]| lines.join("\n") + "\n";
    let wanted = vec![3.5, 1.2, 12345.6, 0.0, -3.0, 1000.0, 100.0, 1200.5, 7.0];
    std::fs::write(
        at.join("a.csv"),
        rows(&["a,b,c,y", "3.5%,$1.20,\"12,345.6\",0", "0,$-3,\"1,000\",1", "100%,\"$1,200.50\",7,0"]),
    )
    .unwrap();
    std::fs::write(at.join("b.csv"), rows(&["a;b;c;y", "3.5%;$1.20;12,345.6;0", "0;$-3;1,000;1", "100%;$1200.50;7;0"]))
        .unwrap();
    // What a comma is follows from the whole table, also from a later line.
    std::fs::write(at.join("c.csv"), rows(&["a;b;c;y", "0;$-3;1,000;1", "3,5%;$1,2;12,345.6;0", "100%;$1200.50;7;0"]))
        .unwrap();
    for name in ["a.csv", "b.csv"] {
        let output = backburn(at, &["import", name, "-o", "t.h5", "--overwrite"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains("without their marks: `a` (%), `b` ($"), "{name}: {said}");
        assert_eq!(half(&at.join("t.h5"), "train").0, wanted, "{name}");
    }
    assert!(backburn(at, &["import", "c.csv", "-o", "t.h5", "--overwrite"]).status.success());
    let moved = [&wanted[3..6], &wanted[..3], &wanted[6..]].concat();
    assert_eq!(half(&at.join("t.h5"), "train").0, moved);
    for (text, words) in [
        ("a,y\n12%,0\n0.12,1\n", &["one unit", "column `a`", "`0.12`", "`12%`"][..]),
        ("a,y\n$5,0\n€5,1\n", &["one unit", "column `a`"]),
    ] {
        std::fs::write(at.join("mixed.csv"), text).unwrap();
        refused_without_trace(at, &["mixed.csv"], words);
    }
    // A test half is read once, so what its commas are must be clear from the first.
    std::fs::write(at.join("d.csv"), rows(&["a;b;c;y", "1;1;1,000;1", "1;1;12,345.6;0"])).unwrap();
    refused_without_trace(at, &["b.csv", "--test", "d.csv"], &["line 2", "leave commas out of numbers"]);
}

#[test]
fn classes_of_another_file_are_matched_by_their_names() {
    let folder = folder();
    let at = folder.path();
    let table = |first: usize| {
        let line = |i: usize| format!("{},{},{}\n", i % 7, i % 5, if i % 7 < 3 { "no" } else { "yes" });
        "a,b,label\n".to_string() + &(first..first + 210).map(line).collect::<String>()
    };
    std::fs::write(at.join("yes.csv"), table(3)).unwrap(); // begins with a `yes`
    std::fs::write(at.join("no.csv"), table(0)).unwrap();
    for name in ["yes.csv", "no.csv"] {
        assert!(backburn(at, &["import", name]).status.success());
    }
    assert_eq!(
        (classes(&at.join("yes.hdf5")), classes(&at.join("no.hdf5"))[0].as_str()),
        (vec!["yes".into(), "no".into()], "no")
    );
    let train = ["train", "-q", "--json", "yes.hdf5", "--test", "no.hdf5", "--run", "run"];
    let trained = super::shell::json(&backburn(at, &train));
    assert!(trained["test"]["accuracy"].as_f64() > Some(0.95), "{trained}");
    let judged = |file: &str| super::shell::json(&backburn(at, &["evaluate", "run", file, "--json"]));
    assert_eq!(judged("no.hdf5")["accuracy"], trained["test"]["accuracy"]);
    assert!(backburn(at, &["import", "no.csv", "--like", "yes.hdf5", "-o", "like.h5"]).status.success());
    assert_eq!(classes(&at.join("like.h5")), ["yes", "no"]);
    assert_eq!(half(&at.join("like.h5"), "train").1[..2], [1, 1]);
    assert_eq!(judged("like.h5")["accuracy"], trained["test"]["accuracy"]);
    let nameless = hdf5::File::create(at.join("nameless.h5")).unwrap();
    nameless.new_dataset::<f32>().shape((2, 2)).create("x_test").unwrap().write_raw(&[1f32, 1.0, 5.0, 2.0]).unwrap();
    nameless.new_dataset_builder().with_data(&[1i32, 0]).create("y_test").unwrap();
    drop(nameless);
    let said = |file: &str| String::from_utf8_lossy(&backburn(at, &["evaluate", "run", file]).stderr).into_owned();
    assert!(
        said("nameless.h5").contains("does not name its classes, so its 0 is taken for yes"),
        "{}",
        said("nameless.h5")
    );
    assert!(!said("no.hdf5").contains("does not name"));
    std::fs::write(at.join("other.csv"), table(0).replace("no\n", "nein\n")).unwrap();
    assert!(backburn(at, &["import", "other.csv"]).status.success());
    refused(
        &backburn(at, &["evaluate", "run", "other.hdf5"]),
        3,
        &["row 0", "class nein", "yes, no", "both files alike"],
    );
    std::fs::write(at.join("numbers.csv"), table(0).replace("no\n", "0\n").replace("yes\n", "1\n")).unwrap();
    refused_without_trace(at, &["numbers.csv", "--like", "yes.hdf5"], &["numbers", "words"]);
}
