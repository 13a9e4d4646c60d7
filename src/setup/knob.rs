//! A knob: one thing about a run that a person can choose, and all that the house knows about it.
//!
//! A knob is declared once, in the table of `config.rs`. The field of `Config`, the flag, the environment variable,
//! the key in a configuration file, the help text, the check of its range, what a remedy may turn and what a resumed
//! run may change are all made from that declaration. This file says what a declaration holds, for a configuration `C`
//! that it does not have to know; it is plain data, so that the command line can make arguments of it without being known
//! here either.

/// A knob of a configuration `C`.
pub struct Knob<C> {
    /// The name, which is flag and key alike.
    pub name: &'static str,
    /// What it does, for the help text.
    pub help: &'static str,
    /// The heading under which the help text shows it.
    pub heading: &'static str,
    /// What stands for its value in the help text.
    pub value: &'static str,
    /// What a run uses if the person gives no value, for a knob that has no default of its own.
    pub open: Option<&'static str>,
    /// The environment variable that gives it.
    pub env: Option<&'static str>,
    /// Names that people type for it because other programs call it so.
    pub elsewhere: &'static [&'static str],
    /// Whether it is given as the argument of a verb instead of a flag.
    pub positional: bool,
    /// Whether the flag may stand alone, which then means `true`.
    pub alone: bool,
    /// The numbers that a run can use.
    pub range: Range,
    /// What may be done with it beside typing it.
    pub may: &'static [May],
    /// What has to be so for the knob to do anything, where it is not at its default.
    pub needs: Option<Need<C>>,
    /// Whether its value is doubtful, so that a remedy may put it back to its default. `None` if the value
    /// is never doubted.
    pub doubt: Option<fn(&C) -> bool>,
    /// The words to choose from; none where the text is free.
    pub words: fn() -> Vec<&'static str>,
    pub(super) read: fn(&mut C, &str) -> Result<(), String>,
    pub(super) write: fn(&C) -> Option<String>,
    pub(super) numbers: fn(&C) -> Vec<f64>,
    pub(super) back: fn(&mut C),
}

/// What may be done with a knob beside typing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// A person may give another value when a run is resumed.
    ChangeOnResume,
    /// A repair that turns it may go on with the weights learned so far.
    KeepWeights,
    /// It says something about this machine, so a command that is printed for any machine leaves it out.
    StayHere,
}

/// What a knob needs of the others.
pub struct Need<C> {
    /// Whether it is there.
    pub met: fn(&C) -> bool,
    /// What is needed, behind "needs".
    pub what: &'static str,
}

/// The numbers that a run can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// All of them, or the knob has no number.
    Any,
    /// Those that are finite.
    Finite,
    /// 0 and more.
    NotNegative,
    /// More than 0.
    Positive,
    /// From 0 to 1, without 1.
    Share,
    /// Whole numbers from 1 to this one.
    UpTo(usize),
}

impl Range {
    /// What is wrong with `value`, behind "must be".
    fn complaint(self, value: f64) -> Option<String> {
        let (fits, text) = match self {
            Range::Any => (true, String::new()),
            Range::Finite => (value.is_finite(), format!("finite, not {value}")),
            Range::NotNegative => (value >= 0.0 && value.is_finite(), "at least 0".into()),
            Range::Positive => (value > 0.0 && value.is_finite(), format!("positive, not {value}")),
            Range::Share => ((0.0..1.0).contains(&value), format!("at least 0 and less than 1, not {value}")),
            Range::UpTo(_) if value < 1.0 => (false, "at least 1".into()),
            Range::UpTo(most) => (value <= most as f64, format!("at most {most}")),
        };
        (!fits).then_some(text)
    }
}

impl<C: Default> Knob<C> {
    /// A declaration that says nothing yet; the table fills in what a knob has.
    pub(super) const BLANK: Knob<C> = Knob {
        name: "",
        help: "",
        heading: "",
        value: "",
        open: None,
        env: None,
        elsewhere: &[],
        positional: false,
        alone: false,
        range: Range::Any,
        may: &[],
        needs: None,
        doubt: None,
        words: Vec::new,
        read: |_, _| Ok(()),
        write: |_| None,
        numbers: |_| Vec::new(),
        back: |_| (),
    };

    /// Turns the knob of `config` to what `text` means.
    ///
    /// # Errors
    /// What should have been given instead.
    pub fn set(&self, config: &mut C, text: &str) -> Result<(), String> {
        (self.read)(config, text)
    }

    /// Puts the knob of `config` back to its default.
    pub fn reset(&self, config: &mut C) {
        (self.back)(config);
    }

    /// The value in `config` as it is typed; nothing where it is left open.
    pub fn text(&self, config: &C) -> Option<String> {
        (self.write)(config)
    }

    /// Whether `deed` may be done with it.
    pub fn may(&self, deed: May) -> bool {
        self.may.contains(&deed)
    }

    /// What is wrong with the numbers of this knob in `config`.
    pub(super) fn complaint(&self, config: &C) -> Option<String> {
        let wrong = (self.numbers)(config).into_iter().find_map(|number| self.range.complaint(number));
        wrong.map(|text| format!("--{} must be {text}", self.name))
    }

    /// What the knob needs, where `config` turns it and does not have that.
    pub(super) fn lacks(&self, config: &C) -> Option<&Need<C>> {
        let turned = self.text(config) != self.text(&C::default());
        self.needs.as_ref().filter(|need| turned && !(need.met)(config))
    }
}

/// Makes of a list of declarations the configuration, its defaults, and the table of all knobs.
///
/// An entry is the help text, the name, the field with its type and default, and what [`Knob`] says of it beyond
/// [`Knob::BLANK`].
macro_rules! knobs {
    ($(
        $(#[doc = $help:literal])+
        $name:literal $field:ident: $type:ty = $default:expr => { $($property:ident: $value:expr),* $(,)? }
    )*) => {
        /// What will run: the value of every knob. A knob that is left open is decided by the data, by another knob or by
        /// the machine.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Config {
            $($(#[doc = $help])+ #[serde(rename = $name)] pub $field: $type,)*
        }

        impl Default for Config {
            fn default() -> Self {
                Config { $($field: $default),* }
            }
        }

        /// Every knob, in the order of the help text.
        pub static KNOBS: &[Knob] = &[$(Knob {
            name: $name,
            help: concat!($($help),+),
            words: <$type as Value>::words,
            read: |config, text| Value::read(text).map(|value| config.$field = value),
            write: |config| config.$field.write(),
            numbers: |config| config.$field.numbers(),
            back: |config| config.$field = $default,
            $($property: $value,)*
            ..Knob::BLANK
        }),*];
    };
}

pub(super) use knobs;
