//! Scalar expressions.

use std::sync::Arc;

use datafusion::arrow::array::{Date32Array, Float64Array, Int64Array, StringArray};
use datafusion::common::ScalarValue;

use super::{Lake, check};

#[test]
fn arithmetic() {
    check(&[
        ("1/2", "0.5"),
        ("7/2*2", "7.0"),
        ("1+2*3-4", "3"),
        ("-(3)", "-3"),
        ("NUMERIC '1' / 3", "0.333333333"),
        ("NUMERIC '1.5' * 2", "3.000000000"),
        ("NUMERIC '1' / 3.0", "0.3333333333333333"),
        ("SAFE_DIVIDE(1, 0)", "NULL"),
        ("SAFE_DIVIDE(3, 4)", "0.75"),
        ("1 / NULLIF(0, 0)", "NULL"),
        ("1 / NULL", "NULL"),
        ("MOD(-7, 3)", "-1"),
        ("DIV(-7, 2)", "-3"),
        ("ABS(-2.5)", "2.5"),
        ("ROUND(2.5)", "3.0"),
        ("ROUND(-2.5)", "-3.0"),
        ("ROUND(2.675, 2)", "2.67"),
        ("ROUND(NUMERIC '2.675', 2)", "2.680000000"),
        ("FLOOR(-1.5)", "-2.0"),
        ("CEIL(1.2)", "2.0"),
        ("POW(2, 10)", "1024.0"),
        ("SQRT(16)", "4.0"),
    ]);
}

#[test]
fn arithmetic_that_fails() {
    let lake = Lake::new().table(
        "t",
        vec![
            ("zero", Arc::new(Int64Array::from(vec![0])) as _),
            ("big", Arc::new(Int64Array::from(vec![i64::MAX])) as _),
            ("x", Arc::new(Float64Array::from(vec![1e308])) as _),
        ],
    );
    for (expression, want) in [
        ("1 / zero", "division by zero"),
        ("1.0 / zero", "division by zero"),
        ("MOD(1, zero)", "division by zero"),
        ("big + 1", "INT64 overflow"),
        ("big * 2", "INT64 overflow"),
        ("-big - 2", "INT64 overflow"),
        ("x * 10", "FLOAT64 overflow"),
        ("CAST(x AS INT64)", "out of INT64's range"),
        ("SQRT(zero - 1)", "no real value"),
    ] {
        let said = lake.one(&format!("SELECT {expression} FROM ds.t"));
        assert!(
            said.starts_with("error") && said.contains(want),
            "{expression}: {said}"
        );
    }
    // Even what is constant fails, as in BigQuery.
    assert!(lake.one("SELECT 1/0").contains("division by zero"));
}

#[test]
fn conditions() {
    check(&[
        ("IF(1 < 2, 'a', 'b')", "a"),
        ("IF(NULL, 'a', 'b')", "b"),
        ("IFNULL(NULL, 3)", "3"),
        ("NULLIF(3, 3)", "NULL"),
        ("COALESCE(NULL, NULL, 5)", "5"),
        ("CASE 2 WHEN 1 THEN 'x' WHEN 2 THEN 'y' END", "y"),
        ("CASE WHEN FALSE THEN 1 ELSE 0.5 END", "0.5"),
        ("3 BETWEEN 1 AND 3", "true"),
        ("3 NOT BETWEEN 1 AND 3", "false"),
        ("2 IN (1, 2, NULL)", "true"),
        ("3 IN (1, 2, NULL)", "NULL"),
        ("GREATEST(1, 2.5, -3)", "2.5"),
        ("GREATEST(1, NULL)", "NULL"),
        ("LEAST('b', 'a')", "a"),
    ]);
}

/// What a condition rules out is not computed, so it can't fail.
#[test]
fn conditions_guard() {
    let lake = Lake::new().table(
        "t",
        vec![(
            "n",
            Arc::new(Int64Array::from(vec![0, 2, 0, 4, 5, 0, 8])) as _,
        )],
    );
    for (select, want) in [
        ("SUM(IF(n = 0, NULL, 1 / n))", "1.075"),
        (
            "SUM(CASE WHEN n > 0 THEN 1 / n ELSE 0 END), SUM(CASE WHEN n > 2 THEN 1 / n END)",
            "1.075|0.575",
        ),
        ("SUM(COALESCE(IF(n = 0, 9, NULL), 1 / n))", "28.075"),
    ] {
        assert_eq!(
            lake.one(&format!("SELECT {select} FROM ds.t")),
            want,
            "{select}"
        );
    }
    // AND is no guard; BigQuery does not promise one either.
    let said = lake.one("SELECT COUNTIF(n != 0 AND 1 / n > 0.3) FROM ds.t");
    assert!(said == "1" || said.contains("division by zero"), "{said}");
}

#[test]
fn floats_compare_as_ieee_says() {
    let lake = Lake::new().table(
        "t",
        vec![(
            "x",
            Arc::new(Float64Array::from(vec![
                Some(1.0),
                Some(f64::NAN),
                Some(-0.0),
                None,
            ])) as _,
        )],
    );
    for (condition, want) in [
        ("x > 0.5", "1"),
        ("x = x", "2"),
        ("x != x", "1"),
        ("x = 0", "1"),
        ("x >= 0", "2"),
        ("x IN (0, 7)", "1"),
        ("x NOT IN (7, 8)", "3"),
        ("x BETWEEN 0 AND 1", "2"),
        ("CASE x WHEN 0 THEN TRUE ELSE FALSE END", "1"),
    ] {
        assert_eq!(
            lake.one(&format!("SELECT COUNT(*) FROM ds.t WHERE {condition}")),
            want,
            "{condition}"
        );
    }
    assert_eq!(
        lake.run("SELECT x FROM ds.t ORDER BY x"),
        ["x", "NULL", "NaN", "-0.0", "1.0"]
    );
    assert_eq!(
        lake.run("SELECT x FROM ds.t ORDER BY x DESC"),
        ["x", "1.0", "-0.0", "NaN", "NULL"]
    );
}

#[test]
fn dates() {
    check(&[
        ("DATE '2024-01-31'", "2024-01-31"),
        ("DATE('2024-1-5')", "2024-01-05"),
        ("DATE(2024, 2, 29)", "2024-02-29"),
        ("CURRENT_DATE()", "2026-01-28"),
        ("CURRENT_DATE", "2026-01-28"),
        ("CURRENT_DATE('America/New_York')", "2026-01-28"),
        ("CURRENT_DATE() - 3", "2026-01-25"),
        ("CURRENT_DATE() + 4", "2026-02-01"),
        ("CURRENT_TIMESTAMP()", "2026-01-28T23:59:59.999999Z"),
        ("DATE(CURRENT_TIMESTAMP())", "2026-01-28"),
        ("CURRENT_DATETIME()", "2026-01-28T23:59:59.999999"),
        (
            "DATE_SUB(DATE '2024-03-31', INTERVAL 1 MONTH)",
            "2024-02-29",
        ),
        ("DATE_ADD(DATE '2024-01-31', INTERVAL 1 WEEK)", "2024-02-07"),
        ("DATE_ADD(DATE '2024-02-29', INTERVAL 1 YEAR)", "2025-02-28"),
        ("DATE_DIFF(DATE '2024-03-01', '2024-02-01', DAY)", "29"),
        (
            "DATE_DIFF(DATE '2024-03-01', DATE '2024-02-28', MONTH)",
            "1",
        ),
        ("DATE_TRUNC(DATE '2026-01-28', WEEK)", "2026-01-25"),
        ("DATE_TRUNC(DATE '2026-01-28', WEEK(MONDAY))", "2026-01-26"),
        ("DATE_TRUNC(DATE '2026-01-28', MONTH)", "2026-01-01"),
        ("DATE_TRUNC(DATE '2026-01-28', YEAR)", "2026-01-01"),
        ("EXTRACT(DAYOFWEEK FROM DATE '2026-01-25')", "1"),
        ("EXTRACT(YEAR FROM DATE '2026-01-25')", "2026"),
        ("EXTRACT(HOUR FROM TIMESTAMP '2026-01-25 13:14:15')", "13"),
        (
            "EXTRACT(HOUR FROM TIMESTAMP '2026-01-25 13:14:15' AT TIME ZONE 'America/New_York')",
            "8",
        ),
        (
            "DATE(TIMESTAMP '2026-01-25 03:00:00', 'America/New_York')",
            "2026-01-24",
        ),
        (
            "TIMESTAMP_DIFF(TIMESTAMP '2026-01-25 03:00:00', TIMESTAMP '2026-01-25 01:30:00', HOUR)",
            "1",
        ),
        (
            "TIMESTAMP_SUB(TIMESTAMP '2026-01-25 03:00:00', INTERVAL 90 MINUTE)",
            "2026-01-25T01:30:00Z",
        ),
        (
            "TIMESTAMP_TRUNC(TIMESTAMP '2026-01-25 03:04:05', HOUR)",
            "2026-01-25T03:00:00Z",
        ),
        ("DATE '2026-01-25' - INTERVAL 1 DAY", "2026-01-24T00:00:00"),
        ("DATE '2026-01-25' > '2026-01-24'", "true"),
        ("DATE '2026-01-25' IN ('2026-01-24', '2026-01-25')", "true"),
        (
            "FORMAT_DATE('%Y-%m %A', DATE '2026-01-25')",
            "2026-01 Sunday",
        ),
        (
            "FORMAT_TIMESTAMP('%H:%M ET', TIMESTAMP '2026-01-25 13:14:15', 'America/New_York')",
            "08:14 ET",
        ),
        ("LAST_DAY(DATE '2024-02-03')", "2024-02-29"),
        ("TIMESTAMP '9999-12-31 23:59:59'", "9999-12-31T23:59:59Z"),
    ]);
}

#[test]
fn casts() {
    check(&[
        ("CAST(2.5 AS INT64)", "3"),
        ("CAST(-2.5 AS INT64)", "-3"),
        ("CAST('12' AS INT64)", "12"),
        ("SAFE_CAST('x' AS INT64)", "NULL"),
        ("SAFE_CAST('2024-13-01' AS DATE)", "NULL"),
        ("CAST(1 AS STRING)", "1"),
        ("CAST(1.0 AS STRING)", "1"),
        ("CAST(0.1 AS STRING)", "0.1"),
        ("CAST(TRUE AS STRING)", "true"),
        ("CAST(DATE '2024-01-02' AS STRING)", "2024-01-02"),
        (
            "CAST(TIMESTAMP '2024-01-02 03:04:05.5' AS STRING)",
            "2024-01-02 03:04:05.500+00",
        ),
        ("CAST(NUMERIC '1.50' AS STRING)", "1.5"),
        ("CAST('1.5' AS FLOAT64)", "1.5"),
        ("CAST(1.5 AS NUMERIC)", "1.500000000"),
        ("CAST('TRUE' AS BOOL)", "true"),
        (
            "CAST(TIMESTAMP '2024-01-02 03:04:05' AS DATE)",
            "2024-01-02",
        ),
        ("CAST(NULL AS DATE)", "NULL"),
    ]);
    let lake = Lake::new();
    assert!(
        lake.one("SELECT CAST('x' AS INT64)")
            .contains("`x` is not an INT64")
    );
}

#[test]
fn texts() {
    check(&[
        ("CONCAT('a', 1, TRUE)", "a1true"),
        ("CONCAT('a', NULL)", "NULL"),
        ("'a' || 'b'", "ab"),
        ("LENGTH('\u{e9}t\u{e9}')", "3"),
        ("SUBSTR('abc', -2)", "bc"),
        ("SUBSTR('abcdef', 2, 3)", "bcd"),
        ("SUBSTR('abc', 0, 2)", "ab"),
        ("UPPER('abc')", "ABC"),
        ("TRIM('  a ')", "a"),
        ("TRIM('xxaxx', 'x')", "a"),
        ("REPLACE('abab', 'a', 'c')", "cbcb"),
        ("STARTS_WITH('abc', 'ab')", "true"),
        ("\"double\"", "double"),
        ("r'a\\d'", "a\\d"),
        ("'a\\nb' = '''a\nb'''", "true"),
        ("'abc' LIKE 'a%'", "true"),
        ("'a%' LIKE 'a\\\\%'", "true"),
        ("LEFT('abc', 2)", "ab"),
        ("RIGHT('abc', 2)", "bc"),
    ]);
}

#[test]
fn json() {
    let lake = Lake::new().table(
        "t",
        vec![(
            "doc",
            Arc::new(StringArray::from(vec![
                Some(r#"{"a": {"b": 1.50}, "c": [true, "x"], "d": null}"#),
                Some("not json"),
                None,
            ])) as _,
        )],
    );
    assert_eq!(
        lake.run(
            "SELECT JSON_VALUE(doc, '$.a.b') AS b, JSON_VALUE(doc, '$.c[1]') AS x, JSON_VALUE(doc, '$.a') AS a, \
             JSON_QUERY(doc, '$.c') AS c, JSON_EXTRACT_SCALAR(doc, '$.c[0]') AS t, JSON_VALUE(doc, '$.d') AS d FROM ds.t"
        ),
        [
            "b|x|a|c|t|d",
            r#"1.50|x|NULL|[true,"x"]|true|NULL"#,
            "NULL|NULL|NULL|NULL|NULL|NULL",
            "NULL|NULL|NULL|NULL|NULL|NULL",
        ]
    );
    assert_eq!(
        lake.one("SELECT CAST(JSON_VALUE('{\"n\": 7}', '$.n') AS INT64) + 1"),
        "8"
    );
    assert!(
        lake.one("SELECT JSON_VALUE(doc, '$[') FROM ds.t")
            .contains("is not a JSON path")
    );
}

#[test]
fn parameters() {
    let list = ScalarValue::List(ScalarValue::new_list_nullable(
        &[ScalarValue::from("a"), ScalarValue::from("c")],
        &datafusion::arrow::datatypes::DataType::Utf8,
    ));
    let lake = Lake::new()
        .table(
            "t",
            vec![
                (
                    "day",
                    Arc::new(Date32Array::from(vec![20_480, 20_481, 20_482])) as _,
                ),
                (
                    "name",
                    Arc::new(StringArray::from(vec!["a", "b", "c"])) as _,
                ),
            ],
        )
        .param("check_date", ScalarValue::Date32(Some(20_481)))
        .param("text_date", ScalarValue::from("2026-01-28"))
        .param("lookback_days", ScalarValue::Int64(Some(1)))
        .param("names", list);
    assert_eq!(
        lake.one("SELECT COUNT(*) FROM ds.t WHERE day = @check_date"),
        "1"
    );
    assert_eq!(
        lake.one("SELECT COUNT(*) FROM ds.t WHERE day >= @Check_Date"),
        "2"
    );
    assert_eq!(
        lake.one("SELECT COUNT(*) FROM ds.t WHERE day = @text_date"),
        "1"
    );
    assert_eq!(
        lake.one("SELECT COUNT(*) FROM ds.t WHERE day = DATE_SUB(@check_date, INTERVAL @lookback_days DAY)"),
        "1"
    );
    assert_eq!(
        lake.one("SELECT COUNT(*) FROM ds.t WHERE name IN UNNEST(@names)"),
        "2"
    );
    assert_eq!(
        lake.one("SELECT 1 FROM ds.t\nWHERE day = @check_dat"),
        "error 2:13: parameter @check_dat has no value; did you mean `check_date`?"
    );
}

#[test]
fn regular_expressions() {
    check(&[
        (
            r"REGEXP_CONTAINS('20260120_ATL_POR', r'^\d{8}_[A-Z]{3}_[A-Z]{3}$')",
            "true",
        ),
        ("REGEXP_CONTAINS('abc', 'B')", "false"),
        ("REGEXP_CONTAINS('abc', '(?i)B')", "true"),
        ("REGEXP_CONTAINS('abc', '')", "true"),
        ("REGEXP_CONTAINS('', '^$')", "true"),
        ("REGEXP_CONTAINS('''a\nb''', '^b')", "false"),
        ("REGEXP_CONTAINS('''a\nb''', '(?m)^b')", "true"),
        ("REGEXP_CONTAINS(NULL, 'a')", "NULL"),
        ("REGEXP_CONTAINS('a', NULL)", "NULL"),
        ("REGEXP_CONTAINS('Jokić', 'ć$')", "true"),
    ]);
}
