//! Columns side by side, as wide as their cells need, and no wider together than the page.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::PLAIN;
use super::line::{Line, fit};

/// Between two columns.
pub(in crate::report) const GAP: usize = 2;
/// No cell is wider than this where nothing else is said, and none is cut below the other before columns are left out.
pub(in crate::report) const WIDEST: usize = 40;
pub(in crate::report) const NARROWEST: usize = 8;

/// A column: its name and a cell a row.
#[derive(Debug, Clone)]
pub(in crate::report) struct Column {
    pub name: String,
    pub cells: Vec<(String, Style)>,
    /// Whether cells stand at the right.
    pub right: bool,
    /// How far cells may be cut, and how wide they may be.
    pub least: usize,
    pub most: usize,
    /// What is left out first where there is no room has the highest; 0 stays.
    pub spare: u8,
}

impl Column {
    pub(in crate::report) fn new(
        name: &str,
        cells: impl IntoIterator<Item = (String, Style)>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            cells: cells.into_iter().collect(),
            right: false,
            least: NARROWEST,
            most: WIDEST,
            spare: 0,
        }
    }

    /// A column of numbers: at the right, and never cut.
    pub(in crate::report) fn of_numbers(
        name: &str,
        cells: impl IntoIterator<Item = (String, Style)>,
    ) -> Self {
        Self {
            right: true,
            least: WIDEST,
            ..Self::new(name, cells)
        }
    }

    pub(in crate::report) fn spare(self, spare: u8) -> Self {
        Self { spare, ..self }
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|(text, _)| text).chain([&self.name]);
        // Longer than what is allowed, so that the cut shows.
        cells
            .map(|text| fit(text, self.most + 1).width())
            .max()
            .unwrap_or(0)
            .min(self.most)
    }

    fn cell(&self, text: &str, style: Style, width: usize) -> Line {
        Line::new(&fit(text, width), style).padded(width, self.right)
    }
}

/// The names and a line a row, none wider than `width`, and the names of columns for which there is no room.
pub(in crate::report) fn grid(
    mut columns: Vec<Column>,
    width: usize,
    names: Style,
) -> (Vec<Line>, Vec<String>) {
    let left_out = leave_out(&mut columns, width);
    let widths = widths(&columns, width);
    let line = |cell: &dyn Fn(&Column, usize) -> Line| {
        let mut line = Line::default();
        for (i, (column, width)) in columns.iter().zip(&widths).enumerate() {
            let gap = if i > 0 { GAP } else { 0 };
            line = line.and(&" ".repeat(gap), PLAIN).join(cell(column, *width));
        }
        line
    };
    let rows = columns.iter().map(|c| c.cells.len()).max().unwrap_or(0);
    let mut lines = vec![line(&|column, width| {
        column.cell(&column.name, names, width)
    })];
    for row in 0..rows {
        lines.push(line(&|column, width| match column.cells.get(row) {
            Some((text, style)) => column.cell(text, *style, width),
            None => column.cell("", PLAIN, width),
        }));
    }
    (lines, left_out)
}

/// Takes columns away until the rest fits, of equals the last first; returns their names in order.
fn leave_out(columns: &mut Vec<Column>, width: usize) -> Vec<String> {
    let mut left_out: Vec<(usize, String)> = Vec::new();
    let mut places: Vec<usize> = (0..columns.len()).collect();
    loop {
        let least: usize = columns.iter().map(|c| c.width().min(c.least) + GAP).sum();
        let spare = (0..columns.len())
            .filter(|i| columns.get(*i).is_some_and(|c| c.spare > 0))
            .max_by_key(|i| columns.get(*i).map(|c| c.spare));
        match spare {
            Some(i) if least > width + GAP => {
                left_out.push((places.remove(i), columns.remove(i).name));
            }
            _ => break,
        }
    }
    left_out.sort_unstable();
    left_out.into_iter().map(|(_, name)| name).collect()
}

/// What their cells need, the widest cut first where that is too much; below the least only where nothing else helps.
fn widths(columns: &[Column], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(Column::width).collect();
    let room = width.saturating_sub(GAP * columns.len().saturating_sub(1));
    for below in [false, true] {
        while widths.iter().sum::<usize>() > room {
            let cut = widths.iter_mut().zip(columns).filter(|(width, column)| {
                **width
                    > if below {
                        1
                    } else {
                        column.least.min(column.most)
                    }
            });
            match cut.map(|(width, _)| width).max() {
                Some(widest) => *widest -= 1,
                None => break,
            }
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(columns: Vec<Column>, width: usize) -> (Vec<String>, Vec<String>) {
        let (lines, left_out) = grid(columns, width, PLAIN);
        assert!(lines.iter().all(|line| line.width() <= width));
        let mut out = String::new();
        lines.iter().for_each(|line| line.print(false, &mut out));
        (out.lines().map(str::to_owned).collect(), left_out)
    }

    fn texts(cells: &[&str]) -> Vec<(String, Style)> {
        cells.iter().map(|c| ((*c).to_owned(), PLAIN)).collect()
    }

    #[test]
    fn numbers_are_kept_and_what_is_spare_goes_first() {
        let columns = || {
            vec![
                Column::new("name", texts(&["a_rather_long_name", "b"])),
                Column::of_numbers("rows", texts(&["1,234,567", "3"])),
                Column::new("type", texts(&["INT64", "DATE"])).spare(1),
                Column::new("largest", texts(&["100", ""])).spare(2),
            ]
        };
        let (lines, left_out) = printed(columns(), 60);
        assert_eq!(lines[0], "name                     rows  type   largest");
        assert!(left_out.is_empty());
        let (lines, left_out) = printed(columns(), 26);
        assert_eq!(
            lines,
            [
                "name           rows  type",
                "a_rathe…  1,234,567  INT64",
                "b                 3  DATE"
            ]
        );
        assert_eq!(left_out, ["largest"]);
        let (_, left_out) = printed(columns(), 20);
        assert_eq!(left_out, ["type", "largest"]);
        printed(columns(), 5);
    }
}
