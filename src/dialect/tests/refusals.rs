//! What is refused while planning, where types and names are known.

use std::sync::Arc;

use datafusion::arrow::array::{Date32Array, Float64Array, Int64Array, StringArray};
use datafusion::common::DFSchema;

use super::super::{parse_expression, plan_expression};
use super::Lake;

fn lake() -> Lake {
    Lake::new().table(
        "t",
        vec![
            ("GAME_DATE", Arc::new(Date32Array::from(vec![1])) as _),
            ("n", Arc::new(Int64Array::from(vec![1])) as _),
            ("name", Arc::new(StringArray::from(vec!["x"])) as _),
            ("x", Arc::new(Float64Array::from(vec![1.0])) as _),
        ],
    )
}

#[test]
fn names_and_types_with_their_places() {
    let lake = lake();
    let mut wrong = String::new();
    for (sql, want) in [
        (
            "SELECT n\nFROM ds.t\nWHERE gamedate > '2024-01-01'",
            "error 3:7: there is no column `gamedate`; did you mean `GAME_DATE`?",
        ),
        (
            "SELECT t.nam FROM ds.t",
            "error 1:10: there is no column `nam`; did you mean `name`?",
        ),
        (
            "SELECT 1 FROM ds.tt",
            "error 1:15: there is no table `ds.tt`; did you mean `t`?",
        ),
        ("SELECT 1 FROM dt.t", "error 1:15: there is no dataset `dt`"),
        (
            "SELECT 1 FROM t",
            "error 1:15: `t` is not the name of a table; write dataset.table or project.dataset.table",
        ),
        (
            "SELECT n FROM ds.t a JOIN ds.t b ON a.n = b.n",
            "error 1:8: `n` is ambiguous: more than one table has it; write the table's name before it",
        ),
        (
            "SELECT 1 FROM ds.t WHERE name = 1",
            "error 1:26: = does not compare STRING with INT64",
        ),
        (
            "SELECT 1 FROM ds.t WHERE n = '1'",
            "error 1:26: = does not compare INT64 with STRING",
        ),
        (
            "SELECT 1 FROM ds.t WHERE GAME_DATE > 5",
            "error 1:26: > does not compare DATE with INT64",
        ),
        (
            "SELECT 1 FROM ds.t WHERE n IN ('1', '2')",
            "error 1:26: IN does not compare values of INT64, STRING, STRING",
        ),
        (
            "SELECT CASE WHEN n > 1 THEN x ELSE name END FROM ds.t",
            "error 1:36: CASE does not unite values of FLOAT64, STRING",
        ),
        (
            "SELECT IF(n, 1, 2) FROM ds.t",
            "error 1:11: IF takes BOOL, not INT64",
        ),
        (
            "SELECT COALESCE(n, name) FROM ds.t",
            "error 1:20: COALESCE does not unite values of INT64, STRING",
        ),
        (
            "SELECT name + 1 FROM ds.t",
            "error 1:8: + does not take STRING and INT64",
        ),
        (
            "SELECT n AND TRUE FROM ds.t",
            "error 1:8: AND takes BOOL, not INT64",
        ),
        (
            "SELECT n FROM ds.t UNION ALL SELECT name FROM ds.t",
            "column 1 is INT64 in one part of the UNION and STRING in another",
        ),
        (
            "SELECT DATE_TRUNC(GAME_DATE, DECADE) FROM ds.t",
            "DECADE is not a date part",
        ),
        (
            "SELECT n FROM ds.t WHERE n LIKE '1%'",
            "error 1:26: LIKE stands between two STRING or two BYTES, not (INT64, STRING)",
        ),
        (
            "SELECT LOWER(n) FROM ds.t",
            "error 1:8: LOWER takes a STRING or BYTES, not (INT64)",
        ),
        (
            "SELECT n, SUM(x) FROM ds.t",
            "error 1:8: `n` is neither grouped nor aggregated",
        ),
    ] {
        let said = lake.one(sql);
        if !(said.starts_with("error") && said.contains(want)) {
            wrong += &format!("{sql}\n said: {said}\n want: {want}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn expressions_over_a_schema_name_its_columns() {
    let lake = lake();
    let batch = datafusion::arrow::datatypes::Schema::new(vec![
        datafusion::arrow::datatypes::Field::new(
            "GAME_DATE",
            datafusion::arrow::datatypes::DataType::Date32,
            true,
        ),
        datafusion::arrow::datatypes::Field::new(
            "n",
            datafusion::arrow::datatypes::DataType::Int64,
            true,
        ),
    ]);
    let schema = DFSchema::try_from(batch).unwrap();
    let plan = |sql: &str| {
        let expression = parse_expression(sql).map_err(|e| e.to_string())?;
        plan_expression(&lake.state, &expression, &schema, &lake.params)
            .map(|e| e.to_string())
            .map_err(|e| e.to_string())
    };
    let planned = plan("game_date >= '2024-01-01' AND N BETWEEN 1 AND 2").unwrap();
    assert!(planned.contains("GAME_DATE >= "), "{planned}");
    assert_eq!(
        plan("gamedate IS NULL").unwrap_err(),
        "1:1: there is no column `gamedate`; did you mean `GAME_DATE`?"
    );
}
