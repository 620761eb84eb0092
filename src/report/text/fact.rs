//! Facts below a title: a label, and what it is.

use super::line::{Line, fit};
use super::{BOLD, DIM, PLAIN};

/// Everything under the first line is this far in.
pub(in crate::report) const INDENT: usize = 2;
/// The widest label of facts, such as a segment's column.
pub(in crate::report) const LABEL: usize = 24;

pub(in crate::report) fn indented(lines: impl IntoIterator<Item = Line>, by: usize) -> Vec<Line> {
    let indent = Line::new(&" ".repeat(by), PLAIN);
    lines.into_iter().map(|l| indent.clone().join(l)).collect()
}

/// `values` from column `at` on, with the label before the first.
pub(in crate::report) fn labelled(
    label: &str,
    at: usize,
    values: impl IntoIterator<Item = Line>,
) -> Vec<Line> {
    // What to do is what a reader looks for.
    let style = if label == "do" { BOLD } else { DIM };
    let room = at - INDENT;
    let label = Line::new(&fit(label, LABEL), style).padded(room, false);
    let heads = [label]
        .into_iter()
        .chain(std::iter::repeat(Line::default().padded(room, false)));
    indented(
        heads.zip(values).map(|(head, value)| head.join(value)),
        INDENT,
    )
}
