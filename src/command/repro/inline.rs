//! A query with its rows within it, so that it needs no table, view or parameter.

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use datafusion::common::ScalarValue;

use super::rows::Rows;
use crate::dialect::{self, Env};
use crate::schema::{BqType, TableName};
use crate::session::View;
use crate::value::cell::push_text;
use crate::value::text::push_quoted;

/// What may follow a table where it has no alias.
const NO_ALIAS: [&str; 23] = [
    "WHERE",
    "JOIN",
    "LEFT",
    "RIGHT",
    "FULL",
    "INNER",
    "CROSS",
    "NATURAL",
    "ON",
    "USING",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "QUALIFY",
    "WINDOW",
    "TABLESAMPLE",
    "PIVOT",
    "UNPIVOT",
    "FOR",
];

/// What a query is given from outside.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    /// The values of its parameters.
    pub(super) params: BTreeMap<String, ScalarValue>,
    /// When it is: the warehouse's clock has gone on.
    pub(super) clock: Option<Env>,
}

/// `sql` over these rows and views, as one query.
pub(super) fn inline(sql: &str, tables: &[Rows], views: &[View], given: &Given) -> String {
    let names: Vec<&TableName> = tables
        .iter()
        .map(|rows| &rows.table)
        .chain(views.iter().map(|view| &view.name))
        .collect();
    let text = |sql: &str| with_values(&renamed(sql.trim_end(), &names), given);
    let mut parts: Vec<String> = tables
        .iter()
        .map(|rows| format!("{} AS (\n{}\n)", spelled(&rows.table), selected(rows)))
        .collect();
    for view in in_order(views) {
        parts.push(format!(
            "{} AS (\n{}\n)",
            spelled(&view.name),
            text(&view.sql)
        ));
    }
    format!(
        "-- Runs in BigQuery without any table.\nWITH {}\nSELECT * FROM (\n{}\n)\n",
        parts.join(",\n"),
        text(sql)
    )
}

/// A table's name as one that a `WITH` can define.
fn spelled(table: &TableName) -> String {
    format!("{}_{}", table.dataset, table.table).replace('-', "_")
}

/// Views, each after those it reads.
fn in_order(views: &[View]) -> Vec<&View> {
    let mut left: Vec<&View> = views.iter().collect();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let reads = |view: &View, other: &View| {
            let query = dialect::parse(&view.sql).ok();
            let tables = query.map(|query| query.tables()).unwrap_or_default();
            let mut names = tables
                .iter()
                .filter_map(|t| TableName::from_parts(&t.parts));
            names.any(|name| name == other.name)
        };
        let next = left
            .iter()
            .position(|view| !left.iter().any(|other| reads(view, other)));
        // The session refuses views that go round.
        ordered.push(left.remove(next.unwrap_or_default()));
    }
    ordered
}

/// The query with other names for these tables; what calls them by the last part of their name still does.
fn renamed(sql: &str, names: &[&TableName]) -> String {
    let mut text = sql.trim_end_matches([';', ' ', '\n']).to_owned();
    let Ok(query) = dialect::parse(sql) else {
        return text;
    };
    // From the end on, so that places stay true.
    for table in query.tables().iter().rev() {
        let Some(name) = TableName::from_parts(&table.parts) else {
            continue;
        };
        let Some(start) = byte(&text, table.line, table.column) else {
            continue;
        };
        if !names.contains(&&name) {
            continue;
        }
        let rest = text.get(start..).unwrap_or_default();
        let length = path(rest);
        let alias = match has_alias(rest.get(length..).unwrap_or_default()) {
            true => String::new(),
            false => format!(" AS `{}`", name.table),
        };
        text.replace_range(start..start + length, &format!("{}{alias}", spelled(&name)));
    }
    text
}

/// Where a line's character is; both count from 1.
fn byte(text: &str, line: usize, column: usize) -> Option<usize> {
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines
        .by_ref()
        .take(line.checked_sub(1)?)
        .map(str::len)
        .sum();
    let (within, _) = lines.next()?.char_indices().nth(column.checked_sub(1)?)?;
    Some(before + within)
}

/// The length of the path that a text begins with.
fn path(text: &str) -> usize {
    let mut quoted = false;
    let ends = |c: char| {
        quoted ^= c == '`';
        !(quoted || c == '`' || c.is_alphanumeric() || "_-.".contains(c))
    };
    text.find(ends).unwrap_or(text.len())
}

fn has_alias(after: &str) -> bool {
    let after = after.trim_start();
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let next: String = after.chars().take_while(|c| word(*c)).collect();
    after.starts_with('`')
        || (!next.is_empty() && !NO_ALIAS.contains(&next.to_uppercase().as_str()))
}

/// The query with values in place of its parameters and of what it asks the clock.
fn with_values(sql: &str, given: &Given) -> String {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut text = String::new();
    let mut rest = sql;
    while !rest.is_empty() {
        let skipped = aside(rest);
        if skipped > 0 {
            let (aside, after) = rest.split_at(skipped);
            text.push_str(aside);
            rest = after;
            continue;
        }
        let named = rest.strip_prefix('@').map(|after| {
            let (name, after) = after.split_at(after.find(|c| !word(c)).unwrap_or(after.len()));
            (given.params.get(name), after)
        });
        if let Some((Some(value), after)) = named {
            text.push_str(&value_of(value));
            rest = after;
            continue;
        }
        let length = rest.find(|c| !word(c)).unwrap_or(rest.len());
        if length > 0 {
            let (name, after) = rest.split_at(length);
            let read = given
                .clock
                .as_ref()
                .and_then(|env| dialect::clock(env, name));
            match read.filter(|_| !names_column(&text)) {
                Some(literal) => {
                    text.push_str(&literal);
                    rest = after.get(arguments(after)..).unwrap_or_default();
                }
                None => {
                    text.push_str(name);
                    rest = after;
                }
            }
            continue;
        }
        let mut chars = rest.chars();
        text.extend(chars.next());
        rest = chars.as_str();
    }
    text
}

/// Whether what follows a text is a name: of a field, or one that is given.
fn names_column(before: &str) -> bool {
    let before = before.trim_end();
    let last = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_'));
    before.ends_with('.') || last.take(1).any(|word| word.eq_ignore_ascii_case("as"))
}

/// The length of the arguments in parentheses that a text begins with; 0 for none.
fn arguments(text: &str) -> usize {
    let open = text.len() - text.trim_start().len();
    let mut at = open + 1;
    if text.get(open..at) != Some("(") {
        return 0;
    }
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(')') {
            return at + 1;
        }
        let one = rest.chars().next().map_or(1, char::len_utf8);
        at += aside(rest).max(one);
    }
    0
}

/// The length of the comment or the quoted text that a text begins with; 0 for none.
fn aside(text: &str) -> usize {
    let closes = |opens: &str, closing: &str| {
        let mut escaped = false;
        let after = text.get(opens.len()..)?;
        let end = after.char_indices().find(|(at, c)| {
            let ends = !escaped && after.get(*at..).is_some_and(|t| t.starts_with(closing));
            escaped = *c == '\\' && !escaped;
            ends
        });
        Some(end.map_or(text.len(), |(at, _)| opens.len() + at + closing.len()))
    };
    let kinds = [
        ("--", "\n"),
        ("#", "\n"),
        ("/*", "*/"),
        ("\"\"\"", "\"\"\""),
        ("'''", "'''"),
        ("\"", "\""),
        ("'", "'"),
        ("`", "`"),
    ];
    let of = kinds.iter().find(|(opens, _)| text.starts_with(opens));
    of.and_then(|(opens, closing)| closes(opens, closing))
        .unwrap_or_default()
}

/// A parameter's value in BigQuery's SQL.
fn value_of(value: &ScalarValue) -> String {
    match value.to_array() {
        Ok(array) => literal(&array, 0, &BqType::from_arrow(array.data_type())),
        Err(_) => value.to_string(),
    }
}

/// The rows as a query.
fn selected(rows: &Rows) -> String {
    let schema = rows.batch.schema_ref();
    let row = |row: usize| {
        let cells = schema
            .fields()
            .iter()
            .zip(rows.batch.columns())
            .map(|(field, column)| {
                let bq_type = BqType::from_arrow(field.data_type());
                format!("{} AS `{}`", literal(column, row, &bq_type), field.name())
            });
        format!("  SELECT {}", cells.collect::<Vec<_>>().join(", "))
    };
    let selects: Vec<String> = (0..rows.batch.num_rows()).map(row).collect();
    if selects.is_empty() {
        let cells = schema.fields().iter().map(|field| {
            format!(
                "CAST(NULL AS {}) AS `{}`",
                sql_type(&BqType::from_arrow(field.data_type())),
                field.name()
            )
        });
        return format!("  SELECT {} LIMIT 0", cells.collect::<Vec<_>>().join(", "));
    }
    selects.join(" UNION ALL\n")
}

fn sql_type(bq_type: &BqType) -> String {
    match bq_type {
        BqType::DatetimeOrTimestamp => "TIMESTAMP".to_owned(),
        BqType::Numeric(..) => "NUMERIC".to_owned(),
        BqType::BigNumeric(..) => "BIGNUMERIC".to_owned(),
        BqType::Array(item) => format!("ARRAY<{}>", sql_type(item)),
        other => other.to_string(),
    }
}

/// A value in BigQuery's SQL.
fn literal(column: &ArrayRef, row: usize, bq_type: &BqType) -> String {
    use arrow::array::{Array, AsArray};
    if let (BqType::Array(item), Some(list)) = (bq_type, column.as_list_opt::<i32>()) {
        if list.is_null(row) {
            return format!("CAST(NULL AS {})", sql_type(bq_type));
        }
        let elements = list.value(row);
        let told: Vec<String> = (0..elements.len())
            .map(|at| literal(&elements, at, item))
            .collect();
        return format!("{}[{}]", sql_type(bq_type), told.join(", "));
    }
    let mut text = String::new();
    if !push_text(&mut text, column, row) {
        return format!("CAST(NULL AS {})", sql_type(bq_type));
    }
    match bq_type {
        BqType::Bool | BqType::Int64 => text,
        BqType::String => quoted(&text),
        BqType::Bytes => format!("FROM_BASE64({})", quoted(&text)),
        other => format!("CAST({} AS {})", quoted(&text), sql_type(other)),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    push_quoted(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_stands_still() {
        let given = Given {
            clock: Some(Env {
                as_of: "2026-01-28".parse().ok(),
                timezone: chrono_tz::Tz::UTC,
                default_zone: chrono_tz::Tz::UTC,
            }),
            ..Given::default()
        };
        for (sql, frozen) in [
            (
                "d > CURRENT_DATE() - 3 AND e < current_date ( 'Europe/Rome' /* ) */ )",
                "d > DATE '2026-01-28' - 3 AND e < DATE '2026-01-28'",
            ),
            (
                "t < CURRENT_TIMESTAMP",
                "t < TIMESTAMP '2026-01-28 23:59:59.999999+00:00'",
            ),
            (
                "t.current_date, 1 AS current_date, my_current_date, 'CURRENT_DATE()' -- CURRENT_DATE()",
                "t.current_date, 1 AS current_date, my_current_date, 'CURRENT_DATE()' -- CURRENT_DATE()",
            ),
        ] {
            assert_eq!(with_values(sql, &given), frozen);
        }
    }

    #[test]
    fn tables_have_other_names_and_parameters_values() {
        let games = TableName::new("raw", "games");
        let sql = "SELECT games.x, b.x FROM raw.games JOIN `raw.games` AS b USING (x), `p`.raw.games\n\
                   WHERE y = @day -- @day raw.games\n AND z = '@day' AND w IN (SELECT x FROM raw.other);\n";
        let given = Given {
            params: BTreeMap::from([("day".to_owned(), ScalarValue::Date32(Some(0)))]),
            clock: None,
        };
        assert_eq!(
            with_values(&renamed(sql, &[&games]), &given),
            "SELECT games.x, b.x FROM raw_games AS `games` JOIN raw_games AS b USING (x), raw_games AS `games`\n\
             WHERE y = CAST(\"1970-01-01\" AS DATE) -- @day raw.games\n AND z = '@day' AND w IN (SELECT x FROM raw.other)"
        );
    }
}
