//! `lakeaudit query`: one query over the lake, its rows as a table.

use arrow::util::pretty::pretty_format_batches;

use super::Opened;
use crate::diagnostic::Diagnostic;
use crate::dialect;
use crate::scan;

/// What a query given on the command line is called in errors.
const CALLED: &str = "query";

/// Runs a query; the rows as text, and a note where they may come in any order.
///
/// Rows of a query without ORDER BY come in the order they are found.
pub async fn query(opened: &Opened, sql: &str) -> Result<(String, Option<String>), Diagnostic> {
    let at = |e: dialect::SqlError| e.diagnostic(CALLED, sql);
    let query = dialect::parse(sql).map_err(at)?;
    let note = opened.session.order_dependent(&query).map(|order| {
        let what = order.found.what;
        match order.view {
            None => format!("{what} may answer otherwise the next time"),
            Some(view) => format!(
                "{what} in the view `{}` may answer otherwise the next time",
                view.name
            ),
        }
    });
    let plan = opened
        .session
        .plan(&query, &opened.params)
        .await
        .map_err(at)?;
    let batches = scan::rows(&opened.session, &plan)
        .await
        .map_err(Diagnostic::new)?;
    let table = pretty_format_batches(&batches)
        .map_err(|e| Diagnostic::new(format!("failed to show the rows: {e}")))?;
    Ok((format!("{table}\n"), note))
}
