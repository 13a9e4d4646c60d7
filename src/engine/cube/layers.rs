//! The layers of a network on the device: where their values, their gradients and their parameters lie.
//!
//! Weight and bias of a layer follow one another in the buffer of all parameters, so they are one matrix with the
//! bias as its last row, and the values of the layer before have a one behind the last of them. The forward pass is
//! then one product, and so is the gradient of both.

use cubecl::client::Client;

use super::Setting;
use super::area::Area;
use super::loss::ROWS;
use super::sums::UNITS;
use super::tile::parts;
use super::update::{PIECE, Walk};

/// The values of one layer on its way forward and back.
pub(super) struct Layer {
    /// The values after the function, `[batch, stride]`; those of the last layer are the logits, in parts, and those
    /// before the first the rows.
    pub values: Area,
    /// The gradient at the values before the function, `[batch, stride]`.
    pub deltas: Area,
    /// What the derivative is taken at, where that is something else than the values.
    pub seen: Option<Area>,
    /// The mask of dropout.
    pub mask: Option<Area>,
    /// How many units it has.
    pub width: usize,
    /// How far apart its rows lie.
    pub stride: usize,
}

/// Where the parameters of a network, their gradients and the parts of these lie.
pub(super) struct Layout {
    /// Where the parameters of each layer begin, and how many there are in all.
    pub starts: Vec<usize>,
    /// Where the parts of the gradients of each layer begin, and how many numbers they are in all.
    pub froms: Vec<usize>,
    /// In how many parts the gradients of each layer are computed.
    pub parts: Vec<usize>,
    /// In how many parts the logits are computed.
    pub logits: usize,
    /// The table of pieces, and the first piece and the number of pieces of each parameter.
    pub pieces: Vec<u32>,
    pub owners: Vec<u32>,
    /// How the update walks over them.
    pub walk: Walk,
}

/// How far apart the rows of a layer of this width lie: with room for the one behind them, and zeros up to the end of
/// a slab.
pub(super) fn stride(width: usize) -> usize {
    (width + 1).next_multiple_of(32)
}

/// How many parameters a network of these widths has.
pub(super) fn size(widths: &[usize]) -> usize {
    widths.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
}

impl Layout {
    /// The layout for batches of so many rows on a device with so many `cores`.
    pub fn new(widths: &[usize], batch: usize, cores: usize) -> Self {
        let depth = widths.len() - 1;
        let starts: Vec<usize> = (0..=depth).map(|l| size(&widths[..=l])).collect();
        let parts: Vec<usize> =
            widths.windows(2).map(|pair| self::parts([pair[0] + 1, pair[1]], batch, cores)).collect();
        let apart = |l: usize| (starts[l + 1] - starts[l]).next_multiple_of(4);
        let froms: Vec<usize> = (0..=depth).map(|l| (0..l).map(|k| parts[k] * apart(k)).sum()).collect();
        // Four numbers at once, where weights and biases all begin at a multiple of four.
        let fourfold = |l: usize| starts[l].is_multiple_of(4) && (widths[l] * widths[l + 1]).is_multiple_of(4);
        let lanes = if (0..depth).all(fourfold) { 4 } else { 1 };
        let turns = starts[depth].div_ceil(UNITS * lanes * 6 * cores).clamp(1, 16 / lanes);
        let (mut pieces, mut owners) = (Vec::new(), Vec::new());
        for l in 0..depth {
            let (all, weight) = (starts[l + 1] - starts[l], widths[l] * widths[l + 1]);
            for (first, end) in [(0, weight), (weight, all)] {
                let owner = pieces.len() / PIECE;
                for at in (first..end).step_by(UNITS * lanes * turns) {
                    let count = (end - at).min(UNITS * lanes * turns);
                    pieces.extend([starts[l] + at, count, froms[l] + at, parts[l], apart(l)].map(|v| v as u32));
                }
                owners.extend([owner, pieces.len() / PIECE - owner].map(|v| v as u32));
            }
        }
        let logits = self::parts([batch, widths[depth]], widths[depth - 1] + 1, cores);
        let walk = Walk { lanes, turns, cubes: pieces.len() / PIECE, losses: batch.div_ceil(ROWS) };
        Layout { starts, froms, parts, logits, pieces, owners, walk }
    }

    /// How many numbers lie from one part of the gradients of layer `l` to the next.
    pub fn apart(&self, l: usize) -> usize {
        (self.starts[l] - self.starts[l - 1]).next_multiple_of(4)
    }

    /// The buffers of all layers, with the ones behind the values.
    pub fn layers(&self, client: &Client, setting: &Setting) -> Vec<Layer> {
        let (widths, batch, depth) = (&setting.layers, setting.batch, setting.layers.len() - 1);
        let layer = |(l, &width): (usize, &usize)| {
            let (last, hidden) = (l == depth, l > 0 && l < depth);
            let stride = if last { width.next_multiple_of(16) } else { stride(width) };
            let zeros = || Area::zeros(client, batch * stride);
            let masked = hidden && setting.dropout > 0;
            Layer {
                values: if last {
                    Area::zeros(client, self.logits * batch * stride)
                } else {
                    with_ones(client, &[], (batch, width))
                },
                deltas: if l > 0 { zeros() } else { Area::zeros(client, 4) },
                seen: (hidden && (masked || setting.curve.looks_back())).then(zeros),
                mask: masked.then(zeros),
                width,
                stride,
            }
        };
        widths.iter().enumerate().map(layer).collect()
    }
}

/// A buffer for rows of this width with a one behind each, and with these numbers, row-major, as far as there are any.
pub(super) fn with_ones(client: &Client, numbers: &[f32], (rows, width): (usize, usize)) -> Area {
    let mut all = vec![0f32; rows * stride(width)];
    for (i, row) in all.chunks_exact_mut(stride(width)).enumerate() {
        row[width] = 1.0;
        numbers.get(i * width..(i + 1) * width).into_iter().for_each(|numbers| row[..width].copy_from_slice(numbers));
    }
    Area::of(client, &all)
}
