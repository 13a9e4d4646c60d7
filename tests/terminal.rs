//! What a person at a terminal sees: pictures in whatever the terminal says that it draws.
#![cfg(unix)]

use std::io::{Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::time::{Duration, Instant};

use super::shell::{command, folder};

/// How the terminal behind `fd` reads: letter by letter or line by line, shown or not.
fn modes(fd: &impl std::os::fd::AsRawFd) -> (libc::tcflag_t, libc::tcflag_t) {
    // SAFETY: all zeros is a value of this type, and the call fills it.
    let mut modes: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: the descriptor is open.
    assert_eq!(unsafe { libc::tcgetattr(fd.as_raw_fd(), &raw mut modes) }, 0);
    (modes.c_lflag, modes.c_iflag)
}

/// What `inspect` of the digits writes to a terminal that gives this `answer` when it is asked what it is, and whose
/// variable says of its `colours`.
fn seen(answer: &str, colours: &str) -> String {
    let (mut outer, mut inner) = (0, 0);
    let none = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: both places are written, and nothing else is asked for.
    let opened = unsafe { libc::openpty(&raw mut outer, &raw mut inner, none.cast(), none.cast(), none.cast()) };
    assert_eq!(opened, 0, "no terminal can be had");
    // SAFETY: the descriptors were just opened and belong to nobody else.
    let (mut outer, inner) = unsafe { (std::fs::File::from_raw_fd(outer), OwnedFd::from_raw_fd(inner)) };
    let (here, before) = (folder(), modes(&inner));
    let mut inspect = command(here.path(), &["inspect"]);
    inspect.env_remove("NO_COLOR").env("COLORTERM", colours).env("TERM", "xterm");
    inspect.stdin(inner.try_clone().unwrap()).stdout(inner.try_clone().unwrap());
    let own = || {
        // SAFETY: both calls may be made between fork and exec: a session of its own, whose terminal is this one.
        match unsafe { libc::setsid() == -1 || libc::ioctl(0, libc::TIOCSCTTY as _, 0) == -1 } {
            true => Err(std::io::Error::last_os_error()),
            false => Ok(()),
        }
    };
    // SAFETY: as above.
    let mut child = unsafe { inspect.pre_exec(own) }.spawn().unwrap();
    drop(inspect); // and its ends of the terminal
    let (mut text, mut bytes, begun) = (Vec::new(), [0; 4096], Instant::now());
    let mut asked = false;
    loop {
        if child.try_wait().unwrap().is_some() {
            assert_eq!(modes(&inner), before, "the terminal reads as it did before");
            break;
        }
        let mut waiting =
            libc::pollfd { fd: std::os::fd::AsRawFd::as_raw_fd(&outer), events: libc::POLLIN, revents: 0 };
        // SAFETY: one descriptor, which is open.
        while unsafe { libc::poll(&raw mut waiting, 1, 20) } > 0 && waiting.revents & libc::POLLIN != 0 {
            let count = outer.read(&mut bytes).unwrap();
            text.extend_from_slice(&bytes[..count]);
            if !asked && text.windows(3).any(|part| part == b"\x1b[c") {
                asked = true;
                outer.write_all(answer.as_bytes()).unwrap();
            }
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", String::from_utf8_lossy(&text));
    }
    assert!(asked, "the terminal was not asked");
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn pictures_are_sixels_where_the_terminal_says_that_it_draws_them() {
    let sixels = seen("\x1b[?62;4;22c", "");
    assert_eq!(sixels.matches("\x1bPq\"1;1;96;96").count(), 5, "five digits");
    assert!(!sixels.contains('▀'));
    for answer in ["\x1b[?62;22c", ""] {
        let blocks = seen(answer, "");
        assert!(blocks.contains('▀') && !blocks.contains("\x1bP"), "{blocks}");
    }
    let coloured = seen("\x1b[?62;22c", "truecolor");
    assert!(coloured.contains("\x1b[38;2;255;255;255;48;2;") && !coloured.contains("u001b"), "{coloured}");
}

#[test]
fn nobody_is_asked_off_a_terminal() {
    let here = folder();
    let output = command(here.path(), &["inspect"]).env_remove("NO_COLOR").output().unwrap();
    assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b));
}
