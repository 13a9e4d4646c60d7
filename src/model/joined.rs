//! Several networks as one: a wider network whose logits are the mean of theirs.
//!
//! The hidden units of all networks stand side by side, and no weight leads from one network to another. Only the last
//! layer adds them up. The answer is the normalised geometric mean of their probabilities (Hinton 2002). Unlike a
//! [`Committee`](super::Committee) it is one model, so nothing that reads, judges or exports a model has to know that
//! there were several.

use super::{LayerWeights, Saved};

impl Saved {
    /// The network whose logits are the mean of those of `networks`, which have the same depth, activation, inputs and
    /// classes and take rows that are prepared in the same way. Each of its hidden layers is as wide as those of all
    /// networks together. `None` for no network, and for networks without a hidden layer.
    pub fn joined(networks: &[Saved]) -> Option<Saved> {
        let mut joined = networks.first()?.clone();
        let last = joined.weights.len().checked_sub(1).filter(|&last| last > 0)?;
        for level in 0..=last {
            let parts: Vec<&LayerWeights> = networks.iter().map(|network| &network.weights[level]).collect();
            joined.weights[level] = match level {
                0 => beside(&parts),
                _ if level == last => mean(&parts),
                _ => apart(&parts),
            };
        }
        let widths = joined.weights.iter().map(|(_, bias)| bias.len());
        joined.network.layers.splice(1.., widths);
        Some(joined)
    }
}

/// Layers that have their inputs in common, as one: the outputs `[inputs, Σ outputs]` stand side by side.
fn beside(parts: &[&LayerWeights]) -> LayerWeights {
    let inputs = parts.first().map_or(0, |(weight, bias)| weight.len() / bias.len().max(1));
    let row =
        |input: usize| parts.iter().flat_map(move |(weight, bias)| weight[input * bias.len()..][..bias.len()].iter());
    ((0..inputs).flat_map(row).copied().collect(), biases(parts))
}

/// Layers that have nothing in common, as one: their weights lie on the diagonal of `[Σ inputs, Σ outputs]`.
fn apart(parts: &[&LayerWeights]) -> LayerWeights {
    let total: usize = parts.iter().map(|(_, bias)| bias.len()).sum();
    let (mut weights, mut before) = (Vec::new(), 0);
    for (weight, bias) in parts {
        for row in weight.chunks(bias.len().max(1)) {
            weights.extend(std::iter::repeat_n(0.0, before).chain(row.iter().copied()));
            weights.resize(weights.len() + total - before - row.len(), 0.0);
        }
        before += bias.len();
    }
    (weights, biases(parts))
}

/// Layers that have their outputs in common, as one, `[Σ inputs, outputs]`, which gives the mean of their outputs.
fn mean(parts: &[&LayerWeights]) -> LayerWeights {
    let count = parts.len() as f32;
    let outputs = parts.first().map_or(0, |(_, bias)| bias.len());
    let sum = |output: usize| parts.iter().map(|(_, bias)| bias[output]).sum::<f32>();
    (
        parts.iter().flat_map(|(weight, _)| weight.iter().map(|w| w / count)).collect(),
        (0..outputs).map(|output| sum(output) / count).collect(),
    )
}

/// The biases of several layers, one after another.
fn biases(parts: &[&LayerWeights]) -> Vec<f32> {
    parts.iter().flat_map(|(_, bias)| bias.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};

    use super::*;
    use crate::model::{Activation, Init, MlpConfig};

    #[test]
    fn the_logits_of_a_joined_network_are_the_mean_of_those_of_its_parts() {
        let device = Device::default();
        let saved = |layers: &[usize], seed| {
            let network = MlpConfig { layers: layers.to_vec(), activation: Activation::Silu, dropout: 0.0 };
            let weights = network.init(Init::He, seed, &device).weights();
            let text = serde_json::json!({"network": network, "input": [3], "scale": [], "classes": ["a", "b"], "labels": ["0", "1"]});
            Saved { weights, ..serde_json::from_value(text).unwrap() }
        };
        let x = Tensor::<2>::from_data(TensorData::new((0..12).map(|i| (i as f32).sin()).collect(), [4, 3]), &device);
        let logits = |saved: &Saved| -> Vec<f32> {
            saved.network(&device).forward(x.clone()).into_data().convert::<f32>().try_into_vec().unwrap()
        };
        for layers in [vec![3, 5, 2], vec![3, 4, 6, 2], vec![3, 2, 5, 4, 2]] {
            let parts: Vec<Saved> = (1..=3).map(|seed| saved(&layers, seed)).collect();
            let joined = Saved::joined(&parts).unwrap();
            let wide: Vec<usize> = layers[1..layers.len() - 1].iter().map(|width| 3 * width).collect();
            assert_eq!(joined.network.layers, [vec![3], wide, vec![2]].concat());
            let each: Vec<Vec<f32>> = parts.iter().map(logits).collect();
            for (i, own) in logits(&joined).into_iter().enumerate() {
                let mean = each.iter().map(|part| part[i]).sum::<f32>() / 3.0;
                assert!((own - mean).abs() < 1e-6, "{own} is not {mean}");
            }
        }
        assert!(Saved::joined(&[saved(&[3, 2], 1)]).is_none());
    }
}
