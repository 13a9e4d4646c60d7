//! `backburn gradcheck`: which of my equations is wrong?
//!
//! This file reads the arguments and prints what [`crate::gradcheck`] answers. The verdict stands in the first line, the
//! mistakes follow in the order in which to mend them, and the table of numbers comes last.

use std::path::{Path, PathBuf};

use super::bar::Clock;
use super::output::Output;
use super::table::table;
use super::{json, print, script};
use crate::clean;
use crate::data::{Data, Dump, Request};
use crate::error::{Error, Result};
use crate::gradcheck::{
    BatchReduction, Claim, LossFormula, ProbeDump, Stated, UpdateSign, check, functions, instructions, spelled,
};
use crate::script::Script;

/// Arguments of `gradcheck`.
#[derive(clap::Args)]
pub struct Args {
    /// A training script, .py or .ipynb, which is run; or the dump of one batch, .h5 or .npz, which is only read: x, y and
    /// for every layer W1, b1, dW1, db1
    dump: Option<PathBuf>,
    /// What the script is called with
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<String>,
    /// The Python that runs the script
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: String,
    /// All may take so long: to run the script until its second update, to read what it did, and to judge it
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    seconds: u64,
    /// The function of the hidden layers, or one for each with commas between
    #[arg(long, value_name = "NAME")]
    activation: Option<String>,
    /// The function of the output: softmax, sigmoid, tanh, relu, linear
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    /// The loss: ce, bce, half-sse, sse
    #[arg(long, value_name = "NAME")]
    loss: Option<String>,
    /// Over the batch: mean, sum, mean-all
    #[arg(long, value_name = "NAME")]
    reduction: Option<String>,
    /// How the gradient meets the weights: -= or +=
    #[arg(long, value_name = "SIGN", allow_hyphen_values = true)]
    update: Option<String>,
    /// Write a well-conditioned batch with weights to run your own code on, .h5 or .npz, and say how
    #[arg(long, value_name = "OUT", conflicts_with_all = ["dump", "activation", "output", "loss", "reduction", "update"])]
    probe: Option<PathBuf>,
    /// Write the script with its wrong lines mended, the old ones above them as comments, and judge it again
    #[arg(long, value_name = "FIXED.py", conflicts_with = "probe")]
    write: Option<PathBuf>,
    /// Replace an existing probe or script
    #[arg(long)]
    overwrite: bool,
    /// The widths of the probe's network from input to output [default: 784,30,10, or as --from needs]
    #[arg(long, value_name = "WIDTHS", value_delimiter = ',', requires = "probe")]
    layers: Option<Vec<usize>>,
    /// Take the probe's batch from this file
    #[arg(long, value_name = "DATA", requires = "probe")]
    from: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Checks a dump and prints the verdict, or writes a probe where one is asked for.
///
/// # Errors
/// There is no dump, it cannot be read or makes no sense, or a flag says an unknown word.
pub fn run(args: &Args) -> Result<()> {
    if let Some(path) = &args.probe {
        return probe(path, args);
    }
    let Some(path) = &args.dump else {
        return Err(Error::usage(
            "there is no dump to check; give DUMP.npz or DUMP.h5, or write a probe with --probe OUT.h5",
        ));
    };
    if path.extension().is_some_and(|ending| ending == "py" || ending == "ipynb") {
        let Args { arguments, python, seconds, .. } = args;
        let write = args
            .write
            .as_deref()
            .map(|file| Ok((file, Output::open(file, "--write", args.overwrite, std::slice::from_ref(path))?)));
        let script =
            Script { path: path.clone(), arguments: arguments.clone(), python: python.clone(), seconds: *seconds };
        return script::run(&script, &stated(args)?, args.json, write.transpose()?);
    }
    if args.write.is_some() {
        return Err(Error::usage("--write mends a script: give SCRIPT.py in the place of the dump"));
    }
    let checking = Clock::start(format!("checking {}", path.file_name().unwrap_or_default().display()));
    let claim = Claim::read(&Dump::read(path)?, stated(args)?)?;
    let verdict = check(&claim)?;
    drop(checking);
    print::data(&if args.json { json(&verdict.json()) } else { format!("{verdict}\n\n{}", table(&verdict.table())) });
    Ok(())
}

/// Writes a probe and says what to do with it.
fn probe(path: &Path, args: &Args) -> Result<()> {
    let inputs: Vec<PathBuf> = args.from.iter().cloned().collect();
    let file = Output::open(path, "--probe", args.overwrite, &inputs)?.file()?;
    let data =
        args.from.clone().map(|file| Data::load(&Request { file: Some(file), ..Request::default() })).transpose()?;
    let ends = data.as_ref().map(|data| (data.train.width(), data.classes.names.len()));
    let layers = widths(args.layers.as_deref(), ends)?;
    let probe = ProbeDump { layers: &layers, rows: data.as_ref().map(|data| &data.train), seed: 0 };
    probe.draw()?.write(file)?;
    let code = instructions(&path.display().to_string(), layers.len() - 1);
    if args.json {
        print::data(&json(&serde_json::json!({"file": clean::path(path), "layers": layers, "code": code})));
        return Ok(());
    }
    print::note(&format!("wrote {}; run your code on it like this:\n", path.display()));
    print::data(&code);
    Ok(())
}

/// The widths of a probe's network: those of the flag, which must agree with the `ends` that a file asks for, or else the
/// usual ones.
fn widths(flag: Option<&[usize]>, ends: Option<(usize, usize)>) -> Result<Vec<usize>> {
    let (first, last) = ends.unwrap_or((784, 10));
    let Some(layers) = flag else { return Ok(vec![first, 30, last]) };
    if layers.len() < 2 || layers.contains(&0) {
        return Err(Error::usage("--layers needs two or more widths above 0, as in 784,30,10"));
    }
    if ends.is_some_and(|ends| ends != (layers[0], layers[layers.len() - 1])) {
        return Err(Error::usage(format!(
            "--layers must begin with {first} and end with {last} for this file; leave the ends to it or name another"
        )));
    }
    Ok(layers.to_vec())
}

/// What the flags state of the program that made the dump.
fn stated(args: &Args) -> Result<Stated> {
    fn word<T>(flag: &str, text: Option<&String>, parse: fn(&str) -> Option<T>) -> Result<Option<T>> {
        let bad =
            |text: &String| Error::usage(format!("--{flag} does not know `{text}`; see backburn gradcheck --help"));
        text.map(|text| parse(text).ok_or_else(|| bad(text))).transpose()
    }
    Ok(Stated {
        activation: word("activation", args.activation.as_ref(), functions)?,
        output: word("output", args.output.as_ref(), functions)?.and_then(|all| all.first().copied()),
        loss: word("loss", args.loss.as_ref(), spelled::<LossFormula>)?,
        reduction: word("reduction", args.reduction.as_ref(), spelled::<BatchReduction>)?,
        update: word("update", args.update.as_ref(), spelled::<UpdateSign>)?,
        ..Stated::default()
    })
}
