//! Rows a second and a thread that are gathered as they are, moved, and bent; the medians of nine alternating rounds.
//!
//! `cargo bench --bench augment` on the built-in digits, `-- FILE.hdf5` on others.

use std::time::Instant;

use backburn::data::{Augment, Batches, Data, Memory, Poses, Request, Scale};

fn main() {
    let file = std::env::args().skip(1).find(|argument| argument != "--bench").map(std::path::PathBuf::from);
    let request = |kind| Request {
        file: file.clone(),
        test: None,
        choice: Default::default(),
        validation: 0.0,
        scale: Scale::Auto,
        augment: (kind, 1.0),
        seed: 0,
        memory: Memory::free(),
    };
    let data = Data::load(&request(Augment::None)).expect("data");
    let poses = Augment::ALL.map(|kind| Poses::new(&request(kind), &data).expect("images"));
    let mut seconds = [const { Vec::new() }; 3];
    for round in 0..9 {
        for (poses, seconds) in poses.iter().zip(&mut seconds) {
            let start = Instant::now();
            let batches = Batches::shuffled(&data.train, 128, 0, round).posed(poses.as_ref(), round);
            (0..batches.len()).for_each(|i| drop(std::hint::black_box(batches.get(i).expect("rows"))));
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    for (kind, mut seconds) in Augment::ALL.iter().zip(seconds) {
        seconds.sort_by(f64::total_cmp);
        let rows = data.train.len() as f64 / seconds[4];
        println!("{:<8} {:>9.0} rows/s {:>8.2} µs a row", kind.name(), rows, 1e6 / rows);
    }
}
