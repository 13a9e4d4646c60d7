//! A chart as a PNG, for slides and for places that show no SVG.
//!
//! The chart is drawn from its own SVG, so that both are one picture. What draws it knows less of CSS than a browser: no
//! variables and no questions about the screen. So the style is written out for a light ground first. The font comes
//! with the program, and none of the system is asked for.

use crate::error::Result;

/// The bytes of a PNG of this chart, which is the SVG of a file of its own ([`super::Chart::alone`]), on white ground.
///
/// # Errors
/// The SVG cannot be drawn.
#[cfg(feature = "png-charts")]
pub fn bitmap(svg: &str) -> Result<Vec<u8>> {
    let bad = |why| crate::error::Error::other(format!("a chart cannot be drawn as PNG: {why}; take --svg"));
    drawing::drawn(svg).map_err(bad)
}

/// The bytes of a PNG of a chart, in a program that can draw one.
///
/// # Errors
/// Always: what draws it makes the program larger by a seventh, so that it is a feature to be asked for.
#[cfg(not(feature = "png-charts"))]
pub fn bitmap(_svg: &str) -> Result<Vec<u8>> {
    Err(crate::error::Error::usage(
        "this program was built without what draws charts as PNG; take --svg, or build it with --features png-charts",
    ))
}

#[cfg(feature = "png-charts")]
mod drawing {
    use resvg::tiny_skia::{Color, Pixmap, Transform};
    use resvg::usvg::{Options, Tree};

    use super::super::html::STYLE;

    /// Pixels for each unit of the SVG: sharp on a screen of high density, and about 700 pixels wide.
    const SCALE: f32 = 2.0;
    /// Units around the chart, whose outermost labels reach over its edge.
    const MARGIN: f32 = 12.0;

    /// The bytes of a PNG of this SVG, or why it cannot be drawn.
    pub fn drawn(svg: &str) -> Result<Vec<u8>, String> {
        let mut options = Options { font_family: "Ubuntu".into(), ..Options::default() };
        let fonts = options.fontdb_mut();
        fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
        fonts.set_sans_serif_family("Ubuntu");
        let svg = svg.replacen(STYLE, &light(STYLE), 1);
        let tree = Tree::from_str(&svg, &options).map_err(|e| e.to_string())?;
        let pixels = |units: f32| ((units + 2.0 * MARGIN) * SCALE).ceil() as u32;
        let size = tree.size();
        let mut picture = Pixmap::new(pixels(size.width()), pixels(size.height())).ok_or("it is empty")?;
        picture.fill(Color::WHITE);
        let place = Transform::from_translate(MARGIN, MARGIN).post_scale(SCALE, SCALE);
        resvg::render(&tree, place, &mut picture.as_mut());
        picture.encode_png().map_err(|e| e.to_string())
    }

    /// The rules of a style for single classes, which are those of charts, with the variables of its first rule written out.
    fn light(style: &str) -> String {
        let variables =
            style.split_once(":root{").and_then(|(_, rest)| rest.split_once('}')).map_or("", |(all, _)| all);
        let mut rules = String::new();
        let mut rest = style;
        while let Some((selector, after)) = rest.split_once('{') {
            let selector = selector.trim();
            let Some((body, after)) = (if selector.starts_with('@') { block(after) } else { after.split_once('}') })
            else {
                break;
            };
            let name = selector.strip_prefix('.').unwrap_or_default();
            if !name.is_empty() && name.chars().all(char::is_alphanumeric) {
                rules += &format!("{selector}{{{body}}}");
            }
            rest = after;
        }
        let pairs = variables.split(';').filter_map(|pair| pair.trim().split_once(':'));
        pairs.fold(rules, |rules, (name, value)| rules.replace(&format!("var({name})"), value))
    }

    /// What is within a brace that was opened, and what comes after it.
    fn block(text: &str) -> Option<(&str, &str)> {
        let mut depth = 1;
        for (at, c) in text.char_indices() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if depth == 0 {
                return Some((&text[..at], &text[at + 1..]));
            }
        }
        None
    }

    #[cfg(test)]
    mod tests {
        use super::super::bitmap;
        use super::*;

        #[test]
        fn a_style_is_written_out_for_a_light_ground() {
            let style = ":root{--ink:#123;--page:#fff}@media (dark){:root{--ink:#eee}.t{fill:red}}p a{x:y}.t{fill:var(--ink)}.at:hover .t{a:b}\n.k{z:1}";
            assert_eq!(light(style), ".t{fill:#123}.k{z:1}");
            let own = light(STYLE);
            assert!(
                own.contains(".line{") && own.contains(".seen{visibility:hidden") && !own.contains("var("),
                "{own}"
            );
        }

        #[test]
        fn a_chart_has_ink_in_its_colours_and_letters() {
            let svg = |body: &str| {
                format!(
                    "<svg viewBox=\"0 0 60 40\" xmlns=\"http://www.w3.org/2000/svg\"><style>{STYLE}</style>{body}</svg>"
                )
            };
            let pixels = |body: &str| {
                let bytes = bitmap(&svg(body)).unwrap();
                let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
                assert_eq!((reader.info().width, reader.info().height), (168, 128));
                let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
                reader.next_frame(&mut pixels).unwrap();
                pixels.chunks(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect::<Vec<_>>()
            };
            let blank = pixels("");
            assert!(blank.iter().all(|pixel| *pixel == [255; 3]));
            let bar = pixels("<path class=\"f0\" d=\"M0 0h60v40h-60z\"/>");
            assert_eq!(bar.iter().filter(|pixel| **pixel == [0x0b, 0x5c, 0xad]).count(), 120 * 80);
            let text = pixels("<text class=\"k\" x=\"5\" y=\"20\">8 epochs</text>");
            assert!(
                text.iter().filter(|pixel| **pixel != [255; 3]).count() > 200,
                "letters without a font of the system"
            );
        }
    }
}
