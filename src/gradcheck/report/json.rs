//! The verdict as a program reads it: one JSON object, whose keys are a contract.

use serde_json::{Map, Value, json};

use super::tensor_check::TensorCheck;
use super::verdict::{FoundMistake, Verdict};
use crate::gradcheck::mistakes::Mistake;

impl Verdict {
    /// All of the verdict as one JSON object. A list is empty and a value null where there is nothing to say; no key is
    /// ever missing.
    pub fn json(&self) -> Value {
        let names = |all: &[Mistake]| all.iter().map(|m| m.name()).collect::<Vec<_>>();
        let by_mistake = |value: fn(&FoundMistake) -> String| -> Map<String, Value> {
            self.findings.iter().map(|f| (f.mistake.name().to_string(), json!(value(f)))).collect()
        };
        let tensors: Map<String, Value> = self.tensors.iter().map(|t| (t.tensor.to_string(), tensor(t))).collect();
        let assumed: Map<String, Value> = self.assumed.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
        let otherwise: Map<String, Value> =
            self.otherwise.iter().map(|(convention, all)| (convention.clone(), json!(names(all)))).collect();
        json!({
            "verdict": self.conclusion.name(),
            "mistakes": self.findings.iter().map(|f| f.mistake.name()).collect::<Vec<_>>(),
            "alternatives": self.alternatives.iter().map(|set| names(set)).collect::<Vec<_>>(),
            "where": by_mistake(occurrences),
            "fix": by_mistake(|found| found.fix.to_string()),
            "tensors": tensors,
            "assumed": assumed,
            "otherwise": otherwise,
            "conditions": self.conditions.iter().map(|c| c.name).collect::<Vec<_>>(),
            "notes": self.notes,
            "unexplained": self.unexplained.map(|obstacle| obstacle.to_string()),
            "residual": self.residual,
            "precision": self.precision,
        })
    }
}

/// The occurrences of a mistake in one string.
fn occurrences(found: &FoundMistake) -> String {
    found.occurrences.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// One tensor beside the truth. Numbers that are not finite become null, since JSON has none.
fn tensor(t: &TensorCheck) -> Value {
    let worst = t.worst.as_ref().map(|(at, found, right)| json!({"at": at, "found": found, "right": right}));
    let finite = |x: f64| if x.is_finite() { json!(x) } else { Value::Null };
    json!({"error": finite(t.error), "cosine": finite(t.cosine), "scale": finite(t.scale), "worst": worst, "shape": t.shape})
}
