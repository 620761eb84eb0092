//! The BigQuery SQL that shows the same difference in the warehouse.

use super::columns::Common;
use super::model::Difference;
use crate::scan::quoted;
use crate::schema::BqType;
use crate::value::hash::Zeros;

/// A query whose rows are those that differ, with the differing columns of both sides; `None` without a key or where
/// nothing differs.
///
/// Values count as different as they stand: tolerances and the meaning of JSON are not told in SQL.
pub(super) fn query(
    difference: &Difference,
    key: &[Common],
    compared: &[Common],
) -> Option<String> {
    if difference.key.is_empty() || difference.is_equal() {
        return None;
    }
    let differing: Vec<&Common> = compared
        .iter()
        .filter(|common| {
            difference
                .differing()
                .any(|column| column.name == common.name)
        })
        .collect();
    let rows = |table: &str| match &difference.filter {
        Some(filter) => format!("(SELECT * FROM `{table}` WHERE {filter})"),
        None => format!("`{table}`"),
    };
    let names: Vec<String> = key.iter().map(|key| quoted(&key.name)).collect();
    let mut select = names.clone();
    let mut apart = Vec::new();
    for column in differing {
        let name = quoted(&column.name);
        let bare = column.name.to_lowercase();
        select.push(format!(
            "l.{name} AS `left_{bare}`, r.{name} AS `right_{bare}`"
        ));
        apart.push(condition(column, &name));
    }
    let sides = ["l", "r"].map(|side| {
        format!(
            "{side}.{} IS NULL",
            names.first().map_or("", String::as_str)
        )
    });
    select.push(format!(
        "CASE WHEN {} THEN 'only right' WHEN {} THEN 'only left' ELSE 'differs' END AS what",
        sides[0], sides[1]
    ));
    apart.extend(sides);
    Some(format!(
        "SELECT {}\nFROM {} AS l\nFULL JOIN {} AS r USING ({})\nWHERE {}\nORDER BY {}",
        select.join(",\n  "),
        rows(&difference.left.name),
        rows(&difference.right.name),
        names.join(", "),
        apart.join("\n  OR "),
        names.join(", ")
    ))
}

/// The condition that a column differs between `l` and `r`.
fn condition(column: &Common, name: &str) -> String {
    let apart = format!("l.{name} IS DISTINCT FROM r.{name}");
    match &column.bq_type {
        // Not for types that BigQuery does not group by.
        BqType::Array(_) | BqType::Struct(_) | BqType::Json => {
            format!("TO_JSON_STRING(l.{name}) IS DISTINCT FROM TO_JSON_STRING(r.{name})")
        }
        BqType::Float64 if column.rule.zeros == Zeros::Signed => format!(
            "{apart}\n  OR (l.{name} = 0 AND IEEE_DIVIDE(1, l.{name}) != IEEE_DIVIDE(1, r.{name}))"
        ),
        _ => apart,
    }
}
