//! The map in a terminal: a strip to scale, and one row a partition.

use crate::cli::screen::{COLUMNS, Screen};
use crate::cli::size_text::size_text;
use crate::image::map::{FlashMap, Mark, Span, Write, to_scale};

/// What the strip is set in by.
const MARGIN: usize = 2;
/// Letters for the partitions of a strip; a table has 41 entries at most.
const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The whole map.
pub(super) fn lines(map: &FlashMap, screen: Option<Screen>) -> Vec<String> {
    let mut lines = vec![title(map), String::new()];
    lines.extend(strip(map, screen));
    lines.push(String::new());
    lines.extend(legend(map, screen).into_iter().map(|entry| format!("  {entry}")));
    lines.push(String::new());
    lines.push(format!("    {:>10} {:>10}  {:<16} what becomes of it", "start", "size", "partition"));
    let named = map.spans.iter().zip(letters(map));
    lines.extend(named.map(|(span, letter)| row(map, span, letter, screen)));
    if !map.without_place.is_empty() {
        let places: Vec<_> = map.without_place.iter().map(written).collect();
        lines.push(format!("The table names no place for {}.", places.join("; ")));
    }
    lines
}

/// The map in a few lines, for a plan.
pub(in crate::cli) fn brief(map: &FlashMap, screen: Option<Screen>) -> Vec<String> {
    let mut lines = vec![title(map)];
    lines.extend(strip(map, screen));
    lines.push(format!("  {}", legend(map, screen).join("  ")));
    for mark in [Mark::DoesNotFit, Mark::WrittenIdentity] {
        let names: Vec<_> = map.marked(mark).filter_map(|span| span.name.as_deref()).collect();
        if !names.is_empty() {
            lines.push(format!("  {}: {}", map.meaning(mark), names.join(", ")));
        }
    }
    lines
}

fn title(map: &FlashMap) -> String {
    format!(
        "Flash   {} by the partition table of the {} ({}); a letter a partition, to scale",
        size_text(map.size),
        map.source.word(),
        map.product
    )
}

const fn glyph(mark: Mark) -> char {
    match mark {
        Mark::DoesNotFit => '!',
        Mark::WrittenIdentity => '%',
        Mark::Written => '#',
        Mark::Identity => '*',
        Mark::LeftAlone => '.',
        Mark::Unassigned => ' ',
    }
}

/// The letter of each piece; gaps have none.
fn letters(map: &FlashMap) -> Vec<char> {
    let mut next = LETTERS.iter().cycle().map(|&letter| char::from(letter));
    map.spans.iter().map(|span| span.name.as_ref().and_then(|_| next.next()).unwrap_or('-')).collect()
}

/// Two lines: which partition, and what becomes of it. Where a partition each would not fit, there are more of them.
fn strip(map: &FlashMap, screen: Option<Screen>) -> Vec<String> {
    let columns = screen.map_or(COLUMNS, |screen| screen.columns).saturating_sub(2 * MARGIN).max(16);
    let lengths: Vec<_> = map.spans.iter().map(|span| span.length).collect();
    let shares = to_scale(&lengths, columns, 1);
    let pieces = map.spans.iter().zip(letters(map)).zip(shares);
    let cells: Vec<(char, Mark)> =
        pieces.flat_map(|((span, letter), share)| std::iter::repeat_n((letter, span.mark), share)).collect();
    let margin = " ".repeat(MARGIN);
    cells
        .chunks(columns)
        .flat_map(|line| {
            let letters: String = line.iter().map(|(letter, _)| *letter).collect();
            let marks: String = line.chunk_by(|one, other| one.1 == other.1).map(|run| painted(run, screen)).collect();
            [format!("{margin}{letters}"), format!("{margin}{marks}")]
        })
        .collect()
}

/// A run of cells with one mark.
fn painted(run: &[(char, Mark)], screen: Option<Screen>) -> String {
    let Some((_, mark)) = run.first() else { return String::new() };
    paint(*mark, &glyph(*mark).to_string().repeat(run.len()), screen)
}

fn paint(mark: Mark, text: &str, screen: Option<Screen>) -> String {
    let colour = match mark {
        Mark::DoesNotFit | Mark::WrittenIdentity => "31",
        Mark::Written => "32",
        Mark::Identity => "33",
        Mark::LeftAlone | Mark::Unassigned => "2",
    };
    if screen.is_some_and(|screen| screen.colour) { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
}

/// What the marks mean, for those that are there.
fn legend(map: &FlashMap, screen: Option<Screen>) -> Vec<String> {
    let there = Mark::ALL.into_iter().filter(|&mark| mark != Mark::Unassigned && map.marked(mark).next().is_some());
    there.map(|mark| format!("{} {}", paint(mark, &glyph(mark).to_string(), screen), map.meaning(mark))).collect()
}

fn row(map: &FlashMap, span: &Span, letter: char, screen: Option<Screen>) -> String {
    let mark = paint(span.mark, &glyph(span.mark).to_string(), screen);
    let (start, size) = (size_text(span.start), size_text(span.length));
    let name = span.name.as_deref().unwrap_or("");
    let what = match span.writes.as_slice() {
        [] => map.meaning(span.mark).to_owned(),
        writes => {
            let writes: Vec<_> = writes.iter().map(written).collect();
            let short = if span.mark == Mark::Written { "written" } else { map.meaning(span.mark) };
            format!("{short}: {}", writes.join("; "))
        }
    };
    let overlaps = if span.overlaps { "; begins before the one ahead of it ends" } else { "" };
    format!("{mark} {letter} {start:>10} {size:>10}  {name:<16} {what}{overlaps}")
}

fn written(write: &Write) -> String {
    format!("{}, {}", write.code, size_text(write.size))
}

#[cfg(test)]
mod tests;
