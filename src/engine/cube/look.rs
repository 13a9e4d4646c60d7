//! A look at a few rows: what every layer makes of them, with the parameters as they are between two steps.

use super::area::{Area, Matrix};
use super::layers::{stride, with_ones};
use super::memory::Memory;
use super::product::{After, Product};

/// The way of a few rows through the network, beside the training.
pub(super) struct Look {
    /// The values before the function of every layer, and how many they are.
    z: Vec<(Area, usize)>,
    /// Two products for every hidden layer, before the function and after it, and one for the last.
    products: Vec<Product>,
}

impl Look {
    /// The way of these rows, row-major `[rows, inputs]`.
    pub fn new(memory: &Memory, rows: &[f32]) -> Self {
        let (client, layers) = (&memory.client, &memory.layers);
        let count = rows.len() / layers[0].width;
        let mut values = with_ones(client, rows, (count, layers[0].width));
        let (mut z, mut products) = (Vec::new(), Vec::new());
        for (l, pair) in layers.windows(2).enumerate() {
            let (inputs, width) = (pair[0].width + 1, pair[1].width);
            let product = |out: Matrix, after| Product {
                left: values.matrix(0, [count, inputs - 1], stride(inputs - 1)).padded(),
                right: memory.parameters.matrix(memory.layout.starts[l], [inputs, width], width),
                transposed: [false, false],
                inner: inputs,
                out,
                parts: (1, 0),
                after,
                side: None,
                mask: None,
                precision: memory.setting.precision,
                biased: true,
            };
            let before = Area::zeros(client, count * width);
            products.push(product(before.matrix(0, [count, width], width), After::Nothing));
            z.push((before, count * width));
            if l + 2 < layers.len() {
                let next = with_ones(client, &[], (count, width));
                let out = next.matrix(0, [count, width], stride(width));
                products.push(product(out, After::Bend(memory.setting.curve)));
                values = next;
            }
        }
        Look { z, products }
    }

    /// Lets the rows through the network. Nobody waits for them.
    pub fn launch(&self, memory: &Memory) {
        self.products.iter().for_each(|product| product.launch(&memory.client, memory.cores));
    }

    /// The values before the function of every layer, row-major; this waits for them.
    pub fn read(&self, memory: &Memory) -> Vec<Vec<f32>> {
        let read = |area: &Area| area.read(&memory.client).unwrap_or_default();
        self.z.iter().map(|(area, length)| read(area).get(..*length).map(<[f32]>::to_vec).unwrap_or_default()).collect()
    }
}
