//! `train --live`: the growing report of a run, served to browsers on this machine alone.
//!
//! The server is the standard library's listener and a thread for every browser. It follows the journal on the disk, so the
//! training does not know of it, and a page that is opened again, or late, shows everything. Pages of other sites cannot
//! read it: it listens on 127.0.0.1, and refuses requests for any other host (DNS rebinding).
//!
//! | request | answer |
//! |---|---|
//! | `GET /` | the frame of the page, with its script |
//! | `GET /events` | a stream: the inside of the page as a JSON string, whenever the journal has grown; `end` at the end |
//! | any other | 404, 405, or 403 where the host is not this server |

use std::io::{BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::print;
use crate::error::{Error, Result};
use crate::journal;
use crate::report;
use crate::run::{Run, RunFile};
use crate::setup::Config;

/// How often the journal is looked at: faster than a person notices, and slow enough to cost a training nothing.
const PAUSE: Duration = Duration::from_millis(300);
/// How many browsers are served at a time.
const BROWSERS: usize = 16;
/// The most bytes of a request.
const REQUEST: u64 = 8192;

/// A server of one run.
pub(super) struct Live {
    shared: Arc<Shared>,
    /// The port that is served, which may have been chosen by the system.
    port: u16,
}

/// What the threads of the server share.
struct Shared {
    run: Run,
    config: Config,
    /// What users call the classes, for symptoms that are about one.
    classes: Vec<String>,
    /// Whether the run is over, which every browser is told before it is let go.
    over: AtomicBool,
    /// How many browsers are being served.
    browsers: AtomicUsize,
}

impl Live {
    /// Begins to serve what the run writes into its journal; port 0 takes a free one.
    ///
    /// # Errors
    /// The port is in use.
    pub(super) fn start(port: u16, run: &Run, config: &Config, classes: &[String]) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|e| {
            Error::usage(format!(
                "cannot listen on 127.0.0.1:{port}: {e}; choose another port, as in --live {}",
                port.wrapping_add(1).max(1024)
            ))
        })?;
        let port = listener.local_addr().map_or(port, |address| address.port());
        let (run, config, classes) = (run.clone(), config.clone(), classes.to_vec());
        let shared = Arc::new(Shared { run, config, classes, over: false.into(), browsers: 0.into() });
        print::note(&format!("live: http://127.0.0.1:{port}/"));
        let serving = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = serving.clone();
                std::thread::spawn(move || shared.admit(stream, port));
            }
        });
        Ok(Live { shared, port })
    }

    /// Tells the browsers that the run is over; with `keep` the page stays until Ctrl-C.
    pub(super) fn end(self, keep: bool) {
        self.shared.over.store(true, Ordering::Relaxed);
        if keep {
            print::note(&format!("http://127.0.0.1:{}/ stays until Ctrl-C", self.port));
            loop {
                std::thread::park();
            }
        }
        let left = || self.shared.browsers.load(Ordering::Relaxed) > 0;
        (0..10).take_while(|_| left()).for_each(|_| std::thread::sleep(PAUSE / 3)); // they hear of the end
    }
}

impl Shared {
    /// Serves one browser, unless there are too many; a page that is opened again and again must not use up the
    /// threads.
    fn admit(&self, stream: TcpStream, port: u16) {
        if self.browsers.fetch_add(1, Ordering::Relaxed) < BROWSERS {
            let _ = self.serve(stream, port); // a browser that goes away is no error
        }
        self.browsers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Answers one request. Only a request whose `Host` is this server's own is answered: a page elsewhere may make a
    /// browser ask 127.0.0.1 under a name of its own choice, and would then be allowed to read the answer.
    fn serve(&self, mut stream: TcpStream, port: u16) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.set_write_timeout(Some(Duration::from_secs(5)))?;
        let head = request(&stream)?;
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let host = lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("host"));
        let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        let asked = host.is_some_and(|(_, host)| own.iter().any(|own| own == host.trim()));
        match (words.next(), words.next()) {
            _ if !asked => answer(&mut stream, "403 Forbidden", "text/plain", "this page is for this machine alone\n"),
            (Some("GET"), Some("/")) => {
                let page = report::frame(&self.run.path.display().to_string());
                answer(&mut stream, "200 OK", "text/html; charset=utf-8", &page)
            }
            (Some("GET"), Some("/events")) => self.follow(stream),
            (Some("GET"), _) => answer(&mut stream, "404 Not Found", "text/plain", "there is nothing here\n"),
            _ => answer(&mut stream, "405 Method Not Allowed", "text/plain", "only GET\n"),
        }
    }

    /// Sends what is known whenever there is more of it (server-sent events, WHATWG HTML § 9.2), until the run is over.
    fn follow(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\nretry: 1000\n\n",
        )?;
        let (mut seen, mut quiet) = (u64::MAX, 0);
        loop {
            let over = self.over.load(Ordering::Relaxed);
            let run = if self.config.ensemble > 1 { self.current() } else { self.run.clone() };
            let path = run.file(RunFile::Journal);
            let length = path.metadata().map_or(0, |file| file.len());
            if length != seen {
                let events = journal::read(&path).unwrap_or_default();
                let page = report::growing(&events, self.config.activation, &self.classes, self.config.epochs);
                write!(stream, "data: {}\n\n", super::json(&page))?;
                (seen, quiet) = (length, 0);
            }
            if over {
                return stream.write_all(b"event: end\ndata: over\n\n");
            }
            quiet += 1;
            if quiet % 20 == 0 {
                stream.write_all(b": still there\n\n")?; // finds out whether the browser is
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// The run of the network of an ensemble that is being trained: the last one whose folder has begun.
    fn current(&self) -> Run {
        let begun = (1..=self.config.ensemble).map(|number| self.run.member(number)).take_while(Run::begun);
        begun.last().unwrap_or_else(|| self.run.member(1))
    }
}

/// The head of a request, up to its empty line, as far as it fits into [`REQUEST`] bytes; a body is never read.
fn request(stream: &TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    for byte in BufReader::new(stream.take(REQUEST)).bytes() {
        head.push(byte?);
        if head.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Sends a whole answer, with the headers that keep the page to itself: its policy, no cache, no guessing of types.
fn answer(stream: &mut TcpStream, status: &str, kind: &str, body: &str) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nContent-Security-Policy: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{body}",
        body.len(),
        report::policy()
    )
}
