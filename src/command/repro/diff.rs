//! A diff of two tables.

use std::collections::BTreeSet;
use std::path::Path;

use super::rows::Rows;
use super::ticket::Ticket;
use super::{Repro, Request};
use crate::command::diff::{Compared, DiffRequest, diff, rows_of};
use crate::diagnostic::Diagnostic;
use crate::diff::{Cell, CellKind, ColumnDifference, Difference};
use crate::schema::TableName;

/// So many rows show what was done to a column; one shows that it differs.
const ROWS: usize = 3;

pub(super) async fn repro(
    request: &Request,
    asked: &DiffRequest,
    out: &Path,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Repro, Diagnostic> {
    let Compared::Two(found) = diff(request, asked, progress).await?.compared else {
        return Err(Diagnostic::new("a repro is of two sides"));
    };
    if found.is_equal() {
        return Err(Diagnostic::new(
            "no value differs, so there is nothing to reproduce",
        ));
    }
    if found.key.is_empty() {
        return Err(
            Diagnostic::new("a repro needs the key by which rows are found")
                .help("--key names its columns"),
        );
    }
    // The column that others follow, and of several the one that differs most.
    let leader = found.differing().max_by_key(|column| {
        (
            column.follows.is_none(),
            column.patterns.len(),
            column.differing,
        )
    });
    let cells = cells(&found, leader);
    let condition = condition(&cells);
    let (left, right) = names(asked);
    let mut tables = Vec::new();
    for (side, name) in asked.sides.iter().zip([&left, &right]) {
        let rows = rows_of(request, side, &condition).await?;
        let kept = kept(&rows, &found, leader);
        let narrow = rows
            .project(&kept)
            .map_err(|e| Diagnostic::new(e.to_string()))?;
        tables.push(Rows {
            table: name.clone(),
            batch: narrow.batch,
        });
    }
    let command = format!(
        "lakeaudit diff {left} {right} --lake lake --key {}",
        found.key.join(",")
    );
    let message = message(&found, leader);
    let ticket = Ticket {
        title: format!("{} and {} differ", found.left.name, found.right.name),
        text: text(&found, leader, &cells),
        command,
        sql: found
            .sql
            .as_ref()
            .map(|sql| renamed(sql, &found, &left, &right, &tables)),
        files: vec![
            ("expected.json".to_owned(), values(&cells, false)),
            ("actual.json".to_owned(), values(&cells, true)),
        ],
        sources: Vec::new(),
        minimal: cells.len() == 1,
        tables,
    };
    ticket.write(out)?;
    Ok(ticket.done(out, message))
}

/// The first cells of the column with values that no other has, or the first row of one side.
fn cells<'a>(found: &'a Difference, leader: Option<&ColumnDifference>) -> Vec<&'a Cell> {
    let Some(leader) = leader else {
        return found.cells.iter().take(1).collect();
    };
    let mut seen = BTreeSet::new();
    let of = found
        .cells
        .iter()
        .filter(|cell| cell.kind == CellKind::Differs && cell.column == leader.name);
    of.filter(|cell| seen.insert((&cell.left, &cell.right)))
        .take(ROWS)
        .collect()
}

/// True of the rows of these keys.
fn condition(cells: &[&Cell]) -> String {
    let of = |cell: &&Cell| {
        let key: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&cell.key).unwrap_or_default();
        let parts = key.iter().map(|(name, value)| match value {
            serde_json::Value::Null => format!("`{name}` IS NULL"),
            value => format!("TO_JSON_STRING(`{name}`) = {}", quoted(&value.to_string())),
        });
        format!("({})", parts.collect::<Vec<_>>().join(" AND "))
    };
    cells.iter().map(of).collect::<Vec<_>>().join(" OR ")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// What the sides are called in the repro: as they are, where that is two tables of the lake.
fn names(asked: &DiffRequest) -> (TableName, TableName) {
    let plain = |side: &String| match side.contains(['@', '/']) {
        true => None,
        false => side.parse::<TableName>().ok(),
    };
    match (
        asked.sides.first().and_then(plain),
        asked.sides.get(1).and_then(plain),
    ) {
        (Some(left), Some(right)) if left != right => (
            TableName::new(left.dataset, left.table),
            TableName::new(right.dataset, right.table),
        ),
        _ => (
            TableName::new("repro", "left"),
            TableName::new("repro", "right"),
        ),
    }
}

/// The key, the column, and what tells who is right.
fn kept(rows: &Rows, found: &Difference, leader: Option<&ColumnDifference>) -> Vec<usize> {
    let mut told: Vec<String> = found.key.clone();
    told.extend(found.date.clone());
    if let Some(column) = leader {
        told.push(column.name.clone());
        told.extend(column.witnesses.iter().map(|witness| witness.name.clone()));
        told.extend(
            column
                .patterns
                .first()
                .map(|pattern| pattern.formula.clone()),
        );
    }
    let words: BTreeSet<String> = told
        .iter()
        .flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || c == '_')))
        .map(str::to_lowercase)
        .collect();
    let schema = rows.batch.schema_ref();
    let all = leader.is_none();
    (0..schema.fields().len())
        .filter(|at| all || words.contains(&schema.field(*at).name().to_lowercase()))
        .collect()
}

fn message(found: &Difference, leader: Option<&ColumnDifference>) -> String {
    match leader {
        Some(column) => format!(
            "{} differs in {} of {} rows",
            column.name, column.differing, found.rows.common
        ),
        None => format!(
            "{} rows are only left and {} only right",
            found.rows.only_left, found.rows.only_right
        ),
    }
}

fn text(found: &Difference, leader: Option<&ColumnDifference>, cells: &[&Cell]) -> Vec<String> {
    let mut text = vec![format!("{}.", message(found, leader))];
    if let Some(column) = leader {
        if let Some(pattern) = column.patterns.first() {
            text.push(format!(
                "What was done: `{}`, in {} of {} rows.",
                pattern.formula, pattern.support, pattern.rows
            ));
        }
        for witness in &column.witnesses {
            text.push(format!(
                "`{}` agrees with the left side in {} and with the right side in {} of {} rows.",
                witness.name, witness.left, witness.right, witness.rows
            ));
        }
        let mut table = format!(
            "| key | {0}, left | {0}, right |\n|---|---|---|",
            column.name
        );
        for cell in cells {
            let told = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".to_owned());
            table.push_str(&format!(
                "\n| `{}` | {} | {} |",
                cell.key,
                told(&cell.left),
                told(&cell.right)
            ));
        }
        text.push(table);
    }
    text
}

/// The diff's query over the tables of the repro, and with the columns they have.
fn renamed(
    sql: &str,
    found: &Difference,
    left: &TableName,
    right: &TableName,
    tables: &[Rows],
) -> String {
    let has = |name: &str| {
        let named = |rows: &Rows| {
            rows.batch
                .schema_ref()
                .fields()
                .iter()
                .any(|f| f.name().eq_ignore_ascii_case(name))
        };
        tables.iter().all(named)
    };
    let gone: Vec<String> = found
        .differing()
        .filter(|c| !has(&c.name))
        .map(|c| c.name.to_lowercase())
        .collect();
    let lines = sql
        .lines()
        .filter(|line| !gone.iter().any(|name| line.contains(&format!("`{name}`"))));
    let sql = lines.collect::<Vec<_>>().join("\n");
    // The first condition may be gone.
    let sql = match sql.contains("WHERE ") {
        true => sql,
        false => sql.replacen("\n  OR ", "\nWHERE ", 1),
    };
    sql.replace(&format!("`{}`", found.left.name), &format!("`{left}`"))
        .replace(&format!("`{}`", found.right.name), &format!("`{right}`"))
}

fn values(cells: &[&Cell], right: bool) -> String {
    let rows: Vec<serde_json::Value> = cells
        .iter()
        .map(|cell| {
            let key = serde_json::from_str(&cell.key).unwrap_or(serde_json::Value::Null);
            let value = if right { &cell.right } else { &cell.left };
            serde_json::json!({"key": key, "column": cell.column, "value": value})
        })
        .collect();
    format!(
        "{}\n",
        serde_json::to_string_pretty(&rows).unwrap_or_default()
    )
}
