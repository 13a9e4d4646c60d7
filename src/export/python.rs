//! Python: short programs that load the exported arrays and predict, one with numpy alone and one with PyTorch.
//!
//! They are meant to be read. A beginner finds the forward pass in four lines and needs nothing of this project to run
//! them. Their templates lie beside this file. A line that a model does not need, as that for missing values, is left
//! out of its program instead of being there and doing nothing; `tests/export/agree.py` runs them and compares.

use crate::clean::{python, python_comment};
use crate::engine::LEAK;
use crate::model::{Activation, Saved};

/// The program that needs numpy alone, for arrays in `stem`.npz.
pub fn numpy(saved: &Saved, stem: &str) -> String {
    let lines = Lines {
        missing: "    missing = np.isnan(x) | (x == m[\"sentinel\"])\n",
        filled: "np.where(missing, m[\"fill\"], x)",
        bend: "    a = a / np.sqrt(1 + (a / m[\"bend\"]) ** 2)  # what lies far out is bent\n",
        place: "    at = m[\"mark_feature\"].astype(int)\n",
        equal: "x[:, at] == m[\"mark_value\"]",
        asked: "np.where(np.isnan(m[\"mark_value\"]), missing[:, at], EQUAL)",
        joined: "    a = np.concatenate([a, MARKS], axis=1, dtype=np.float32)\n",
    };
    fill(include_str!("numpy.py"), saved, stem, (&numpy_activation(saved.network.activation), lines))
}

/// The PyTorch module, for arrays in `stem`.npz.
pub fn torch(saved: &Saved, stem: &str) -> String {
    let module = match saved.network.activation {
        Activation::Sigmoid => "Sigmoid()".to_string(),
        Activation::Tanh => "Tanh()".to_string(),
        Activation::Relu => "ReLU()".to_string(),
        Activation::LeakyRelu => format!("LeakyReLU({LEAK})"),
        Activation::Gelu => "GELU()".to_string(),
        Activation::Silu => "SiLU()".to_string(),
    };
    let lines = Lines {
        missing: "        missing = x.isnan() | (x == self.sentinel)\n",
        filled: "torch.where(missing, self.fill, x)",
        bend: "        a = a / torch.sqrt(1 + (a / self.bend) ** 2)  # what lies far out is bent\n",
        place: "        at = self.mark_feature.long()\n",
        equal: "x[:, at] == self.mark_value",
        asked: "torch.where(self.mark_value.isnan(), missing[:, at], EQUAL)",
        joined: "        a = torch.cat([a, MARKS.float()], 1)\n",
    };
    fill(include_str!("torch.py"), saved, stem, (&module, lines))
}

/// The activation as an expression in z. numpy has no error function; math.erf is exact, and slow only for large batches.
fn numpy_activation(activation: Activation) -> String {
    match activation {
        Activation::Sigmoid => "1 / (1 + np.exp(-z))".into(),
        Activation::Tanh => "np.tanh(z)".into(),
        Activation::Relu => "np.maximum(z, 0)".into(),
        Activation::LeakyRelu => format!("np.where(z > 0, z, {LEAK} * z)"),
        Activation::Gelu => "z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2".into(),
        Activation::Silu => "z / (1 + np.exp(-z))".into(),
    }
}

/// The lines of a program that a model may do without, in its language.
struct Lines {
    /// The line that finds which features are missing.
    missing: &'static str,
    /// The expression for the features with those filled in.
    filled: &'static str,
    /// The line that bends what lies far out.
    bend: &'static str,
    /// The line with the places of the features that marks are of.
    place: &'static str,
    /// The expression that tells whether a feature has the value of its mark.
    equal: &'static str,
    /// The same, or whether it is missing where the mark asks for that; EQUAL stands for the former.
    asked: &'static str,
    /// The marks, for which MARKS stands, put behind the features.
    joined: &'static str,
}

impl Lines {
    /// The lines for what is missing, what is bent and what is marked in this model.
    fn of(&self, saved: &Saved) -> [String; 3] {
        let own = &saved.preparation;
        let indent = self.missing.len() - self.missing.trim_start().len();
        let mut missing = if own.fills() { self.missing.to_string() } else { String::new() };
        // Marks are of the features as they came, so they are read before gaps are filled.
        let marks = if own.fills() { self.asked.replace("EQUAL", self.equal) } else { self.equal.into() };
        if !own.marks.is_empty() {
            missing += &format!("{}{:indent$}marks = {marks}\n", self.place, "");
        }
        if own.fills() {
            missing += &format!("{:indent$}x = {}\n", "", self.filled);
        }
        let bend = own.bend.map_or("", |_| self.bend).to_string();
        let joined = if own.marks.is_empty() { String::new() } else { self.joined.replace("MARKS", "marks") };
        [missing, bend, joined]
    }
}

/// A template with its gaps filled: the name of the arrays, the widths, the activation, and the lines of the preparation.
fn fill(template: &str, saved: &Saved, stem: &str, (activation, lines): (&str, Lines)) -> String {
    let layers: Vec<String> = saved.network.layers.iter().map(usize::to_string).collect();
    let [missing, bend, marks] = lines.of(saved);
    let template = template.replace("\"{stem}.npz\"", &python(&format!("{stem}.npz")));
    let text = template.replace("{missing}", &missing).replace("{bend}", &bend).replace("{marks}", &marks);
    let text = text.replace("{stem}", &python_comment(stem));
    text.replace("{layers}", &layers.join("-")).replace("{activation}", activation)
}
