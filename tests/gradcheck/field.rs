//! Cases from the field: programs of public questions, made again, whose dumps lie beside this repository where it is
//! developed. What is true of each was established from the question's own code and by central differences.

use std::path::PathBuf;

use backburn::data::Dump;
use backburn::gradcheck::{Claim, Stated, Verdict, check};

use super::super::shell::shared;

fn judged(folder: &std::path::Path, name: &str) -> Verdict {
    let ending = if name.ends_with(".json") { "" } else { ".npz" };
    let dump = Dump::read(&folder.join(format!("{name}{ending}"))).unwrap();
    check(&Claim::read(&dump, Stated::default()).unwrap_or_else(|e| panic!("{name}: {e}"))).unwrap()
}

fn folder() -> Option<PathBuf> {
    shared("../field/gradcheck")
}

/// Dumps with the verdict that is true of them, and the mistakes.
const KNOWN: &[(&str, &str, &[&str])] = &[
    ("devhide_77951589/dump", "mistaken", &["updated-weights-in-backprop"]),
    ("devhide_77951589/row", "mistaken", &["updated-weights-in-backprop"]),
    ("devhide_77951589/col", "mistaken", &["updated-weights-in-backprop"]),
    ("devhide_77951589/no_lr", "mistaken", &["updated-weights-in-backprop"]),
    ("devhide_77951589/after", "mistaken", &["updated-weights-in-backprop"]),
    ("devhide_77951589/few", "mistaken", &["updated-weights-in-backprop"]),
    ("ds_44698/dump", "mistaken", &["residual-sign"]),
    ("ds_44698/mse", "mistaken", &["residual-sign", "loss-factor-two"]),
    ("gh_deepcl_46/dump", "right", &[]),
    ("gh_deepcl_46/with_a", "right", &[]),
    ("gh_deepcl_46/few", "right", &[]),
    ("gh_nanonn_4/dump", "mistaken", &["activation-derivative-of-activation"]),
    ("gh_nanonn_4/few", "mistaken", &["activation-derivative-of-activation"]),
    ("gh_nanonn_4/none", "mistaken", &["activation-derivative-of-activation"]),
    ("gh_nanonn_4/split", "mistaken", &["activation-derivative-of-activation"]),
    ("gh_nanonn_4/split_none", "mistaken", &["activation-derivative-of-activation"]),
    ("gh_nanonn_4/split_a", "mistaken", &["activation-derivative-of-activation"]),
    ("hf_gd_logistic/half", "mistaken", &["wrong-sample-index"]),
    ("hf_gd_logistic/half_column", "mistaken", &["wrong-sample-index"]),
    ("so_41385073/dump", "mistaken", &["loss-factor-two"]),
    ("so_41385073/mse", "mistaken", &["sum-instead-of-mean", "loss-factor-two"]),
    ("so_41385073/half_mean", "mistaken", &["sum-instead-of-mean"]),
    ("so_9662746/dump", "right", &[]),
    ("so_9662746/few", "right", &[]),
    ("so_9662746/none", "right", &[]),
    ("so_9662746/minus_theta", "right", &[]),
    ("so_9662746/minus_theta_alpha", "right", &[]),
    ("stats_188678/dump", "right", &[]),
    ("stats_188678/shaped", "right", &[]),
    ("stats_188678/target0", "mistaken", &["wrong-output-derivative"]),
    ("v_iris/raw_right", "right", &[]),
    ("v_iris/std_right", "right", &[]),
    ("v_iris/raw_updated_0.003", "mistaken", &["updated-weights-in-backprop"]),
    ("v_iris/std_updated_0.003", "mistaken", &["updated-weights-in-backprop"]),
    ("v_last/extra_arrays", "right", &[]),
    ("v_m/bcast_mean", "mistaken", &["residual-broadcast"]),
    ("v_m/bcast_mean_delta", "mistaken", &["residual-broadcast"]),
    ("v_m/l2_half", "mistaken", &["l2-scaling"]),
    ("v_m/l2_right", "right", &[]),
    ("v_m/l2_right_h", "right", &[]),
    ("v_m/l2_wrong_h", "mistaken", &["l2-scaling"]),
    ("v_m/m2_right", "right", &[]),
    ("v_m/m3_updated", "mistaken", &["updated-weights-in-backprop"]),
    ("v_m/theta", "right", &[]),
    ("v_m/theta_ap", "right", &[]),
];

/// Dumps of which the table holds no mistake, so that nothing may be named.
const NOT_IN_TABLE: &[&str] = &[
    "gh_mlpack_1923/dump",
    "gh_mlpack_1923/right",
    "gh_mlpack_1923/dump_with_a",
    "gh_mlpack_1923/right_without_gamma",
    "hf_gd_logistic/dump",
    "hf_gd_logistic/with_p",
    "stats_415679/dump",
    "stats_415679/split",
    "stats_415679/split_ap",
    "v_iris/raw_damaged_0.001",
    "v_iris/raw_damaged_0.003",
    "v_iris/std_damaged_0.001",
    "v_m/bcast_shapes",
];

#[test]
fn dumps_from_the_field_are_judged_as_their_truth_says() {
    let Some(folder) = folder() else { return };
    for (name, conclusion, mistakes) in KNOWN {
        let verdict = judged(&folder, name);
        let found: Vec<&str> = verdict.findings.iter().map(|finding| finding.mistake.name()).collect();
        assert_eq!((verdict.conclusion.name(), &found[..]), (*conclusion, *mistakes), "{name}: {verdict}");
    }
    for name in NOT_IN_TABLE {
        let verdict = judged(&folder, name);
        assert_eq!(verdict.conclusion.name(), "unexplained", "{name}: {verdict}");
    }
}

#[test]
fn names_of_ones_own_and_json_are_read_and_said() {
    let Some(folder) = folder() else { return };
    let said = |name: &str| judged(&folder, name).to_string();
    assert!(said("ds_44698/hisnames").contains("weights_in for W1"), "{}", said("ds_44698/hisnames"));
    assert!(said("so_41385073/theta").contains("grad for dW1, theta for W1"));
    assert!(said("gh_mlpack_1923/dump").contains("beta1, dbeta1, dgamma1, gamma1 were not used"));
    assert!(said("v_last/misspelt").contains("optimiser were not used"));
    let json = judged(&folder, "v_last/dump.json");
    assert_eq!(json.tensors.len(), 4);
    assert!(said("v_m/bcast_shapes").contains("y = y.reshape(-1, 1)"));
    let nonsense = Dump::read(&folder.join("v_m/l2_nonsense.npz")).unwrap();
    let error = Claim::read(&nonsense, Stated::default()).err().unwrap();
    assert!(error.code() == 3 && error.to_string().contains("bananas"), "{error}");
}

#[test]
fn weights_before_and_after_the_update_are_as_good_as_a_gradient() {
    let Some(folder) = folder() else { return };
    let mut dump = Dump::read(&folder.join("v_m/m3_updated.npz")).unwrap();
    for parameter in ["W1", "b1", "W2", "b2"] {
        let step = dump.arrays.remove(&format!("d{parameter}")).unwrap();
        let mut after = dump.arrays[parameter].clone();
        after.values.iter_mut().zip(&step.values).for_each(|(value, step)| *value -= 0.1 * step);
        dump.arrays.insert(format!("{parameter}_after"), after);
    }
    let verdict = check(&Claim::read(&dump, Stated::default()).unwrap()).unwrap();
    let found: Vec<&str> = verdict.findings.iter().map(|finding| finding.mistake.name()).collect();
    assert_eq!(found, ["updated-weights-in-backprop"], "{verdict}");
}
