//! A batch: the rows of one step, gathered on the host and sent to the device.
//!
//! Gathering and sending are two things because they happen on two threads: workers gather rows ahead, and the thread that
//! trains sends them when it needs them. On the path of a batch this is `Batches` → [`HostBatch`] → [`Batch`].

use std::borrow::Cow;

use burn::tensor::{Device, Tensor, TensorData};

use crate::ranks::Share;

/// A batch on the host, on its way to the device.
pub struct HostBatch {
    /// The features of the n rows that are here, row-major `[n, width]`.
    pub x: Vec<f32>,
    /// The classes of all rows of the batch.
    pub labels: Vec<u32>,
    /// Which of its rows are here; `None` unless several ranks share the batch.
    pub(super) share: Option<Share>,
    /// How many inputs a row has, marks included.
    pub(super) width: usize,
}

impl HostBatch {
    /// The same batch on `device`.
    pub fn to(self, device: &Device) -> Batch {
        let HostBatch { x, labels, share, width } = self;
        let shape = [share.as_ref().map_or(labels.len(), |share| share.rows.len()), width];
        Batch { x: Tensor::from_data(TensorData::new(x, shape), device), labels, share }
    }

    /// The same batch on `device`, where no rank shares it, with rows of zeros behind its own up to so many rows.
    pub fn filled(mut self, rows: usize, device: &Device) -> Batch {
        self.x.resize(rows * self.width, 0.0);
        let x = Tensor::from_data(TensorData::new(self.x, [rows, self.width]), device);
        Batch { x, labels: self.labels, share: None }
    }
}

/// A batch on the device, with its classes on the host.
pub struct Batch {
    /// The features of the n rows that are here, which are all of them unless the batch is shared: `[n, width]`.
    pub x: Tensor<2>,
    /// The classes of all rows of the batch.
    pub labels: Vec<u32>,
    /// Which of its rows are here; `None` unless several ranks share the batch.
    pub share: Option<Share>,
}

impl Batch {
    /// The classes of the rows that are here.
    pub fn own_labels(&self) -> Cow<'_, [u32]> {
        self.share.as_ref().map_or(Cow::Borrowed(&self.labels), |share| Cow::Owned(share.pick(&self.labels)))
    }
}
