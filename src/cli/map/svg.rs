//! The map as SVG: one file that needs nothing else, without scripts.

use crate::cli::size_text::size_text;
use crate::image::map::{FlashMap, Mark, Span, to_scale};

const MARGIN: usize = 20;
/// The width of the whole flash.
const WIDTH: usize = 960;
/// A partition narrower than this could not be seen.
const NARROWEST: usize = 3;
const STRIP_TOP: usize = 60;
const STRIP_HEIGHT: usize = 60;
const LEGEND_TOP: usize = STRIP_TOP + STRIP_HEIGHT + 30;
const ROW: usize = 18;

/// The document. Numbers in `data-start` and `data-size` are bytes of flash.
pub(super) fn draw(map: &FlashMap) -> String {
    let marks: Vec<Mark> = Mark::ALL.into_iter().filter(|&mark| map.marked(mark).next().is_some()).collect();
    let rows_top = LEGEND_TOP + marks.len() * ROW + 24;
    let height = rows_top + (map.spans.len() + map.without_place.len() + 1) * ROW + MARGIN;
    let mut svg = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    line(
        &mut svg,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{height}\" viewBox=\"0 0 {0} {height}\" \
             font-family=\"sans-serif\" font-size=\"12\">",
            WIDTH + 2 * MARGIN
        ),
    );
    let title =
        format!("Flash, {} by the partition table of the {} ({})", size_text(map.size), map.source.word(), map.product);
    line(&mut svg, format_args!("<title>{}</title>", escaped(&title)));
    line(&mut svg, format_args!("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"));
    text(&mut svg, MARGIN, 32, &title, " font-size=\"16\"");
    strip(&mut svg, map);
    for (index, mark) in marks.into_iter().enumerate() {
        let top = LEGEND_TOP + index * ROW;
        swatch(&mut svg, top, mark);
        text(&mut svg, MARGIN + 20, top, map.meaning(mark), "");
    }
    for (index, span) in map.spans.iter().enumerate() {
        row(&mut svg, rows_top + index * ROW, map, span);
    }
    for (index, write) in map.without_place.iter().enumerate() {
        let top = rows_top + (map.spans.len() + index) * ROW;
        text(&mut svg, MARGIN, top, &format!("no place in the table: {}, {}", write.code, size_text(write.size)), "");
    }
    svg.push_str("</svg>\n");
    svg
}

/// The flash from left to right, to scale.
fn strip(svg: &mut String, map: &FlashMap) {
    let lengths: Vec<_> = map.spans.iter().map(|span| span.length).collect();
    let mut left = MARGIN;
    svg.push_str("<g id=\"flash\">\n");
    for (span, width) in map.spans.iter().zip(to_scale(&lengths, WIDTH, NARROWEST)) {
        let name = span.name.as_deref().unwrap_or("in no partition");
        line(
            svg,
            format_args!(
                "<rect x=\"{left}\" y=\"{STRIP_TOP}\" width=\"{width}\" height=\"{STRIP_HEIGHT}\" fill=\"{}\" \
                 stroke=\"#ffffff\" stroke-width=\"0.5\" data-name=\"{}\" data-start=\"{}\" data-size=\"{}\" \
                 data-mark=\"{}\"><title>{}</title></rect>",
                fill(span.mark),
                escaped(name),
                span.start,
                span.length,
                span.mark.word(),
                escaped(&format!("{name}: {}", told(map, span)))
            ),
        );
        left += width;
    }
    svg.push_str("</g>\n");
}

fn row(svg: &mut String, top: usize, map: &FlashMap, span: &Span) {
    swatch(svg, top, span.mark);
    text(svg, MARGIN + 20, top, &size_text(span.start), "");
    text(svg, MARGIN + 110, top, &size_text(span.length), "");
    text(svg, MARGIN + 200, top, span.name.as_deref().unwrap_or(""), " font-weight=\"bold\"");
    text(svg, MARGIN + 340, top, &told(map, span), "");
}

fn told(map: &FlashMap, span: &Span) -> String {
    let writes: Vec<_> = span.writes.iter().map(|write| format!("{}, {}", write.code, size_text(write.size))).collect();
    let overlaps = if span.overlaps { "; begins before the one ahead of it ends" } else { "" };
    match writes.as_slice() {
        [] => format!("{}{overlaps}", map.meaning(span.mark)),
        writes => format!("{}: {}{overlaps}", map.meaning(span.mark), writes.join("; ")),
    }
}

fn swatch(svg: &mut String, top: usize, mark: Mark) {
    let top = top - 10;
    line(
        svg,
        format_args!(
            "<rect x=\"{MARGIN}\" y=\"{top}\" width=\"12\" height=\"12\" fill=\"{}\" stroke=\"#888888\"/>",
            fill(mark)
        ),
    );
}

/// Colours that can be told apart by people who see fewer of them, and in print.
const fn fill(mark: Mark) -> &'static str {
    match mark {
        Mark::DoesNotFit => "#c1121f",
        Mark::WrittenIdentity => "#d55e00",
        Mark::Written => "#0072b2",
        Mark::Identity => "#f0c419",
        Mark::LeftAlone => "#b8c0c8",
        Mark::Unassigned => "#ffffff",
    }
}

fn text(svg: &mut String, left: usize, baseline: usize, content: &str, style: &str) {
    line(svg, format_args!("<text x=\"{left}\" y=\"{baseline}\"{style}>{}</text>", escaped(content)));
}

fn line(svg: &mut String, content: std::fmt::Arguments<'_>) {
    svg.push_str(&content.to_string());
    svg.push('\n');
}

/// Text as content or attribute of XML. What XML cannot hold at all is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
