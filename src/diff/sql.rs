//! The BigQuery SQL that shows the same difference in the warehouse.

use super::columns::Common;
use super::model::{Difference, Side};
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
    if difference.key.is_empty() || difference.has_same_values() {
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
    let names: Vec<String> = key.iter().map(|key| quoted(&key.name)).collect();
    let sides = [&difference.left, &difference.right];
    let repeated = sides.iter().any(|side| side.duplicates.keys > 0);
    let nulls = sides.iter().any(|side| side.null_keys > 0);
    let mut beside = String::new();
    if nulls {
        beside.push_str(", TRUE AS _there");
    }
    // Rows of one key are told apart by their content, so that one too many is left without a partner.
    if repeated {
        let key = names.join(", ");
        beside.push_str(&format!(
            ", ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY TO_JSON_STRING(t)) AS _nth"
        ));
    }
    let rows = |side: &Side| match &difference.filter {
        Some(filter) => format!(
            "(SELECT *{beside} FROM `{}` AS t WHERE {filter})",
            side.name
        ),
        None if beside.is_empty() => format!("`{}`", side.name),
        None => format!("(SELECT *{beside} FROM `{}` AS t)", side.name),
    };
    let mut by = names.clone();
    by.extend(repeated.then(|| "_nth".to_owned()));
    let (on, mut select) = match nulls {
        // USING lets no NULL find another.
        true => {
            let equal = by
                .iter()
                .map(|name| format!("TO_JSON_STRING(l.{name}) = TO_JSON_STRING(r.{name})"));
            let either = names
                .iter()
                .map(|name| format!("COALESCE(l.{name}, r.{name}) AS {name}"));
            let on: Vec<String> = equal.collect();
            (format!("ON {}", on.join(" AND ")), either.collect())
        }
        false => (format!("USING ({})", by.join(", ")), names.clone()),
    };
    let mut apart = Vec::new();
    for column in differing {
        let name = quoted(&column.name);
        let bare = column.name.to_lowercase();
        select.push(format!(
            "l.{name} AS `left_{bare}`, r.{name} AS `right_{bare}`"
        ));
        apart.push(condition(column, &name));
    }
    let there = match (nulls, names.first()) {
        (false, Some(first)) => first.as_str(),
        _ => "_there",
    };
    let sides = ["l", "r"].map(|side| format!("{side}.{there} IS NULL"));
    select.push(format!(
        "CASE WHEN {} THEN 'only right' WHEN {} THEN 'only left' ELSE 'differs' END AS what",
        sides[0], sides[1]
    ));
    apart.extend(sides);
    Some(format!(
        "SELECT {}\nFROM {} AS l\nFULL JOIN {} AS r {on}\nWHERE {}\nORDER BY {}",
        select.join(",\n  "),
        rows(&difference.left),
        rows(&difference.right),
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
