//! Images are moved as scipy would move them, by a pose that nothing but seed, epoch and row decides.

use std::path::Path;

use super::shell::{backburn, folder, json, refused};
use backburn::data::{Augment, Batches, Block, Data, InputDropout, Memory, Raster, Request, Scale, Warp, Waves};

fn numbers(name: &str) -> Vec<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/augment/pose.h5");
    hdf5::File::open(path).unwrap().dataset(name).unwrap().read_raw().unwrap()
}

fn gap(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).fold(0.0, |gap, (a, b)| gap.max((a - b).abs()))
}

#[test]
fn the_smooth_field_is_scipys_gaussian_filter_of_white_noise() {
    let mut noise = numbers("field/noise").into_iter();
    let mut lanes = [[0.0; 16]; 28 * 2];
    Waves::add(&[Waves::new(28), Waves::new(20)], 1.0, || noise.next().unwrap(), &mut lanes);
    let field: Vec<f32> = lanes.as_flattened().chunks(32).flat_map(|line| &line[..20]).copied().collect();
    let gap = gap(&field, &numbers("field/smooth"));
    assert!(gap < 2e-3, "off by {gap} of a field of size 1");
}

#[test]
fn an_image_is_redrawn_as_scipy_redraws_it() {
    for (group, shape) in [("grey", [28, 20, 1]), ("last", [28, 20, 3]), ("first", [3, 28, 20])] {
        let get = |name: &str| numbers(&format!("{group}/{name}"));
        let (matrix, shift) = (get("matrix"), get("shift"));
        let mut noise = [get("down"), get("across")].concat().into_iter();
        let mut warp = Warp::new(Raster::of(&shape).unwrap());
        warp.affine([[matrix[0], matrix[1]], [matrix[2], matrix[3]]], [shift[0], shift[1]]);
        warp.bend(&[Waves::new(28), Waves::new(20)], get("size")[0], || noise.next().unwrap());
        let mut image = get("image");
        warp.redraw(&mut image, &get("background"));
        let gap = gap(&image, &get("moved"));
        assert!(gap < 1e-2, "{group}: off by {gap}");
    }
}

/// Bytes in which everything fits.
const AMPLE: usize = 1 << 20;

/// Images of ten pixels a side, dark in the middle of white, made by arithmetic alone.
fn data(augment: Augment, memory: usize) -> (tempfile::TempDir, Data) {
    let folder = folder();
    let at = folder.path();
    let inside = |i: usize| (i / 10 % 10).min(9 - i / 10 % 10).min(i % 10).min(9 - i % 10) > 2;
    let pixels = (0..60 * 100).map(|i| if inside(i) { (i * 37 % 200) as u8 } else { 255 });
    let images: Vec<u8> = [0, 0, 8, 3, 0, 0, 0, 60, 0, 0, 0, 10, 0, 0, 0, 10].into_iter().chain(pixels).collect();
    let labels: Vec<u8> = [0, 0, 8, 1, 0, 0, 0, 60].into_iter().chain((0..60).map(|i| i % 3)).collect();
    std::fs::write(at.join("train-images-idx3-ubyte"), images).unwrap();
    std::fs::write(at.join("train-labels-idx1-ubyte"), labels).unwrap();
    assert!(backburn(at, &["import", ".", "-o", "images.h5"]).status.success());
    let (file, augment, memory) = (Some(at.join("images.h5")), (augment, 1.0), Memory(memory));
    let request = Request { file, scale: Scale::Standard, augment, memory, ..Request::default() };
    let data = Data::load(&request).unwrap();
    (folder, data)
}

/// The rows of an epoch, as some threads gather them in batches of some size.
fn epoch(data: &Data, seed: u64, epoch: usize, size: usize, threads: usize) -> Vec<f32> {
    let batches = Batches::in_order(&data.train, size).at(seed, epoch).posed(data.poses.as_ref());
    std::thread::scope(|scope| batches.ahead(scope, 0, threads).flat_map(|rows| rows.unwrap().x).collect())
}

#[test]
fn a_pose_is_a_function_of_seed_epoch_and_row() {
    for kind in [Augment::Affine, Augment::Elastic] {
        let ((_kept, memory), (_file, stream)) = (data(kind, AMPLE), data(kind, 1));
        let first = epoch(&memory, 1, 0, 7, 1);
        assert_eq!(first.len(), 6000);
        for (size, threads) in [(7, 2), (7, 3), (16, 4), (60, 9), (1, 5)] {
            assert!(epoch(&memory, 1, 0, size, threads) == first, "{size} rows, {threads} threads");
        }
        assert!(stream.train.streamed() && epoch(&stream, 1, 0, 7, 2) == first, "a stream shows other poses");
        assert!(epoch(&memory, 1, 1, 7, 1) != first && epoch(&memory, 2, 0, 7, 1) != first);
        assert!(epoch(&data(Augment::None, AMPLE).1, 1, 0, 7, 1) != first);
    }
}

#[test]
fn input_dropout_hides_its_share_anew_in_every_epoch_and_keeps_the_sum() {
    let block = Block::new(vec![1.0; 500 * 200], vec![0; 500], 200);
    let gather = |seed, epoch, size, threads| -> Vec<f32> {
        let batches = Batches::in_order(&block, size).at(seed, epoch).dropped(InputDropout::new(0.3));
        std::thread::scope(|scope| batches.ahead(scope, 0, threads).flat_map(|rows| rows.unwrap().x).collect())
    };
    let first = gather(1, 0, 64, 1);
    assert!(first == gather(1, 0, 7, 3), "it depends on batches or threads");
    assert!(first != gather(1, 1, 64, 1) && first != gather(2, 0, 64, 1));
    let hidden = first.iter().filter(|&&v| v == 0.0).count() as f64 / 1e5;
    assert!((hidden - 0.3).abs() < 0.006, "{hidden} are hidden"); // four deviations
    assert!(first.iter().all(|&v| v == 0.0 || (v - 1.0 / 0.7).abs() < 1e-4));
    assert!(InputDropout::new(0.0).is_none());
}

#[test]
fn what_lies_around_an_image_is_its_background_and_all_pixels_share_one_scale() {
    let (_kept, data) = data(Augment::Elastic, AMPLE);
    assert!(data.preparation.scale.iter().all(|pair| *pair == data.preparation.scale[0]), "{:?}", data.preparation);
    let white = (1.0 - data.preparation.scale[0].0) * data.preparation.scale[0].1;
    let rows = epoch(&data, 3, 4, 60, 1);
    let corners = rows.chunks(100).flat_map(|image| [image[0], image[9], image[90], image[99]]);
    let farthest = corners.fold(0.0f32, |farthest, corner| farthest.max((corner - white).abs()));
    assert!(farthest < 1e-3, "a corner is {farthest} deviations from white");
    let mean = rows.iter().sum::<f32>() / rows.len() as f32;
    assert!(mean.abs() < 0.2, "the images are no longer centred: {mean}");
}

#[test]
fn a_run_in_poses_is_the_same_on_any_number_of_threads_and_is_judged_on_rows_as_they_are() {
    let folder = folder();
    let at = folder.path();
    let run = ["train", "--json", "-q", "--epochs", "4", "--augment", "elastic", "--dropout", "0", "--run"];
    let measured = ["1", "2", "3"].map(|threads| {
        let trained = json(&backburn(at, &[&run[..], &[threads, "--threads", threads]].concat()));
        assert_eq!(trained["test"]["accuracy"], json(&backburn(at, &["evaluate", threads, "--json"]))["accuracy"]);
        ["best.safetensors", "last.safetensors", "journal.jsonl"]
            .map(|file| std::fs::read(at.join(threads).join(file)).unwrap())
    });
    assert!(measured[0] == measured[1] && measured[1] == measured[2]);
}

#[test]
fn rows_that_are_no_images_are_not_moved_and_no_folder_is_left() {
    let folder = folder();
    let at = folder.path();
    let table = "a,b,c,class\n".to_string() + &"1,2,3,x\n4,5,6,y\n".repeat(20);
    std::fs::write(at.join("t.csv"), table).unwrap();
    assert!(backburn(at, &["import", "t.csv", "-o", "t.h5"]).status.success());
    refused(
        &backburn(at, &["train", "t.h5", "--augment", "affine"]),
        2,
        &["--augment affine", "shape [3]", "leave it out"],
    );
    assert!(!at.join("runs").exists());
    refused(&backburn(at, &["train", "--augment", "affine", "--strength", "0"]), 2, &["--strength must be positive"]);
    refused(&backburn(at, &["inspect", "--augment", "affine"]), 2, &["--png"]);
    assert!(backburn(at, &["inspect", "--augment", "elastic", "--png", "sheet.png"]).status.success());
    let sheet = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(at.join("sheet.png")).unwrap()));
    assert_eq!(sheet.read_info().unwrap().info().size(), (1048, 1248));
}
