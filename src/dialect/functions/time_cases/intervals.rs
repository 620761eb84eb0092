//! Cases of intervals.

use super::*;

#[test]
fn intervals_are_read_by_their_fields() {
    let check = |text: &str, parts: &[&str], expected: &str| {
        let args: Vec<_> = std::iter::once(s(text))
            .chain(parts.iter().map(|p| s(p)))
            .collect();
        assert_eq!(
            answer("$parse_interval", &args),
            expected,
            "{text} {parts:?}"
        );
    };
    check("1", &["YEAR"], "1-0 0 0:0:0");
    check("-20 30", &["MONTH", "DAY"], "-1-8 30 0:0:0");
    check("-10000", &["MINUTE"], "0-0 0 -166:40:0");
    check(
        "10:20:30.456789",
        &["HOUR", "SECOND"],
        "0-0 0 10:20:30.456789",
    );
    check("1-2 3 4:5:6.789", &["YEAR", "SECOND"], "1-2 3 4:5:6.789");
    check("-1-2 +3 -4:5", &["YEAR", "MINUTE"], "-1-2 3 -4:5:0");
    check("1-2", &["YEAR", "MONTH"], "1-2 0 0:0:0");
    check("1-2 3 4", &["YEAR", "HOUR"], "1-2 3 4:0:0");
    check("-.5", &["SECOND"], "0-0 0 -0:0:0.500");
    check("+1.25", &["SECOND"], "0-0 0 0:0:1.250");
    check("5:6.7", &["MINUTE", "SECOND"], "0-0 0 0:5:6.700");
    check("2", &["QUARTER"], "0-6 0 0:0:0");
    check("2", &["WEEK"], "0-0 14 0:0:0");
    check("10000-0", &["YEAR", "MONTH"], "10000-0 0 0:0:0");
    for (text, parts) in [
        ("10000-1", ["YEAR", "MONTH"]),
        ("1 -2", ["YEAR", "MONTH"]),
        ("1- 2", ["YEAR", "MONTH"]),
        (" 1-2", ["YEAR", "MONTH"]),
        ("1-2 3", ["YEAR", "MONTH"]),
        ("1", ["DAY", "MONTH"]),
        ("1:2:3.", ["HOUR", "SECOND"]),
        ("1:2:3.0000001", ["HOUR", "SECOND"]),
        ("1:2:3.0000000001", ["HOUR", "SECOND"]),
        ("", ["HOUR", "SECOND"]),
    ] {
        check(text, &parts, "error");
    }
    check("1.5", &["MINUTE"], "error");
    check(" 1", &["DAY"], "error");
}

#[test]
fn intervals_are_cast() {
    let text = |text: &str| answer("$cast_interval", &[s(text)]);
    for (given, expected) in [
        ("1-2 3 18:1:55", "1-2 3 18:1:55"),
        ("1-2 3", "1-2 3 0:0:0"),
        ("1-2", "1-2 0 0:0:0"),
        ("1 2 3", "0-1 2 3:0:0"),
        ("3 4:5:6", "0-0 3 4:5:6"),
        ("4:5:6", "0-0 0 4:5:6"),
        ("P1Y2M3W4DT5H6M7.5S", "1-2 25 5:6:7.500"),
        ("PT-0.000001S", "0-0 0 -0:0:0.000001"),
        ("P-1YT1,5S", "-1-0 0 0:0:1.500"),
        ("P0Y", "0-0 0 0:0:0"),
        ("P", "error"),
        ("P1", "error"),
        ("P1H", "error"),
        ("PT1H1TM", "error"),
        ("PT1.5H", "error"),
        ("4:5", "error"),
        ("1", "error"),
        ("P1é", "error"),
    ] {
        assert_eq!(text(given), expected, "{given}");
    }
    check(
        "$safe_cast_interval",
        &[(&[s("x")], "NULL"), (&[NULL], "NULL")],
    );
    check("$cast_interval", &[(&[iv("1-2 3 4:5:6")], "1-2 3 4:5:6")]);
}

#[test]
fn intervals_are_computed_with() {
    check(
        "$interval",
        &[
            (&[n(1), s("YEAR")], "1-0 0 0:0:0"),
            (&[n(3_660_001), s("DAY")], "error"),
        ],
    );
    check(
        "make_interval",
        &[
            (&[n(1), n(2), n(3), n(4), n(5), n(6)], "1-2 3 4:5:6"),
            (&[n(0), n(13)], "1-1 0 0:0:0"),
            (&[], "0-0 0 0:0:0"),
            (&[n(1), NULL], "NULL"),
        ],
    );
    check(
        "$interval_add",
        &[(&[iv("1-0 1"), iv("0-1 -2 3:0:0")], "1-1 -1 3:0:0")],
    );
    check(
        "$interval_subtract",
        &[(&[iv("0-0 31"), iv("0-0 0 24:0:0")], "0-0 31 -24:0:0")],
    );
    check(
        "$interval_multiply",
        &[
            (&[iv("1-2 3 4:5:6"), n(2)], "2-4 6 8:10:12"),
            (&[n(-2), iv("0-0 1")], "0-0 -2 0:0:0"),
            (&[iv("1-0 0"), n(i64::MAX)], "error"),
        ],
    );
    check(
        "$interval_divide",
        &[
            (&[iv("1-0 0"), n(5)], "0-2 12 0:0:0"),
            (&[iv("0-1 0"), n(7)], "0-0 4 6:51:25.714285"),
            (&[iv("0-1 0"), n(0)], "error"),
        ],
    );
    check("$negate", &[(&[iv("1-2 -3 4:5:6")], "-1-2 3 -4:5:6")]);
    check(
        "justify_days",
        &[
            (&[iv("0-0 29")], "0-0 29 0:0:0"),
            (&[iv("0-0 -65")], "-0-2 -5 0:0:0"),
            (&[iv("0-0 370")], "1-0 10 0:0:0"),
            (&[iv("0-1 -1")], "0-0 29 0:0:0"),
        ],
    );
    check(
        "justify_hours",
        &[
            (&[iv("0-0 0 47:0:0")], "0-0 1 23:0:0"),
            (&[iv("0-0 0 -205:45:0")], "0-0 -8 -13:45:0"),
        ],
    );
    check(
        "justify_interval",
        &[
            (&[iv("0-0 29 49:0:0")], "0-1 1 1:0:0"),
            (&[iv("0-1 0 -1:0:0")], "0-0 29 23:0:0"),
        ],
    );
    let order = |text: &str| answer("$interval_order", &[iv(text)]);
    assert_eq!(order("0-1 0"), order("0-0 30"));
    assert_eq!(order("0-0 30"), order("0-0 0 720:0:0"));
    assert_ne!(order("0-0 1"), order("0-0 0 23:59:59"));
}

#[test]
fn intervals_are_added_to_moments() {
    check(
        "$add_interval",
        &[
            (
                &[date("2020-09-22"), iv("1-2 3 18:1:55")],
                "2021-11-25 18:01:55",
            ),
            (&[date("2020-09-22"), n(1), s("DAY")], "2020-09-23 00:00:00"),
            (
                &[dt("2020-01-31 01:00:00"), iv("0-1 1")],
                "2020-03-01 01:00:00",
            ),
            (
                &[ts("2020-01-31 01:00:00"), iv("0-0 1 1:0:0")],
                "2020-02-01 02:00:00Z",
            ),
            (&[ts("2020-01-31 01:00:00"), iv("0-1 1")], "error"),
            (&[ts("2020-01-31 01:00:00"), n(1), s("MONTH")], "error"),
            (
                &[either("2020-01-31 01:00:00"), n(1), s("MONTH")],
                "2020-02-29 01:00:00?",
            ),
            (&[dt("9999-12-31"), iv("0-0 1")], "error"),
            (&[time("01:00:00"), iv("0-0 0 1:0:0")], "error"),
            (&[NULL, iv("0-1 1")], "NULL"),
        ],
    );
    check(
        "$subtract_interval",
        &[(&[date("2020-03-31"), iv("0-1 0")], "2020-02-29 00:00:00")],
    );
    check(
        "$difference",
        &[
            (&[date("2021-05-20"), date("2020-04-19")], "0-0 396 0:0:0"),
            (
                &[dt("2021-05-20 12:00:00"), dt("2021-05-19 13:00:00.5")],
                "0-0 0 22:59:59.500",
            ),
            (
                &[dt("2021-05-18 12:00:00"), dt("2021-05-20 13:00:00")],
                "0-0 -2 -1:0:0",
            ),
            (
                &[ts("2021-05-20 12:00:00"), ts("2021-05-18 11:00:00")],
                "0-0 0 49:0:0",
            ),
            (&[time("12:00:00"), time("13:00:00")], "0-0 0 -1:0:0"),
            (&[either("2021-05-20"), ts("2021-05-18")], "0-0 0 48:0:0"),
            (&[either("2021-05-20"), either("2021-05-18")], "error"),
            (&[date("2021-05-20"), NULL], "NULL"),
        ],
    );
}
