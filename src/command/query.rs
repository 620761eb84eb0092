//! `lakeaudit query`: one query over the lake, its rows as they come.

use datafusion::common::ScalarValue;

use super::Opened;
use crate::diagnostic::{Diagnostic, Place};
use crate::dialect::{self, Params};
use crate::scan::{Cursor, Stopped};
use crate::schema::BqType;

/// A query that runs.
#[derive(Debug)]
pub struct Answer {
    pub rows: Cursor,
    pub source: Source,
    /// What of it may answer otherwise the next time, and what its `*` leaves out.
    pub notes: Vec<String>,
}

/// Where a query stands.
#[derive(Debug)]
pub struct Source {
    /// What errors call its text.
    called: String,
    text: String,
    /// Line and column of the statement that answers.
    begin: (usize, usize),
}

impl Source {
    /// What stopped the query, at the expression that failed if it is known, else at the statement.
    pub fn diagnostic(&self, stopped: &Stopped) -> Diagnostic {
        if let Some(failed) = &stopped.at {
            if failed.text() == self.text {
                return failed.placed().diagnostic(&self.called, &self.text);
            }
            let message = format!(
                "{failed}, in `{}` of a view this query reads",
                failed.expression()
            );
            return Diagnostic::new(message).at(self.begin());
        }
        Diagnostic::new(stopped.message.clone()).at(self.begin())
    }

    fn begin(&self) -> Place {
        let (line, column) = self.begin;
        Place::in_text(&self.called, &self.text, line, column)
    }
}

/// Starts the query `sql`, which errors call `called`.
///
/// Rows of a query without ORDER BY come in the order they are found.
pub async fn query(
    opened: &Opened,
    called: &str,
    sql: &str,
    params: &Params,
) -> Result<Answer, Diagnostic> {
    let at = |e: dialect::SqlError| e.diagnostic(called, sql);
    let query = dialect::parse(sql).map_err(at)?;
    let order = opened.session.order_dependent(&query).map(|order| {
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
        .plan_shown(&query, params)
        .await
        .map_err(at)?;
    let mut notes: Vec<String> = order.into_iter().collect();
    if query.has_star() {
        let left_out = opened.session.left_out(&query).into_iter();
        notes.extend(left_out.map(|(table, _, why)| format!("* of `{table}` leaves out: {why}")));
    }
    let source = Source {
        called: called.to_owned(),
        text: sql.to_owned(),
        begin: query.begin(),
    };
    let rows = Cursor::open(&opened.session, &plan)
        .await
        .map_err(|stopped| source.diagnostic(&stopped))?;
    Ok(Answer {
        rows,
        source,
        notes,
    })
}

/// Reads `name=value` or `name:TYPE=value`: the name in lower case, and the value. Without a type it is a STRING, and
/// becomes what it stands beside as a literal does.
pub fn parameter(opened: &Opened, text: &str) -> Result<(String, ScalarValue), Diagnostic> {
    let unreadable = |why: String| {
        Diagnostic::new(why)
            .help("write name=value or name:TYPE=value, such as day:DATE=2026-01-31")
    };
    let Some((left, value)) = text.split_once('=') else {
        return Err(unreadable(format!("`{text}` gives no parameter a value")));
    };
    let (name, bq_type) = match left.split_once(':') {
        Some((name, bq_type)) => (name, Some(bq_type.parse::<BqType>()?)),
        None => (left, None),
    };
    let name = name.trim();
    let name = name.strip_prefix('@').unwrap_or(name);
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !is_name {
        return Err(unreadable(format!("`{name}` is not a parameter's name")));
    }
    let value = match bq_type {
        None => ScalarValue::Utf8View(Some(value.to_owned())),
        Some(bq_type) => opened
            .session
            .parameter(&bq_type, value)
            .map_err(|why| Diagnostic::new(format!("parameter @{name}: {why}")))?,
    };
    Ok((name.to_lowercase(), value))
}
