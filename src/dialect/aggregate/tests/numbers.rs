//! Counts, sums, deviations, percentiles.

use super::*;

#[test]
fn counts_and_truths() {
    let x = || ints([Some(3), None, Some(3), Some(1)]);
    let t = || bools([Some(true), None, Some(false), Some(true)]);
    check(vec![
        (q("count", vec![x()]), "3"),
        (q("count", vec![x()]).distinct(), "2"),
        (
            q("count", vec![texts([Some("a"), Some("a"), None])]).distinct(),
            "1",
        ),
        (
            q("count", vec![floats([0.0, -0.0, f64::NAN, -f64::NAN, 1.0])]).distinct(),
            "3",
        ),
        (
            q("count", vec![intervals([(1, 0, 0), (0, 30, 0), (0, 0, 1)])]).distinct(),
            "2",
        ),
        (
            q(
                "count",
                vec![lists([
                    Some(vec![Some(1), None]),
                    Some(vec![Some(1), None]),
                    Some(vec![]),
                    None,
                ])],
            )
            .distinct(),
            "2",
        ),
        (q("countif", vec![t()]), "2"),
        (q("countif", vec![t()]).distinct(), "1"),
        (
            q("countif", vec![ints([None, None])]),
            "!COUNTIF takes a BOOL, not (INT64)",
        ),
        (q("logical_and", vec![t()]), "false"),
        (q("logical_or", vec![t()]).distinct(), "true"),
        (q("logical_and", vec![bools([None])]), "NULL"),
        (q("bit_and", vec![ints([Some(7), None, Some(-2)])]), "6"),
        (q("bit_or", vec![whole([1, 8])]), "9"),
        (q("bit_xor", vec![whole([9, 12, 9])]), "12"),
        (q("bit_xor", vec![whole([9, 12, 9])]).distinct(), "5"),
        (q("bit_or", vec![ints([None])]), "NULL"),
        (
            q(
                "approx_count_distinct",
                vec![ints([Some(0), Some(1), Some(1), None])],
            ),
            "2",
        ),
        (
            q("approx_count_distinct", vec![intervals([(1, 0, 0)])]),
            "!APPROX_COUNT_DISTINCT takes",
        ),
    ]);
}

#[test]
fn sums_and_means() {
    let big = |units: i64| Some(i256::from(units));
    let most = bignumerics([Some(i256::MAX), Some(i256::MAX)]);
    check(vec![
        (q("sum", vec![ints([Some(2), None, Some(2), Some(5)])]), "9"),
        (
            q("sum", vec![ints([Some(2), None, Some(2), Some(5)])]).distinct(),
            "7",
        ),
        (q("avg", vec![whole([2, 2, 5])]).distinct(), "3.5"),
        (
            q("sum", vec![whole([i64::MAX, 1])]),
            "!INT64 overflow in SUM",
        ),
        (q("sum", vec![floats([0.1, 0.2, 0.3])]), "0.6"),
        (
            q("sum", vec![floats([f64::INFINITY, f64::NEG_INFINITY])]),
            "NaN",
        ),
        (
            q("sum", vec![floats([f64::MAX, f64::MAX])]),
            "!FLOAT64 overflow in SUM",
        ),
        (
            q("sum", vec![floats([-0.0, 0.0, 2.0, 2.0])]).distinct(),
            "2.0",
        ),
        (q("avg", vec![numerics([Some(1), Some(2)])]), "0.000000002"),
        (q("avg", vec![bignumerics([big(1), None, big(2)])]), "2e-38"),
        (q("avg", vec![bignumerics([big(-1), big(-2)])]), "-2e-38"),
        (q("sum", vec![most.clone()]), "!BIGNUMERIC overflow in SUM"),
        (
            q("avg", vec![most.clone()]),
            "57896044618658097711785492504343953926634992332820282019728792003956564819967e-38",
        ),
        (
            q("sum", vec![most]).distinct(),
            "57896044618658097711785492504343953926634992332820282019728792003956564819967e-38",
        ),
        (q("sum", vec![bignumerics([None])]), "NULL"),
        (
            q(
                "avg",
                vec![intervals([
                    (6, 0, 0),
                    (0, 0, 2 * SECOND),
                    (0, 0, SECOND),
                    (0, 0, 0),
                ])],
            ),
            "1 mons 15 days 0.750000000 secs",
        ),
        (
            q(
                "sum",
                vec![intervals([
                    (2, 0, 0),
                    (0, 60, 0),
                    (0, 0, 1440 * 3600 * SECOND),
                ])],
            )
            .distinct(),
            "2 mons",
        ),
        (
            q("sum", vec![intervals([(120_000, 0, 0), (1, 0, 0)])]),
            "!INTERVAL overflow in SUM",
        ),
        (
            q("sum", vec![texts([Some("a")])]),
            "!SUM takes a number or an interval, not (STRING)",
        ),
        (q("sum", vec![bools([None])]), "!SUM takes"),
        (
            q(
                "sum",
                vec![Arc::new(datafusion::arrow::array::NullArray::new(2))],
            ),
            "NULL",
        ),
    ]);
}

#[test]
fn approximate_ones_are_exact() {
    let x = || whole([2, 21, 2, 3, 5, 13, 5, 8]);
    let nulls = || ints([None, Some(4), None, Some(6), None, Some(9)]);
    let fruit = || {
        texts([
            Some("b"),
            Some("a"),
            None,
            Some("c"),
            Some("c"),
            None,
            Some("c"),
        ])
    };
    let weights = ints([Some(3), None, Some(2), Some(0), Some(1), Some(2), None]);
    check(vec![
        (
            q("approx_quantiles", vec![x()]).literal(n(4)),
            "[2, 2, 5, 8, 21]",
        ),
        (
            q("approx_quantiles", vec![x()]).literal(n(3)).distinct(),
            "[2, 3, 8, 21]",
        ),
        (
            q("approx_quantiles", vec![nulls()])
                .literal(n(3))
                .nulls(false),
            "[, , 4, 9]",
        ),
        (
            q("approx_quantiles", vec![nulls()])
                .literal(n(3))
                .nulls(false)
                .distinct(),
            "[, 4, 6, 9]",
        ),
        (q("approx_quantiles", vec![nulls()]).literal(n(1)), "[4, 9]"),
        (
            q("approx_quantiles", vec![whole([7])]).literal(n(3)),
            "[7, 7, 7, 7]",
        ),
        (
            q("approx_quantiles", vec![ints([None])]).literal(n(3)),
            "NULL",
        ),
        (
            q("approx_quantiles", vec![x()]).literal(n(0)),
            "!must be a literal greater than 0",
        ),
        (q("approx_quantiles", vec![x(), x()]), "!must be a literal"),
        (
            q("approx_quantiles", vec![x()]).literal(n(2)).over(),
            "!APPROX_QUANTILES takes no OVER",
        ),
        (
            q("approx_top_count", vec![fruit()]).literal(n(3)),
            "[{value: c, count: 3}, {value: , count: 2}, {value: a, count: 1}]",
        ),
        (
            q("approx_top_sum", vec![fruit(), weights]).literal(n(9)),
            "[{value: , sum: 4}, {value: b, sum: 3}, {value: c, sum: 1}, {value: a, sum: }]",
        ),
        (
            q("approx_top_sum", vec![whole([1, 1]), floats([0.1, 0.2])]).literal(n(1)),
            "[{value: 1, sum: 0.30000000000000004}]",
        ),
        (
            q(
                "approx_top_sum",
                vec![floats([0.0, -0.0]), numerics([Some(5), Some(6)])],
            )
            .literal(n(1)),
            "[{value: 0.0, sum: 0.000000011}]",
        ),
        (
            q("approx_top_sum", vec![whole([1]), whole([-1])]).literal(n(1)),
            "!negative or NaN weights",
        ),
        (
            q("approx_top_sum", vec![whole([1]), floats([f64::NAN])]).literal(n(1)),
            "!negative or NaN weights",
        ),
        (
            q("approx_top_sum", vec![whole([1]), numerics([Some(-1)])]).literal(n(1)),
            "!negative or NaN weights",
        ),
    ]);
}

#[test]
fn deviations() {
    let unit = 10_i128.pow(9);
    let wide = |n: i64| Some(i256::from(n) * i256::from_i128(10_i128.pow(38)));
    let xs = || bignumerics([wide(1), wide(2), None, wide(4)]);
    let ys = || bignumerics([wide(2), wide(4), wide(5), wide(9)]);
    let infinite = floats([f64::INFINITY]);
    check(vec![
        (q("var_samp", vec![whole([1, 3])]), "2.0"),
        (q("variance", vec![whole([1, 3, 3])]).distinct(), "2.0"),
        (q("stddev", vec![whole([4, 5])]), "0.7071067811865476"),
        (q("stddev_pop", vec![infinite.clone()]), "NaN"),
        (q("stddev_samp", vec![infinite]), "NULL"),
        (
            q("var_pop", vec![numerics([Some(unit), Some(3 * unit)])]),
            "1.0",
        ),
        (q("var_pop", vec![xs()]), "1.5555555555555556"),
        (q("var_samp", vec![xs()]), "2.3333333333333335"),
        (q("stddev_samp", vec![xs()]), "1.5275252316519468"),
        (q("stddev_pop", vec![bignumerics([wide(1)])]), "0.0"),
        (q("stddev_samp", vec![bignumerics([wide(1)])]), "NULL"),
        (q("covar_samp", vec![xs(), ys()]), "5.5"),
        (q("covar_pop", vec![xs(), ys()]), "3.6666666666666665"),
        (q("corr", vec![xs(), ys()]), "0.998625428903524"),
        (q("corr", vec![xs(), bignumerics([wide(1); 4])]), "NaN"),
        (
            q("corr", vec![xs(), bignumerics([wide(1), None, None, None])]),
            "NULL",
        ),
        (
            q(
                "covar_samp",
                vec![numerics([Some(1), Some(3)]), numerics([Some(5), Some(9)])],
            ),
            "4e-18",
        ),
        (
            q("corr", vec![floats([1.0, 2.0, f64::NAN]), whole([1, 2, 3])]),
            "NaN",
        ),
        (
            q("corr", vec![whole([1, 2]), whole([1, 2])]).distinct(),
            "!CORR takes no DISTINCT",
        ),
    ]);
}

#[test]
fn percentiles() {
    let x = || ints([Some(10), Some(40), None, Some(20), Some(30)]);
    let f = |values: [f64; 3]| floats(values);
    let c = || texts([Some("y"), Some("z"), None, Some("x")]);
    let at = |x: ArrayRef, at: ScalarValue| q("percentile_cont", vec![x]).literal(at).over();
    let disc = |x: ArrayRef, at: f64| q("percentile_disc", vec![x]).literal(p(at)).over();
    let most = 10_i128.pow(38) - 1;
    let fifth = ScalarValue::Decimal256(Some(i256::from_i128(2 * 10_i128.pow(37))), 76, 38);
    let far = |n: i64| {
        Some(i256::from(n) * i256::from_i128(10_i128.pow(38)) * i256::from_i128(10_i128.pow(38)))
    };
    check(vec![
        (at(x(), p(0.0)), "10.0"),
        (at(x(), p(0.02)), "10.6"),
        (at(x(), p(0.5)), "25.0"),
        (at(x(), p(0.8)), "34.0"),
        (at(x(), n(1)), "40.0"),
        (at(x(), p(0.0)).nulls(false), "NULL"),
        (at(x(), p(0.1)).nulls(false), "10.0"),
        (at(x(), p(0.5)).nulls(false), "20.0"),
        (at(ints([None]), p(0.5)), "NULL"),
        (at(x(), p(1.1)), "!literal from 0 to 1"),
        (at(x(), ScalarValue::Float64(None)), "!literal from 0 to 1"),
        (
            at(f([f64::NEG_INFINITY, f64::INFINITY, 1.0]), p(0.25)),
            "-inf",
        ),
        (at(f([f64::NAN, f64::INFINITY, 1.0]), p(0.25)), "NaN"),
        (at(f([f64::NAN, f64::INFINITY, 1.0]), p(0.5)), "1.0"),
        (
            at(floats([f64::NEG_INFINITY, f64::INFINITY]), p(0.5)),
            "NaN",
        ),
        (
            at(floats([f64::MAX, f64::MAX / 2.0]), p(0.5)),
            &format!("{:?}", f64::MAX * 0.75),
        ),
        (
            at(numerics([Some(-most), Some(most)]), p(0.25)),
            "-50000000000000000000000000000.000000000",
        ),
        (
            at(bignumerics([far(-4), far(2)]), fifth),
            "-28000000000000000000000000000000000000000000000000000000000000000000000000000e-38",
        ),
        (
            at(bignumerics([far(-4), far(2)]), p(0.2)),
            "!PERCENTILE_CONT takes",
        ),
        (
            at(bignumerics([far(-4), far(2)]), n(1)),
            "20000000000000000000000000000000000000000000000000000000000000000000000000000e-38",
        ),
        (
            q("percentile_cont", vec![x()]).literal(p(0.5)),
            "!PERCENTILE_CONT needs OVER",
        ),
        (disc(c(), 0.0), "x"),
        (disc(c(), 0.5), "y"),
        (disc(c(), 1.0), "z"),
        (disc(c(), 0.0).nulls(false), "NULL"),
        (disc(c(), 0.5).nulls(false), "x"),
        (disc(c(), 0.51).nulls(false), "y"),
        (disc(texts([None]), 0.5), "NULL"),
    ]);
}
