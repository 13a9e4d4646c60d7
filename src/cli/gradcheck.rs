//! `backburn gradcheck`: which of my equations is wrong?
//!
//! The verdict stands in the first line, the mistakes follow in the order in which to mend them, the numbers last.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::output::Output;
use super::table::table;
use super::{json, print};
use crate::data::{Data, Dump, Request};
use crate::error::{Error, Result};
use crate::gradcheck::{
    Claim, Comparison, Finding, Loss, Mistake, Part, Probe, Reduction, Ruling, Stated, Update, Verdict, check,
    functions, instructions,
};

/// Arguments of `gradcheck`.
#[derive(clap::Args)]
pub struct Args {
    /// The dump of one batch, .h5 or .npz: x, y and for every layer W1, b1, dW1, db1
    dump: Option<PathBuf>,
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
    /// Replace an existing probe
    #[arg(long, requires = "probe")]
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

/// Checks.
pub fn run(args: &Args) -> Result<()> {
    if let Some(path) = &args.probe {
        return probe(path, args);
    }
    let Some(path) = &args.dump else {
        return Err(Error::usage(
            "there is no dump to check; give DUMP.npz or DUMP.h5, or write a probe with --probe OUT.h5",
        ));
    };
    let claim = Claim::read(&Dump::read(path)?, stated(args)?)?;
    let verdict = check(&claim)?;
    print::data(&if args.json { json(&object(&verdict)) } else { text(&verdict) });
    Ok(())
}

/// Writes a probe and says what to do with it.
fn probe(path: &Path, args: &Args) -> Result<()> {
    let inputs: Vec<PathBuf> = args.from.iter().cloned().collect();
    let file = Output::open(path, "--probe", args.overwrite, &inputs)?.file()?;
    let data =
        args.from.clone().map(|file| Data::load(&Request { file: Some(file), ..Request::default() })).transpose()?;
    let ends = data.as_ref().map(|data| (data.train.width(), data.classes.names.len()));
    let layers = match (&args.layers, ends) {
        (None, None) => vec![784, 30, 10],
        (None, Some((width, classes))) => vec![width, 30, classes],
        (Some(layers), ends) if layers.len() > 1 && !layers.contains(&0) => match ends {
            Some(ends) if ends != (layers[0], layers[layers.len() - 1]) => {
                return Err(Error::usage(format!(
                    "--layers must begin with {} and end with {} for this file; leave the ends to it or name another",
                    ends.0, ends.1
                )));
            }
            _ => layers.clone(),
        },
        _ => return Err(Error::usage("--layers needs two or more widths above 0, as in 784,30,10")),
    };
    let probe = Probe { layers: &layers, rows: data.as_ref().map(|data| &data.train), seed: 0 };
    probe.draw()?.write(file)?;
    print::note(&format!("wrote {}; run your code on it like this:\n", path.display()));
    print::data(&instructions(&path.display().to_string(), layers.len() - 1));
    Ok(())
}

fn stated(args: &Args) -> Result<Stated> {
    fn word<T>(flag: &str, text: Option<&String>, parse: fn(&str) -> Option<T>) -> Result<Option<T>> {
        let bad =
            |text: &String| Error::usage(format!("--{flag} does not know `{text}`; see backburn gradcheck --help"));
        text.map(|text| parse(text).ok_or_else(|| bad(text))).transpose()
    }
    Ok(Stated {
        activation: word("activation", args.activation.as_ref(), functions)?,
        output: word("output", args.output.as_ref(), functions)?.and_then(|all| all.first().copied()),
        loss: word("loss", args.loss.as_ref(), Loss::parse)?,
        reduction: word("reduction", args.reduction.as_ref(), Reduction::parse)?,
        update: word("update", args.update.as_ref(), Update::parse)?,
        ..Stated::default()
    })
}

fn object(verdict: &Verdict) -> Value {
    let names = |all: &[Mistake]| all.iter().map(|m| m.name()).collect::<Vec<_>>();
    let map = |value: fn(&Finding) -> String| -> Map<String, Value> {
        verdict.findings.iter().map(|f| (f.mistake.name().to_string(), json!(value(f)))).collect()
    };
    let tensors: Map<String, Value> = verdict.tensors.iter().map(|t| (t.name.clone(), tensor(t))).collect();
    let assumed: Map<String, Value> = verdict.assumed.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
    let otherwise: Map<String, Value> =
        verdict.otherwise.iter().map(|(convention, all)| (convention.clone(), json!(names(all)))).collect();
    json!({
        "verdict": verdict.ruling.name(),
        "mistakes": verdict.findings.iter().map(|f| f.mistake.name()).collect::<Vec<_>>(),
        "alternatives": verdict.alternatives.iter().map(|set| names(set)).collect::<Vec<_>>(),
        "where": map(|finding| finding.places.join(", ")),
        "fix": map(|finding| finding.fix.clone()),
        "tensors": tensors,
        "assumed": assumed,
        "otherwise": otherwise,
        "conditions": verdict.circumstances.iter().map(|c| c.name).collect::<Vec<_>>(),
        "notes": verdict.notes,
        "unexplained": verdict.unexplained,
        "residual": verdict.residual,
        "precision": verdict.precision,
    })
}

fn tensor(t: &Comparison) -> Value {
    let worst = t.worst.as_ref().map(|(at, found, right)| json!({"at": at, "found": found, "right": right}));
    let finite = |x: f64| if x.is_finite() { json!(x) } else { Value::Null };
    json!({"error": finite(t.error), "cosine": finite(t.cosine), "scale": finite(t.scale), "worst": worst, "shape": t.shape})
}

/// The verdict as a person reads it.
fn text(verdict: &Verdict) -> String {
    let mut parts = vec![headline(verdict)];
    parts.extend(verdict.findings.iter().enumerate().map(|(i, finding)| paragraph(i + 1, finding)));
    let digits = |residual: f64| -residual.max(1e-16).log10();
    if let Some(residual) = verdict.residual {
        parts.push(format!(
            "{} reproduces the dump to {:.0} digits (it holds {}; what is left is {residual:.0e} of it).",
            if verdict.findings.is_empty() { "The gradient" } else { "This" },
            digits(residual).floor(),
            verdict.precision,
        ));
    }
    let lines: Vec<String> = remarks(verdict);
    if !lines.is_empty() {
        parts.push(lines.join("\n"));
    }
    parts.push(numbers(&verdict.tensors));
    parts.join("\n\n")
}

fn headline(verdict: &Verdict) -> String {
    let only = |parts: &[Part]| verdict.findings.iter().all(|finding| parts.contains(&finding.mistake.part()));
    let sign = verdict.findings.iter().any(|finding| finding.mistake == Mistake::ResidualSign);
    match (verdict.ruling, &verdict.findings[..]) {
        (Ruling::Right, _) => "right: the dump is the gradient of the loss".into(),
        (Ruling::Unexplained, _) => format!(
            "unexplained: the dump is not the gradient, and no set of known mistakes makes it so; going back from the loss, the first that no equation gives is {}",
            verdict.unexplained.as_deref().unwrap_or("unknown")
        ),
        (_, [_]) if sign => {
            "mistaken: the dump is minus the gradient: right if you add it, wrong if you subtract it".into()
        }
        (_, findings) if only(&[Part::Scale]) => format!(
            "mistaken: every equation is right and the scale is not ({})",
            findings.iter().map(|finding| finding.mistake.name()).collect::<Vec<_>>().join(", ")
        ),
        (_, [one]) => format!("mistaken: {}", one.mistake.name()),
        (_, findings) => format!(
            "mistaken: {} things are wrong: {}",
            findings.len(),
            findings.iter().map(|finding| finding.mistake.name()).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn paragraph(number: usize, finding: &Finding) -> String {
    format!(
        "{number}. {} ({})\n   {}\n   write  {}",
        finding.mistake.name(),
        finding.places.join("; "),
        finding.mistake.sentence(),
        finding.fix
    )
}

fn remarks(verdict: &Verdict) -> Vec<String> {
    let names = |all: &[Mistake]| match all {
        [] => "right".to_string(),
        all => all.iter().map(|mistake| mistake.name()).collect::<Vec<_>>().join(" + "),
    };
    let mut lines = verdict.notes.clone();
    // Sets that only another convention brings in are said with the convention.
    let mine: Vec<Mistake> = verdict.findings.iter().map(|finding| finding.mistake).collect();
    let more = |set: &&Vec<Mistake>| verdict.assumed.is_empty() || !mine.iter().all(|mistake| set.contains(mistake));
    lines.extend(verdict.alternatives.iter().filter(more).map(|set| format!("Explains it as well: {}.", names(set))));
    if !verdict.assumed.is_empty() {
        let all: Vec<String> = verdict.assumed.iter().map(|(name, value)| format!("{name} {value}")).collect();
        lines.push(format!("Not stated and assumed: {}.", all.join(", ")));
    }
    lines.extend(verdict.otherwise.iter().map(|(convention, set)| format!("With {convention}: {}.", names(set))));
    lines.extend(verdict.circumstances.iter().map(|c| format!("{}: {}.", c.name, c.text)));
    lines
}

fn numbers(tensors: &[Comparison]) -> String {
    let mut rows =
        vec![["tensor", "error", "cosine", "scale", "worst entry", "is", "should be"].map(String::from).to_vec()];
    rows.extend(tensors.iter().map(|t| {
        // Beside a gradient of zeros there is neither angle nor scale.
        let scale = match t.scale {
            scale if scale.is_nan() => "-".into(),
            scale if scale.abs() < 1e5 => format!("{scale:.6}"),
            scale => format!("{scale:.6e}"),
        };
        let cosine = if t.cosine.is_nan() { "-".into() } else { format!("{:.6}", t.cosine) };
        let start = [t.name.clone(), format!("{:.1e}", t.error), cosine, scale];
        let end = match (&t.shape, &t.worst) {
            (Some(shape), _) => [format!("shape {shape:?}"), String::new(), String::new()],
            (None, Some((at, found, right))) => [format!("{at:?}"), format!("{found:.6e}"), format!("{right:.6e}")],
            (None, None) => [String::new(), String::new(), String::new()],
        };
        start.into_iter().chain(end).collect()
    }));
    table(&rows)
}
