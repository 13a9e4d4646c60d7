//! A page: the network as one HTML file that answers in any browser. Images are drawn on a canvas and laid out as the
//! training images were, see [`Ink`]; rows of a table are typed into a form of the columns.
//!
//! The page holds weights and arithmetic, needs no server and asks none. Style and script are named by their sums (Content
//! Security Policy, level 3), so that nothing else can run in it, whatever names the classes have.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::clean::html as escape;
use crate::data::Raster;
use crate::engine::LEAK;
use crate::error::{Error, Result};
use crate::model::{Saved, floats_to_bytes};
use crate::profile::{INK, Ink};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const PAGE: &str = include_str!("page.html");
/// The pixels of the canvas along each side.
const CANVAS: usize = 280;
/// The most columns that a form has fields for.
const FIELDS: usize = 200;

/// The bytes of the page, which is called `title`.
///
/// # Errors
/// Rows are neither grey images on a plain ground nor short enough for a form.
pub fn bytes(saved: &Saved, title: &str) -> Result<Vec<u8>> {
    let image = image(saved);
    let waiting = if image.is_some() { "draw something" } else { "fill in every field" };
    let input = match &image {
        Some((raster, _)) => canvas(*raster),
        None => form(saved)?,
    };
    let model = model(saved, image, waiting).to_string().replace('<', "\\u003c");
    let layers: Vec<String> = saved.network.layers.iter().map(ToString::to_string).collect();
    let sum = |text: &str| STANDARD.encode(Sha256::digest(text));
    // What comes from outside is filled in last, so that no brace in it is taken for a gap.
    let page = PAGE.replace("{style-sum}", &sum(STYLE)).replace("{script-sum}", &sum(SCRIPT)).replace("{style}", STYLE);
    let page = page.replace("{waiting}", waiting).replace("{layers}", &layers.join("-"));
    let (before, after) = page.split_once("{input}").unwrap_or_default();
    let (data, script) = after.split_once("{model}").unwrap_or_default();
    let text = [&before.replace("{title}", &escape(title)), &input, data, &model, &script.replace("{script}", SCRIPT)];
    Ok(text.iter().flat_map(|part| part.bytes()).collect())
}

/// How images are to be drawn for this model; `None` if its rows are none that can be drawn: only strokes of one colour
/// on a plain ground can, since nobody draws a photograph.
fn image(saved: &Saved) -> Option<(Raster, Ink)> {
    let raster = Raster::of(&saved.input).filter(|raster| raster.colours == 1)?;
    saved.tones?;
    Some((raster, saved.profile.ink?))
}

/// The canvas with what belongs to it: a small picture of what the network sees, since what a person draws is cropped
/// and scaled first, and a sentence that tells how to draw without a mouse.
fn canvas(raster: Raster) -> String {
    format!(
        "<canvas id=\"paper\" width=\"{CANVAS}\" height=\"{CANVAS}\" tabindex=\"0\" role=\"img\" aria-label=\"paper to draw on\"></canvas>\
         <div class=\"tools\"><canvas id=\"seen\" width=\"{}\" height=\"{}\" role=\"img\" aria-label=\"what the network sees\"></canvas>\
         <p class=\"soft\">what the network sees</p><button type=\"button\" id=\"clear\">Clear</button></div>\
         <p class=\"soft\">Draw with the mouse, a finger or a pen. With the keyboard: arrows move, the space bar sets the pen down or \
         lifts it, Escape clears. <span id=\"where\" aria-live=\"polite\"></span></p>",
        raster.width, raster.height
    )
}

/// A field for each column, with the range that was learned: a list for categories, a number in the middle of the range
/// for all others, so that the page answers something sensible at once.
///
/// # Errors
/// There are too many.
fn form(saved: &Saved) -> Result<String> {
    let width: usize = saved.input.iter().product();
    if width > FIELDS {
        return Err(Error::usage(format!(
            "rows of {width} numbers, which are no grey images on a plain ground, are too many for a form of at most {FIELDS} \
             fields; choose another --format"
        )));
    }
    let field = |column: usize| {
        let (low, high) = saved.profile.ranges.get(column).copied().or(saved.range).unwrap_or((0.0, 1.0));
        let name = escape(&saved.preparation.name(column));
        let categories = saved.preparation.columns.get(column).map_or(&[][..], |column| &column.categories);
        if categories.is_empty() {
            let middle = middle(low, high);
            return format!(
                "<label>{name}<small>{low} to {high}</small><input type=\"number\" step=\"any\" value=\"{middle}\"></label>"
            );
        }
        let option =
            |(place, category): (usize, &String)| format!("<option value=\"{place}\">{}</option>", escape(category));
        let options: String = categories.iter().enumerate().map(option).collect();
        format!("<label>{name}<small>{} categories</small><select>{options}</select></label>", categories.len())
    };
    Ok(format!("<div class=\"fields\">{}</div>", (0..width).map(field).collect::<String>()))
}

/// A number in the middle of a range, with as few digits as the range allows.
fn middle(low: f32, high: f32) -> f64 {
    let (middle, width) = (0.5 * (f64::from(low) + f64::from(high)), f64::from(high) - f64::from(low));
    let step = if width > 0.0 { 10f64.powf(width.log10().floor() - 2.0) } else { 0.0 };
    let rounded = (middle / step).round() * step;
    let tidy: f64 = format!("{rounded:.6}").parse().unwrap_or(rounded);
    if step >= 1e-6 { tidy } else { middle }
}

/// What the script needs of the model, as JSON: numbers of weights and scale in base64 of little-endian float32, which
/// is shorter than digits and loses no bit.
fn model(saved: &Saved, image: Option<(Raster, Ink)>, waiting: &str) -> Value {
    let text = |numbers: &[f32]| STANDARD.encode(floats_to_bytes(numbers));
    let own = &saved.preparation;
    let features = saved.input.iter().product();
    let (subtract, multiply): (Vec<f32>, Vec<f32>) = match own.scale.is_empty() {
        true => (vec![0.0; features], vec![1.0; features]),
        false => own.scale.iter().copied().unzip(),
    };
    let layer = |(weight, bias): &(Vec<f32>, Vec<f32>)| json!({"weight": text(weight), "bias": text(bias)});
    let (black, white) = saved.tones.unwrap_or((0.0, 1.0));
    let image = image.map(|(raster, ink)| {
        json!({
            "width": raster.width, "height": raster.height, "black": black, "white": white, "dark": ink.dark,
            "size": ink.size, "middle": [ink.middle.0, ink.middle.1], "by_mass": ink.by_mass, "threshold": INK,
        })
    });
    json!({
        "classes": saved.classes,
        "activation": saved.network.activation.name(),
        "leak": LEAK,
        "layers": saved.weights.iter().map(layer).collect::<Vec<_>>(),
        "subtract": text(&subtract),
        "multiply": text(&multiply),
        "bend": own.bend,
        "fill": own.fill,
        "sentinels": own.sentinels,
        "marks": own.marks.iter().map(|mark| (mark.feature, mark.value)).collect::<Vec<_>>(),
        "image": image,
        "waiting": waiting,
    })
}
