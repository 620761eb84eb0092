//! How rows compare by the values of columns that were asked for.

use super::model::Segments;
use super::plan::Plan;
use super::run::{Source, read};
use crate::diagnostic::Diagnostic;
use crate::scan::{MOST_COUNTED, rows_by_value};

impl Plan<'_> {
    /// The rows of both sides by the columns that were asked for.
    pub(super) async fn segments(
        &self,
        left: &Source<'_>,
        right: &Source<'_>,
    ) -> Result<Vec<Segments>, Diagnostic> {
        let ours = read(left, rows_by_value(left.session, &self.left)).await?;
        let theirs = read(right, rows_by_value(right.session, &self.right)).await?;
        let mut all = Vec::new();
        for ((common, ours), theirs) in self.columns.by.iter().zip(ours).zip(theirs) {
            let mut counted = Segments {
                column: common.name.clone(),
                ..Segments::default()
            };
            for (value, rows) in ours {
                counted.rows.entry(value).or_default().left = rows;
            }
            for (value, rows) in theirs {
                counted.rows.entry(value).or_default().right = rows;
            }
            if counted.rows.len() > MOST_COUNTED {
                return Err(Diagnostic::new(format!(
                    "`{}` has more than {MOST_COUNTED} values",
                    common.name
                ))
                .help("--by counts by columns with few values, such as a season or a team"));
            }
            all.push(counted);
        }
        Ok(all)
    }
}
