//! A batch: the rows of one step, gathered on the host and sent to the device.
//!
//! Gathering and sending are two things because they happen on two threads: workers gather rows ahead, and the thread that
//! trains sends them when it needs them. On the path of a batch this is `Batches` → [`HostBatch`] → [`Batch`].

use burn::tensor::{Device, Tensor, TensorData};

/// A batch on the host, on its way to the device.
pub struct HostBatch {
    /// The features, row-major `[n, width]`.
    pub x: Vec<f32>,
    /// The classes of the n rows.
    pub labels: Vec<u32>,
    /// How many inputs a row has, marks included.
    pub(super) width: usize,
}

impl HostBatch {
    /// The same batch on `device`.
    pub fn to(self, device: &Device) -> Batch {
        let shape = [self.labels.len(), self.width];
        Batch { x: Tensor::from_data(TensorData::new(self.x, shape), device), labels: self.labels }
    }
}

/// A batch on the device, with its classes on the host.
pub struct Batch {
    /// The features, `[n, width]`.
    pub x: Tensor<2>,
    /// The classes of the n rows.
    pub labels: Vec<u32>,
}
