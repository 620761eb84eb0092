//! The rows of a query as an aligned table.
//!
//! On a screen no line is wider than it: texts are cut, the widest first, and so are names; numbers, days and moments are not.
//! Where so many columns don't fit, each row is a block of its own, a line a column. Elsewhere every cell is whole.

use anstyle::Style;
use arrow::datatypes::Schema;
use unicode_width::UnicodeWidthStr;

use super::line::{Line, fit};
use super::{BOLD, DIM, PLAIN};
use crate::value::cell::is_number;

/// A terminal.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    pub width: usize,
    pub color: bool,
}

/// Rows as text, to be aligned when all of them are known.
#[derive(Debug)]
pub(in crate::report) struct Table {
    names: Vec<String>,
    numbers: Vec<bool>,
    /// Whether a cell that is cut would be another value.
    whole: Vec<bool>,
    rows: Vec<Vec<Option<String>>>,
}

/// Between two columns.
const GAP: usize = 2;
/// On a screen, no cell is cut below this many characters.
const NARROWEST: usize = 8;
const NULL: &str = "NULL";

impl Table {
    pub(in crate::report) fn new(schema: &Schema) -> Self {
        let fields = schema.fields().iter();
        Self {
            names: fields.clone().map(|f| f.name().clone()).collect(),
            numbers: fields.clone().map(|f| is_number(f.data_type())).collect(),
            whole: fields
                .map(|f| is_number(f.data_type()) || f.data_type().is_temporal())
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; none is NULL.
    pub(in crate::report) fn push(&mut self, cells: impl Iterator<Item = Option<String>>) {
        self.rows.push(cells.collect());
    }

    /// The lines, each ending in a newline.
    pub(in crate::report) fn render(&self, screen: Option<Screen>) -> String {
        let most = screen.map_or(usize::MAX, |s| s.width.max(NARROWEST));
        let color = screen.is_some_and(|s| s.color);
        let mut out = String::new();
        match self.widths(most) {
            Some(widths) => self.table(&widths, color, &mut out),
            None => self.blocks(most, color, &mut out),
        }
        out
    }

    /// The columns' widths, the widest cut first where that is too much; none if the narrow ones would be cut as well.
    fn widths(&self, most: usize) -> Option<Vec<usize>> {
        let mut cells = vec![0; self.names.len()];
        for row in &self.rows {
            for (width, cell) in cells.iter_mut().zip(row) {
                *width = (*width).max(wide(text(cell), most));
            }
        }
        let names = self.names.iter().map(|name| wide(name, most));
        let mut widths: Vec<usize> = names.zip(&cells).map(|(n, c)| n.max(*c)).collect();
        let least: Vec<usize> = widths
            .iter()
            .zip(cells.iter().zip(&self.whole))
            .map(|(width, (cell, whole))| {
                let some = NARROWEST.min(*width);
                if *whole { some.max(*cell) } else { some }
            })
            .collect();
        let total = |widths: &[usize]| widths.iter().fold(0_usize, |a, w| a.saturating_add(*w));
        let room = most.saturating_sub(GAP * widths.len().saturating_sub(1));
        if total(&least) > room {
            return None;
        }
        while total(&widths) > room {
            let wider = widths.iter_mut().zip(&least).filter(|(w, l)| **w > **l);
            match wider.map(|(width, _)| width).max() {
                Some(widest) => *widest -= 1,
                None => break,
            }
        }
        Some(widths)
    }

    fn table(&self, widths: &[usize], color: bool, out: &mut String) {
        let mut line = |cell: &dyn Fn(usize) -> (String, Style)| {
            let mut line = Line::default();
            for (at, width) in widths.iter().enumerate() {
                let (text, style) = cell(at);
                let number = self.numbers.get(at).copied().unwrap_or_default();
                let gap = if at > 0 { GAP } else { 0 };
                let cell = Line::new(&fit(&text, *width), style).padded(*width, number);
                line = line.and(&" ".repeat(gap), PLAIN).join(cell);
            }
            line.print(color, out);
        };
        let name = |at: usize| self.names.get(at).cloned().unwrap_or_default();
        line(&|at| (name(at), BOLD));
        line(&|at| {
            let width = widths.get(at).copied().unwrap_or_default();
            ("─".repeat(width), DIM)
        });
        for row in &self.rows {
            line(&|at| match row.get(at) {
                Some(Some(text)) => (text.clone(), PLAIN),
                _ => (NULL.to_owned(), DIM),
            });
        }
    }

    fn blocks(&self, most: usize, color: bool, out: &mut String) {
        let longest = self.names.iter().map(|n| wide(n, most / 2)).max();
        let longest = longest.unwrap_or_default().min(most / 2);
        for (number, row) in self.rows.iter().enumerate() {
            let title = format!("── row {} ", number + 1);
            let rule = "─".repeat(most.saturating_sub(title.width()));
            Line::new(&format!("{title}{rule}"), DIM).print(color, out);
            for (name, cell) in self.names.iter().zip(row) {
                let style = if cell.is_some() { PLAIN } else { DIM };
                let room = most.saturating_sub(longest + GAP);
                Line::new(&fit(name, longest), BOLD)
                    .padded(longest + GAP, false)
                    .and(&fit(text(cell), room), style)
                    .print(color, out);
            }
        }
    }
}

fn text(cell: &Option<String>) -> &str {
    cell.as_deref().unwrap_or(NULL)
}

/// The columns a text takes, as far as that matters where it may take `most`.
fn wide(text: &str, most: usize) -> usize {
    fit(text, most.saturating_add(1)).width()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::{DataType, Field};

    fn rendered(columns: &[(&str, DataType)], rows: &[&[&str]], width: Option<usize>) -> String {
        let fields = columns.iter().map(|(n, t)| Field::new(*n, t.clone(), true));
        let mut table = Table::new(&Schema::new(fields.collect::<Vec<_>>()));
        for row in rows {
            table.push(row.iter().map(|c| (*c != NULL).then(|| (*c).to_owned())));
        }
        table.render(width.map(|width| Screen {
            width,
            color: false,
        }))
    }

    const TWO: [(&str, DataType); 2] = [("name", DataType::Utf8), ("n", DataType::Int64)];

    #[test]
    fn numbers_stand_at_the_right() {
        assert_eq!(
            rendered(&TWO, &[&["a\nb", "5"], &["NULL", "-12"]], None),
            "name    n\n────  ───\na\\nb    5\nNULL  -12\n"
        );
        assert_eq!(rendered(&TWO, &[], Some(20)), "name  n\n────  ─\n");
    }

    #[test]
    fn cells_are_cut_on_a_screen_only() {
        let long = "x".repeat(90);
        let cut = rendered(&TWO, &[&[&long, "1"]], Some(40));
        assert!(cut.lines().all(|l| l.width() <= 40), "{cut}");
        assert!(cut.contains('…'));
        assert!(rendered(&TWO, &[&[&long, "1"]], None).contains(&long));
    }

    #[test]
    fn days_and_numbers_are_never_cut() {
        let columns = [
            ("a_name_that_is_long", DataType::Date32),
            ("another_such_name", DataType::Int64),
            ("text", DataType::Utf8),
        ];
        let row = [
            "2026-01-31",
            "123456789012",
            "so long that it has to be cut",
        ];
        let cut = rendered(&columns, &[&row], Some(36));
        assert!(cut.lines().all(|l| l.width() <= 36), "{cut}");
        assert!(cut.contains("2026-01-31  123456789012  so"), "{cut}");
        let blocks = rendered(&columns, &[&row], Some(30));
        assert!(blocks.starts_with("── row 1 ──"), "{blocks}");
    }

    #[test]
    fn many_columns_are_a_line_each() {
        let names: Vec<String> = (0..20).map(|n| format!("a_long_name_{n}")).collect();
        let columns: Vec<_> = names.iter().map(|n| (n.as_str(), DataType::Utf8)).collect();
        let row = vec!["some text that is long"; 20];
        let blocks = rendered(&columns, &[&row], Some(60));
        assert_eq!(blocks.lines().count(), 21);
        assert!(blocks.lines().all(|l| l.width() <= 60), "{blocks}");
        assert!(blocks.starts_with("── row 1 ──"), "{blocks}");
        assert!(blocks.contains("a_long_name_7   some text"), "{blocks}");
    }
}
