//! The growing report: what the journal of a run holds so far, for the page that `train --live` serves.
//!
//! The page is a frame with one short script, which puts what the server sends into it. Style and script are named by
//! their sums and the page may speak to its own server alone (Content Security Policy, level 3). The curves are those
//! of the finished report, drawn anew from the journal after every epoch; `cli/live.rs` is the server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::chart::Chart;
use super::html::{STYLE, brief, escape, grouped, percent, section};
use super::{Course, curves, vitals};
use crate::journal::Event;
use crate::model::Activation;

/// Puts what the server sends into the page. A browser that loses the server asks again by itself, also after a reload.
const SCRIPT: &str = "\"use strict\";
const source = new EventSource(\"/events\");
const state = document.getElementById(\"state\");
source.onmessage = (event) => { document.getElementById(\"live\").innerHTML = JSON.parse(event.data); };
source.onopen = () => { state.textContent = \"live\"; };
source.onerror = () => { state.textContent = \"waiting for the run\"; };
source.addEventListener(\"end\", () => { state.textContent = \"the run is over\"; source.close(); });
";

/// The Content Security Policy that the server sends with the page: one style and one script, each known by its
/// SHA-256, and connections to nobody but the server itself. What a class is called can therefore not run as a script.
pub fn policy() -> String {
    let sum = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        sum(STYLE),
        sum(SCRIPT)
    )
}

/// The frame of the page of the run called `name`: heading, state of the connection, and an empty place for the rest.
pub fn frame(name: &str) -> String {
    let name = escape(name);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{name}</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<header><p class=\"kicker\">backburn · <span id=\"state\">waiting for \
         the run</span></p><h1>{name}</h1></header>\n<div id=\"live\"></div>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// What is known so far, as HTML for the inside of the frame: a sentence about the last epoch, warnings, curves and
/// vitals. `epochs` is the number that the run is to have.
pub fn growing(events: &[Event], activation: Activation, classes: &[String], epochs: usize) -> String {
    let done = Course::epochs_of(events);
    let lead = match done.last() {
        None => "The first epoch is being learned.".to_string(),
        Some(last) => {
            let score = last.validation.unwrap_or(last.train);
            let of = if last.validation.is_some() { "validation" } else { "training" };
            format!(
                "Epoch {} of {}: {} of the {of} rows are right, at a loss of {}.",
                grouped(done.len()),
                grouped(epochs),
                percent(score.accuracy),
                brief(score.loss)
            )
        }
    };
    let plots = |charts: Vec<Chart>| charts.iter().map(Chart::figure).collect::<String>();
    let shown = |plots: String| if plots.is_empty() { plots } else { format!("<div class=\"plots\">{plots}</div>\n") };
    [
        format!("<p class=\"lead\">{lead}</p>\n"),
        vitals::told(events, classes),
        section("Curves", &shown(plots(curves::charts(events)))),
        section("Vitals", &shown(plots(vitals::charts(events, activation)))),
    ]
    .concat()
}
