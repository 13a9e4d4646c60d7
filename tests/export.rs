//! A model goes out to other programs, and weights come in from them.
//!
//! `tests/export/make.py` made the frozen files after onnxruntime, PyTorch and numpy had agreed with `predict`; where
//! a Python with those packages is (`BACKBURN_PYTHON`, else `python3`), they are asked again.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::shell::{backburn, folder, json, refused, shared};
use backburn::export::{Format, files};
use backburn::model::{Activation, MlpConfig, Saved, Start};
use burn::tensor::{Tensor, TensorData};

fn frozen(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export").join(name)
}

#[test]
fn onnx_is_byte_for_byte_what_onnxruntime_certified() {
    for activation in Activation::ALL {
        let name = activation.name();
        let saved = Saved::read(&frozen(&format!("{name}.safetensors"))).unwrap();
        let made = files(&saved, Format::Onnx, "m").unwrap();
        assert!(
            made[0].1 == std::fs::read(frozen(&format!("{name}.onnx"))).unwrap(),
            "{name}: run tests/export/make.py"
        );
    }
}

/// Exports `model` in every format and lets Python compare them with `predict`.
pub fn judge(at: &Path, model: &str, data: &str) {
    assert!(backburn(at, &["predict", model, data, "-o", "p.h5"]).status.success());
    for format in Format::ALL {
        let name = format!("m.{}", format.ending());
        let output = backburn(at, &["export", model, "--format", format.name(), "-o", &name, "--overwrite"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let python = std::env::var("BACKBURN_PYTHON").unwrap_or_else(|_| "python3".into());
    let agree = Command::new(&python).arg(frozen("agree.py")).args([".", data, "p.h5"]).current_dir(at).output();
    match agree {
        Ok(output) if output.status.success() => eprint!("{}", String::from_utf8_lossy(&output.stdout)),
        Ok(output) if output.status.code() != Some(77) => {
            let text = [output.stdout, output.stderr].concat();
            panic!("{}", String::from_utf8_lossy(&text));
        }
        _ => eprintln!("not asked: {python} lacks onnxruntime, torch, h5py or numpy; the frozen files stand for them"),
    }
}

#[test]
fn every_format_agrees_with_predict_on_the_built_in_digits() {
    let folder = folder();
    let at = folder.path();
    let train = ["train", "-q", "--epochs", "3", "--run", "run", "--scale", "standard", "--activation", "gelu"];
    assert!(backburn(at, &train).status.success());
    judge(at, "run", concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.hdf5"));
    // The same bytes once more cost nobody anything; other bytes stay.
    assert!(backburn(at, &["export", "run", "--format", "onnx", "-o", "m.onnx"]).status.success());
    ["m.onnx", "m.npz", "m_numpy.py"].iter().for_each(|name| std::fs::write(at.join(name), "a person's").unwrap());
    refused(&backburn(at, &["export", "run", "--format", "onnx", "-o", "m.onnx"]), 2, &["exists", "--overwrite"]);
    refused(&backburn(at, &["export", "run", "--format", "npz", "-o", "m.npz"]), 2, &["`m.npz` exists"]);
    std::fs::remove_file(at.join("m.npz")).unwrap();
    refused(&backburn(at, &["export", "run", "--format", "npz", "-o", "m.npz"]), 2, &["`m_numpy.py` exists"]);
    assert!(!at.join("m.npz").exists(), "half of an export was written");
    refused(&backburn(at, &["export", "absent", "--format", "onnx"]), 3, &["cannot read model"]);
}

#[test]
fn every_format_agrees_with_predict_on_a_thousand_rows_of_mnist() {
    let Some(mnist) = shared("mnist/MNISTdata.hdf5").and_then(|path| path.canonicalize().ok()) else { return };
    let folder = folder();
    let data = mnist.to_str().unwrap();
    assert!(backburn(folder.path(), &["train", data, "-q", "--epochs", "1", "--run", "run"]).status.success());
    judge(folder.path(), "run", data);
}

#[test]
fn arrays_for_numpy_hold_the_weights_as_a_beginner_writes_them() {
    let saved = Saved::read(&frozen("tanh.safetensors")).unwrap();
    let folder = folder();
    for (ending, bytes) in files(&saved, Format::Hdf5, "m").unwrap() {
        std::fs::write(folder.path().join(format!("m{ending}")), bytes).unwrap();
    }
    let file = hdf5::File::open(folder.path().join("m.h5")).unwrap();
    assert_eq!(file.dataset("W1").unwrap().shape(), [6, 5]);
    assert_eq!(file.dataset("W3").unwrap().read_raw::<f32>().unwrap(), saved.weights[2].0);
    let [(ending, npz), (script, text)] = &files(&saved, Format::Npz, "m").unwrap()[..] else { panic!() };
    assert_eq!((ending.as_str(), script.as_str()), (".npz", "_numpy.py"));
    assert!(String::from_utf8_lossy(text).contains("np.tanh(z)"));
    std::fs::write(folder.path().join("m.npz"), npz).unwrap();
    let start = Start::read(&folder.path().join("m.npz")).unwrap();
    assert_eq!((start.weights, start.activation), (saved.weights, Some(Activation::Tanh)));
}

/// Input, and the logits that PyTorch computed when the files were made.
fn expected() -> (Vec<f32>, Vec<f32>) {
    let bytes = std::fs::read(frozen("torch.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let read = |name: &str| {
        let view = file.tensor(name).unwrap();
        view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    (read("x"), read("logits"))
}

#[test]
fn weights_of_pytorch_and_of_numpy_start_a_network_that_says_the_same() {
    let (x, want) = expected();
    let device = backburn::device::choose(None).unwrap();
    for name in ["torch.safetensors", "numpy.npz"] {
        let start = Start::read(&frozen(name)).unwrap();
        assert_eq!(start.layers, [4, 5, 3, 2], "{name}");
        let network = MlpConfig { layers: start.layers, activation: Activation::Relu, dropout: 0.0 };
        let model = network.with_weights(start.weights, &device);
        let logits = model.forward(Tensor::from_data(TensorData::new(x.clone(), [8, 4]), &device));
        let got = backburn::engine::to_host(logits.flatten(0, 1));
        let gap = got.iter().zip(&want).fold(0.0f32, |gap, (a, b)| gap.max((a - b).abs()));
        assert!(gap < 1e-6, "{name}: {gap}");
    }
}

#[test]
fn training_goes_on_from_a_model_and_refuses_one_that_does_not_fit() {
    let folder = folder();
    let at = folder.path();
    let short = ["train", "--json", "-q", "--epochs"];
    let activation = ["--activation", "tanh", "--hidden", "20,10"];
    let first = json(&backburn(at, &[&short[..], &["4", "--run", "a"], &activation].concat()));
    assert!(backburn(at, &["export", "a", "--format", "npz", "-o", "a.npz"]).status.success());
    for from in ["a", "a/best.safetensors", "a.npz"] {
        let args = [&short[..], &["1", "--rate", "1e-9", "--run", "b", "--overwrite", "--from", from]].concat();
        let second = json(&backburn(at, &args));
        assert_eq!(first["test"]["accuracy"], second["test"]["accuracy"], "{from}");
        let saved = Saved::read(&at.join("b")).unwrap();
        assert_eq!((saved.network.activation, saved.network.layers), (Activation::Tanh, vec![64, 20, 10, 10]));
    }
    let torch = frozen("torch.safetensors");
    refused(&backburn(at, &["train", "--from", torch.to_str().unwrap()]), 3, &["[4, 5, 3, 2]", "[64, 5, 3, 10]"]);
    refused(&backburn(at, &["train", "--from", "a", "--hidden", "7"]), 2, &["[20, 10]", "--hidden"]);
    refused(&backburn(at, &["train", "--from", "nothing.npz"]), 3, &["cannot start from `nothing.npz`"]);
    let digits = concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.hdf5");
    refused(&backburn(at, &["train", "--from", digits]), 3, &["cannot start from", "linear layers"]);
}
