//! Lines of a terminal: styled text that knows its display width.
//!
//! What comes from data may hold anything. Whatever goes into a [`Line`] has its control and other
//! invisible characters escaped, so that no value can move the cursor or forge a line.

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Pieces of text on one line, each in its style.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct Line {
    pieces: Vec<(String, Style)>,
}

impl Line {
    pub(in crate::report) fn new(text: &str, style: Style) -> Self {
        Self::default().and(text, style)
    }

    pub(in crate::report) fn and(mut self, text: &str, style: Style) -> Self {
        self.pieces.push((visible(text), style));
        self
    }

    pub(in crate::report) fn join(mut self, other: Self) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// Spaces up to `width` at the end, or at the start.
    pub(in crate::report) fn padded(self, width: usize, at_start: bool) -> Self {
        let pad = " ".repeat(width.saturating_sub(self.width()));
        match at_start {
            true => Self::new(&pad, Style::new()).join(self),
            false => self.and(&pad, Style::new()),
        }
    }

    /// Columns on the terminal.
    pub(in crate::report) fn width(&self) -> usize {
        self.pieces.iter().map(|(text, _)| text.width()).sum()
    }

    /// The text, with no space at its end, and a newline.
    pub(in crate::report) fn print(&self, color: bool, out: &mut String) {
        let used = self
            .pieces
            .iter()
            .rposition(|(text, _)| !text.trim_end().is_empty());
        let pieces = self.pieces.get(..used.map_or(0, |i| i + 1));
        let pieces = pieces.unwrap_or_default();
        for (i, (text, style)) in pieces.iter().enumerate() {
            let text = match Some(i) == used {
                true => text.trim_end(),
                false => text,
            };
            if color && *style != Style::new() {
                out.push_str(&format!("{style}{text}{style:#}"));
            } else {
                out.push_str(text);
            }
        }
        out.push('\n');
    }
}

/// Puts `items` on as few lines of `width` as they need, `gap` between two on a line.
///
/// An item wider than that has a line of its own, and is longer than it should be.
pub(in crate::report) fn flow(items: Vec<Line>, gap: &Line, width: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(last) if last.width() + gap.width() + item.width() <= width => {
                *last = std::mem::take(last).join(gap.clone()).join(item);
            }
            _ => lines.push(item),
        }
    }
    lines
}

/// Breaks prose into lines of at most `width` at spaces; its own breaks stay, and a word wider than
/// that stays whole, so that a path can be copied.
pub(in crate::report) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.trim_end().lines() {
        let mut line = String::new();
        for word in visible(paragraph).split_whitespace() {
            if !line.is_empty() && line.width() + 1 + word.width() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// The text with what can't be seen escaped, and cut to `max` columns, `…` being the last of a cut.
pub(in crate::report) fn fit(text: &str, max: usize) -> String {
    // A column can hold several characters (accents, joined emoji), but not any number of them.
    let most = max.saturating_mul(4);
    let start: String = text.chars().take(most).collect();
    let all = start.len() == text.len();
    let shown = visible(&start);
    if all && shown.width() <= max {
        return shown;
    }
    let mut width = 0;
    let mut cut: String = shown
        .chars()
        .take_while(|c| {
            width += c.width().unwrap_or(0);
            width < max
        })
        .collect();
    cut.push('…');
    cut
}

/// The same, but cut at the start: of a long name the end tells more.
pub(in crate::report) fn fit_end(text: &str, max: usize) -> String {
    let back = |text: &str| text.chars().rev().collect::<String>();
    match visible(text) {
        shown if shown.width() <= max => shown,
        shown => back(&fit(&back(&shown), max)),
    }
}

/// The text with control characters and others that show nothing or turn the text around escaped.
fn visible(text: &str) -> String {
    if !text.chars().any(is_hidden) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match is_hidden(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// Controls, zero-width spaces, direction marks and line separators; not the joiners and selectors
/// that emoji and many scripts are made of.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_what_is_seen() {
        assert_eq!(fit("lebronjames", 11), "lebronjames");
        assert_eq!(fit("lebronjames", 6), "lebro…");
        assert_eq!(fit("長い名前", 8), "長い名前");
        assert_eq!(fit("長い名前", 6), "長い…");
        assert_eq!(fit("🏀🏀🏀🏀", 4), "🏀…");
        assert_eq!(fit(&"e\u{301}".repeat(1_000_000), 5).width(), 5);
        assert_eq!(fit("", 5), "");
        assert_eq!(fit_end("dataset.table.column", 12), "…able.column");
        assert_eq!(fit_end("a.b", 12), "a.b");
    }

    #[test]
    fn nothing_hidden_gets_through() {
        assert_eq!(visible("a\u{1b}[2J\n\u{202e}b"), "a\\u{1b}[2J\\n\\u{202e}b");
        assert_eq!(visible(&visible("\0")), "\\u{0}");
        assert_eq!(visible("josé 👩‍👩‍👧"), "josé 👩‍👩‍👧");
    }

    #[test]
    fn wraps_at_spaces_and_keeps_breaks() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("a\n\nb\n", 8), ["a", "", "b"]);
        assert_eq!(wrap("a bcdefghij k", 4), ["a", "bcdefghij", "k"]);
        assert!(wrap("", 8).is_empty());
    }

    #[test]
    fn flows_and_pads() {
        let items = ["aa", "bb", "cccccccc", "d"].map(|t| Line::new(t, Style::new()));
        let lines = flow(items.to_vec(), &Line::new(", ", Style::new()), 6);
        let mut out = String::new();
        lines.iter().for_each(|l| l.print(true, &mut out));
        assert_eq!(out, "aa, bb\ncccccccc\nd\n");
        let padded = Line::new("x", Style::new()).padded(3, true);
        assert_eq!(padded.width(), 3);
        let mut out = String::new();
        let bold = Line::new("x ", Style::new().bold()).and("  ", Style::new());
        bold.print(true, &mut out);
        assert_eq!(out, "\u{1b}[1mx\u{1b}[0m\n");
    }
}
