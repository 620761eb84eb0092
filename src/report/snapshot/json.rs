//! Baselines for a program. NaN and infinities, which JSON has no number for, are null.

use serde_json::{Value, json};

use crate::baseline::figure::{Figure, Grade};
use crate::baseline::shift::{ShareChange, Size};
use crate::snapshot::{ColumnChange, Comparison, Entry, QUANTILES, Side, Snapshot};

/// All baselines, by name.
pub fn list(entries: &[Entry]) -> String {
    let entry = |entry: &Entry| {
        let mut value = json!({"name": entry.name, "bytes": entry.size});
        match &entry.content {
            Ok((about, tables)) => {
                let whole = tables.iter().filter(|row| row.period.is_whole());
                put(&mut value, "about", json!(about));
                put(&mut value, "tables", whole.map(|row| json!(row)).collect());
            }
            Err(why) => put(&mut value, "error", json!(why)),
        }
        value
    };
    printed(&entries.iter().map(entry).collect())
}

/// One baseline: all of it, or one table or column.
pub fn show(
    (name, id): (&str, &str),
    snapshot: &Snapshot,
    table: Option<&str>,
    column: Option<&str>,
) -> String {
    let of = |row: &str| table.is_none_or(|table| table == row);
    let named = |row: &str| column.is_none_or(|column| column.eq_ignore_ascii_case(row));
    let columns = snapshot.columns.iter();
    let columns = columns.filter(|row| of(&row.table) && named(&row.column));
    let with_quantiles = columns.map(|row| {
        let mut value = json!(row);
        for ((_, name), quantile) in QUANTILES.iter().zip(row.quantiles) {
            put(&mut value, name, json!(quantile));
        }
        if let Some(object) = value.as_object_mut() {
            object.remove("quantiles");
        }
        value
    });
    let with_quantiles: Vec<Value> = with_quantiles.collect();
    let tables: Vec<_> = snapshot.tables.iter().filter(|r| of(&r.table)).collect();
    let contract = snapshot.contract.iter();
    let contract: Vec<_> = contract
        .filter(|row| of(&row.table) && named(&row.column))
        .collect();
    let correlations = snapshot.correlations.iter();
    let correlations: Vec<_> = correlations
        .filter(|row| of(&row.table) && (named(&row.a) || named(&row.b)))
        .collect();
    let files: Vec<_> = snapshot.files.iter().filter(|r| of(&r.table)).collect();
    printed(&json!({
        "name": name,
        "id": id,
        "about": snapshot.about,
        "tables": tables,
        "schema": contract,
        "columns": with_quantiles,
        "correlations": correlations,
        "files": files,
    }))
}

/// Two baselines, every column that both have.
pub fn compare(found: &Comparison) -> String {
    let side = |side: &Side| json!({"name": side.name, "about": side.about, "rows": side.rows});
    let tables = found.tables.iter().map(
        |(a, b)| json!({"table": a.table, "rows_a": a.rows, "rows_b": b.rows, "days_a": a.days, "days_b": b.days}),
    );
    let contract = found.contract.iter().map(
        |change| json!({"table": change.table, "column": change.column, "a": change.a, "b": change.b}),
    );
    let correlations = found.correlations.iter().map(|pair| {
        json!({
            "table": pair.table, "columns": pair.columns, "size": pair.size,
            "r_a": pair.change.baseline, "r_b": pair.change.current, "q": pair.change.q,
        })
    });
    printed(&json!({
        "a": side(&found.a),
        "b": side(&found.b),
        "tables": tables.collect::<Vec<_>>(),
        "schema": contract.collect::<Vec<_>>(),
        "columns": found.columns.iter().map(column).collect::<Vec<_>>(),
        "correlations": correlations.collect::<Vec<_>>(),
    }))
}

fn column(change: &ColumnChange) -> Value {
    let figure =
        |figure: Figure| json!({"value": figure.value, "low": figure.lo, "high": figure.hi});
    let share = |share: ShareChange| json!({"a": share.baseline, "b": share.current, "h": share.h});
    let mean = change.mean.map(|mean| {
        let (sigmas, was_constant) = match mean.size {
            Size::Sigmas(sigmas) => (Some(sigmas), false),
            Size::WasConstant => (None, true),
        };
        json!({"a": mean.baseline, "b": mean.current, "sigmas": sigmas, "was_constant": was_constant})
    });
    json!({
        "table": change.a.table,
        "column": change.a.column,
        "type": change.b.bq_type,
        "size": change.size,
        "grade": match change.grade() {
            Grade::Fine => "fine",
            Grade::Warns => "warning",
            Grade::Critical => "critical",
        },
        "rows_a": change.a.rows,
        "rows_b": change.b.rows,
        "mean": mean,
        "stddev": change.spread.map(|spread| json!({"a": spread.baseline, "b": spread.current, "ratio": spread.ratio()})),
        "psi": change.psi.map(|psi| json!({"value": psi.figure.value, "low": psi.figure.lo, "high": psi.figure.hi, "by_chance": psi.by_chance})),
        "ks": change.apart.map(|apart| figure(apart.kolmogorov_smirnov)),
        "wasserstein": change.apart.and_then(|apart| apart.wasserstein).map(figure),
        "nulls": change.nulls.map(share),
        "zeros": change.zeros.map(share),
        "distinct_a": change.a.distinct,
        "distinct_b": change.b.distinct,
    })
}

fn put(value: &mut Value, key: &str, of: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(key.to_owned(), of);
    }
}

fn printed(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
