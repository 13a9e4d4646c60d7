//! What the terminal can show: it is asked whether it draws sixels, and its answer is waited for for a moment.
//!
//! No variable of the environment says it, so the question has to go through the terminal itself: "device attributes",
//! `ESC [ c`, is answered by every terminal since the VT100, and a 4 in the answer means sixels. It is asked only where a
//! person sits at both ends, and in the foreground, because a program in the background is stopped when it changes how the
//! terminal reads.

/// Whether the terminal says that it draws sixels. What was typed ahead while it was asked is lost.
#[cfg(unix)]
pub fn draws_sixels() -> bool {
    use std::io::IsTerminal;
    let plain = !std::env::var("NO_COLOR").unwrap_or_default().is_empty();
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    let there = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    !plain && !dumb && there && unix::attributes().is_some_and(|answer| says_sixels(&answer))
}

/// Whether the terminal says that it draws sixels; here none is asked.
#[cfg(not(unix))]
pub fn draws_sixels() -> bool {
    false
}

/// Whether this answer, `ESC [ ? class ; attribute ; … c`, has the attribute 4.
#[cfg(any(unix, test))]
fn says_sixels(answer: &str) -> bool {
    let attributes = answer.rsplit_once("\x1b[?").map(|(_, rest)| rest.trim_end_matches('c'));
    attributes.is_some_and(|all| all.split(';').skip(1).any(|attribute| attribute == "4"))
}

#[cfg(unix)]
mod unix {
    use std::io::Write;
    use std::time::{Duration, Instant};

    use libc::{STDIN_FILENO, TCSANOW, termios};

    /// How long an answer is waited for.
    const WAIT: Duration = Duration::from_millis(200);
    /// Bytes of an answer, at most.
    const ANSWER: usize = 256;

    /// The way in which the terminal read before; it reads so again when this value goes.
    struct Before(termios);

    impl Before {
        /// What holds now; `None` off a terminal, or in the background.
        fn now() -> Option<Self> {
            // SAFETY: neither call takes anything but a descriptor.
            let foreground = unsafe { libc::tcgetpgrp(STDIN_FILENO) == libc::getpgrp() };
            // SAFETY: a `termios` of zeros is one, and the call fills it.
            let mut now: termios = unsafe { std::mem::zeroed() };
            // SAFETY: as above.
            let told = unsafe { libc::tcgetattr(STDIN_FILENO, &raw mut now) } == 0;
            (foreground && told).then_some(Before(now))
        }
    }

    impl Drop for Before {
        fn drop(&mut self) {
            read_as(&self.0);
        }
    }

    /// Makes the terminal read in this way from here on; whether it does.
    fn read_as(modes: &termios) -> bool {
        // SAFETY: the modes are read alone.
        unsafe { libc::tcsetattr(STDIN_FILENO, TCSANOW, modes) == 0 }
    }

    /// What the terminal answers to the question for its attributes; `None` if it does not in time.
    pub fn attributes() -> Option<String> {
        let before = Before::now()?;
        let mut letters = before.0;
        letters.c_lflag &= !(libc::ICANON | libc::ECHO); // letter by letter, and none shown
        if !read_as(&letters) {
            return None;
        }
        let mut stdout = std::io::stdout();
        stdout.write_all(b"\x1b[c").and_then(|()| stdout.flush()).ok()?;
        let (mut answer, end) = (String::new(), Instant::now() + WAIT);
        while !(answer.ends_with('c') && answer.contains("\x1b[?")) && answer.len() < ANSWER {
            answer.push(letter(end.checked_duration_since(Instant::now())?)?);
        }
        Some(answer)
    }

    /// The next letter from the terminal; `None` if none comes within `wait`. It is read past the buffer of `stdin`, which
    /// would wait for more than there is.
    fn letter(wait: Duration) -> Option<char> {
        let mut waiting = libc::pollfd { fd: STDIN_FILENO, events: libc::POLLIN, revents: 0 };
        // SAFETY: the one entry is there while the call lasts.
        let ready = unsafe { libc::poll(&raw mut waiting, 1, wait.as_millis() as i32) };
        let mut byte = 0u8;
        // SAFETY: one byte is written at most, and there is room for it.
        let read = ready == 1 && unsafe { libc::read(STDIN_FILENO, (&raw mut byte).cast(), 1) } == 1;
        read.then(|| char::from(byte))
    }
}

#[cfg(test)]
mod tests {
    use super::says_sixels;

    #[test]
    fn an_answer_with_a_four_means_sixels() {
        assert!(says_sixels("\x1b[?62;4;6;9;22c") && says_sixels("\x1b[?63;1;2;4c") && says_sixels("x\x1b[?65;4c"));
        assert!(!says_sixels("\x1b[?64;1;2c") && !says_sixels("\x1b[?4c") && !says_sixels("\x1b[?62;14;44c"));
        assert!(!says_sixels("") && !says_sixels("4"));
    }
}
