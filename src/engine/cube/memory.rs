//! What lies on the device: every buffer of a network that is trained there, of its rows, and of what is seen of a
//! step.

use cubecl::client::Client;

use super::area::Area;
use super::layers::{Layer, Layout};
use super::rows::Gather;
use super::update::{COEFFICIENTS, EACH, EFFECTS, HEAD, SIZES};
use super::{Rows, Setting};

/// How many steps can be recorded before somebody reads.
pub const MOST: usize = 256;

/// How many multiprocessors a device has.
pub(super) fn cores(client: &Client) -> usize {
    client.properties().hardware.num_streaming_multiprocessors.map_or(128, |n| n as usize)
}

/// The buffers, and what they are laid out for.
pub(super) struct Memory {
    pub client: Client,
    /// How many multiprocessors the device has.
    pub cores: usize,
    pub setting: Setting,
    pub layout: Layout,
    pub layers: Vec<Layer>,
    pub gather: Gather,
    /// All rows, how bytes among them are scaled, and their classes.
    pub features: Area,
    pub scale: Area,
    pub labels: Area,
    /// The classes of the rows of a batch, and what each class weighs.
    pub y: Area,
    pub class_weights: Area,
    pub parameters: Area,
    pub moments: [Area; 2],
    /// The gradients in parts, and added up.
    pub parts: Area,
    pub gradients: Area,
    /// The table of pieces, and which of them belong to which parameter.
    pub pieces: Area,
    pub owners: Area,
    /// What was measured of each piece before and after it moved, and of the loss.
    pub sizes: Area,
    pub effects: Area,
    pub outcome: Area,
    /// What the steps of an epoch look up.
    pub order: Area,
    pub keys: Area,
    pub coefficients: Area,
    /// Where the training stands, and what its last steps have shown.
    pub state: Area,
    pub records: Area,
}

impl Memory {
    /// Brings everything to the device of `client`, see [`super::Resident::new`].
    pub fn new(client: Client, setting: Setting, rows: &Rows, parameters: &[f32], moments: [&[f32]; 2]) -> Self {
        let cores = cores(&client);
        let (batch, depth) = (setting.batch, setting.layers.len() - 1);
        let layout = Layout::new(&setting.layers, batch, cores);
        let layers = layout.layers(&client, &setting);
        let zeros = |length| Area::zeros(&client, length);
        let gather = Gather::of(rows, batch, layers[0].stride);
        let steps = gather.rows.div_ceil(batch);
        Memory {
            gather,
            features: Area::of(&client, &rows.words),
            scale: Area::padded(&client, &rows.scale),
            labels: Area::of(&client, &rows.labels),
            y: Area::of(&client, &vec![0u32; batch]),
            class_weights: Area::of(&client, &setting.weights),
            parameters: Area::padded(&client, parameters),
            moments: moments.map(|moments| Area::padded(&client, moments)),
            parts: zeros(layout.froms[depth]),
            gradients: zeros(parameters.len()),
            pieces: Area::of(&client, &layout.pieces),
            owners: Area::of(&client, &layout.owners),
            sizes: zeros(layout.walk.cubes * SIZES),
            effects: zeros(layout.walk.cubes * EFFECTS),
            outcome: zeros(layout.walk.losses * 2),
            order: Area::of(&client, &vec![0u32; if gather.ring.is_none() { gather.rows } else { 1 }]),
            keys: Area::of(&client, &vec![0u32; 8 * if setting.dropout > 0 { steps } else { 1 }]),
            coefficients: zeros(steps * COEFFICIENTS),
            state: Area::of(&client, &[0u32; 8]),
            records: zeros(MOST * (HEAD + EACH * 2 * depth)),
            cores,
            layout,
            layers,
            setting,
            client,
        }
    }
}
