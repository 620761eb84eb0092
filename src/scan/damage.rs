//! Where a table can't be read, once reading it has failed: an error of the decoder's names no file.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::error::Result as EngineResult;

use super::program::quoted;
use super::stream::{Consumer, run_sql};
use crate::lake::Table;
use crate::session::{Part, Session};

/// What of a table can't be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub file: String,
    /// `None` if only the whole file fails.
    pub row_group: Option<usize>,
    pub column: Option<String>,
    pub why: String,
}

/// Looks for what reading broke off at, file by file; of several places the first that fails as `why` tells, else the first.
///
/// `None` if every column can be read, so that something else failed: a cast, a condition.
pub async fn damage(session: &Session, table: &Arc<Table>, why: &str) -> Option<Damage> {
    let columns = table.columns().iter().filter(|c| c.unreadable.is_none());
    let columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
    let mut found: Option<(usize, String)> = None;
    for file in 0..table.files().len() {
        let Err(told) = decode(session, table, &columns, Part::Files(vec![file])).await else {
            continue;
        };
        let same = told == why;
        if same || found.is_none() {
            found = Some((file, told));
        }
        if same {
            break;
        }
    }
    let (at, why) = found?;
    let (file, footer) = table.files().get(at)?;
    let mut damage = Damage {
        file: file.path().to_string(),
        row_group: None,
        column: None,
        why,
    };
    for group in 0..footer.metadata().num_row_groups() {
        let part = Part::RowGroups(vec![(at, vec![group])]);
        if decode(session, table, &columns, part.clone()).await.is_ok() {
            continue;
        }
        damage.row_group = Some(group);
        for column in &columns {
            if let Err(why) = decode(session, table, &[column], part.clone()).await {
                damage.column = Some((*column).to_owned());
                damage.why = why;
                break;
            }
        }
        break;
    }
    Some(damage)
}

async fn decode(
    session: &Session,
    table: &Table,
    columns: &[&str],
    part: Part,
) -> Result<(), String> {
    let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    let name = table.name();
    let sql = format!(
        "SELECT {} FROM `{}{}.{}`",
        columns.join(", "),
        name.dataset,
        session.part(part),
        name.table
    );
    run_sql(session, &sql, || Decoded).await.map(drop)
}

/// Wants nothing of the rows but that they can be read.
struct Decoded;

impl Consumer for Decoded {
    fn batch(&mut self, _: &RecordBatch) -> EngineResult<bool> {
        Ok(true)
    }
}
