//! Checks that compare a table with another.

use std::collections::BTreeMap;

use super::{Audit, nothing};
use crate::check::{Answer, judge};
use crate::diagnostic::Diagnostic;
use crate::diff::{Cell, CellKind, Difference};
use crate::scan::ShownRow;
use crate::suite::CheckSpec;
use crate::value::text::{few, push_quoted};

/// Columns told that could not be compared.
const COLUMNS_TOLD: usize = 4;

impl Audit<'_> {
    /// Judges what a comparison came to.
    pub(super) fn diff(&mut self, check: &CheckSpec, found: &Difference) {
        if found.has_same_values() && !found.is_complete() {
            let why = Diagnostic::new(format!(
                "no value differs, but {} could not be compared",
                few(&found.missed(), COLUMNS_TOLD, ", ")
            ));
            self.fail(
                check,
                &why.help("`ignore:` leaves columns out")
                    .at(check.place.clone()),
            );
            return;
        }
        let answer = Answer::Diff(found);
        let mut parts = check.check.judge(&answer);
        if parts.is_empty() {
            parts.push(nothing());
        }
        let mut subject = self.subject(check);
        subject.shown_by = found.sql.clone();
        subject.remark = check.check.remark(&answer);
        let judged = judge(&subject, parts);
        if judged.fails() {
            self.show_values(check, shown(found));
        }
        self.take(judged);
    }
}

/// A row a key: its differing columns, with the values of both sides.
fn shown(found: &Difference) -> Vec<ShownRow> {
    let mut rows: BTreeMap<(Option<i32>, &str, CellKind), Vec<&Cell>> = BTreeMap::new();
    for cell in &found.cells {
        rows.entry((cell.day, &cell.key, cell.kind))
            .or_default()
            .push(cell);
    }
    rows.into_iter()
        .map(|((day, key, kind), cells)| ShownRow {
            day,
            key: key.to_owned(),
            row: match kind {
                CellKind::Differs => values(&cells),
                _ => "{}".to_owned(),
            },
            reason: match kind {
                CellKind::Differs => "differs".to_owned(),
                CellKind::OnlyLeft => format!("not in {}", found.right.name),
                CellKind::OnlyRight => format!("only in {}", found.right.name),
            },
            source: None,
        })
        .collect()
}

/// `{"fatigue_score": "87 | 0"}`: this table's value, then the other's.
fn values(cells: &[&Cell]) -> String {
    let mut out = String::from("{");
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        push_quoted(&mut out, &cell.column);
        out.push_str(": ");
        let told = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".to_owned());
        push_quoted(
            &mut out,
            &format!("{} | {}", told(&cell.left), told(&cell.right)),
        );
    }
    out.push('}');
    out
}
