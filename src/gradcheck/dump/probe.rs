//! A probe: a batch with weights on which every mistake of the table leaves a trace, for a person's own program to run
//! on.
//!
//! The batches that people have hide mistakes. Saturated units have no derivative, a batch as long as a layer is wide
//! hides a wrong axis, and zero biases hide what becomes of them. In a probe, weights have the size 1 / √inputs, biases
//! are small and not zero, all classes are present, and the number of rows is the width of no layer.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::data::{Batches, Block, Dump, Numbers};
use crate::error::Result;
use crate::random::normal;

/// Fewer rows than this tell too little apart.
const LEAST_ROWS: usize = 16;
/// The number of rows that are taken where nothing speaks against it.
const USUAL_ROWS: usize = 24;

/// A probe to be drawn: the widths of its network, and what its batch is taken from.
pub struct ProbeDump<'a> {
    /// The widths from input to output, two or more, none of them 0.
    pub layers: &'a [usize],
    /// The rows from which the batch is taken. Without them it is drawn from a normal distribution.
    pub rows: Option<&'a Block>,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

impl ProbeDump<'_> {
    /// Draws the arrays x `[m, in]`, y `[m]` (class numbers), and for every layer W `[in, out]` and b `[out]`.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn draw(&self) -> Result<Dump> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut dump = Dump::default();
        let mut put = |name: String, shape: Vec<usize>, values: Vec<f64>| {
            dump.arrays.insert(name, Numbers { shape, values });
        };
        let (m, width) = (self.row_count(), self.layers[0]);
        let (x, y) = match self.rows {
            Some(block) => taken(block, m, &mut rng)?,
            None => self.invented(m, &mut rng),
        };
        put("x".into(), vec![m, width], x);
        put("y".into(), vec![m], y);
        for (l, pair) in (1..).zip(self.layers.windows(2)) {
            let deviation = 1.0 / (pair[0] as f64).sqrt();
            let weight = (0..pair[0] * pair[1]).map(|_| deviation * normal(&mut rng)).collect();
            put(format!("W{l}"), pair.to_vec(), weight);
            // Small, and none of them zero.
            let bias = (0..pair[1]).map(|i| rng.random_range(0.05..0.15) * if i % 2 == 0 { 1.0 } else { -1.0 });
            put(format!("b{l}"), vec![pair[1]], bias.collect());
        }
        Ok(dump)
    }

    /// The number of rows: 24, or the next number that is no width and leaves a row for every class.
    fn row_count(&self) -> usize {
        let classes = self.layers.last().copied().unwrap_or(1);
        let least = if classes > USUAL_ROWS { classes } else { USUAL_ROWS };
        let free = |m: &usize| *m >= LEAST_ROWS && !self.layers.contains(m);
        (least..).find(free).unwrap_or(USUAL_ROWS)
    }

    /// Rows drawn from a normal distribution, with classes in random order.
    fn invented(&self, m: usize, rng: &mut ChaCha8Rng) -> (Vec<f64>, Vec<f64>) {
        let classes = self.layers.last().map_or(2, |&k| k.max(2));
        let mut y: Vec<f64> = (0..m).map(|i| (i % classes) as f64).collect();
        y.shuffle(rng);
        ((0..m * self.layers[0]).map(|_| 0.5 * normal(rng)).collect(), y)
    }
}

/// Rows of a block, chosen at random so that every class has its turn before any has a second one.
fn taken(block: &Block, m: usize, rng: &mut ChaCha8Rng) -> Result<(Vec<f64>, Vec<f64>)> {
    let mut order: Vec<usize> = (0..block.len()).collect();
    order.shuffle(rng);
    let mut seen = std::collections::HashMap::new();
    let mut turn = |&row: &usize| {
        let count = seen.entry(block.label(row)).or_insert(0usize);
        *count += 1;
        *count
    };
    let turns: Vec<usize> = order.iter().map(&mut turn).collect();
    let mut ranked: Vec<(usize, usize)> = turns.into_iter().zip(order).collect();
    ranked.sort_by_key(|(turn, _)| *turn);
    let rows: Vec<usize> = ranked.into_iter().take(m).map(|(_, row)| row).collect();
    let batches = Batches::in_order(block, 1);
    let mut x = Vec::new();
    for &row in &rows {
        x.extend(batches.get(row)?.x.into_iter().map(f64::from));
    }
    Ok((x, rows.iter().map(|&row| f64::from(block.label(row))).collect()))
}

/// The lines of numpy that load the probe of `layers` layers from `file`, leave room for the person's own program, and
/// dump its answer.
pub fn instructions(file: &str, layers: usize) -> String {
    let of = |stems: &[&str]| -> String {
        let names = (1..=layers).flat_map(|l| stems.iter().map(move |stem| format!("{stem}{l}")));
        names.collect::<Vec<_>>().join(", ")
    };
    let open = if file.ends_with(".npz") {
        format!("import numpy as np\nprobe = dict(np.load(\"{file}\"))")
    } else {
        format!(
            "import h5py, numpy as np\nwith h5py.File(\"{file}\") as f:\n    probe = {{name: f[name][()] for name in f}}"
        )
    };
    let given = format!("x, y, {}", of(&["W", "b"]));
    let names = given.replace(',', "");
    let gradients: Vec<String> = (1..=layers).flat_map(|l| [format!("dW{l}=dW{l}"), format!("db{l}=db{l}")]).collect();
    format!(
        "{open}\n{given} = (probe[name] for name in \"{names}\".split())\n\n\
         # … your own forward and backward pass here, on these arrays, without the update;\n\
         # x is (rows, inputs) and W1 is (inputs, units): transpose them if yours are the other way round, in the dump too …\n\n\
         probe.update({})\n\
         probe.update(activation=\"sigmoid\", output=\"softmax\", loss=\"ce\", reduction=\"mean\", update=\"-=\", lr=0.1)  # what yours are\n\
         np.savez(\"dump.npz\", **probe)  # then: backburn gradcheck dump.npz",
        gradients.join(", ")
    )
}
