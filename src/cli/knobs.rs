//! Knobs on the command line: a flag for every knob of the table in [`crate::setup`], and what was given with them.
//!
//! Flags beat the environment, the environment beats `--config FILE`, the file beats the defaults. A flag that was not
//! given is absent rather than at its default, so that it never overrides what a file says.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, ValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Command};

use crate::error::{Error, Result};
use crate::model::Start;
use crate::read;
use crate::setup::{Config, KNOBS, Knob};

/// Which knobs a verb has flags for.
pub(super) trait Flags {
    /// The names of the knobs; every knob has a flag, under its heading, where there is no list.
    const NAMES: Option<&'static [&'static str]>;

    /// The knobs that the verb has flags for, in the order of the table.
    fn knobs() -> impl Iterator<Item = &'static Knob> {
        let chosen = |knob: &&Knob| Self::NAMES.is_none_or(|names| names.contains(&knob.name));
        KNOBS.iter().filter(|knob| !knob.positional).filter(chosen)
    }
}

/// All knobs: the verb sets up a network.
pub(super) enum All {}

impl Flags for All {
    const NAMES: Option<&'static [&'static str]> = None;
}

/// The knobs of a verb that only runs a network.
pub(super) enum Machine {}

impl Flags for Machine {
    const NAMES: Option<&'static [&'static str]> = Some(&["memory", "device", "precision"]);
}

/// The knobs that say something about the machine alone.
pub(super) enum Here {}

impl Flags for Here {
    const NAMES: Option<&'static [&'static str]> = Some(&["memory", "device", "threads"]);
}

/// The one knob of a verb that has its configuration from elsewhere.
pub(super) enum Device {}

impl Flags for Device {
    const NAMES: Option<&'static [&'static str]> = Some(&["device"]);
}

/// The knobs that were given, each with the text that was typed for it; `C` says which there are.
pub(super) struct Knobs<C = All>(Vec<(&'static Knob, String)>, PhantomData<C>);

impl<C: Flags> Knobs<C> {
    /// Turns the knobs of `config` that were given.
    ///
    /// # Errors
    /// A value that cannot be read; the flags were checked when they were parsed.
    pub(super) fn apply(&self, config: &mut Config) -> Result<()> {
        let hint = |knob: &Knob, hint: String| Error::usage(format!("--{}: {hint}", knob.name));
        self.0.iter().try_for_each(|(knob, text)| knob.set(config, text).map_err(|text| hint(knob, text)))
    }

    /// The flags that were given, as a command line has them.
    pub(super) fn flags(&self) -> Vec<String> {
        self.0.iter().map(|(knob, text)| format!("--{}={text}", knob.name)).collect()
    }

    /// Whether the knob called `name` was given, as a flag or by the environment.
    pub(super) fn gives(&self, name: &str) -> bool {
        self.0.iter().any(|(knob, _)| knob.name == name)
    }

    /// The configuration of a new run: `--config`, then the environment and the flags, then what the model of `--from`
    /// says about its network.
    ///
    /// # Errors
    /// A file that cannot be read, numbers that no run can use, and knobs that do nothing because they lack another.
    pub(super) fn configure(&self, file: Option<PathBuf>, config: Option<&Path>) -> Result<Config> {
        let mut config = config.map_or(Ok(Config::default()), read_config)?;
        config.data = file.or(config.data);
        self.apply(&mut config)?;
        self.adopt(&mut config)?;
        config.check()?;
        config.check_needs(&Config::default())?;
        Ok(config)
    }

    /// Whether a knob was given here or in the file of `--config`, so that the data do not decide it.
    ///
    /// # Errors
    /// The file of `--config` cannot be read.
    pub(super) fn chosen(&self, file: Option<&Path>) -> Result<impl Fn(&str) -> bool> {
        let named = file.map_or(Ok(Vec::new()), named_in)?;
        Ok(move |name: &str| self.gives(name) || named.iter().any(|other| other == name))
    }

    /// Takes from the model of `--from` its hidden widths, and its activation if it says one, where no flag does.
    fn adopt(&self, config: &mut Config) -> Result<()> {
        let Some(path) = &config.from else {
            return Ok(());
        };
        let start = Start::read(path)?;
        let widths = &start.layers[1..start.layers.len() - 1];
        if self.gives("hidden") && config.hidden != widths {
            return Err(Error::usage(format!(
                "`{}` has hidden layers {widths:?}; leave --hidden out, or start afresh without --from",
                path.display()
            )));
        }
        config.hidden = widths.to_vec();
        config.activation = start.activation.filter(|_| !self.gives("activation")).unwrap_or(config.activation);
        Ok(())
    }
}

impl<C: Flags> clap::FromArgMatches for Knobs<C> {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let given = |knob: &'static Knob| Some((knob, matches.get_one::<String>(knob.name)?.clone()));
        Ok(Knobs(C::knobs().filter_map(given).collect(), PhantomData))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        Self::from_arg_matches(matches).map(|knobs| *self = knobs)
    }
}

impl<C: Flags> clap::Args for Knobs<C> {
    fn augment_args(command: Command) -> Command {
        let headed = |knob: &'static Knob| match C::NAMES {
            None => flag(knob).help_heading(knob.heading),
            Some(_) => flag(knob),
        };
        command.args(C::knobs().map(headed))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The flag of a knob.
fn flag(knob: &'static Knob) -> Arg {
    let mut arg = Arg::new(knob.name).long(knob.name).value_name(knob.value);
    arg = arg.help(help(knob)).value_parser(values_of(knob));
    if let Some(variable) = knob.env {
        arg = arg.env(variable).hide_env_values(true);
    }
    if knob.alone { arg.num_args(0..=1).default_missing_value("true") } else { arg }
}

/// What a knob does, and what holds where it is not given.
fn help(knob: &Knob) -> String {
    let default = knob.text(&Config::default()).filter(|_| !knob.alone);
    let default = default.as_deref().or(knob.open).map_or(String::new(), |text| format!(" [default: {text}]"));
    format!("{}{default}", knob.help.trim_start())
}

/// What may be typed for the knob called `name`, where a verb declares the flag by itself.
///
/// # Panics
/// There is no such knob, which is a defect of the verb.
pub(super) fn values(name: &str) -> ValueParser {
    values_of(named(name))
}

/// The configuration that verbs with a few knobs of their own need: each knob by its name, and what was typed for it.
///
/// # Errors
/// A number that no run can use, or a knob that does nothing because it lacks another.
pub(super) fn configured(given: &[(&str, &Option<String>)]) -> Result<Config> {
    let typed = given.iter().filter_map(|(name, text)| (*text).clone().map(|text| (named(name), text)));
    Knobs::<All>(typed.collect(), PhantomData).configure(None, None)
}

/// The knob called `name`, for names that the program itself gives.
fn named(name: &str) -> &'static Knob {
    Knob::named(name).unwrap_or_else(|| panic!("no knob is called {name}"))
}

/// What may be typed for a knob.
fn values_of(knob: &'static Knob) -> ValueParser {
    let words = (knob.words)();
    if !words.is_empty() {
        return PossibleValuesParser::new(words).into();
    }
    ValueParser::from(|text: &str| knob.set(&mut Config::default(), text).map(|()| text.to_string()))
}

/// The configuration in a TOML file.
///
/// # Errors
/// It cannot be read, or not understood.
pub(super) fn read_config(path: &Path) -> Result<Config> {
    let text = text_of(path)?;
    Config::from_toml(&text).map_err(|e| Error::usage(format!("configuration `{}`: {e}", path.display())))
}

/// The names of the knobs in a TOML file.
///
/// # Errors
/// It cannot be read.
pub(super) fn named_in(path: &Path) -> Result<Vec<String>> {
    text_of(path).map(|text| Config::named_in(&text))
}

/// The text of a configuration file, of which no more is read than a configuration can be long.
fn text_of(path: &Path) -> Result<String> {
    read::text(path, read::TEXT)
        .map_err(|e| Error::usage(format!("cannot read configuration `{}`: {e}", path.display())))
}

/// `error`, with the flag that is meant where somebody typed the name that another program has for it, in a verb that
/// has the flag.
pub(super) fn hinted(mut error: clap::Error, command: &Command, typed: &[String]) -> clap::Error {
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let verb = command.get_subcommands().find(|verb| typed.iter().any(|word| word == verb.get_name()));
    let has = |knob: &&Knob| verb.is_some_and(|verb| verb.get_arguments().any(|arg| arg.get_id() == knob.name));
    let meant = Knob::meant(unknown.trim_start_matches('-')).filter(has);
    if let (ErrorKind::UnknownArgument, Some(knob)) = (error.kind(), meant) {
        error.insert(ContextKind::SuggestedArg, ContextValue::String(format!("--{}", knob.name)));
        error.remove(ContextKind::Suggested); // the tip that `-- --lr` would name a file `--lr`
    }
    error
}
