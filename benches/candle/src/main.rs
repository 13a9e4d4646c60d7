//! One epoch a line, in candle: the peer of benches/epoch.
//!
//! Arguments `FOLDER HIDDEN ACTIVATION RULE RATE BATCH`; FOLDER holds x, y, W1, b1, … as little-endian float32 with their
//! widths in the names of the layers. `ready`, then for every line on stdin one epoch: milliseconds and mean loss.

use std::io::BufRead;
use std::time::Instant;

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::optim::{AdamW, Optimizer, ParamsAdamW, SGD};

enum Rule {
    Sgd(SGD),
    Adam(AdamW),
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, hidden, activation, rule, rate, batch] = &arguments[..] else { panic!("six arguments") };
    let device = Device::Cpu;
    let read = |name: &str| -> Vec<f32> {
        let bytes = std::fs::read(format!("{folder}/{name}")).expect(name);
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    };
    let widths: Vec<usize> = [784].into_iter().chain(hidden.split('-').map(|w| w.parse().unwrap())).chain([10]).collect();
    let labels: Vec<u32> = read("y").iter().map(|&y| y as u32).collect();
    let (rows, size) = (labels.len(), batch.parse::<usize>().unwrap());
    let x = Tensor::from_vec(read("x"), (rows, widths[0]), &device)?;
    let y = Tensor::from_vec(labels, rows, &device)?;
    let layers: Vec<(Var, Var)> = (1..widths.len())
        .map(|l| {
            let weight = Tensor::from_vec(read(&format!("W{l}")), (widths[l - 1], widths[l]), &device)?;
            let bias = Tensor::from_vec(read(&format!("b{l}")), widths[l], &device)?;
            Ok((Var::from_tensor(&weight)?, Var::from_tensor(&bias)?))
        })
        .collect::<Result<_>>()?;
    let vars: Vec<Var> = layers.iter().flat_map(|(w, b)| [w.clone(), b.clone()]).collect();
    let rate: f64 = rate.parse().unwrap();
    let mut rule = match rule.as_str() {
        "sgd" => Rule::Sgd(SGD::new(vars, rate)?),
        _ => Rule::Adam(AdamW::new(vars, ParamsAdamW { lr: rate, weight_decay: 0.0, ..Default::default() })?),
    };
    println!("ready");
    let mut state = 1u64;
    for _ in std::io::stdin().lock().lines() {
        let start = Instant::now();
        let mut order: Vec<u32> = (0..rows as u32).collect();
        for i in (1..rows).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            order.swap(i, (state >> 33) as usize % (i + 1));
        }
        let mut total = 0.0;
        for rows in order.chunks(size) {
            let rows = Tensor::new(rows, &device)?;
            let mut a = x.index_select(&rows, 0)?;
            for (l, (weight, bias)) in layers.iter().enumerate() {
                a = a.matmul(weight)?.broadcast_add(bias)?;
                if l + 1 < layers.len() {
                    a = if activation == "sigmoid" { candle_nn::ops::sigmoid(&a)? } else { a.relu()? };
                }
            }
            let loss = candle_nn::loss::cross_entropy(&a, &y.index_select(&rows, 0)?)?;
            match &mut rule {
                Rule::Sgd(sgd) => sgd.backward_step(&loss)?,
                Rule::Adam(adam) => adam.backward_step(&loss)?,
            }
            total += loss.to_dtype(DType::F64)?.to_scalar::<f64>()? * rows.elem_count() as f64;
        }
        println!("{} {}", start.elapsed().as_secs_f64() * 1e3, total / rows as f64);
    }
    Ok(())
}
