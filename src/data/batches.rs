//! Batches: the order in which rows meet the network, and the gathering of them.
//!
//! The order is a function of the seed and the epoch and not a state, so an interrupted epoch continues where it stopped.
//! Whether the rows are in memory or come out of a file is decided here and seen nowhere above. On the path of a batch
//! this is `Block` → [`HostBatch`].

use std::mem::MaybeUninit;
use std::sync::mpsc::sync_channel;
use std::thread::Scope;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::augment::Poses;
use super::batch::HostBatch;
use super::block::{Block, Held};
use super::dropout::InputDropout;
use super::features::Features;
use super::sharing::Sharing;
use super::stream::Window;
use crate::engine::{LONG_LOOP, both, simd};
use crate::error::Result;
use crate::preparation::Preparation;
use crate::ranks::{self, Share};

/// The rows of a block in some order, cut into batches; the last batch may be shorter.
pub struct Batches<'a> {
    block: &'a Block,
    /// The places of the rows in the block, in the order in which they come.
    order: Vec<u32>,
    /// How many rows a batch has.
    size: usize,
    /// The seed and the epoch, on which order, poses and dropout depend.
    seed: u64,
    epoch: usize,
    /// How images are moved; `None` leaves them where they are.
    poses: Option<&'a Poses>,
    /// How features are switched off; `None` leaves all of them on.
    dropout: Option<InputDropout>,
    /// Which rows of a batch are gathered here; `None` if all of them are.
    sharing: Option<Sharing>,
}

/// How many rows before its copy a row is prefetched, because rows in a random order cost a wait for memory each.
const AHEAD: usize = 4;

/// Where the features of the next rows are.
enum Cursor<'s> {
    Memory(&'s Features),
    File(Window<'s>),
}

impl<'a> Batches<'a> {
    /// All rows in the order of the block, for evaluation.
    pub fn in_order(block: &'a Block, size: usize) -> Self {
        let order = (0..block.len() as u32).collect();
        Batches { block, order, size, seed: 0, epoch: 0, poses: None, dropout: None, sharing: None }
    }

    /// All rows in the order of one epoch, for training.
    pub fn shuffled(block: &'a Block, size: usize, seed: u64, epoch: usize) -> Self {
        let mut batches = Self::in_order(block, size).at(seed, epoch);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(epoch as u64);
        match &*block.x {
            Held::Memory(_) => batches.order.shuffle(&mut rng),
            Held::File(stream) => batches.order = stream.shuffle(&block.rows, &mut rng),
        }
        batches
    }

    /// The same rows in the same order, with the poses and the dropout of this epoch.
    pub fn at(self, seed: u64, epoch: usize) -> Self {
        Batches { seed, epoch, ..self }
    }

    /// The same rows, with every image in its pose if there are poses.
    pub fn posed(self, poses: Option<&'a Poses>) -> Self {
        Batches { poses, ..self }
    }

    /// The same rows, with features switched off if there is dropout.
    pub fn dropped(self, dropout: Option<InputDropout>) -> Self {
        Batches { dropout, ..self }
    }

    /// The same batches, of which each rank gathers other rows if there are several.
    pub fn shared(self) -> Self {
        if ranks::count() == 1 {
            return self;
        }
        let sharing = Sharing::evenly(ranks::rank(), ranks::count());
        let sharing = match &*self.block.x {
            Held::Memory(_) => sharing,
            Held::File(stream) => {
                sharing.by_slabs(stream, self.order.iter().map(|&place| self.block.rows[place as usize]))
            }
        };
        Batches { sharing: Some(sharing), ..self }
    }

    /// How many batches there are, the shorter last one included.
    pub fn len(&self) -> usize {
        self.order.len().div_ceil(self.size)
    }

    /// The places of the rows in the block in the order in which they come; `None` if they are divided among ranks.
    pub fn order(&self) -> Option<&[u32]> {
        self.sharing.is_none().then_some(&self.order[..])
    }

    /// Whether the rows of every epoch are the same, because they are neither streamed nor moved nor thinned out.
    pub fn stay(&self) -> bool {
        self.poses.is_none() && self.dropout.is_none() && !self.block.streamed()
    }

    /// Whether there are no batches.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Batch number `i` alone.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub fn get(&self, i: usize) -> Result<HostBatch> {
        std::thread::scope(|scope| self.gather(i, &mut self.cursor(scope, i..i + 1)))
    }

    /// The batches from number `first` on, gathered ahead of whoever asks for them if that saves time.
    ///
    /// Rows that are copied from memory as they are need no worker: they are copied when they are asked for. Rows that are
    /// streamed have one worker, and rows that are redrawn have several if there are `threads` for them. The workers take
    /// turns, so the order is the same for any number of them. They end with the iterator, and `scope` waits for them.
    ///
    /// # Errors
    /// Each item is an error if the file of the rows can no longer be read.
    pub fn ahead<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        first: usize,
        threads: usize,
    ) -> Box<dyn Iterator<Item = Result<HostBatch>> + 's> {
        let (streamed, varied) = (self.block.streamed(), self.poses.is_some() || self.dropout.is_some());
        let cursor = move || self.cursor(scope, first..self.len());
        if !streamed && (threads < 2 || !varied) {
            let mut cursor = cursor();
            return Box::new((first..self.len()).map(move |i| self.gather(i, &mut cursor)));
        }
        let workers = if streamed { 1 } else { (threads - 1).min(8) };
        let worker = |w| {
            let (sender, receiver) = sync_channel(1);
            let (mut cursor, mut turns) = (cursor(), (first + w..self.len()).step_by(workers));
            scope.spawn(move || turns.try_for_each(|i| sender.send(self.gather(i, &mut cursor))));
            receiver
        };
        let receivers: Vec<_> = (0..workers).map(worker).collect();
        Box::new((first..self.len()).map_while(move |i| receivers[(i - first) % workers].recv().ok()))
    }

    /// Where the rows of the batches numbered `batches` are.
    fn cursor<'s>(&'s self, scope: &'s Scope<'s, '_>, batches: std::ops::Range<usize>) -> Cursor<'s> {
        match &*self.block.x {
            Held::Memory(features) => Cursor::Memory(features),
            Held::File(stream) => {
                let row = |place: u32| self.block.rows[place as usize];
                Cursor::File(match self.sharing {
                    None => stream.window(scope, batches.flat_map(|i| self.places(i)).map(|&place| row(place))),
                    Some(_) => stream.window(scope, batches.flat_map(|i| self.own(i)).map(row)),
                })
            }
        }
    }

    /// The places in the block of the rows of batch number `i`.
    fn places(&self, i: usize) -> &[u32] {
        let end = ((i + 1) * self.size).min(self.order.len());
        &self.order[(i * self.size).min(end)..end]
    }

    /// The rows of batch number `i` that are gathered here; `None` if all are.
    fn share(&self, i: usize) -> Option<Share> {
        let places = self.places(i);
        let row = |&place: &u32| self.block.rows[place as usize];
        self.sharing.as_ref().map(|sharing| sharing.of(places.iter().map(row)))
    }

    /// The places in the block of those rows of batch number `i` that are gathered here, where ranks share it.
    fn own(&self, i: usize) -> Vec<u32> {
        self.share(i).map_or(Vec::new(), |share| share.pick(self.places(i)))
    }

    /// Copies the rows at `places`, which are in memory, to `room` and prepares them. Many rows are divided among threads.
    fn copy(&self, features: &Features, places: &[u32], room: &mut [MaybeUninit<f32>]) {
        let Block { rows, width, preparation, .. } = self.block;
        let inputs = preparation.inputs(*width);
        if room.len() >= LONG_LOOP && places.len() > 1 {
            let (places, more) = places.split_at(places.len() / 2);
            let (room, rest) = room.split_at_mut(places.len() * inputs);
            both(|| self.copy(features, places, room), || self.copy(features, more, rest));
            return;
        }
        let start = |place: u32| rows[place as usize] as usize * width;
        for (i, (&place, room)) in places.iter().zip(room.chunks_exact_mut(inputs.max(1))).enumerate() {
            if let Some(&next) = places.get(i + AHEAD) {
                features.prefetch(start(next), *width);
            }
            features.fill(start(place), &mut room[..*width]);
            for mark in &mut room[*width..] {
                mark.write(0.0);
            }
            // SAFETY: the features were filled, and the marks after them were written.
            prepare(preparation, *width, unsafe { room.assume_init_mut() });
        }
    }

    /// Gathers batch number `i`: its rows are copied, prepared, moved and dropped out, in this order.
    fn gather(&self, i: usize, cursor: &mut Cursor) -> Result<HostBatch> {
        let Block { rows, width, preparation, .. } = self.block;
        let inputs = preparation.inputs(*width);
        let (share, all) = (self.share(i), self.places(i));
        let own = share.as_ref().map(|share| share.pick(all));
        let places = own.as_deref().unwrap_or(all);
        let mut x = Vec::with_capacity(places.len() * inputs); // [places.len(), inputs]
        match cursor {
            Cursor::Memory(features) => {
                self.copy(features, places, &mut x.spare_capacity_mut()[..places.len() * inputs]);
                // SAFETY: `copy` has written every row.
                unsafe { x.set_len(places.len() * inputs) };
            }
            Cursor::File(window) => {
                for (count, &place) in (1..).zip(places) {
                    window.append(rows[place as usize], &mut x)?;
                    x.resize(count * inputs, 0.0); // the marks of the row
                }
                prepare(preparation, *width, &mut x);
            }
        }
        if let Some(poses) = self.poses {
            poses.apply(self.seed, self.epoch, places, &mut x);
        }
        if let Some(dropout) = self.dropout {
            dropout.apply(self.seed, self.epoch, places, &mut x);
        }
        let labels = all.iter().map(|&place| self.block.label(place as usize)).collect();
        Ok(HostBatch { x, labels, share, width: inputs })
    }
}

/// Prepares the rows of `x` in place, see [`Preparation::apply`].
fn prepare(preparation: &Preparation, width: usize, x: &mut [f32]) {
    simd(
        #[inline(always)]
        || preparation.apply(x, width),
    );
}
