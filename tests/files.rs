//! Files that are wrong, or laid out by other people.

use std::path::Path;

use super::shell::{backburn, folder, refused, shared, write_hdf5};
use backburn::data::DataFile;

/// Writes an HDF5 file with these arrays.
fn write(path: &Path, arrays: &[(&str, &[usize], &[f32])]) {
    write_hdf5(path, |file| {
        for (name, shape, numbers) in arrays {
            file.new_dataset::<f32>().shape(shape.to_vec()).create(*name).unwrap().write_raw(*numbers).unwrap();
        }
    });
}

#[test]
fn what_is_not_hdf5_is_named() {
    let folder = folder();
    let cases: [(&str, &[u8], &str); 5] = [
        ("lfs.h5", b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        ("page.h5", b"<!DOCTYPE html><html>", "HTML page"),
        ("empty.h5", b"", "empty"),
        ("table.h5", b"a,b\n1,2\n", "CSV"),
        ("array.h5", b"\x93NUMPY\x01", "npy"),
    ];
    for (name, bytes, word) in cases {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        refused(&backburn(folder.path(), &["train", name]), 3, &[word, name]);
    }
    refused(&backburn(folder.path(), &["train", "absent.h5"]), 3, &["no file `absent.h5`"]);
    refused(&backburn(folder.path(), &["train", "."]), 3, &["is a folder"]);
}

#[test]
fn data_that_cannot_be_learned_is_refused_with_the_reason() {
    let folder = folder();
    let x: Vec<f32> = (0..40).map(|i| i as f32 / 40.0).collect();
    let y: Vec<f32> = (0..20).map(|i| (i % 2) as f32).collect();
    let mut infinite = x.clone();
    infinite[6] = f32::INFINITY;
    let real: Vec<f32> = (0..20).map(|i| i as f32 + 0.5).collect();
    type Case<'a> = (&'a str, &'a [usize], &'a [f32], &'a [usize], &'a [f32], &'a str);
    let cases: [Case; 6] = [
        ("lengths", &[20, 2], &x, &[10], &y[..10], "20 rows of features but 10 labels"),
        ("empty", &[0, 2], &[], &[0], &[], "no rows"),
        ("one_class", &[20, 2], &x, &[20], &[1.0; 20], "two classes"),
        ("real_labels", &[20, 2], &x, &[20], &real, "row 0 of `y` holds 0.5"),
        ("infinite", &[20, 2], &infinite, &[20], &y, "the first in row 3"),
        ("lonely", &[20, 2], &x, &[20, 3], &[0.5; 60], "one-hot"),
    ];
    for (name, x_shape, x, y_shape, y, word) in cases {
        let path = folder.path().join(format!("{name}.h5"));
        write(&path, &[("x", x_shape, x), ("y", y_shape, y)]);
        refused(&backburn(folder.path(), &["train", path.to_str().unwrap()]), 3, &[word]);
    }
    // Transposed: refused with the line that turns it. Labels in a single row are as many labels.
    let path = folder.path().join("turned.h5");
    write(&path, &[("x", &[2, 20], &x), ("y", &[20], &y)]);
    refused(&backburn(folder.path(), &["train", "turned.h5"]), 3, &["`x` float32 [2, 20]", "transposed", "['x']"]);
    write(&folder.path().join("both.h5"), &[("x", &[2, 20], &x), ("y", &[1, 20], &y)]);
    refused(&backburn(folder.path(), &["inspect", "both.h5", "--png", "p.png"]), 3, &["transposed", "['x', 'y']"]);
    write(&folder.path().join("same.h5"), &[("x", &[20, 2], &[0.5; 40]), ("y", &[1, 20], &y)]);
    let same = String::from_utf8(backburn(folder.path(), &["inspect", "same.h5"]).stdout).unwrap();
    assert!(same.contains("20 rows of 2 features") && same.contains("few-distinct-rows"), "{same}");
    let constant: Vec<f32> = (0..40).map(|i| if i % 2 == 0 { 0.5 } else { i as f32 }).collect();
    write(&folder.path().join("constant.h5"), &[("x", &[20, 2], &constant), ("y", &[20], &y)]);
    let constant = String::from_utf8(backburn(folder.path(), &["inspect", "constant.h5"]).stdout).unwrap();
    assert!(constant.contains("column 0 is the same in all rows"), "{constant}");
    write(
        &folder.path().join("few.h5"),
        &[("x", &[3, 2], &[0.5, 1.0, 2.0, 3.0, 5.0, f32::NAN]), ("y", &[3], &[0.0, 1.0, 2.0])],
    );
    let few = String::from_utf8(backburn(folder.path(), &["inspect", "few.h5"]).stdout).unwrap();
    assert!(constant.contains("a validation part will be split off"), "{constant}");
    assert!(few.contains("2 features and 1 mark of gaps") && few.contains("too few rows to hold any out"), "{few}");
    refused(&backburn(folder.path(), &["diagnose", "same.h5"]), 3, &["no run folder", "diagnose --data"]);
    let path = folder.path().join("nothing.h5");
    write(&path, &[("speed", &[4], &[1.0, 2.0, 3.0, 4.0])]);
    refused(&backburn(folder.path(), &["train", "nothing.h5"]), 3, &["`speed` float32 [4]", "--x NAME"]);
    refused(
        &backburn(folder.path(), &["train", "nothing.h5", "--x", "gone", "--y", "speed"]),
        3,
        &["no data set `gone`", "`speed`"],
    );
}

#[test]
fn a_test_half_must_fit_the_training_half() {
    let folder = folder();
    let x = [0.5f32; 40];
    let y: Vec<f32> = (0..20).map(|i| (i % 2) as f32).collect();
    let wide = folder.path().join("wide.h5");
    write(
        &wide,
        &[("x_train", &[20, 2], &x), ("y_train", &[20], &y), ("x_test", &[10, 4], &x), ("y_test", &[10], &y[..10])],
    );
    refused(&backburn(folder.path(), &["train", "wide.h5"]), 3, &["2 features", "4"]);
    let unseen = folder.path().join("unseen.h5");
    write(
        &unseen,
        &[("x_train", &[20, 2], &x), ("y_train", &[20], &y), ("x_test", &[1, 2], &x[..2]), ("y_test", &[1], &[7.0])],
    );
    refused(&backburn(folder.path(), &["train", "unseen.h5"]), 3, &["class 7 of row 0", "never seen"]);
}

#[test]
fn other_peoples_layouts_train_and_what_is_no_classification_is_refused() {
    let Some(layouts) = shared("layouts") else {
        return;
    };
    let folder = folder();
    let train = |args: &[&str]| {
        let output = backburn(folder.path(), &[&["train", "-q", "--epochs", "1"], args].concat());
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let at = |name: &str| layouts.join(name).to_str().unwrap().to_string();
    train(&[&at("catvnoncat/train_catvnoncat.h5"), "--test", &at("catvnoncat/test_catvnoncat.h5")]);
    train(&[&at("caffe_hdf5_classification/train.h5"), "--test", &at("caffe_hdf5_classification/test.h5")]);
    train(&[&at("malware_nchw/train.hdf5"), "--test", &at("malware_nchw/test.hdf5")]);
    train(&[&at("usps/usps.h5")]);
    train(&[&at("iris_valipy/iris.h5")]);
    refused(&backburn(folder.path(), &["train", &at("regression_x_y/dataset.h5")]), 3, &["regression"]);
    for name in ["iris.h5", "train.h5"] {
        refused(&backburn(folder.path(), &["train", &at(&format!("keras_weights_not_data/{name}"))]), 3, &["Keras"]);
    }
}

/// Hostile files may kill a careless reader's process, so each is read in a process of its own.
#[test]
fn odd_and_hostile_files_end_in_a_message() {
    let Some(odd) = shared("odd") else { return };
    let folder = folder();
    let mut seen = 0;
    for group in ["odd", "cve"] {
        for entry in std::fs::read_dir(odd.join(group)).unwrap().flatten() {
            if entry.path().extension().is_some_and(|e| e == "tsv") {
                continue;
            }
            let output = backburn(folder.path(), &["inspect", entry.path().to_str().unwrap()]);
            let code = output.status.code();
            assert!(
                matches!(code, Some(0 | 3)),
                "{}: {code:?} {}",
                entry.path().display(),
                String::from_utf8_lossy(&output.stderr)
            );
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} files");
}

#[test]
fn mnist_is_seen_as_its_owner_sees_it() {
    let Some(mnist) = shared("mnist/MNISTdata.hdf5") else {
        return;
    };
    let file = DataFile::open(&mnist).unwrap();
    let shapes: Vec<_> = file.arrays().iter().cloned().map(|a| (a.name, a.shape)).collect();
    assert!(shapes.contains(&("x_train".into(), vec![60000, 784])), "{shapes:?}");
}

/// Root may read and write everything, so the program is started as nobody.
#[test]
fn what_may_not_be_read_or_written_is_said() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let folder = folder();
    let at = folder.path();
    std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o755)).unwrap();
    let secret = at.join("secret.h5");
    std::fs::write(&secret, b"x").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o000)).unwrap();
    let root = std::process::Command::new("id").arg("-u").output().unwrap().stdout.starts_with(b"0\n");
    let program = at.join("backburn");
    std::fs::copy(env!("CARGO_BIN_EXE_backburn"), &program).unwrap();
    let run = |args: &[&str]| {
        let mut command = std::process::Command::new(&program);
        command.current_dir(at).args(args);
        if root {
            command.uid(65534)
        } else {
            &mut command
        };
        command.output().unwrap()
    };
    refused(&run(&["train", "secret.h5"]), 3, &["no permission", "secret.h5"]);
    if root {
        refused(&run(&["train", "--run", "mine"]), 1, &["cannot make run folder `mine`", "--run"]);
    }
}

/// A file system of 64 KiB, where the machine lets us make one.
#[test]
fn a_full_disk_is_said_and_leaves_no_torn_file() {
    let folder = folder();
    let small = folder.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let mount =
        |args: &[&str]| std::process::Command::new(args[0]).args(&args[1..]).output().is_ok_and(|o| o.status.success());
    let place = small.to_str().unwrap();
    if !mount(&["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place]) {
        eprintln!("not tested: no file system of a given size can be made here");
        return;
    }
    let output = backburn(folder.path(), &["train", "-q", "--run", "small/run"]);
    let left: Vec<String> = std::fs::read_dir(small.join("run"))
        .unwrap()
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into())
        .collect();
    assert!(mount(&["umount", place]));
    refused(&output, 1, &["cannot write", "free space"]);
    assert!(left.iter().all(|name| !name.starts_with(".backburn-")), "{left:?}");
}

#[test]
fn predictions_reach_hdf5_and_csv_in_row_order_and_a_png_is_read() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &["train", "-q", "--epochs", "3", "--run", "run"]).status.success());
    let digits = concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.hdf5");
    assert!(backburn(at, &["predict", "run", digits, "-o", "p.h5"]).status.success());
    let csv = String::from_utf8(backburn(at, &["predict", "run", digits]).stdout).unwrap();
    let file = hdf5::File::open(at.join("p.h5")).unwrap();
    let index: Vec<i32> = file.dataset("index").unwrap().read_raw().unwrap();
    assert_eq!(file.dataset("probability").unwrap().shape(), [360, 10]);
    for (k, line) in index.iter().zip(csv.lines().skip(1)) {
        assert_eq!(line.split(',').nth(1), Some(k.to_string().as_str()));
    }
    refused(&backburn(at, &["predict", "run", digits, "--format", "hdf5"]), 2, &["--output"]);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 8, 8);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[128; 64]).unwrap();
    std::fs::write(at.join("digit.png"), bytes).unwrap();
    let output = backburn(at, &["predict", "run", "digit.png", "--json"]);
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("probabilities"));
    assert!(std::process::Command::new("mkfifo").arg(at.join("pipe.safetensors")).status().unwrap().success());
    refused(&backburn(at, &["predict", "pipe.safetensors", digits]), 3, &["pipe.safetensors", "no file"]);
}

#[test]
fn an_image_is_what_it_would_be_as_a_row_of_the_file() {
    let folder = folder();
    let at = folder.path();
    let x: Vec<u8> = (0..40 * 16).map(|i| (i * 7 % 250) as u8 + (i / 16 % 2) as u8 * 5).collect();
    let y: Vec<i32> = (0..40).map(|i| i % 2).collect();
    write_hdf5(&at.join("bytes.h5"), |file| {
        file.new_dataset::<u8>().shape([40, 4, 4]).create("x").unwrap().write_raw(&x).unwrap();
        file.new_dataset::<i32>().shape([40]).create("y").unwrap().write_raw(&y).unwrap();
    });
    let mut encoder = png::Encoder::new(std::fs::File::create(at.join("row.png")).unwrap(), 4, 4);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&x[..16]).unwrap();
    for scale in ["none", "auto", "standard", "minmax"] {
        // One network, since the sums of a wide layer are rounded by the number of rows too.
        let train = ["train", "-q", "bytes.h5", "--scale", scale, "--rate", "1e-6", "--run", "run", "--overwrite"];
        let train = [&train[..], &["--join", "1"]].concat();
        assert!(backburn(at, &train).status.success());
        let first = |file: &str| {
            let text = String::from_utf8(backburn(at, &["predict", "run", file]).stdout).unwrap();
            text.lines().nth(1).unwrap().to_string()
        };
        assert_eq!(first("row.png"), first("bytes.h5"), "{scale}");
    }
    for (name, black, white) in [("both.h5", -1.0, 1.0), ("sixteen.h5", 0.0, 16.0)] {
        let numbers: Vec<f32> = x.iter().map(|&v| black + f32::from(v) * (white - black) / 255.0).collect();
        write_hdf5(&at.join(name), |file| {
            file.new_dataset::<f32>().shape([40, 4, 4]).create("x").unwrap().write_raw(&numbers).unwrap();
            file.new_dataset::<i32>().shape([40]).create("y").unwrap().write_raw(&y).unwrap();
        });
        let train = ["train", "-q", name, "--rate", "1e-6", "--join", "1", "--run", "run", "--overwrite"];
        assert!(backburn(at, &train).status.success());
        let image = backburn(at, &["predict", "run", "row.png"]);
        if white > 1.0 {
            refused(&image, 3, &["row.png", "black and white"]);
        } else {
            let row = backburn(at, &["predict", "run", name]);
            let first = |output: &std::process::Output| {
                String::from_utf8_lossy(&output.stdout).lines().nth(1).map(String::from)
            };
            assert_eq!(first(&image), first(&row));
        }
    }
}

#[test]
#[cfg(unix)]
fn links_and_pipes_are_written_through_and_never_replaced() {
    let folder = folder();
    let at = folder.path();
    let digits = concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.hdf5");
    assert!(backburn(at, &["train", "-q", "--epochs", "1", "--run", "run"]).status.success());
    std::fs::write(at.join("real.csv"), "").unwrap();
    std::os::unix::fs::symlink("real.csv", at.join("link.csv")).unwrap();
    assert!(backburn(at, &["predict", "run", digits, "-o", "link.csv", "--overwrite"]).status.success());
    assert!(at.join("link.csv").is_symlink());
    assert_eq!(std::fs::read_to_string(at.join("real.csv")).unwrap().lines().count(), 361);
    assert!(std::process::Command::new("mkfifo").arg(at.join("pipe.h5")).status().unwrap().success());
    refused(&backburn(at, &["train", "pipe.h5"]), 3, &["pipe"]);
    refused(&backburn(at, &["import", "pipe.h5"]), 3, &["pipe"]);
    if let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") {
        let mut predict = super::shell::command(at, &["predict", "run", digits]);
        let output = predict.stdout(full).stderr(std::process::Stdio::piped()).spawn().unwrap().wait_with_output();
        refused(&output.unwrap(), 1, &["stdout", "missing"]);
    }
}

#[test]
fn a_test_half_alone_is_not_trained_on_and_names_follow_their_numbers() {
    let folder = folder();
    let at = folder.path();
    let x: Vec<f32> = (0..120).map(|i| (i * 7 % 11) as f32 / 11.0).collect();
    let y: Vec<f32> = (0..60).map(|i| (1 + i % 3) as f32).collect();
    write(&at.join("half.h5"), &[("x_test", &[60, 2], &x), ("y_test", &[60], &y)]);
    refused(&backburn(at, &["train", "half.h5"]), 3, &["no training half", "--test"]);
    write_hdf5(&at.join("names.h5"), |file| {
        let rows = ndarray::Array2::from_shape_vec((60, 2), x.clone()).unwrap();
        file.new_dataset_builder().with_data(&rows).create("x").unwrap();
        file.new_dataset_builder().with_data(&y).create("y").unwrap();
        let names = ["rose", "tulip", "lily"].map(|name| name.parse::<hdf5::types::VarLenUnicode>().unwrap());
        file.new_attr_builder().with_data(&names).create("classes").unwrap();
    });
    assert!(backburn(at, &["train", "-q", "names.h5", "--epochs", "1", "--run", "run"]).status.success());
    let saved = backburn::model::Saved::read(&at.join("run")).unwrap();
    assert_eq!(saved.classes, ["rose", "tulip", "lily"]);
    assert_eq!(saved.labels, ["1", "2", "3"]);
}
