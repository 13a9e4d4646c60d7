//! How a [`Preparation`] is learned from the training rows: scaling, filling, marking.
//!
//! A network learns badly from features of different sizes, and not at all from NaN. What has to be done about both is
//! learned here once, before the first batch, and from the training rows alone: a scale that has seen the test half
//! would make it look easier than it is. The result, a [`Preparation`], is applied to every row on its way into a batch
//! and is saved with the model. It is learned in batches of fixed size or from rows at fixed distances, so that rows in
//! memory and rows in a file give the same bits. The tables of docs/defaults.md say what the choices of `auto` rest on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::moments::Moments;
use super::{Batches, Block, Raster, Survey};
use crate::error::Result;
use crate::preparation::{Column, Mark, Preparation};
use crate::sentinel::{is_code, sentinel};
use crate::words::words;

/// How features are brought to a size that a network can learn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Pixels in -1..1 stay as they are, and so do features that are -1, 0 or 1; bytes and pixels in 0..255 are multiplied
    /// with 1/255, other pixels that are moved are standardised, all others are scaled as by `Robust`.
    Auto,
    /// Features stay as they are.
    None,
    /// Each feature gets mean 0 and deviation 1.
    Standard,
    /// The range of each feature becomes 0..1.
    Minmax,
    /// Each feature gets median 0 and quartiles one apart, and what lies far out is bent to within ±3.
    Robust,
}

words!(Scale: Auto "auto", None "none", Standard "standard", Minmax "minmax", Robust "robust");

/// What is done about values that are missing: NaN, or a number that people write in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// They are filled with the median of their feature, and a further input of the network tells that they were missing.
    Fill,
    /// A file with NaN is refused, and other numbers are what they are.
    Refuse,
}

words!(Missing: Fill "fill", Refuse "refuse");

/// Where a robust scale bends to: no feature comes out larger. A value x is replaced by x / √(1 + (x / BEND)²), which
/// leaves small values as they are and keeps the order of all.
const BEND: f32 = 3.0;
/// The number of rows from which medians and quartiles are taken.
const SAMPLE: usize = 4096;
/// The number of rows that tell images from tables.
const SEEN: usize = 500;
/// Fewer numbers in a row are no image that can be told from a table.
pub const IMAGE: usize = 49;

/// What the preparation of rows is learned from.
pub struct Lesson<'a> {
    /// The rows that are trained on, as they are in their file.
    pub block: &'a Block,
    /// The survey of the same rows.
    pub survey: &'a Survey,
    /// The shape of a row.
    pub shape: &'a [usize],
    /// What the features are, if their file says it.
    pub columns: &'a [Column],
    /// Whether all features get the same scale, as pixels do that are moved.
    pub alike: bool,
}

impl Lesson<'_> {
    /// Learns how rows are prepared. What is missing is filled first and the scale is learned from rows so filled,
    /// since means and ranges of rows with NaN, or with −999 in its place, would be those of the gaps.
    ///
    /// # Errors
    /// The file of the rows can no longer be read.
    pub fn learn(&self, scale: Scale, missing: Missing) -> Result<Preparation> {
        let filling = match missing {
            Missing::Fill => self.filling()?,
            Missing::Refuse => Preparation::default(),
        };
        if !filling.fills() {
            return Ok(self.described(self.scaled(scale, filling)?));
        }
        let filled = Preparation { marks: Vec::new(), ..filling.clone() };
        let block = self.block.clone().prepared(&Arc::new(filled));
        let survey = block.thinned()?.survey()?;
        Ok(self.described(Lesson { block: &block, survey: &survey, ..*self }.scaled(scale, filling)?))
    }

    /// `preparation` with the names of the features. A feature of categories, whose numbers have no order, is
    /// multiplied with zero and gets one further input for each of its categories instead, which is 1 where the row is
    /// of it.
    fn described(&self, mut preparation: Preparation) -> Preparation {
        let categories = |feature: usize| self.columns.get(feature).map_or(0, |column| column.categories.len());
        let width = self.block.width();
        if (0..width).any(|feature| categories(feature) > 0) && preparation.scale.is_empty() {
            preparation.scale = vec![(0.0, 1.0); width];
        }
        for feature in (0..width).filter(|&feature| categories(feature) > 0) {
            preparation.scale[feature] = (0.0, 0.0);
            let mark = |value| Mark { feature, value: Some(value as f32) };
            preparation.marks.extend((0..categories(feature)).map(mark));
        }
        preparation.columns = self.columns.to_vec();
        preparation
    }

    /// What is filled in, and the marks of what is missing; empty if nothing is missing. A feature has a gap where the
    /// survey met NaN, or where a number stands for one (see [`crate::sentinel`]); it is filled with the median of the
    /// rest, which no outlier moves. Whether a value was missing may say something by itself, so each such feature gets
    /// a further input that tells it. Pixels that are moved have no such input, since a mark would have to move with
    /// them, and no number of theirs is taken for a gap.
    fn filling(&self) -> Result<Preparation> {
        let width = self.block.width();
        let suspect = self.survey.low.iter().chain(&self.survey.high).any(|&v| is_code(v));
        let words = self.columns.iter().any(|column| !column.categories.is_empty()); // later rows may have others
        if self.survey.missing.is_empty() && !suspect && !words {
            return Ok(Preparation::default());
        }
        let columns = Columns::of(self.block)?;
        let sorted: Vec<Vec<f32>> = (0..width).map(|feature| columns.sorted(feature)).collect();
        let number = |feature: usize| self.columns.get(feature).is_none_or(|column| column.categories.is_empty());
        let found = |feature: usize| (!self.alike && number(feature)).then(|| sentinel(&sorted[feature])).flatten();
        let sentinels: Vec<(usize, f32)> = (0..width).filter_map(|feature| Some((feature, found(feature)?))).collect();
        let code = |feature: usize| sentinels.iter().find(|(other, _)| *other == feature).map(|(_, code)| *code);
        let missing = |feature: usize| {
            code(feature).is_some() || self.survey.missing.get(feature).is_some_and(|&count| count > 0)
        };
        let holes: Vec<usize> = (0..width).filter(|&feature| missing(feature)).collect();
        if holes.is_empty() && !words {
            return Ok(Preparation::default());
        }
        let middle = |feature: usize| {
            let known: Vec<f32> = sorted[feature].iter().copied().filter(|v| Some(*v) != code(feature)).collect();
            quantile(&known, 0.5)
        };
        let mark = |feature: &usize| Mark { feature: *feature, value: None };
        let marks = if self.alike { Vec::new() } else { holes.iter().map(mark).collect() };
        Ok(Preparation { fill: (0..width).map(middle).collect(), sentinels, marks, ..Preparation::default() })
    }

    /// `filling`, with the scale of rows in which nothing is missing: a pair (subtract, multiply) for each feature, or
    /// none where features stay as they are.
    fn scaled(&self, scale: Scale, filling: Preparation) -> Result<Preparation> {
        let Lesson { block, survey, alike, .. } = *self;
        let (low, high) = survey.range();
        let plain = |scale| Ok(Preparation { scale, ..filling.clone() });
        match scale {
            Scale::None => plain(Vec::new()),
            Scale::Auto if low >= -1.0 && high <= 1.0 && (survey.whole || self.is_image()?) => plain(Vec::new()),
            Scale::Auto if self.is_bytes() => plain(vec![(0.0, 1.0 / 255.0); block.width()]),
            Scale::Auto | Scale::Robust if !alike => {
                Ok(Preparation { scale: robust(survey, block)?, bend: Some(BEND), ..filling })
            }
            Scale::Auto | Scale::Robust | Scale::Standard => plain(standard(block, alike)?),
            Scale::Minmax if alike => plain(vec![(low, inverse(f64::from(high) - f64::from(low))); block.width()]),
            Scale::Minmax => {
                let range = survey.low.iter().zip(&survey.high);
                plain(range.map(|(&low, &high)| (low, inverse(f64::from(high) - f64::from(low)))).collect())
            }
        }
    }

    /// Whether the rows are images, which are moved or look like it.
    fn is_image(&self) -> Result<bool> {
        if self.alike || Raster::of(self.shape).is_none() {
            return Ok(self.alike);
        }
        Ok(Raster::seen(self.shape, &self.block.spread(SEEN).features()?).is_some())
    }

    /// Whether the features are bytes, or pixels in the range of bytes, as they are after an image was resized. A few whole
    /// numbers in a flat row are the columns of a table.
    fn is_bytes(&self) -> bool {
        let (low, high) = self.survey.range();
        let wide = self.block.width() >= IMAGE;
        let whole = self.survey.whole && (wide || self.shape.len() > 1);
        let image = wide && Raster::of(self.shape).is_some();
        low >= 0.0 && high > 100.0 && high <= 255.0 && (whole || image)
    }
}

/// The columns of some rows from all over a block: [`SAMPLE`] rows tell a median well enough, and sorting all of them
/// would not be worth its time.
struct Columns {
    x: Vec<f32>,
    width: usize,
}

impl Columns {
    fn of(block: &Block) -> Result<Self> {
        Ok(Columns { x: block.spread(SAMPLE).features()?, width: block.width() })
    }

    /// The finite numbers of a column in ascending order.
    fn sorted(&self, column: usize) -> Vec<f32> {
        let numbers = self.x.iter().skip(column).step_by(self.width.max(1)).copied();
        let mut numbers: Vec<f32> = numbers.filter(|v| v.is_finite()).collect();
        numbers.sort_unstable_by(f32::total_cmp);
        numbers
    }
}

/// The value below which `share` of `sorted` lie, one of them; 0 of none.
fn quantile(sorted: &[f32], share: f64) -> f32 {
    let place = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(place).copied().unwrap_or(0.0)
}

/// The scale of medians and quartiles, which a few values far out cannot move as they move mean and deviation. Where
/// both quartiles fall on one value, as in a feature that is mostly zero, half the range stands in for their distance.
fn robust(survey: &Survey, block: &Block) -> Result<Vec<(f32, f32)>> {
    let columns = Columns::of(block)?;
    let scale = |column: usize| {
        let sorted = columns.sorted(column);
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|share| quantile(&sorted, share));
        let range = f64::from(survey.high[column]) - f64::from(survey.low[column]);
        let apart = f64::from(high) - f64::from(low);
        (middle, inverse(if apart > 0.0 { apart } else { 0.5 * range }))
    };
    Ok((0..block.width()).map(scale).collect())
}

/// The scale that gives each feature mean 0 and deviation 1, from one walk over all batches of `block`.
fn standard(block: &Block, alike: bool) -> Result<Vec<(f32, f32)>> {
    let batches = Batches::in_order(block, 256);
    let mut all = Moments::default();
    std::thread::scope(|scope| {
        for rows in batches.ahead(scope, 0, rayon::current_num_threads()) {
            all.merge(Moments::of(&rows?.x, block.width()));
        }
        Ok(())
    })?;
    let all = if alike { all.pooled() } else { all };
    let deviation = |s: f64| (s / all.count.max(1.0)).sqrt();
    Ok(all.mean.iter().zip(&all.squares).map(|(&m, &s)| (m as f32, inverse(deviation(s)))).collect())
}

/// The factor 1 / size. For a constant feature it is 1: what remains of the feature is zero already.
fn inverse(size: f64) -> f32 {
    if size > 1e-12 { (1.0 / size) as f32 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(block: &Block, scale: Scale) -> Preparation {
        let survey = block.survey().unwrap();
        let shape = [block.width()];
        Lesson { block, survey: &survey, shape: &shape, columns: &[], alike: false }
            .learn(scale, Missing::Fill)
            .unwrap()
    }

    #[test]
    fn standard_scale_gives_mean_zero_and_deviation_one() {
        let block = Block::new(vec![1.0, 5.0, 3.0, 5.0, 5.0, 5.0], vec![0; 3], 2);
        let [(mean, inverse), other] = standard(&block, true).unwrap()[..] else { panic!() };
        assert_eq!((mean, inverse), other);
        assert!((mean - 4.0).abs() < 1e-6 && (inverse - (14.0f32 / 6.0).sqrt().recip()).abs() < 1e-6);
        let scale = standard(&block, false).unwrap();
        let x = block.prepared(&Arc::new(Preparation::scaling(scale))).features().unwrap();
        let root = 1.5f32.sqrt();
        for (got, want) in x.iter().zip([-root, 0.0, 0.0, 0.0, root, 0.0]) {
            assert!((got - want).abs() < 1e-6, "{x:?}");
        }
    }

    #[test]
    fn robust_scale_tames_what_lies_far_out_and_what_is_almost_constant() {
        let row =
            |i: usize| [i as f32, if i == 7 { 2e6 } else { (i % 5) as f32 }, if i == 3 { 255.0 } else { 0.0 }, 4.0];
        let block = Block::new((0..1001).flat_map(row).collect(), vec![0; 1001], 4);
        let preparation = learned(&block, Scale::Robust);
        assert_eq!(preparation.scale, [(500.0, 1.0 / 500.0), (2.0, 0.5), (0.0, 2.0 / 255.0), (4.0, 1.0)]);
        let x = block.prepared(&Arc::new(preparation)).features().unwrap();
        assert!(x.iter().all(|v| v.abs() < 3.0001), "all within the bend");
        let bent = |x: f32| x / (1.0 + x * x / 9.0).sqrt();
        for (got, want) in x[12..16].iter().zip([bent(-497.0 / 500.0), bent(0.5), bent(2.0), 0.0]) {
            assert!((got - want).abs() < 1e-6, "{:?}", &x[12..16]);
        }
    }

    #[test]
    fn small_numbers_of_a_table_are_scaled_and_pixels_and_codes_stay() {
        let number = |i: usize| 0.4 + 0.001 * (i * i % 97) as f32;
        let ink = |i: usize, at: usize| (at % 8).abs_diff(i % 8) < 2 && i % 64 < at;
        let stroke = |i: usize| (0..64).map(move |at| if ink(i, at) { 0.9 } else { 0.0 });
        let table = Block::new((0..300).map(number).collect(), vec![0; 100], 3);
        let images = Block::new((0..200).flat_map(stroke).collect(), vec![0; 200], 64);
        let codes = Block::new((0..300).map(|i| (i % 3) as f32 - 1.0).collect(), vec![0; 100], 3);
        assert_eq!(learned(&table, Scale::Auto), learned(&table, Scale::Robust));
        assert_eq!(learned(&images, Scale::Auto), Preparation::default());
        assert_eq!(learned(&codes, Scale::Auto), Preparation::default());
    }

    #[test]
    fn what_is_missing_is_filled_with_the_median_and_marked() {
        let row = |i: usize| {
            [
                i as f32,
                if i.is_multiple_of(10) { f32::NAN } else { 5.0 + (i % 3) as f32 },
                if i.is_multiple_of(7) { -999.0 } else { 0.25 * (i % 3) as f32 },
            ]
        };
        let block = Block::new((0..100).flat_map(row).collect(), vec![0; 100], 3);
        for scale in Scale::ALL {
            let preparation = learned(&block, scale);
            assert_eq!(preparation.fill[1..], [6.0, 0.25], "{scale:?}");
            assert_eq!(preparation.sentinels, [(2, -999.0)]);
            assert_eq!(preparation.marks, [1, 2].map(|feature| Mark { feature, value: None }));
            let x = block.clone().prepared(&Arc::new(preparation)).features().unwrap();
            assert!(x.iter().all(|v| v.is_finite() && v.abs() < 100.5), "{scale:?}");
            for (i, row) in x.chunks(5).enumerate() {
                assert_eq!(row[3..], [i % 10 == 0, i % 7 == 0].map(|missing| f32::from(u8::from(missing))));
            }
        }
    }
}
