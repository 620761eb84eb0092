//! The rows of a query as an aligned table.
//!
//! On a screen no line is wider than it: cells are cut, the widest first. Where so many columns would be cut to nothing, each
//! row is a block of its own, a line a column. Elsewhere every cell is whole.

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
            numbers: fields.map(|f| is_number(f.data_type())).collect(),
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
        let mut widths: Vec<usize> = self.names.iter().map(|name| wide(name, most)).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(wide(text(cell), most));
            }
        }
        let room = most.saturating_sub(GAP * widths.len().saturating_sub(1));
        let least: usize = widths.iter().map(|w| NARROWEST.min(*w)).sum();
        if least > room {
            return None;
        }
        while widths.iter().fold(0_usize, |a, w| a.saturating_add(*w)) > room {
            match widths.iter_mut().max() {
                Some(widest) if *widest > 1 => *widest -= 1,
                _ => break,
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
