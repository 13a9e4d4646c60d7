//! A table: the features of one array as rows of float32, read range by range and by any number of threads.
//!
//! Numbers that lie in the file as one run, or in pieces under gzip, are read and inflated by the threads themselves; only
//! the rest goes through the HDF5 library and its lock. The file is never mapped into memory, because one that shrinks
//! while it is mapped ends the process by a signal instead of a message. This is the first station on the path of a
//! batch: file → rows.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chunks::{Chunks, Scratch, fetch};
use super::complaint::Complaint;
use super::message::{Access, Answer, Question, Storage};
use super::number::Number;
use super::reader::Reader;
use crate::data::array::Array;
use crate::error::{Error, Result};

/// Rows of numbers in a file.
pub struct Table {
    /// What the file says of the array.
    pub array: Array,
    /// The number of rows.
    pub rows: usize,
    /// The number of features of a row.
    pub width: usize,
    path: PathBuf,
    opened: Opened,
    /// How many rows lie together in the file: the height of a piece, or 1.
    together: usize,
}

/// Where the numbers of a table are read from.
enum Opened {
    /// From one run of bytes, which begins at an address.
    Run(File, u64, Number),
    /// From pieces, perhaps compressed, of which `chunks` understands everything.
    Pieces(File, Chunks, Number),
    /// From the library, which understands every other way.
    Library(Arc<Reader>),
}

impl Table {
    /// The rows of `array` in the file `path`, which lie as `storage` says; `reader` is asked where only the library can
    /// read.
    pub(super) fn new(storage: Storage, array: Array, path: &Path, reader: &Arc<Reader>) -> Self {
        let (rows, width) = array.extent().unwrap_or((0, 0));
        let together = storage.together.clamp(1, rows.max(1));
        let opened =
            Opened::of(storage.access, &array, path, reader).unwrap_or_else(|| Opened::Library(reader.clone()));
        Table { array, rows, width, path: path.to_path_buf(), opened, together }
    }

    /// How many rows to read at a time for about `bytes` bytes of float32. It is a multiple of the rows that lie together,
    /// so that no piece is inflated twice.
    pub fn slab(&self, bytes: usize) -> usize {
        let wanted = bytes.checked_div(self.width.saturating_mul(4)).unwrap_or(bytes);
        wanted.checked_div(self.together).unwrap_or(1).max(1).saturating_mul(self.together).clamp(1, self.rows.max(1))
    }

    /// Reads the rows `range` into `out`, which then holds them and nothing else, row-major `[range.len(), width]`.
    ///
    /// # Errors
    /// The bytes are damaged or no longer there, or there is too little memory.
    pub fn read(&self, range: Range<usize>, scratch: &mut Scratch, out: &mut Vec<f32>) -> Result<()> {
        let count = range.len().saturating_mul(self.width);
        let fail = |complaint: Complaint| self.bad(&complaint);
        out.truncate(count);
        out.try_reserve_exact(count.saturating_sub(out.len()))
            .map_err(|_| fail("there is not enough memory for its rows".into()))?;
        match &self.opened {
            _ if count == 0 => {} // `out` has been emptied
            Opened::Run(file, start, number) => {
                let size = number.size();
                let before = range.start.saturating_mul(self.width).saturating_mul(size);
                let from = start.saturating_add(before as u64); // within the file, see `Opened::of`
                out.resize(count, 0.0);
                match number {
                    Number::F32 => fetch(file, bytemuck::cast_slice_mut(out), from).map_err(fail)?,
                    _ => number.decode(scratch.fetch(file, from, count.saturating_mul(size)).map_err(fail)?, out),
                }
            }
            Opened::Pieces(file, chunks, number) => {
                out.resize(count, 0.0);
                for piece in self.pieces(chunks, &range) {
                    let bytes = chunks.read(file, piece, scratch).map_err(fail)?;
                    self.place(chunks, piece, bytes, *number, &range, out);
                }
            }
            Opened::Library(reader) => {
                let question = Question::Rows { array: self.array.clone(), from: range.start, to: range.end };
                match reader.ask(&question)? {
                    Answer::Rows(rows) if rows.len() == count => *out = rows,
                    _ => return Err(fail("other rows came than were asked for".into())),
                }
            }
        }
        Ok(())
    }

    /// All rows, row-major `[rows, width]`.
    ///
    /// # Errors
    /// As for [`Table::read`].
    pub fn whole(&self) -> Result<Vec<f32>> {
        let mut out = Vec::new();
        self.read(0..self.rows, &mut Scratch::default(), &mut out)?;
        Ok(out)
    }

    /// The numbers of the pieces that hold rows of `range`.
    #[expect(clippy::indexing_slicing, reason = "an array has an axis, and its pieces as many, see `Chunks::fits`")]
    #[expect(clippy::arithmetic_side_effects, reason = "no piece is empty, and all are counted in `Chunks::fits`")]
    fn pieces(&self, chunks: &Chunks, range: &Range<usize>) -> Range<usize> {
        let across: usize = chunks.grid[1..].iter().product();
        range.start / chunks.extent[0] * across..range.end.div_ceil(chunks.extent[0]) * across
    }

    /// Decodes the `bytes` of piece number `piece` into `out`, which holds the rows `range`; a piece may reach beyond the
    /// range and beyond the array.
    ///
    /// Nothing is out of bounds: [`Chunks::fits`] has compared grid and extent with the shape of the array, so the product
    /// of each is a number, [`Chunks::read`] has given all bytes of the piece, and [`runs`] end with piece and array.
    #[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "as the doc comment proves")]
    fn place(
        &self,
        chunks: &Chunks,
        piece: usize,
        bytes: &[u8],
        number: Number,
        range: &Range<usize>,
        out: &mut [f32],
    ) {
        let mut origin = vec![0; chunks.grid.len()]; // the first entry of the piece along each axis
        let mut rest = piece;
        for axis in (0..origin.len()).rev() {
            origin[axis] = rest % chunks.grid[axis] * chunks.extent[axis];
            rest /= chunks.grid[axis];
        }
        let runs = runs(&self.array.shape[1..], &chunks.extent[1..], &origin[1..]);
        let row: usize = chunks.extent[1..].iter().product();
        for at in range.start.max(origin[0])..range.end.min(origin[0] + chunks.extent[0]) {
            for &(from, to, count) in &runs {
                let from = ((at - origin[0]) * row + from) * number.size();
                let to = (at - range.start) * self.width + to;
                number.decode(&bytes[from..from + count * number.size()], &mut out[to..to + count]);
            }
        }
    }

    /// The error that the file is damaged, with what was found.
    fn bad(&self, complaint: &str) -> Error {
        Error::data(format!(
            "{complaint}: data set {} of `{}`; the file is damaged, fetch it again",
            self.array,
            self.path.display()
        ))
    }
}

impl Opened {
    /// The file itself, where threads can read `array` from it and what was said of its place can be true; `None` if not.
    fn of(access: Access, array: &Array, path: &Path, reader: &Reader) -> Option<Self> {
        if matches!(access, Access::Library) {
            return None;
        }
        let file = File::open(reader.path().unwrap_or(path)).ok()?;
        let length = file.metadata().ok()?.len();
        match access {
            Access::Run(start, number) => {
                let size = array.entries()?.checked_mul(number.size())? as u64;
                (start.checked_add(size)? <= length).then_some(Opened::Run(file, start, number))
            }
            Access::Pieces(chunks, number) => {
                chunks.fits(&array.shape, number.size(), length).then_some(Opened::Pieces(file, chunks, number))
            }
            Access::Library => None,
        }
    }
}

/// Runs of numbers that are neighbours in a piece and in the array too, as long as they can be.
///
/// The piece has the size `extent` and lies at `origin` in an array of `shape`. Each run is (place in the piece, place in
/// the array, how many numbers). Numbers of the piece beyond the end of the array are in no run. The three slices have
/// one length, and `origin` lies in the array, so that every place is below the number of all entries.
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "as the doc comment proves")]
fn runs(shape: &[usize], extent: &[usize], origin: &[usize]) -> Vec<(usize, usize, usize)> {
    let (Some(&n), Some(&c), Some(&at)) = (shape.first(), extent.first(), origin.first()) else {
        return vec![(0, 0, 1)];
    };
    let inner = runs(&shape[1..], &extent[1..], &origin[1..]);
    let (row, piece): (usize, usize) = (shape[1..].iter().product(), extent[1..].iter().product());
    let count = c.min(n - at);
    match inner[..] {
        [(0, 0, all)] if all == row && all == piece => vec![(0, at * row, count * all)],
        _ => (0..count)
            .flat_map(|i| inner.iter().map(move |&(from, to, k)| (i * piece + from, (at + i) * row + to, k)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::super::chunks::{Filter, Stored};
    use super::super::library::Library;
    use super::*;
    use crate::data::array::Kind;

    /// What a child says of where 20 rows of 6 bytes lie.
    fn told(random: &mut ChaCha8Rng) -> Storage {
        let filters = [Filter::Deflate, Filter::Shuffle, Filter::Fletcher32];
        let filters = (0..random.random_range(0..3)).map(|_| filters[random.random_range(0..3)]).collect();
        let stored = (0..6).map(|i| Stored { address: 100 * i, size: 32, mask: random.random_range(0..4) }).collect();
        let chunks = Chunks { extent: vec![8, 4], grid: vec![3, 2], stored, filters, width: 1 };
        let access = match random.random_range(0..3) {
            0 => Access::Run(100, Number::F64),
            1 => Access::Run(100, Number::U8),
            _ => Access::Pieces(chunks, Number::U8),
        };
        Storage { together: 8, access }
    }

    #[test]
    fn what_a_child_has_made_up_is_read_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.h5");
        drop(hdf5::File::create(&path).unwrap());
        let file = std::fs::read(&path).unwrap();
        std::fs::write(&path, [file, vec![7; 4096]].concat()).unwrap();
        let reader = Reader::Here(Library::open(&path, None).unwrap());
        let array = Array { name: "x".into(), shape: vec![20, 6], kind: Kind::Integer, dtype: "uint8".into() };
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let mut read = 0;
        for _ in 0..20_000 {
            let mut message = postcard::to_stdvec(&told(&mut random)).unwrap();
            for _ in 0..random.random_range(0..3) {
                let at = random.random_range(0..message.len());
                message[at] = [0, 1, 0x7f, 0xff, random.random()][random.random_range(0..5)];
            }
            let Ok(storage) = postcard::from_bytes::<Storage>(&message) else { continue };
            let Some(opened) = Opened::of(storage.access, &array, &path, &reader) else { continue };
            let together = storage.together.clamp(1, 20);
            let table = Table { array: array.clone(), rows: 20, width: 6, path: path.clone(), opened, together };
            read += usize::from(table.whole().is_ok());
            assert!((1..=20).contains(&table.slab(1000)));
        }
        assert!(read > 1000, "{read}");
    }

    #[test]
    fn runs_are_as_long_as_they_can_be() {
        assert_eq!(runs(&[], &[], &[]), [(0, 0, 1)]);
        assert_eq!(runs(&[784], &[25], &[775]), [(0, 775, 9)]);
        assert_eq!(runs(&[28, 28], &[14, 28], &[14, 0]), [(0, 392, 392)]);
        assert_eq!(runs(&[3, 4], &[2, 3], &[2, 3]), [(0, 11, 1)]);
        assert_eq!(runs(&[3, 4], &[2, 3], &[0, 0]), [(0, 0, 3), (3, 4, 3)]);
    }
}
