//! Preparation: what is done to a row of raw features before a network sees it.
//!
//! It is learned from the rows that are trained on and from no others (see `data`), it is stored with the model, and it is
//! applied to every row that ever meets the network, so that "training prepared and test not" cannot happen. It lies
//! below both rooms because each of them needs it: `data` learns and applies it, `model` stores it, `export` writes it
//! down for other programs. On the path of a batch this stands between the rows of a file and the inputs of the network.
//!
//! A feature x becomes `bent((x − subtract) · multiply)`, where a missing value counts as `fill`. What a number cannot
//! say, that a value is missing or of which category it is, further inputs say: the marks, each 0 or 1.

use serde::{Deserialize, Serialize};

/// The largest number that is bent: its square is a float32.
const FAR: f32 = 1e18;
/// How many features a sentence lists.
const LISTED: usize = 8;

/// The way from raw features to the inputs of a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preparation {
    /// What is subtracted from each feature, and what it is multiplied with then; empty if features stay as they are.
    pub scale: Vec<(f32, f32)>,
    /// The limit b of x/√(1 + (x/b)²), through which every scaled feature goes. It leaves the middle as it is and keeps
    /// what lies far out below b (Holzmüller, Grinsztajn and Steinwart 2024). `None` if nothing is bent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bend: Option<f32>,
    /// What a missing value of each feature counts as; empty if rows with missing values are refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fill: Vec<f32>,
    /// The number that stands for a missing value in a feature, in ascending order of the features; most have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sentinels: Vec<(usize, f32)>,
    /// The inputs of the network beside the features, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// What the features are called; empty if the file did not say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
}

/// A feature as the file of the rows describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// Its categories, if it has any: its values are their places in this list, and have no order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
}

/// An input of the network that is 1 or 0: whether a feature is missing, or has one certain value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The number of the feature.
    pub feature: usize,
    /// The value that it has where the mark is 1; `None` for a mark that is 1 where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f32>,
}

impl Preparation {
    /// The preparation that scales and does nothing else.
    pub fn scaling(scale: Vec<(f32, f32)>) -> Self {
        Preparation { scale, ..Self::default() }
    }

    /// How many inputs the network has for rows of `width` features.
    pub fn inputs(&self, width: usize) -> usize {
        width + self.marks.len()
    }

    /// What people call a feature: its name, or else its number.
    pub fn name(&self, feature: usize) -> String {
        self.columns.get(feature).map_or_else(|| format!("column {feature}"), |column| column.name.clone())
    }

    /// Whether a feature may be missing.
    pub fn fills(&self) -> bool {
        !self.fill.is_empty()
    }

    /// What the features are, for people: categories and their number; `None` if there are none.
    fn categories(&self) -> Option<String> {
        let with = self.columns.iter().filter(|column| !column.categories.is_empty());
        let all: Vec<String> = with.map(|c| format!("`{}` ({})", c.name, c.categories.len())).collect();
        let more = all.len().saturating_sub(LISTED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let list = all[..all.len() - more].join(", ");
        (!all.is_empty()).then(|| format!("categories, each of which has an input of its own: {list}{rest}"))
    }

    /// The first column that has other categories among `others`, those of another file, if both files describe theirs.
    pub fn differs(&self, others: &[Column]) -> Option<&Column> {
        self.columns.iter().zip(others).find(|(own, other)| own.categories != other.categories).map(|(own, _)| own)
    }

    /// Whether nothing is done but to scale and to bend, which is arithmetic on each number alone.
    pub fn is_plain(&self) -> bool {
        self.fill.is_empty() && self.marks.is_empty()
    }

    /// What a person who gives rows should know of their preparation.
    pub fn sentences(&self) -> Vec<String> {
        [self.categories(), self.gaps()].into_iter().flatten().collect()
    }

    /// Where values are missing and what is done about it, for people; `None` if nothing is marked.
    fn gaps(&self) -> Option<String> {
        let marked = self.marks.iter().filter(|mark| mark.value.is_none()).map(|mark| mark.feature);
        let code = |feature| self.sentinels.iter().find(|(other, _)| *other == feature);
        let one = |feature: usize| {
            let name =
                self.columns.get(feature).map_or(format!("column {feature}"), |column| format!("`{}`", column.name));
            code(feature).map_or(name.clone(), |(_, code)| format!("{name} ({code} stands for none)"))
        };
        let all: Vec<String> = marked.map(one).collect();
        let more = all.len().saturating_sub(LISTED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let list = all[..all.len() - more].join(", ");
        (!all.is_empty()).then(|| format!("values are missing in {list}{rest}: filled with the median, and marked"))
    }

    /// What is wrong with this preparation for rows of `width` features, if anything is.
    pub fn fault(&self, width: usize) -> Option<&'static str> {
        let of_width = |length: usize| length == 0 || length == width;
        let features = self.sentinels.iter().map(|(feature, _)| feature).chain(self.marks.iter().map(|m| &m.feature));
        match () {
            _ if !of_width(self.scale.len()) => Some("scale and first layer differ"),
            _ if !of_width(self.fill.len()) => Some("what is filled in and first layer differ"),
            _ if self.bend.is_some_and(|bend| !(bend > 0.0 && bend.is_finite())) => {
                Some("its bend is no positive number")
            }
            _ if !of_width(self.columns.len()) => Some("names of features and first layer differ"),
            _ if features.into_iter().any(|&feature| feature >= width) => Some("it marks features that are not there"),
            _ => None,
        }
    }

    /// Prepares rows in place. Each row of `x` is [`Preparation::inputs`] of `width` long and holds its raw features first;
    /// what comes after them is written here.
    #[inline(always)]
    pub fn apply(&self, x: &mut [f32], width: usize) {
        let inputs = self.inputs(width);
        if !self.is_plain() {
            x.chunks_exact_mut(inputs.max(1)).for_each(|row| self.complete(row, width));
        }
        if self.scale.is_empty() {
            return;
        }
        let flat = self.bend.map_or(0.0, |bend| 1.0 / (bend * bend));
        for row in x.chunks_exact_mut(inputs.max(1)) {
            let features = &mut row[..width];
            features.iter_mut().zip(&self.scale).for_each(|(v, (subtract, multiply))| *v = (*v - subtract) * multiply);
            if flat > 0.0 {
                // A number whose square is no float32 any more is as far out as one just below it.
                features
                    .iter_mut()
                    .for_each(|v| *v = v.clamp(-FAR, FAR) / (v.clamp(-FAR, FAR).powi(2) * flat + 1.0).sqrt());
            }
        }
    }

    /// Brings a row that was prepared in this way to what it is when it is prepared in the way of `other`, whose marks are
    /// the same. A feature that this way leaves nothing of stays as it is.
    pub fn translate(&self, row: &mut [f32], other: &Preparation) {
        let width = row.len() - self.marks.len();
        let steep = self.bend.map_or(0.0, |bend| 1.0 / f64::from(bend).powi(2));
        let of = |preparation: &Preparation, feature| {
            let (subtract, multiply) = preparation.scale.get(feature).copied().unwrap_or((0.0, 1.0));
            (f64::from(subtract), f64::from(multiply))
        };
        for (feature, v) in row[..width].iter_mut().enumerate() {
            let ((subtract, multiply), (other_subtract, other_multiply)) = (of(self, feature), of(other, feature));
            if multiply != 0.0 {
                let straight = f64::from(*v) / (1.0 - f64::from(*v).powi(2) * steep).max(1e-9).sqrt();
                *v = ((straight / multiply + subtract - other_subtract) * other_multiply) as f32;
                *v /= other.bend.map_or(1.0, |bend| (1.0 + (*v / bend).powi(2)).sqrt());
            }
        }
    }

    /// Sets the marks of a row, and fills in what it misses.
    fn complete(&self, row: &mut [f32], width: usize) {
        let (features, marks) = row.split_at_mut(width);
        for &(feature, sentinel) in &self.sentinels {
            if features[feature] == sentinel {
                features[feature] = f32::NAN;
            }
        }
        for (mark, Mark { feature, value }) in marks.iter_mut().zip(&self.marks) {
            let holds = value.map_or(features[*feature].is_nan(), |value| features[*feature] == value);
            *mark = f32::from(u8::from(holds));
        }
        for (v, fill) in features.iter_mut().zip(&self.fill) {
            *v = if v.is_nan() { *fill } else { *v };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_completed_marked_scaled_and_bent_in_this_order() {
        let preparation = Preparation {
            scale: vec![(2.0, 0.5), (0.0, 1.0), (0.0, 0.0)],
            bend: Some(3.0),
            fill: vec![2.0, 7.0, 0.0],
            sentinels: vec![(0, -999.0)],
            marks: vec![
                Mark { feature: 0, value: None },
                Mark { feature: 2, value: Some(1.0) },
                Mark { feature: 2, value: Some(4.0) },
            ],
            columns: Vec::new(),
        };
        let mut x = vec![6.0, f32::NAN, 4.0, 9.0, 9.0, 9.0, -999.0, 1e30, f32::NAN, 9.0, 9.0, 9.0];
        preparation.apply(&mut x, 3);
        let bent = |x: f32| x / (1.0 + x * x / 9.0).sqrt();
        assert_eq!(x[..6], [bent(2.0), bent(7.0), 0.0, 0.0, 0.0, 1.0]);
        assert_eq!((x[6], &x[8..]), (0.0, &[0.0, 1.0, 0.0, 0.0][..]));
    }

    #[test]
    fn a_row_that_was_prepared_is_translated_into_another_preparation() {
        let robust = Preparation {
            scale: vec![(2.0, 0.5), (0.0, 1.0)],
            bend: Some(3.0),
            marks: vec![Mark { feature: 0, value: Some(4.0) }],
            ..Preparation::default()
        };
        let standard = Preparation { scale: vec![(1.0, 3.0), (-1.0, 0.1)], bend: None, ..robust.clone() };
        let raw = [4.0, -17.0, 0.0];
        let of = |preparation: &Preparation| {
            let mut row = raw.to_vec();
            preparation.apply(&mut row, 2);
            row
        };
        for (from, to) in [(&robust, &standard), (&standard, &robust), (&robust, &robust)] {
            let mut row = of(from);
            from.translate(&mut row, to);
            for (got, want) in row.iter().zip(of(to)) {
                assert!((got - want).abs() < 1e-4, "{row:?}");
            }
        }
    }
}
