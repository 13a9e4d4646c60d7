//! The data of the benchmark: digits, a part of MNIST where its file is there, and a made table.

use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Rows with labels, and a test half.
#[derive(Clone)]
pub struct Table {
    pub name: &'static str,
    pub width: usize,
    pub x: Vec<f32>,
    pub y: Vec<i32>,
    pub x_test: Vec<f32>,
    pub y_test: Vec<i32>,
    pub epochs: usize,
}

impl Table {
    /// Keeps the training rows of which `keep` says so of (row, label).
    pub fn retain(&mut self, mut keep: impl FnMut(usize, i32) -> bool) {
        let rows: Vec<usize> = (0..self.y.len()).filter(|&row| keep(row, self.y[row])).collect();
        self.x = rows.iter().flat_map(|&row| self.x[row * self.width..(row + 1) * self.width].to_vec()).collect();
        self.y = rows.iter().map(|&row| self.y[row]).collect();
    }

    /// Writes the table as an HDF5 file.
    pub fn write(&self, path: &Path) {
        let file = hdf5::File::create(path).expect("a file");
        let halves = [("train", &self.x, &self.y), ("test", &self.x_test, &self.y_test)];
        for (half, x, y) in halves {
            let x = ndarray::ArrayView2::from_shape((y.len(), self.width), x).expect("rows");
            file.new_dataset_builder().with_data(x).create(format!("x_{half}").as_str()).expect("features");
            file.new_dataset_builder().with_data(&y[..]).create(format!("y_{half}").as_str()).expect("labels");
        }
    }
}

/// All tables that are there.
pub fn all() -> Vec<Table> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mnist = root.join("../shared/data/mnist/MNISTdata.hdf5");
    let mut tables = vec![read("digits", &root.join("data/digits.hdf5"), 1437, 20), made(2000, 20)];
    if mnist.exists() {
        tables.push(read("mnist", &mnist, 6000, 10));
    }
    tables
}

fn read(name: &'static str, path: &Path, rows: usize, epochs: usize) -> Table {
    let file = hdf5::File::open(path).expect(name);
    let numbers = |name: &str| file.dataset(name).expect(name).read_raw::<f32>().expect(name);
    let labels = |name: &str| file.dataset(name).expect(name).read_raw::<i32>().expect(name);
    let (x, y, x_test, y_test) = (numbers("x_train"), labels("y_train"), numbers("x_test"), labels("y_test"));
    let width = x.len() / y.len();
    let cut = |mut x: Vec<f32>, rows: usize| {
        x.truncate(rows * width);
        x
    };
    let part = |y: &[i32], rows: usize| y[..rows.min(y.len())].to_vec();
    Table {
        name,
        width,
        y: part(&y, rows),
        x: cut(x, rows),
        y_test: part(&y_test, 1000),
        x_test: cut(x_test, 1000),
        epochs,
    }
}

/// Three classes that a random network of tanh units tells apart, from twelve standardised features.
pub fn made(rows: usize, epochs: usize) -> Table {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut normal = || (0..12).map(|_| rng.random::<f32>() - 0.5).sum::<f32>();
    let weights: Vec<f32> = (0..12 * 6).map(|_| normal()).collect();
    let heads: Vec<f32> = (0..6 * 3).map(|_| normal()).collect();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..rows + 500 {
        let row: Vec<f32> = (0..12).map(|_| normal()).collect();
        let hidden: Vec<f32> =
            (0..6).map(|j| (0..12).map(|i| row[i] * weights[i * 6 + j]).sum::<f32>().tanh()).collect();
        let score = |k: usize| (0..6).map(|j| hidden[j] * heads[j * 3 + k]).sum::<f32>();
        y.push((0..3).max_by(|&a, &b| score(a).total_cmp(&score(b))).unwrap_or(0) as i32);
        x.extend(row);
    }
    let (x_test, y_test) = (x.split_off(rows * 12), y.split_off(rows));
    Table { name: "made", width: 12, x, y, x_test, y_test, epochs }
}
