//! A name needs evidence: what a single number, a tiny sum or a coincidence of numbers cannot show is not said.

use std::path::Path;

use backburn::data::{Dump, Numbers};
use backburn::gradcheck::{Claim, Conclusion, FactorMeaning, Parameter, Stated, TensorName, Verdict, check};
use rand::Rng;

use super::student::{Matrix, Slip, Slips, Student, generator};
use super::{judge, names};

/// The first drawn program that is as wanted, without L2, dropout or `+=`.
fn student(wanted: impl Fn(&Student) -> bool) -> Student {
    let plain = |mut student: Student| {
        (student.l2, student.added, student.keep) = (0.0, false, 1.0);
        student.masks.iter_mut().for_each(|mask| *mask = None);
        student
    };
    let all = (9000..).map(|case| plain(Student::draw(&mut generator(case))));
    all.into_iter().find(|s| s.biases.is_some() && s.weights.len() == 2 && wanted(s)).unwrap()
}

fn right(student: &Student) -> Vec<(Matrix, Matrix)> {
    student.gradients(&Slips::new())
}

fn scaled(student: &Student, by: f64) -> Dump {
    let all: Vec<(Matrix, Matrix)> = right(student).into_iter().map(|(w, b)| (w * by, b * by)).collect();
    student.dump(&all, None)
}

fn told(verdict: &Verdict) -> (Conclusion, Vec<&'static str>) {
    (verdict.conclusion, names(verdict).into_iter().collect())
}

#[test]
fn what_numpy_saves_beside_arrays_is_read_as_it_was_meant() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gradcheck/frozen");
    for name in ["numbers.npz", "bytes.npz"] {
        let claim = Claim::read(&Dump::read(&folder.join(name)).unwrap(), Stated::default()).unwrap();
        assert_eq!(claim.stated.rate, Some(0.5), "{name}");
        let verdict = check(&claim).unwrap();
        assert_eq!(told(&verdict), (Conclusion::Mistaken, vec!["updated-weights-in-backprop"]), "{name}");
        let assumed: Vec<&str> = verdict.assumed.iter().map(|(convention, _)| convention.as_str()).collect();
        assert_eq!(assumed, ["reduction"], "{name}");
    }
    let none = Claim::read(&Dump::read(&folder.join("none.npz")).unwrap(), Stated::default()).err().unwrap();
    assert!(none.to_string().contains("lr = "), "{none}");
    let verdict = judge(&Dump::read(&folder.join("half.npz")).unwrap());
    assert_eq!((verdict.conclusion, verdict.precision.as_str()), (Conclusion::Right, "float16"));
}

#[test]
fn a_number_may_be_saved_as_an_array_of_one_entry() {
    let student = student(|s| s.output == "softmax" && s.loss == "ce");
    let mut dump = student.dump(&right(&student), None);
    dump.notes.remove("lr");
    for (name, shape) in [("lr", vec![]), ("l2", vec![1])] {
        dump.arrays.insert(name.into(), Numbers { shape, values: vec![0.25] });
    }
    let claim = Claim::read(&dump, Stated::default()).unwrap();
    assert_eq!((claim.stated.rate, claim.stated.l2), (Some(0.25), Some(0.25)));
    // The name of the loss and its printed value both fit into one savez.
    dump.arrays.insert("loss_value".into(), Numbers { shape: vec![], values: vec![student.total_loss()] });
    assert_eq!(Claim::read(&dump, Stated::default()).unwrap().readings[0].loss, Some(student.total_loss()));
}

/// A dump whose biases are one more row of every weight, before or behind the others.
fn with_biases_in_the_weights(dump: &Dump, first: bool) -> Dump {
    let mut whole = dump.clone();
    for (weight, bias) in [("W1", "b1"), ("W2", "b2"), ("dW1", "db1"), ("dW2", "db2")] {
        let row = whole.arrays.remove(bias).unwrap().values;
        let matrix = whole.arrays.get_mut(weight).unwrap();
        let (values, rows) = (std::mem::take(&mut matrix.values), matrix.shape[0] + 1);
        matrix.values = if first { [row, values].concat() } else { [values, row].concat() };
        matrix.shape[0] = rows;
    }
    whole
}

#[test]
fn biases_in_the_weights_are_found_before_and_behind_the_other_rows() {
    let student = student(|s| s.output == "softmax" && s.loss == "ce" && s.orientation == "row");
    let dump = student.dump(&right(&student), None);
    for first in [false, true] {
        let verdict = judge(&with_biases_in_the_weights(&dump, first));
        assert_eq!(told(&verdict), (Conclusion::Right, vec![]), "first: {first}: {verdict}");
        assert!(!verdict.conditions.iter().any(|condition| condition.name == "open-orientation"), "{verdict}");
    }
}

#[test]
fn a_stale_db_in_printed_digits_is_not_called_one_number() {
    let student = student(|s| s.output == "softmax" && s.loss == "ce" && s.reduction == "mean" && s.outputs() > 3);
    let mut gradients = right(&student);
    let other = Student { x: student.x.mapv(|v| 0.7 * v - 0.4), ..student.clone() };
    gradients[1].1 = right(&other)[1].1.clone();
    for digits in [4, 5] {
        assert_eq!(
            told(&judge(&student.dump(&gradients, Some(digits)))),
            (Conclusion::Unexplained, vec![]),
            "{digits}"
        );
    }
}

#[test]
fn one_number_off_by_no_number_that_people_write_is_unexplained() {
    let student = student(|s| s.outputs() == 1 && s.loss == "bce");
    let off = |by: f64| {
        let mut gradients = right(&student);
        gradients[1].1 *= by;
        told(&judge(&student.dump(&gradients, None)))
    };
    assert_eq!(off(1.013), (Conclusion::Unexplained, vec![]));
    assert_eq!(off(10.0), (Conclusion::Mistaken, vec!["wrong-constant-factor"]));
    assert_eq!(off(-1.0), (Conclusion::Mistaken, vec!["bias-sign"]));
}

#[test]
fn a_factor_is_named_only_where_the_name_belongs() {
    let softmax = student(|s| s.output == "softmax" && s.loss == "ce" && s.reduction == "mean" && s.outputs() == 5);
    let softmax = Student { rate: 0.07, ..softmax };
    for by in [0.1, 2.5, 0.37] {
        let verdict = judge(&scaled(&softmax, by));
        assert_eq!(told(&verdict), (Conclusion::Unexplained, vec![]), "{by}");
        assert!(verdict.notes.iter().any(|note| note.contains(&format!("every tensor is {by:.6} times"))), "{by}");
    }
    let squared = student(|s| s.loss == "sse" && s.output == "linear" && s.outputs() > 2);
    for student in [softmax, squared] {
        assert_eq!(told(&judge(&scaled(&student, 2.0))), (Conclusion::Mistaken, vec!["loss-factor-two"]));
        let verdict = judge(&scaled(&Student { rate: 0.5, ..student.clone() }, 0.5));
        assert_eq!(told(&verdict), (Conclusion::Mistaken, vec!["loss-factor-two"]));
        assert!(verdict.alternatives.contains(&Vec::new()), "the dump may be the update");
        let verdict = judge(&scaled(&Student { rate: 0.07, ..student }, 0.07));
        assert_eq!(told(&verdict), (Conclusion::Right, vec![]));
        assert!(verdict.notes[0].contains("rate times gradient"));
    }
}

#[test]
fn a_gradient_that_is_right_to_eight_digits_is_right() {
    let student = student(|s| s.outputs() == 1 && s.loss == "bce");
    let mut rng = generator(1);
    let mut rest = |matrix: &mut Matrix| matrix.mapv_inplace(|v| v * (1.0 + rng.random_range(-1e-7..1e-7)));
    let mut gradients = right(&student);
    gradients.iter_mut().for_each(|(w, b)| [w, b].into_iter().for_each(&mut rest));
    let verdict = judge(&student.dump(&gradients, None));
    assert_eq!(verdict.conclusion, Conclusion::Right);
    assert!(verdict.residual.unwrap() > 1e-9 && verdict.notes[0].contains("1e-8"), "{:?}", verdict.notes);
}

#[test]
fn a_dominant_penalty_leaves_no_factor_of_its_own() {
    let mut student = student(|s| s.output == "softmax" && s.loss == "ce" && s.reduction == "mean");
    (student.l2, student.form) = (40.0, "lambda");
    let slips = Slips::from([("l2-value-instead-of-gradient", Slip { layers: vec![0, 1], way: 0 })]);
    for digits in [None, Some(8)] {
        let verdict = judge(&student.dump(&student.gradients(&slips), digits));
        assert_eq!(told(&verdict), (Conclusion::Mistaken, vec!["l2-value-instead-of-gradient"]), "{digits:?}");
    }
}

#[test]
fn updated_weights_beside_a_penalty_are_cut_nowhere() {
    let mut student = student(|s| s.output == "softmax" && s.loss == "ce" && s.hidden[0] == "tanh");
    (student.l2, student.form) = (0.2, "lambda/2");
    let slips = Slips::from([("updated-weights-in-backprop", Slip { layers: vec![0], way: 0 })]);
    let mut dump = student.dump(&student.gradients(&slips), None);
    dump.notes.remove("lr");
    assert_eq!(told(&judge(&dump)), (Conclusion::Mistaken, vec!["updated-weights-in-backprop"]));
}

#[test]
fn a_missing_bias_is_said_and_targets_of_several_classes_are_judged() {
    let student = student(|s| s.output == "softmax" && s.loss == "ce" && s.orientation == "row");
    let mut dump = student.dump(&right(&student), None);
    dump.arrays.remove("b1");
    let told = judge(&dump).conditions;
    assert!(told.iter().any(|c| c.name == "bias-not-dumped" && c.text.contains("dump b1")), "{told:?}");
    let mut dump = Student { labels: "onehot", ..student.clone() }.dump(&right(&student), None);
    dump.arrays.get_mut("y").unwrap().values.iter_mut().take(2).for_each(|v| *v = 1.0);
    assert_ne!(judge(&dump).conclusion, Conclusion::Right);
}

#[test]
fn a_found_mistake_carries_layer_and_tensor_and_factor_as_fields() {
    let student = student(|s| s.output == "softmax" && s.loss == "ce" && s.hidden[0] == "tanh");
    let slips = Slips::from([("missing-activation-derivative", Slip { layers: vec![0], way: 0 })]);
    let mut gradients = student.gradients(&slips);
    gradients[1].0 *= 3.0;
    let verdict = judge(&student.dump(&gradients, None));
    assert_eq!(told(&verdict).1, ["missing-activation-derivative", "wrong-constant-factor"]);
    let (derivative, constant) = (verdict.findings[0].occurrences[0], verdict.findings[1].occurrences[0]);
    assert_eq!((derivative.layer_number(), derivative.tensor(), derivative.factor()), (Some(1), None, None));
    assert_eq!(constant.tensor(), Some(TensorName { parameter: Parameter::Weight, layer: 2 }));
    assert_eq!((constant.layer_number(), constant.factor()), (Some(2), Some(FactorMeaning::Constant(3.0))));
    assert_eq!(constant.to_string(), "dW2: factor 3.000000");
}
