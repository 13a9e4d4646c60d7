//! The sound files: small, one of every form that a reader knows.

use std::ops::Index;
use std::path::Path;

use backburn::data::Data;
use backburn::device;
use backburn::run::Run;
use backburn::setup::Config;
use backburn::train::Training;
use npyz::zip::ZipWriter;
use npyz::zip::write::FileOptions;

/// A kind of file.
#[derive(Clone, Copy)]
pub enum Kind {
    Npy,
    Rows,
    Weights,
    Dumps,
    Idx,
    Table,
    Png,
    Jpeg,
    Config,
    Origin,
    Journal,
    Checkpoint,
    Model,
}

/// The sound files of every kind.
pub struct Corpus([Vec<Vec<u8>>; 13]);

impl Index<Kind> for Corpus {
    type Output = Vec<Vec<u8>>;

    fn index(&self, kind: Kind) -> &Vec<Vec<u8>> {
        &self.0[kind as usize]
    }
}

/// Makes the sound files; those that a mutant needs beside it are written into `folder`.
pub fn make(folder: &Path) -> Corpus {
    let labels = npy(1, "<i4", "(4,)", &[0, 1, 0, 1].map(i32::to_le_bytes).concat());
    let rows = npy(1, "<f4", "(4, 3)", &[0.5f32; 12].map(f32::to_le_bytes).concat());
    let idx = [&[0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 2][..], &[7; 16]].concat();
    let idx_labels = [&[0, 0, 8, 1, 0, 0, 0, 4][..], &[0, 1, 0, 1]].concat();
    for (name, bytes) in [("y.npy", &labels), ("sound.npy", &rows), ("y-idx", &idx_labels)] {
        std::fs::write(folder.join(name), bytes).expect("room for a file");
    }
    let run = run(folder);
    let of_run = |name: &str| std::fs::read(run.join(name)).expect("a run has written it");
    let texts = npy(1, "<U3", "(4,)", &[b'a', b'b', b'a', b'b'].map(|c| [c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).concat());
    let bytes = npy(1, "|S2", "(4,)", b"a\0b\0a\0b\0");
    let wide = npy(2, ">f8", "(4, 3)", &[0.5f64; 12].map(f64::to_be_bytes).concat());
    let half = npy(3, "<f2", "(4, 2, 2)", &[0; 32]);
    let pixels = npy(1, "|u1", "(4, 2, 2)", &[9; 16]);
    Corpus([
        vec![labels.clone(), rows.clone(), texts.clone(), bytes.clone(), wide.clone(), half, pixels.clone()],
        vec![
            archive(&[("x_train", &rows), ("y_train", &labels), ("x_test", &rows), ("y_test", &labels)]),
            archive(&[("X", &pixels), ("y", &texts)]),
            archive(&[("data", &wide), ("target", &bytes)]),
        ],
        vec![archive(&[("W1", &array(&[3, 2], 0)), ("b1", &array(&[2], 1)), ("activation", &texts)])],
        vec![dump(false), dump(true)],
        vec![idx, idx_labels],
        vec![
            b"a,b,label\n1,2,x\n3,4.5,y\n-1e3,0,x\n".to_vec(),
            b"1\t2\t0\n3\t4\t1\n".to_vec(),
            b"1,5;2;0\n3;4;1\n".to_vec(),
            b"1 2 0\n  3   4 1\n\n".to_vec(),
            b",f1,f2,y\n0,1,2,\"a \"\"b\"\",c\"\n1,3,4,d\n".to_vec(),
        ],
        vec![png(png::ColorType::Grayscale, 1), png(png::ColorType::Rgba, 4)],
        vec![include_bytes!("colour.jpg").to_vec()],
        vec![of_run("config.toml"), b"hidden = [8, 8]\nrate = 0.01\n".to_vec()],
        vec![of_run("data.toml")],
        vec![of_run("journal.jsonl")],
        vec![of_run("checkpoint")],
        vec![of_run("best.safetensors")],
    ])
}

/// The bytes of an NPY file.
pub fn npy(version: u8, descr: &str, shape: &str, elements: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (text.len() as u32).to_le_bytes();
    let length = &length[..if version == 1 { 2 } else { 4 }];
    [b"\x93NUMPY", &[version, 0][..], length, text.as_bytes(), elements].concat()
}

/// An archive of these entries, stored as they are.
pub fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = FileOptions::default().compression_method(npyz::zip::CompressionMethod::Stored);
    for (name, bytes) in entries {
        if zip.start_file(format!("{name}.npy"), options).is_ok() {
            let _ = std::io::Write::write_all(&mut zip, bytes);
        }
    }
    zip.finish().map(std::io::Cursor::into_inner).unwrap_or_default()
}

/// An array of float64 in -1..1.
fn array(shape: &[usize], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 23) - 1.0
    };
    let numbers: Vec<u8> = (0..shape.iter().product()).flat_map(|_| next().to_le_bytes()).collect();
    let shape: String = shape.iter().map(|n| format!("{n}, ")).collect();
    npy(1, "<f8", &format!("({shape})"), &numbers)
}

/// A dump of a network 4-3-2 and its made-up gradients; `noted` with the notes that people save beside it.
fn dump(noted: bool) -> Vec<u8> {
    let mut entries = vec![
        ("x", array(&[6, 4], 1)),
        ("y", npy(1, "<i8", "(6,)", &[0u64, 1, 0, 1, 1, 0].map(u64::to_le_bytes).concat())),
    ];
    for (k, (name, shape)) in [
        ("W1", &[4, 3][..]),
        ("b1", &[3]),
        ("W2", &[3, 2]),
        ("b2", &[2]),
        ("dW1", &[4, 3]),
        ("db1", &[3]),
        ("dW2", &[3, 2]),
        ("db2", &[2]),
    ]
    .into_iter()
    .enumerate()
    {
        entries.push((name, array(shape, 2 + k as u64)));
    }
    if noted {
        let text = |word: &str| {
            let letters: Vec<u8> = word.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
            npy(1, &format!("<U{}", word.len()), "()", &letters)
        };
        entries.extend([("activation", text("sigmoid")), ("loss", text("ce")), ("rate", array(&[], 20))]);
    }
    let entries: Vec<(&str, &[u8])> = entries.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
    archive(&entries)
}

fn png(colour: png::ColorType, samples: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 5, 4);
    encoder.set_color(colour);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&vec![100; 20 * samples]).expect("pixels");
    drop(writer);
    bytes
}

/// The folder of a short run on the built-in digits.
fn run(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("run");
    let config = Config { hidden: vec![4], epochs: 2, ..Config::default() };
    let data = Data::load(&config.request()).expect("the digits");
    let run = Run::create(Some(&path), "", false).expect("a folder");
    let device = device::choose(None).expect("a device");
    let mut training = Training::start(config, data, run, &device).expect("a run");
    while training.advance().expect("a step").is_some() {}
    training.finish().expect("an end");
    path
}
