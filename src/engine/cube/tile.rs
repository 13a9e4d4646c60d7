//! How a product of matrices is cut up: the tile that a cube computes, and the parts of the inner dimension.
//!
//! A large tile reads less for each multiplication, and many small ones keep the whole device busy. Which is better
//! depends on the size of the product, and is decided by a small model of the time, whose numbers were measured on
//! one device; a device with other numbers gets other times, and the same results but for rounding. This stands
//! between the shape of a network and the launches of its step.

/// The size of a tile, of the slabs that it is made of, and of the block of sums that a unit keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tile {
    /// Rows of the product that a cube computes.
    pub m: usize,
    /// Columns of it.
    pub n: usize,
    /// How far a slab reaches along the inner dimension.
    pub k: usize,
    /// Rows of a unit's block.
    pub rows: usize,
    /// Columns of it.
    pub columns: usize,
}

/// A tile with how many cubes of it a core holds at a time, and how many multiplications a core then makes in a
/// cycle, as measured on an H200, whose cores could make 128.
type Rated = (Tile, usize, usize);

/// The tiles that there are.
const TILES: [Rated; 5] = [
    (Tile { m: 128, n: 128, k: 16, rows: 8, columns: 8 }, 1, 92),
    (Tile { m: 128, n: 64, k: 16, rows: 8, columns: 4 }, 3, 80),
    (Tile { m: 64, n: 128, k: 16, rows: 4, columns: 8 }, 2, 78),
    (Tile { m: 64, n: 64, k: 32, rows: 4, columns: 4 }, 3, 62),
    (Tile { m: 32, n: 64, k: 32, rows: 4, columns: 4 }, 5, 60),
];
/// The tile for products of few columns, such as those of the last layer.
const NARROW: Rated = (Tile { m: 128, n: 16, k: 32, rows: 4, columns: 4 }, 5, 60);

impl Tile {
    /// How many units a cube has.
    pub fn units(self) -> usize {
        (self.m / self.rows) * (self.n / self.columns)
    }

    /// How many tiles a product of this size has.
    fn count(self, [m, n]: [usize; 2]) -> usize {
        m.div_ceil(self.m) * n.div_ceil(self.n)
    }

    /// The tile that takes the fewest cycles, and how many these are.
    pub fn of(product: ([usize; 2], usize), parts: usize, cores: usize) -> (usize, Tile) {
        let tiles = if product.0[1] <= NARROW.0.n { &[NARROW][..] } else { &TILES[..] };
        let cost = |&rated: &Rated| (cycles(rated, product, parts, cores), rated.0);
        tiles.iter().map(cost).min_by_key(|(cycles, _)| *cycles).unwrap_or((0, TILES[0].0))
    }
}

/// About how many cycles a product takes whose inner dimension is cut into so many parts, on a device with so many
/// `cores`. Cubes come in waves, and a slab takes the time of its multiplications, but never less than memory lets a
/// unit wait.
fn cycles((tile, held, rate): Rated, (size, inner): ([usize; 2], usize), parts: usize, cores: usize) -> usize {
    const WAIT: usize = 1100;
    let slab = |cubes: usize| (cubes * tile.m * tile.n * tile.k / rate).max(WAIT) + 100;
    let slabs = inner.div_ceil(parts).div_ceil(tile.k);
    let cubes = tile.count(size) * parts;
    let (waves, rest) = (cubes / (held * cores), (cubes % (held * cores)).div_ceil(cores));
    let sums = if parts > 1 { parts * size[0] * size[1] * 8 / (20 * cores) } else { 0 }; // written and read again
    slabs * (waves * slab(held) + if rest > 0 { slab(rest) } else { 0 }) + sums
}

/// Into how many parts the inner dimension of a product of this size is best cut on a device with so many `cores`.
pub(super) fn parts(size: [usize; 2], inner: usize, cores: usize) -> usize {
    (1..=32.min(inner.div_ceil(64))).min_by_key(|&parts| Tile::of((size, inner), parts, cores).0).unwrap_or(1)
}
