//! The BigQuery SQL that shows the same difference in the warehouse.

use super::columns::Common;
use super::model::Difference;
use crate::scan::quoted;

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
        apart.push(format!("l.{name} IS DISTINCT FROM r.{name}"));
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
