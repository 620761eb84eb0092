//! A diff of two tables.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::NaiveDate;

use super::inline::Given;
use super::rows::{Rows, condition};
use super::ticket::{Source, Ticket, typed};
use super::verdict::cell;
use super::{Fewest, Repro, Request};
use crate::command::diff::{Compared, DiffRequest, clock, diff, rows_of};
use crate::diagnostic::Diagnostic;
use crate::diff::{Cell, CellKind, ColumnDifference, Difference, Options};
use crate::lake::date_of;
use crate::schema::TableName;
use crate::suite::FILE;
use crate::value::text::grouped;

/// So many rows show what was done to a column; one shows that it differs.
const ROWS: usize = 3;

pub(super) async fn repro(
    request: &Request,
    asked: &DiffRequest,
    out: &Path,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Repro, Diagnostic> {
    let mut asked = asked.clone();
    // Rows are found by the cells that are kept, however few are asked for.
    asked.options.rows = asked.options.rows.max(crate::diff::ROWS);
    let Compared::Two(found) = diff(request, &asked, progress).await?.compared else {
        return Err(Diagnostic::new("a repro is of two sides").help("--diff LEFT RIGHT"));
    };
    if found.is_equal() {
        return Err(
            Diagnostic::new("no value differs, so there is nothing to reproduce")
                .help("--from and --to choose other days, --volatile compares more columns"),
        );
    }
    if found.key.is_empty() {
        return Err(
            Diagnostic::new("a repro needs the key by which rows are found")
                .help("--key names its columns"),
        );
    }
    // The column that others follow, and of several the one that differs most. One without a cell has no row to show.
    let leader = found
        .differing()
        .filter(|column| !cells(&found, Some(column)).is_empty())
        .max_by_key(|column| {
            (
                column.follows.is_none(),
                column.patterns.len(),
                column.differing,
            )
        });
    let cells = cells(&found, leader);
    let Some(mut condition) = condition(cells.iter().map(|cell| cell.key.as_str())) else {
        return Err(Diagnostic::new("no row shows what differs").help("--rows keeps more cells"));
    };
    if let Some(filter) = &found.filter {
        condition = format!("({condition}) AND ({filter}\n)");
    }
    let (left, right) = names(&asked);
    let mut whole = Vec::new();
    let mut sources = Vec::new();
    for (side, name) in asked.sides.iter().zip([&left, &right]) {
        let (rows, table) = rows_of(request, side, &condition).await?;
        sources.push(Source::of(&table).called(side));
        whole.push(Rows {
            table: name.clone(),
            batch: rows.batch,
        });
    }
    let message = message(&found, leader);
    let mut ticket = Ticket {
        title: format!("{} and {} differ", found.left.name, found.right.name),
        text: text(&found, leader),
        command: format!(
            "lakeaudit diff {left} {right} --key{}{}",
            typed(&[found.key.join(",")]),
            typed(&asked.flags)
        ),
        files: vec![
            (FILE.to_owned(), "lake: lake\n".to_owned()),
            ("expected.json".to_owned(), values(&cells, false)),
            ("actual.json".to_owned(), values(&cells, true)),
        ],
        shown: Some(shown(leader, &cells)),
        given: Given {
            clock: clock(request, &asked).await?,
            ..Given::default()
        },
        sources,
        fewest: match cells.len() {
            1 => Fewest::Needed,
            _ => Fewest::Shown,
        },
        ..Ticket::default()
    };
    progress("comparing what is written");
    // Columns come back where the rows are not found to differ without them.
    for columns in [Columns::Needed, Columns::Told, Columns::All] {
        ticket.tables = Vec::new();
        for rows in &whole {
            let kept = kept(rows, &found, leader, columns);
            let narrow = rows.project(&kept);
            let narrow = narrow.map_err(|e| Diagnostic::new(e.to_string()))?;
            ticket.tables.push(narrow);
        }
        let sql = found.sql.as_ref();
        ticket.sql = sql.map(|sql| renamed(sql, &found, &left, &right, &ticket.tables));
        ticket.write(out)?;
        ticket.again = again(request, out, &found, &asked, (&left, &right), leader).await?;
        if ticket.again.is_some() {
            return Ok(ticket.done(out, message));
        }
    }
    Err(Diagnostic::new("the rows that differ do not differ alone")
        .help(format!("what was tried is in {}", out.display())))
}

/// How the written folder differs, if it does so in the same column, or has rows of one side as well.
async fn again(
    request: &Request,
    out: &Path,
    found: &Difference,
    asked: &DiffRequest,
    (left, right): (&TableName, &TableName),
    leader: Option<&ColumnDifference>,
) -> Result<Option<String>, Diagnostic> {
    let request = Request {
        suite: Some(out.join(FILE)),
        threads: request.threads,
        memory: request.memory,
        ..Request::default()
    };
    let asked = DiffRequest {
        sides: vec![left.to_string(), right.to_string()],
        key: found.key.clone(),
        options: Options {
            filter: None,
            ignore: Vec::new(),
            columns: Vec::new(),
            ..asked.options.clone()
        },
        ..DiffRequest::default()
    };
    let Compared::Two(again) = diff(&request, &asked, &|_| {}).await?.compared else {
        return Ok(None);
    };
    Ok(match leader {
        Some(leader) => again
            .differing()
            .find(|column| column.name == leader.name)
            .map(|column| message(&again, Some(column))),
        None => (again.rows.only_left + again.rows.only_right > 0).then(|| message(&again, None)),
    })
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

/// Which columns are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Columns {
    /// The key, and the column that differs.
    Needed,
    /// Those that explain it as well.
    Told,
    All,
}

fn kept(
    rows: &Rows,
    found: &Difference,
    leader: Option<&ColumnDifference>,
    columns: Columns,
) -> Vec<usize> {
    let mut told: Vec<String> = found.key.clone();
    told.extend(leader.map(|column| column.name.clone()));
    if let (Columns::Told, Some(column)) = (columns, leader) {
        told.extend(found.date.clone());
        told.extend(column.witnesses.iter().map(|witness| witness.name.clone()));
        told.extend(
            column
                .patterns
                .first()
                .map(|pattern| pattern.formula.clone()),
        );
    }
    let mut words: BTreeSet<String> = told.iter().map(|name| name.to_lowercase()).collect();
    let parts = told
        .iter()
        .flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || c == '_')));
    if columns == Columns::Told {
        words.extend(parts.map(str::to_lowercase));
    }
    let schema = rows.batch.schema_ref();
    (0..schema.fields().len())
        .filter(|at| {
            columns == Columns::All || words.contains(&schema.field(*at).name().to_lowercase())
        })
        .collect()
}

fn message(found: &Difference, leader: Option<&ColumnDifference>) -> String {
    match leader {
        Some(column) => format!(
            "{} differs in {} of {} rows",
            column.name,
            grouped(column.differing),
            grouped(found.rows.common)
        ),
        None => {
            let of = |rows: u64, side: &str| match rows {
                0 => None,
                1 => Some(format!("1 row is on the {side} alone")),
                _ => Some(format!("{} rows are on the {side} alone", grouped(rows))),
            };
            let told = [
                of(found.rows.only_left, "left"),
                of(found.rows.only_right, "right"),
            ];
            told.into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
    }
}

fn text(found: &Difference, leader: Option<&ColumnDifference>) -> Vec<String> {
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
    }
    let days: Vec<NaiveDate> = match leader {
        Some(column) => column.days.keys().flatten().copied().collect::<Vec<i32>>(),
        None => found
            .days
            .iter()
            .filter(|(_, day)| day.only_left + day.only_right > 0)
            .filter_map(|(day, _)| *day)
            .collect(),
    }
    .into_iter()
    .filter_map(date_of)
    .collect();
    if let (Some(first), Some(last)) = (days.first(), days.last()) {
        text.push(format!("In the full data from {first} to {last}."));
    }
    text
}

/// The cells as a table of Markdown: what is on the left is what is expected.
fn shown(leader: Option<&ColumnDifference>, cells: &[&Cell]) -> String {
    let what = leader.map_or("row", |column| column.name.as_str());
    let mut table =
        format!("| key | {what}, expected (left) | {what}, actual (right) |\n|---|---|---|");
    for one in cells {
        let told = |value: &Option<String>, gone: CellKind| match (one.kind, value) {
            (CellKind::Differs, Some(value)) => cell(value),
            (CellKind::Differs, None) => "NULL".to_owned(),
            (kind, _) if kind == gone => "no such row".to_owned(),
            _ => "a row".to_owned(),
        };
        table.push_str(&format!(
            "\n| `{}` | {} | {} |",
            cell(&one.key),
            told(&one.left, CellKind::OnlyRight),
            told(&one.right, CellKind::OnlyLeft)
        ));
    }
    table
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
            if cell.kind != CellKind::Differs {
                let there = (cell.kind == CellKind::OnlyRight) == right;
                return serde_json::json!({"key": key, "row": there});
            }
            let value = if right { &cell.right } else { &cell.left };
            serde_json::json!({"key": key, "column": cell.column, "value": value})
        })
        .collect();
    format!(
        "{}\n",
        serde_json::to_string_pretty(&rows).unwrap_or_default()
    )
}
