//! The query a finding can be checked with in BigQuery.

use super::Subject;
use crate::scan::{alias, quoted};

/// The BigQuery query that shows the violating rows.
pub(super) fn sql(subject: &Subject<'_>) -> Option<String> {
    if let Some(query) = &subject.shown_by {
        return Some(query.clone());
    }
    if let Some(query) = subject.query {
        return Some(query.trim().to_owned());
    }
    let table = subject.table?;
    let mut conditions = Vec::new();
    if let (Some((from, to)), Some(date)) = (subject.window, table.date()) {
        conditions.push(format!("`{}` BETWEEN '{from}' AND '{to}'", date.name));
    }
    conditions.extend(subject.options.filter.as_ref().map(|f| format!("({f})")));
    if let Some(figures) = subject.check.figures(table) {
        let per = subject.options.per.as_deref().map(quoted);
        let columns = per.as_ref().map_or_else(String::new, |p| format!("{p}, "));
        let group = per.map_or_else(String::new, |p| format!(" GROUP BY {p} ORDER BY {p}"));
        let filter = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        return Some(format!(
            "SELECT {columns}{figures} FROM `{}`{}{filter}{group}",
            table.name(),
            alias(table)
        ));
    }
    let condition = subject.check.condition(table)?;
    let condition = match condition.strip_prefix("TRUE QUALIFY ") {
        Some(qualify) => {
            let filter = if conditions.is_empty() {
                "TRUE".to_owned()
            } else {
                conditions.join(" AND ")
            };
            format!("{filter} QUALIFY {qualify}")
        }
        None => {
            conditions.push(format!("({condition})"));
            conditions.join(" AND ")
        }
    };
    Some(format!(
        "SELECT * FROM `{}`{} WHERE {condition}",
        table.name(),
        alias(table)
    ))
}
