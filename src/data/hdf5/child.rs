//! The child that reads a file from elsewhere: started, asked, and buried with a sentence about what killed it.
//!
//! It is this very program with a hidden verb, so nothing else has to be installed, and only a program that has that
//! verb may call [`read_in_child`]; in any other the library is asked in the process itself. One child serves one open
//! file and answers one question at a time. It lies between the library and the rest of the house: a file can do no
//! more to this process than give it a wrong number. What a child has died of is not asked a second time, since a verb
//! opens its file several times, and would wait for as many deaths.

use std::collections::BTreeMap;
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use super::confine;
use super::message::{Answer, Question, Refusal, receive, send};
use super::serve::CHILD_VERB;
use crate::error::{Error, Result};

/// Room in a frame beside the numbers or words that were asked for: ten thousand arrays with long names, or the places
/// of two million pieces.
const FRAME: usize = 64 << 20;

/// How long a question may take, asleep or waiting for the disk: this many times the processor time that it may take. A
/// slow disk needs a part of it; a child that sleeps for ever uses it up.
const WALL: u32 = 30;

/// The program that has the hidden verb.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// What children have died of in this process: a file as it was at some time, an object in it, and what was said of it.
static FATAL: Mutex<BTreeMap<Object, String>> = Mutex::new(BTreeMap::new());

/// A file, when it was last written, and something in it.
type Object = (PathBuf, Option<SystemTime>, String);

/// From now on files are read by children of this process, which run `program` with [`CHILD_VERB`] in front of their
/// arguments. For `main` alone, before anything is read.
pub fn read_in_child(program: PathBuf) {
    let _ = PROGRAM.set(program);
}

/// Forgets the variables that could load another driver or a plug-in into the library.
///
/// # Safety
/// No other thread may run yet: the environment belongs to the whole process.
pub unsafe fn ignore_environment() {
    const STEERING: [&str; 7] = [
        "HDF5_VOL_CONNECTOR",
        "HDF5_DRIVER",
        "HDF5_DRIVER_CONFIG",
        "HDF5_PLUGIN_PATH",
        "HDF5_VDS_PREFIX",
        "HDF5_EXT_PREFIX",
        "HDF5_EXTFILE_PREFIX",
    ];
    // SAFETY: as the caller promises.
    STEERING.iter().for_each(|name| unsafe { std::env::remove_var(name) });
}

/// What confines a child on this machine, in words, and what is missing: for `backburn devices`.
///
/// # Errors
/// No child can be started.
pub fn confinement() -> Result<Vec<String>> {
    let Some(child) = Child::start(Path::new(""), false)? else { return Ok(vec!["nothing: it has no child".into()]) };
    match child.ask(&Question::Confinement)? {
        Answer::Words(Some(words)) => Ok(words),
        _ => Ok(Vec::new()),
    }
}

/// A child that has one file open.
pub struct Child {
    path: PathBuf,
    process: Mutex<std::process::Child>,
    pipes: Mutex<Pipes>,
}

/// What goes to a child and what comes from it.
struct Pipes {
    questions: BufWriter<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Child {
    /// Starts a child that opens `path` when it is first asked something, and other files of its folder if `folder`;
    /// `None` in a program without the hidden verb.
    ///
    /// # Errors
    /// No further process can be had.
    pub fn start(path: &Path, folder: bool) -> Result<Option<Self>> {
        PROGRAM.get().map(|program| Self::spawn(command(program, path, folder), path)).transpose()
    }

    /// Starts this command as a child that reads `path`.
    fn spawn(mut command: Command, path: &Path) -> Result<Self> {
        let mut start = || -> io::Result<Child> {
            let mut child = command.spawn()?;
            let (questions, answers) = (child.stdin.take(), child.stdout.take());
            let pipe = || io::Error::other("no pipe");
            let questions = BufWriter::new(questions.ok_or_else(pipe)?);
            let answers = BufReader::new(answers.ok_or_else(pipe)?);
            let (process, pipes) = (Mutex::new(child), Mutex::new(Pipes { questions, answers }));
            Ok(Child { path: path.to_path_buf(), process, pipes })
        };
        start().map_err(|e| {
            let shown = path.display();
            Error::other(format!("cannot start a process to read `{shown}` in: {e}; close some other programs"))
        })
    }

    /// Asks one question.
    ///
    /// # Errors
    /// What the library says of the file, that the file killed the child, or that no answer came in time.
    pub fn ask(&self, question: &Question) -> Result<Answer> {
        self.ask_within(question, confine::processor_time(question.bytes()).saturating_mul(WALL))
    }

    /// What [`FATAL`] has to tell apart.
    fn object(&self, question: &Question) -> Object {
        let written = self.path.metadata().and_then(|file| file.modified()).ok();
        (self.path.clone(), written, question.object())
    }

    /// Asks one question and kills the child if no answer comes within `limit`.
    fn ask_within(&self, question: &Question, limit: Duration) -> Result<Answer> {
        let object = self.object(question);
        let known = || FATAL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = known().get(&object) {
            return Err(Error::Data(text.clone()));
        }
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        let Pipes { questions, answers } = &mut *pipes;
        let most = question.bytes().saturating_mul(2).saturating_add(FRAME);
        let (answered, clock) = mpsc::channel::<()>();
        let (answer, late) = std::thread::scope(|scope| {
            let watch = scope.spawn(move || {
                let late = clock.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
                late.then(|| self.kill()).is_some()
            });
            let asked = send(questions, question);
            let answer = asked.and_then(|()| receive::<std::result::Result<Answer, Refusal>>(answers, most));
            drop(answered);
            (answer, watch.join().unwrap_or(false))
        });
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Refusal(3, text))) => Err(Error::Data(text)),
            Ok(Err(Refusal(_, text))) => Err(Error::Other(text)),
            Err(_) => {
                let error = if late { self.missing(question, limit) } else { self.obituary(question) };
                known().insert(object, error.to_string());
                Err(error)
            }
        }
    }

    fn kill(&self) {
        let _ = self.process.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }

    /// Says that the child gave no answer.
    fn missing(&self, question: &Question, limit: Duration) -> Error {
        Error::data(format!(
            "the HDF5 library gave no answer within {} seconds when it was to read {} of `{}`; the disk is too slow, or the \
             file is made to do harm: copy it to another disk, or fetch it again",
            limit.as_secs(),
            question.object(),
            self.path.display()
        ))
    }

    /// Says what became of the child.
    fn obituary(&self, question: &Question) -> Error {
        self.kill(); // one that is alive has sent nonsense
        let ended = self.process.lock().unwrap_or_else(PoisonError::into_inner).wait();
        let what = ended.map_or("is lost".into(), cause);
        Error::data(format!(
            "the HDF5 library {what} while it read {} of `{}`; the file is damaged or made to do harm, fetch it again",
            question.object(),
            self.path.display()
        ))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let process = self.process.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = process.kill();
        let _ = process.wait();
    }
}

/// The child's command line. Of the environment only what may be needed to lock or find the file goes along, so that
/// no variable can load a plug-in or another driver into the library. Links are followed here, since the child may not.
fn command(program: &Path, path: &Path, folder: bool) -> Command {
    let mut command = Command::new(program);
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    command.arg(CHILD_VERB).arg(&path).env_clear();
    if let Some(parent) = path.parent().filter(|_| folder) {
        command.arg(parent).current_dir(parent); // where HDF5 looks for raw files
    }
    let kept = ["HDF5_USE_FILE_LOCKING", "LD_LIBRARY_PATH", "SystemRoot"];
    command.envs(kept.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0); // Ctrl-C is for the parent, who may need rows
    command
}

/// What ended a child.
fn cause(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        match status.signal() {
            Some(24) => return "took too long".into(),    // SIGXCPU
            Some(9) => return "answered nonsense".into(), // SIGKILL, by this process
            Some(6) => return "ran out of memory".into(), // SIGABRT
            Some(number) => return format!("crashed (signal {number})"),
            None => {}
        }
    }
    format!("ended ({status})")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_sleeps_for_ever_is_killed_and_its_file_named() {
        let mut sleeper = Command::new("sleep");
        sleeper.arg("1000").stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = Child::spawn(sleeper, Path::new("slow.h5")).unwrap();
        let error = child.ask_within(&Question::Arrays, Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.code(), 3);
        let told = error.to_string();
        assert!(told.contains("no answer") && told.contains("slow.h5") && told.contains("data sets"), "{told}");
    }

    #[test]
    fn what_a_child_has_died_of_is_not_asked_again() {
        let ask = |program: &str, question: &Question| {
            let mut command = Command::new(program);
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            let child = Child::spawn(command, Path::new("fatal.h5")).unwrap();
            child.ask_within(question, Duration::from_secs(60)).unwrap_err().to_string()
        };
        let died = ask("true", &Question::Arrays);
        assert!(died.contains("fatal.h5"), "{died}");
        // `yes` would be told from `true` by what is said of its end.
        assert_eq!(ask("yes", &Question::Arrays), died);
        assert_ne!(ask("yes", &Question::Notes), died);
    }
}
