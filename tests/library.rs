//! A program that links the library can do what the binary does, and gets the same bits.

use backburn::data::{Arrays, Data, Labels, Request, Scale};
use backburn::device;
use backburn::engine::Precision;
use backburn::error::Result;
use backburn::journal::Event;
use backburn::model::Saved;
use backburn::run::{Run, RunFile};
use backburn::setup::{self, Config, Steps};
use backburn::train::{Ensemble, Training};

use super::shell::folder;

fn config() -> Config {
    Config { hidden: vec![20], epochs: 3, clip: Some(1.0), seed: 5, ..Config::default() }
}

/// The training half of the built-in digits as they are in their file, and its test half.
fn arrays() -> (Arrays, Arrays) {
    let raw = Data::load(&Request { scale: Scale::None, ..Request::default() }).unwrap();
    let arrays = |block: &backburn::data::Block| Arrays {
        x: block.features().unwrap(),
        y: Labels::Numbers(block.labels().into_iter().map(f64::from).collect()),
        shape: raw.shape.clone(),
    };
    (arrays(&raw.train), arrays(raw.test.as_ref().unwrap()))
}

fn given(config: &Config) -> Result<Data> {
    let (train, test) = arrays();
    Data::given("the built-in digits", train, Some(test), &config.request())
}

#[test]
fn rows_in_memory_are_learned_as_the_same_rows_of_a_file() {
    let (at, device) = (folder(), device::choose(Some("flex")).unwrap());
    let config = Config { scale: Scale::Standard, ..config() };
    let data = [given(&config).unwrap(), Data::load(&config.request()).unwrap()];
    let names = ["memory", "file"];
    let mut scores = Vec::new();
    for (data, name) in data.into_iter().zip(names) {
        let run = Run::create(Some(&at.path().join(name)), "", false).unwrap();
        let mut training = Training::start(config.clone(), data, run, &device).unwrap();
        while training.advance().unwrap().is_some() {}
        scores.push(training.finish().unwrap());
    }
    assert_eq!(scores[0].test, scores[1].test);
    let [memory, file] = names.map(|name| Run::at(&at.path().join(name)));
    for part in [RunFile::Last, RunFile::Best, RunFile::Journal, RunFile::Metrics, RunFile::Confusion] {
        let bytes = |run: &Run| std::fs::read(run.file(part)).unwrap();
        assert_eq!(bytes(&memory), bytes(&file), "{}", part.name());
    }
}

#[test]
fn rows_in_memory_that_do_not_fit_together_are_refused() {
    let complain = |change: fn(&mut Arrays)| {
        let (mut train, test) = arrays();
        change(&mut train);
        Data::given("rows", train, Some(test), &config().request()).map(drop).unwrap_err().to_string()
    };
    assert!(complain(|rows| rows.x.truncate(1000)).contains("give as many labels as rows"));
    assert!(complain(|rows| rows.x[64 * 7] = f32::INFINITY).contains("not finite, in row 7"));
    assert!(complain(|rows| rows.y = Labels::Numbers(vec![1.0; 1437])).contains("a classifier needs two classes"));
    assert!(complain(|rows| rows.shape = vec![32]).contains("do not make"));
}

#[test]
fn a_loop_of_ones_own_on_the_steps_ends_with_the_weights_of_a_training() {
    let (at, device) = (folder(), device::choose(Some("flex")).unwrap());
    let config = config();
    let data = Data::load(&config.request()).unwrap();
    let mut learner = setup::learner(&config, &data, &device).unwrap();
    for step in Steps::new(&config, &data, &device) {
        let step = step.unwrap();
        let pass = step.pass(&learner);
        assert!(pass.is_finite());
        step.update(&mut learner, pass);
    }
    let run = Run::create(Some(&at.path().join("run")), "", false).unwrap();
    let last = run.file(RunFile::Last);
    let mut training = Training::start(config, data, run, &device).unwrap();
    let mut epochs = 0;
    while let Some(event) = training.advance().unwrap() {
        epochs += usize::from(matches!(event, Event::Epoch { .. }));
    }
    assert_eq!((epochs, training.epochs()), (3, 3));
    assert_eq!(Saved::read(&last).unwrap().weights, learner.model.weights());
}

#[test]
fn an_ensemble_is_pulled_network_by_network() {
    let (at, device) = (folder(), device::choose(Some("flex")).unwrap());
    let config = Config { ensemble: 2, epochs: 2, ..config() };
    let data = given(&config).unwrap();
    let run = Run::create(Some(&at.path().join("both")), "", false).unwrap();
    let mut ensemble = Ensemble::open(config, data, run, &device).unwrap();
    let mut alone = Vec::new();
    for training in ensemble.by_ref() {
        let mut training = training.unwrap();
        assert!(training.run().hold().is_err(), "a network is held while it is trained");
        while training.advance().unwrap().is_some() {}
        alone.push(training.finish().unwrap().test.unwrap().loss);
    }
    let together = ensemble.finish().unwrap().test.unwrap().loss;
    assert!(together < (alone[0] + alone[1]) / 2.0, "{together} of {alone:?}");
}

#[test]
fn what_is_settled_is_settled_for_programs_too() {
    let (at, device) = (folder(), device::choose(Some("flex")).unwrap());
    let path = at.path().join("run");
    let begin = || Run::create(Some(&path), "", true).unwrap();
    drop(Training::start(config(), given(&config()).unwrap(), begin(), &device).unwrap());
    let other = Config { hidden: vec![21], ..config() };
    let resumed = Training::resume(other, given(&config()).unwrap(), Run::at(&path).hold().unwrap(), &device);
    assert!(resumed.map(drop).unwrap_err().to_string().contains("--hidden is 20"));
}

#[test]
fn data_in_the_scale_of_another_model_are_sketched_in_that_scale() {
    let config = |scale| Config { scale, ..config() };
    let standard = given(&config(Scale::Standard)).unwrap();
    let plain = given(&config(Scale::None)).unwrap();
    assert_ne!(standard.sketch, plain.sketch);
    assert_eq!(standard.seen_by(&plain.preparation).unwrap().sketch, plain.sketch);
    assert_eq!(standard.seen_by(&standard.preparation).unwrap().sketch, standard.sketch);
}

#[test]
fn a_precision_that_the_device_lacks_is_refused_to_a_program_too() {
    let device = device::choose(Some("flex")).unwrap();
    let config = Config { precision: Precision::Bf16, ..config() };
    let data = Data::load(&config.request()).unwrap();
    let refused = setup::learner(&config, &data, &device).err().expect("flex knows float32 alone");
    assert!(refused.to_string().contains("bf16"), "{refused}");
}
