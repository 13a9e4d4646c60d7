//! Buffers of the device, and the matrices that lie in them.
//!
//! Several matrices lie in one buffer where they are read together: all weights and biases, all gradients. So a
//! matrix knows the place of its first number, and how far apart its rows begin, which leaves room for padding.
//! Everything that a step reads or writes is one of these.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

/// Four numbers side by side.
pub(super) type Four = Vector<f32, Const<4>>;

/// A buffer of the device and how many numbers it has.
#[derive(Clone, Debug)]
pub(super) struct Area {
    pub buffer: Handle,
    pub length: usize,
}

impl Area {
    /// Room for so many numbers, all zero.
    pub fn zeros(client: &Client, length: usize) -> Self {
        Self::of(client, &vec![0f32; length.next_multiple_of(4).max(4)])
    }

    /// A buffer with these numbers, and zeros up to a multiple of four, of which there are four at least.
    pub fn padded(client: &Client, numbers: &[f32]) -> Self {
        let mut all = numbers.to_vec();
        all.resize(numbers.len().next_multiple_of(4).max(4), 0.0);
        Self::of(client, &all)
    }

    /// A buffer with these numbers.
    pub fn of<T: bytemuck::NoUninit>(client: &Client, numbers: &[T]) -> Self {
        Area { buffer: client.create_from_slice(bytemuck::cast_slice(numbers)), length: numbers.len() }
    }

    pub fn argument(&self) -> BufferArg {
        self.by(1)
    }

    /// The buffer as an argument of a kernel that takes so many numbers at once.
    pub fn by(&self, lanes: usize) -> BufferArg {
        // SAFETY: the buffer has this many numbers.
        unsafe { BufferArg::from_raw_parts(self.buffer.clone(), self.length / lanes) }
    }

    pub fn write<T: bytemuck::NoUninit>(&self, client: &Client, numbers: &[T]) {
        client.write(&self.buffer, cubecl::bytes::Bytes::from_bytes_vec(bytemuck::cast_slice(numbers).to_vec()));
    }

    /// Writes numbers from number `start` of the buffer on.
    pub fn write_from<T: bytemuck::Pod + Send + Sync>(&self, client: &Client, start: usize, numbers: Vec<T>) {
        let place = self.buffer.clone().offset_start((start * size_of::<T>()) as u64);
        client.write(&place, cubecl::bytes::Bytes::from_elems(numbers));
    }

    pub fn read(&self, client: &Client) -> Option<Vec<f32>> {
        let bytes = client.read_one(self.buffer.clone()).ok()?;
        Some(bytemuck::cast_slice(&bytes).to_vec())
    }

    /// The matrix of this size at a place of the buffer.
    pub fn matrix(&self, start: usize, size: [usize; 2], stride: usize) -> Matrix {
        Matrix { buffer: self.buffer.clone(), length: self.length, start, size, stride }
    }
}

/// A matrix in a buffer of the device: where it starts, its size, and how far apart its rows are.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    /// The buffer.
    pub buffer: Handle,
    /// How many numbers the whole buffer has.
    pub length: usize,
    /// The place of the first number.
    pub start: usize,
    /// Its rows and its columns.
    pub size: [usize; 2],
    /// How many numbers lie from the start of a row to that of the next.
    pub stride: usize,
}

impl Matrix {
    /// How many numbers are read at once: four where every row begins at a multiple of four and ends at one.
    pub fn lanes(&self) -> usize {
        let all = [self.size[1], self.stride, self.start, self.length];
        if all.iter().all(|number| number.is_multiple_of(4)) { 4 } else { 1 }
    }

    /// The buffer as an argument of a kernel that reads `lanes` numbers at once.
    pub fn argument(&self, lanes: usize) -> BufferArg {
        // SAFETY: the buffer holds this many numbers.
        unsafe { BufferArg::from_raw_parts(self.buffer.clone(), self.length / lanes) }
    }

    /// Where it lies in its buffer, of which so many numbers are read at once, by tiles that reach so far in all.
    pub fn place(&self, lanes: usize, reach: [usize; 2]) -> Place {
        let within = [self.size[0] >= reach[0], self.size[1] >= reach[1]];
        Place { start: self.start, stride: self.stride, size: self.size, lanes, within }
    }

    /// The same matrix with all columns up to its stride, those of the padding included.
    #[must_use]
    pub fn padded(mut self) -> Self {
        self.size[1] = self.stride;
        self
    }
}

/// Where a matrix lies in its buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The place of its first number.
    pub start: usize,
    /// How far apart its rows begin.
    pub stride: usize,
    /// Its rows and its columns.
    pub size: [usize; 2],
    /// How many numbers are read or written at once, four or one.
    pub lanes: usize,
    /// Whether no tile reaches beyond its last row, or its last column.
    pub within: [bool; 2],
}
