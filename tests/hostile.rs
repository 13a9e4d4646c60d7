//! Files that are damaged or made to do harm, of every kind but HDF5 (see `child`): a message, soon, in little memory.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use super::shell::{backburn, command, folder, refused};

/// A JPEG of 48 x 40 pixels in colour, as Pillow 12 writes it.
const JPEG: &[u8] = include_bytes!("hostile/colour.jpg");

/// `backburn ARGS` in `folder`, given up after 20 seconds and with no more than 4 GB of address space.
fn limited(folder: &Path, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_backburn");
    let script = "ulimit -v 4000000; exec timeout 20 \"$0\" \"$@\"";
    Command::new("sh").current_dir(folder).args(["-c", script, program]).args(args).output().expect("sh starts")
}

/// The bytes of an NPY file.
fn npy(version: u8, header: &str, elements: &[u8]) -> Vec<u8> {
    let length = (header.len() as u32).to_le_bytes();
    [b"\x93NUMPY", &[version, 0][..], &length[..if version == 1 { 2 } else { 4 }], header.as_bytes(), elements].concat()
}

fn header(descr: &str, shape: &str) -> String {
    format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}")
}

#[test]
#[cfg(unix)]
fn numpy_headers_that_promise_anything_are_refused_at_once() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("y.npy"), npy(1, &header("'|u1'", "(5,)"), &[0, 1, 0, 1, 0])).unwrap();
    let brackets = header("'<f4'", &"(".repeat(30_000));
    for (x, words) in [
        (npy(1, &brackets, &[]), "its header cannot be understood"),
        (npy(2, &header(&"[".repeat(30_000), "(5, 2)"), &[]), "its header cannot be understood"),
        ([b"\x93NUMPY\x02\0", &u32::MAX.to_le_bytes()[..]].concat(), "its header claims 4294967295 bytes"),
        (npy(1, &header("é'<f4'", "(5, 2)"), &[0; 40]), "its header cannot be understood"),
        (npy(1, &header("'<f4'", "(5, 99999999999)"), &[]), "no memory holds it"),
        (npy(1, &header("'<f4'", "(5, 4294967296, 4294967296)"), &[]), "no memory holds it"),
        (npy(1, &header("'<f4'", "(5, 0)"), &[]), "it is empty"),
        (npy(1, &header("'<f4'", "(5, 2)"), &[0; 8]), "ends in row 1"),
        (npy(1, &header("'|O'", "(5, 2)"), &[]), "of type |O"),
        (npy(1, &header("'<U1073741824'", "(5,)"), &[]), "of type <U1073741824"),
    ] {
        std::fs::write(at.join("x.npy"), x).unwrap();
        refused(&limited(at, &["import", "x.npy", "--labels", "y.npy", "-o", "out.h5"]), 3, &["x.npy", words]);
        assert!(!at.join("out.h5").exists());
    }
}

#[test]
#[cfg(unix)]
fn an_archive_that_unpacks_to_a_thousand_times_its_size_is_refused() {
    let folder = folder();
    let at = folder.path();
    let mut archive = npyz::zip::ZipWriter::new(std::fs::File::create(at.join("bomb.npz")).unwrap());
    let zeros = npy(1, &header("'<f8'", "(4000000,)"), &vec![0; 32_000_000]);
    for name in 0..12 {
        let options = npyz::zip::write::FileOptions::default();
        archive.start_file(format!("W{name}.npy"), options).unwrap();
        archive.write_all(&zeros).unwrap();
    }
    archive.finish().unwrap();
    for args in [["gradcheck", "bomb.npz", "-q"], ["train", "--from", "bomb.npz"]] {
        refused(&limited(at, &args), 3, &["bomb.npz", "too large"]);
    }
}

#[test]
#[cfg(unix)]
fn pipes_and_devices_are_read_by_no_verb() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &["train", "-q", "--epochs", "1", "--hidden", "4", "--run", "run"]).status.success());
    assert!(Command::new("mkfifo").arg(at.join("pipe")).status().unwrap().success());
    std::fs::write(at.join("x.npy"), npy(1, &header("'|u1'", "(2, 1)"), &[0, 1])).unwrap();
    for path in ["pipe", "/dev/zero"] {
        for args in [
            &["import", path][..],
            &["import", "x.npy", "--labels", path],
            &["gradcheck", path],
            &["train", path],
            &["train", "--from", path],
            &["train", "--resume", path],
            &["inspect", path],
            &["evaluate", path],
            &["predict", path, "x.h5"],
            &["predict", "run", path],
            &["export", path, "--format", "npz"],
            &["diagnose", path],
        ] {
            let output = limited(at, args);
            assert_eq!(output.status.code(), Some(3), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        for args in [&["train", "--config", path][..], &["sweep", "plan", path], &["sweep", "collect", path]] {
            refused(&limited(at, args), 2, &[path]);
        }
    }
}

#[test]
#[cfg(unix)]
fn a_table_without_line_breaks_or_without_a_closing_quotation_mark_is_refused() {
    let folder = folder();
    let at = folder.path();
    let long = "1,".repeat(10 << 20);
    for (text, words) in [
        (long.clone(), "a line, or a cell in quotation marks, has more than 16 MB"),
        (format!("1,2,0\n1,2,1\n\"{}", "1,2,0\n".repeat(4 << 20)), "has more than 16 MB"),
        (format!("1 2 0\n{}", long.replace(',', " ")), "has more than 16 MB"),
    ] {
        std::fs::write(at.join("t.csv"), text).unwrap();
        refused(&limited(at, &["import", "t.csv"]), 3, &["t.csv", words]);
    }
}

#[test]
fn an_image_that_is_cut_off_or_unpacks_to_gigabytes_is_refused() {
    let folder = folder();
    let at = folder.path();
    for class in ["a", "b"] {
        std::fs::create_dir_all(at.join("images").join(class)).unwrap();
        std::fs::write(at.join("images").join(class).join("1.jpg"), JPEG).unwrap();
    }
    assert!(backburn(at, &["import", "images", "-o", "whole.h5"]).status.success());
    for cut in [100, JPEG.len() / 2, JPEG.len() - 40] {
        std::fs::write(at.join("images/b/1.jpg"), &JPEG[..cut]).unwrap();
        refused(&backburn(at, &["import", "images", "-o", "cut.h5"]), 3, &["images/b/1.jpg"]);
        assert!(!at.join("cut.h5").exists());
    }
    // The frame of the JPEG claims 65,500 x 65,500 pixels, and that of the PNG as many.
    let frame = JPEG.windows(2).position(|mark| mark == [0xff, 0xc0]).unwrap();
    let mut large = JPEG.to_vec();
    large[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    std::fs::write(at.join("images/b/1.jpg"), &large).unwrap();
    refused(&backburn(at, &["import", "images", "-o", "cut.h5"]), 3, &["images/b/1.jpg", "width limit"]);
    let mut bytes = Vec::new();
    let encoder = png::Encoder::new(&mut bytes, 65_500, 65_500);
    encoder.write_header().unwrap().write_chunk(png::chunk::IDAT, &[0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1]).unwrap();
    std::fs::write(at.join("images/b/1.jpg"), &bytes).unwrap();
    refused(&backburn(at, &["import", "images", "-o", "cut.h5"]), 3, &["images/b/1.jpg", "too large"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_network_that_the_limit_of_the_process_does_not_hold_is_refused_by_a_message() {
    let folder = folder();
    let train = ["train", "-q", "--hidden", "20000,20000", "--epochs", "1"];
    refused(&limited(folder.path(), &train), 2, &["the network would need", "--hidden"]);
}

/// Flips one bit of the file at `path`, at so many thousandths of it.
fn flip(path: &Path, sound: &[u8], thousandths: usize) {
    let mut bytes = sound.to_vec();
    let at = sound.len() * thousandths / 1000;
    bytes[at] ^= 1 << (thousandths % 8);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_flipped_bit_in_a_model_or_a_checkpoint_is_found() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &["train", "-q", "--epochs", "2", "--hidden", "8", "--run", "run"]).status.success());
    for (file, args) in [
        ("best.safetensors", &["evaluate", "run"][..]),
        ("checkpoint", &["train", "--resume", "run", "--epochs", "3", "-q"]),
    ] {
        let path = at.join("run").join(file);
        let sound = std::fs::read(&path).unwrap();
        for place in 0..20 {
            flip(&path, &sound, place * 50 + 7);
            refused(&backburn(at, args), 3, &[file]);
        }
        std::fs::write(&path, &sound).unwrap();
        assert!(backburn(at, args).status.success());
    }
}

#[test]
fn a_model_with_a_weight_that_is_not_finite_is_refused() {
    let folder = folder();
    let at = folder.path();
    // Written before there were checksums: gelu.safetensors has none.
    let frozen = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/gelu.safetensors");
    let mut bytes = std::fs::read(frozen).unwrap();
    assert!(!bytes.windows(8).any(|window| window == b"checksum"));
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(at.join("m.safetensors"), &bytes).unwrap();
    refused(&backburn(at, &["evaluate", "m.safetensors"]), 3, &["m.safetensors", "not finite"]);
    refused(&backburn(at, &["train", "--from", "m.safetensors", "-q"]), 3, &["m.safetensors", "not finite"]);
}

#[test]
#[cfg(unix)]
fn interrupted_predictions_leave_nothing() {
    let folder = folder();
    let at = folder.path();
    assert!(backburn(at, &["train", "-q", "--epochs", "1", "--hidden", "4", "--run", "run"]).status.success());
    super::shell::write_hdf5(&at.join("rows.h5"), |file| {
        let rows = ndarray::Array2::<f32>::zeros((200_000, 64));
        file.new_dataset_builder().with_data(&rows).create("x").unwrap();
    });
    let mut stopped = 0;
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        let mut child = command(at, &["predict", "run", "rows.h5", "-o", "p.csv", "-q"]).spawn().unwrap();
        let begun =
            || std::fs::read_dir(at).unwrap().flatten().any(|e| e.file_name().to_string_lossy().starts_with('.'));
        while !begun() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        // SAFETY: the process is a child of this one that nobody has waited for yet.
        unsafe { libc::kill(child.id() as i32, signal) };
        stopped += usize::from(child.wait().unwrap().code() == Some(130));
        let left: Vec<_> = std::fs::read_dir(at).unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
    assert_eq!(stopped, 3);
}

/// `script` in a shell in `folder`, where `$0` is the program; it ends within a minute, by no signal and without a panic.
fn shell(folder: &Path, script: &str) -> Option<i32> {
    let program = env!("CARGO_BIN_EXE_backburn");
    let output = Command::new("bash").current_dir(folder).args(["-c", script, program]).output().expect("bash starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!text.contains("panicked"), "{script}: {text}");
    assert!(output.status.code().is_some_and(|code| code != 101 && code < 124), "{script}: {text}");
    output.status.code()
}

#[test]
#[cfg(target_os = "linux")]
fn surroundings_that_lack_something_end_in_no_panic() {
    let folder = folder();
    let at = folder.path();
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.hdf5"), at.join("d.h5")).unwrap();
    let train = "timeout 60 \"$0\" train d.h5 -q --epochs 1 --hidden 4 --run";
    assert_eq!(shell(at, &format!("{train} closed <&- >&- 2>&-")), Some(0));
    for descriptors in 4..12 {
        shell(at, &format!("ulimit -n {descriptors}; {train} few{descriptors}"));
    }
    // A name that is no UTF-8 is a name like any other, but for the HDF5 library.
    assert_eq!(shell(at, &format!("{train} $'r\\xff' --json")), Some(0));
    assert_eq!(shell(at, "\"$0\" evaluate $'r\\xff' d.h5 --json && \"$0\" diagnose $'r\\xff'"), Some(0));
    assert_eq!(shell(at, "\"$0\" export $'r\\xff' --format npz -o $'m\\xff.npz' --json"), Some(0));
    assert_eq!(shell(at, "\"$0\" predict $'r\\xff' d.h5 -q -o $'p\\xff.csv'"), Some(0));
    assert_eq!(shell(at, &format!("{train} $'r\\xff' --overwrite")), Some(0));
    // A knob is text, which a configuration file can hold, so a path that is none is refused there.
    assert_eq!(shell(at, &format!("{train} x --from $'r\\xff'")), Some(2));
    assert_eq!(shell(at, "cp d.h5 $'d\\xff.h5'; \"$0\" inspect $'d\\xff.h5'"), Some(3));
    // Without /proc nothing is known of the memory; not every machine lets a process hide it from itself.
    shell(
        at,
        &format!("unshare -rm true || exit 0; unshare -rm bash -c 'mount -t tmpfs tmpfs /proc && {train} bare' \"$0\""),
    );
}
