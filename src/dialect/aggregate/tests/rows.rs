//! What is read from rows in their order: extremes, arrays, strings.

use super::*;

#[test]
fn extremes() {
    let by = || floats([1.0, 3.0, 3.0, 0.5]);
    let nan = floats([1.0, f64::NAN, 0.0, 2.0]);
    check(vec![
        (q("min", vec![texts([Some("b"), None, Some("a")])]), "a"),
        (q("max", vec![bools([Some(false), Some(true)])]), "true"),
        (
            q("max", vec![bignumerics([Some(i256::MIN), Some(i256::ONE)])]),
            "1e-38",
        ),
        (
            q(
                "min",
                vec![Arc::new(BinaryViewArray::from(vec![
                    Some(&b"b"[..]),
                    Some(b"ab"),
                ]))],
            ),
            "6162",
        ),
        (
            q("max", vec![Arc::new(Date32Array::from(vec![1, 5, 3]))]).distinct(),
            "1970-01-06",
        ),
        (q("min", vec![nan.clone()]), "NaN"),
        (q("max", vec![nan.clone()]), "NaN"),
        (
            q("min", vec![intervals([(1, 0, 0), (0, 29, 0), (0, 31, 0)])]),
            "29 days",
        ),
        (
            q("max", vec![intervals([(1, 0, 0), (0, 30, 0), (0, 29, 0)])]),
            "1 mons",
        ),
        (
            q("max", vec![lists([Some(vec![])])]),
            "!MAX takes a value that has an order",
        ),
        (
            q("any_value", vec![texts([None, Some("b"), Some("a")])]),
            "a",
        ),
        (
            q("any_value", vec![texts([None, Some("b"), Some("a")])]).over(),
            "b",
        ),
        (q("any_value", vec![texts([None])]), "NULL"),
        (
            q(
                "max_by",
                vec![texts([Some("a"), Some("c"), Some("b"), None]), by()],
            ),
            "b",
        ),
        (
            q(
                "min_by",
                vec![texts([Some("a"), Some("c"), Some("b"), None]), by()],
            ),
            "NULL",
        ),
        (
            q(
                "max_by",
                vec![
                    texts([Some("a"), None, Some("b")]),
                    ints([Some(1), Some(2), Some(2)]),
                ],
            ),
            "b",
        ),
        (
            q(
                "max_by",
                vec![texts([Some("a"), Some("b")]), ints([None, Some(2)])],
            ),
            "b",
        ),
        (q("max_by", vec![texts([Some("a")]), ints([None])]), "NULL"),
        (q("max_by", vec![whole([1, 2, 3, 4]), nan]), "!if it is NaN"),
        (
            q("max_by", vec![whole([1]), whole([1])]).distinct(),
            "!MAX_BY takes no DISTINCT",
        ),
        (
            q("min", vec![whole([1])]).nulls(true),
            "!MIN takes no IGNORE NULLS",
        ),
    ]);
}

#[test]
fn arrays_and_strings() {
    let x = || ints([Some(7), Some(4), Some(-3), None, Some(-3), Some(4)]);
    let k = || ints([Some(3), None, Some(1), Some(1), Some(0), Some(9)]);
    let trees = || texts([Some("oak"), None, Some("elm"), Some("ash"), Some("elm")]);
    check(vec![
        (q("array_agg", vec![x()]), "[, -3, -3, 4, 4, 7]"),
        (q("array_agg", vec![x()]).nulls(true), "[-3, -3, 4, 4, 7]"),
        (
            q("array_agg", vec![x()]).nulls(true).limit(3),
            "[-3, -3, 4]",
        ),
        (q("array_agg", vec![x()]).limit(0), "NULL"),
        (q("array_agg", vec![x()]).distinct(), "[, -3, 4, 7]"),
        (
            q("array_agg", vec![x()])
                .distinct()
                .nulls(true)
                .by(x(), false)
                .limit(2),
            "[7, 4]",
        ),
        (
            q("array_agg", vec![x()]).by(k(), true),
            "[4, -3, , -3, 7, 4]",
        ),
        (
            q("array_agg", vec![x()]).by(k(), false),
            "[4, 7, , -3, -3, 4]",
        ),
        (
            q("array_agg", vec![x()]).by(k(), false).limit(3),
            "[4, 7, ]",
        ),
        (q("array_agg", vec![x()]).over(), "[7, 4, -3, , -3, 4]"),
        (q("array_agg", vec![ints([None])]).nulls(true), "NULL"),
        (
            q("array_agg", vec![floats([0.0, -0.0, f64::NAN, -1.0])]),
            "[NaN, -1.0, 0.0, -0.0]",
        ),
        (
            q("array_agg", vec![floats([-0.0, 0.0, f64::NAN, -1.0])]).distinct(),
            "[NaN, -1.0, 0.0]",
        ),
        (
            q("array_agg", vec![floats([-0.0, 0.0, f64::NAN, -1.0])])
                .by(whole([4, 3, 2, 1]), true)
                .distinct(),
            "[-1.0, NaN, 0.0]",
        ),
        (
            q(
                "array_agg",
                vec![intervals([(0, 30, 0), (1, 0, 0), (0, 1, 0)])],
            ),
            "[1 days, 1 mons, 30 days]",
        ),
        (
            q("array_agg", vec![lists([None])]),
            "!ARRAY_AGG takes a value that is no array",
        ),
        (
            q("array_agg", vec![x()]).by(lists([None, None, None, None, None, None]), true),
            "!has no order",
        ),
        (
            q("array_agg", vec![x()]).by(k(), true).over(),
            "!ARRAY_AGG takes no ORDER BY or LIMIT with OVER",
        ),
        (
            q(
                "array_concat_agg",
                vec![lists([
                    Some(vec![Some(3), None]),
                    None,
                    Some(vec![]),
                    Some(vec![Some(1)]),
                ])],
            ),
            "[1, 3, ]",
        ),
        (
            q(
                "array_concat_agg",
                vec![lists([
                    Some(vec![Some(3), None]),
                    None,
                    Some(vec![]),
                    Some(vec![Some(1)]),
                ])],
            )
            .by(whole([4, 3, 2, 1]), false),
            "[3, , 1]",
        ),
        (
            q(
                "array_concat_agg",
                vec![lists([
                    Some(vec![Some(3), None]),
                    None,
                    Some(vec![]),
                    Some(vec![Some(1)]),
                ])],
            )
            .by(whole([4, 3, 2, 1]), true)
            .limit(2),
            "[1]",
        ),
        (q("array_concat_agg", vec![lists([None])]), "NULL"),
        (q("array_concat_agg", vec![lists([Some(vec![])])]), "[]"),
        (q("string_agg", vec![trees()]), "ash,elm,elm,oak"),
        (q("string_agg", vec![trees()]).over(), "oak,elm,ash,elm"),
        (
            q("string_agg", vec![trees()]).literal(s(" & ")).limit(2),
            "ash & elm",
        ),
        (
            q("string_agg", vec![trees()]).literal(s("")).distinct(),
            "ashelmoak",
        ),
        (
            q("string_agg", vec![trees()])
                .literal(s("-"))
                .by(whole([5, 4, 3, 2, 1]), true),
            "elm-ash-elm-oak",
        ),
        (
            q("string_agg", vec![trees()]).literal(ScalarValue::Utf8(None)),
            "!must not be NULL",
        ),
        (
            q("string_agg", vec![trees(), trees()]),
            "!must be a literal or a query parameter",
        ),
        (q("string_agg", vec![texts([None])]), "NULL"),
        (
            q(
                "string_agg",
                vec![Arc::new(BinaryViewArray::from(vec![&b"b"[..], b"a"]))],
            )
            .literal(ScalarValue::BinaryView(Some(b"\xff".to_vec()))),
            "61ff62",
        ),
        (
            q("string_agg", vec![whole([1])]),
            "!STRING_AGG takes STRING or BYTES",
        ),
    ]);
}

#[test]
fn structs_and_json() {
    let fields = Fields::from(vec![
        Field::new("a", DataType::Float64, true),
        Field::new("", DataType::Utf8View, true),
    ]);
    let structs = StructArray::new(
        fields,
        vec![
            floats([1.0, f64::NAN, 1.0]),
            texts([Some("b"), None, Some("a")]),
        ],
        None,
    );
    let json = datafusion::arrow::array::LargeStringArray::from(vec![Some("{}"), None, Some("1")]);
    let structs: ArrayRef = Arc::new(structs);
    let json: ArrayRef = Arc::new(json);
    check(vec![
        (
            q("array_agg", vec![Arc::clone(&structs)]),
            "[{a: NaN, : }, {a: 1.0, : a}, {a: 1.0, : b}]",
        ),
        (q("count", vec![Arc::clone(&structs)]).distinct(), "3"),
        (q("any_value", vec![structs]), "{a: NaN, : }"),
        (q("array_agg", vec![Arc::clone(&json)]), "[, 1, {}]"),
        (q("count", vec![Arc::clone(&json)]), "2"),
        (
            q("count", vec![Arc::clone(&json)]).distinct(),
            "!COUNT takes a value",
        ),
        (
            q("approx_top_count", vec![json]).literal(n(1)),
            "!APPROX_TOP_COUNT takes",
        ),
    ]);
}
