//! Cases of casts to and from dates, times and intervals.

use datafusion::logical_expr::ColumnarValue;

use super::super::harness::call_columns;
use super::*;

#[test]
fn casts_to_times() {
    check(
        "$cast_date",
        &[
            (&[s("2024-1-3")], "2024-01-03"),
            (&[s("2024-01-03 00:00:00")], "error"),
            (&[ts("2024-01-03 23:00:00"), s("+2")], "2024-01-04"),
            (&[dt("2024-01-03 23:00:00"), s("+2")], "2024-01-03"),
            (&[either("2024-01-03 23:00:00")], "2024-01-03"),
            (&[either("2024-01-03 23:00:00"), s("+2")], "error"),
            (&[NULL], "NULL"),
            (&[n(1)], "error"),
        ],
    );
    check(
        "$safe_cast_date",
        &[(&[s("x")], "NULL"), (&[s("2024-01-01")], "2024-01-01")],
    );
    check(
        "$cast_datetime",
        &[
            (&[s("2015-11-06 12:59:60.123456")], "2015-11-06 13:00:00"),
            (
                &[ts("2024-01-03 23:00:00"), s("America/New_York")],
                "2024-01-03 18:00:00",
            ),
            (&[date("2024-01-03")], "2024-01-03 00:00:00"),
            (&[either("2024-01-03 23:00:00")], "2024-01-03 23:00:00"),
            (&[s("2024-01-03 12:00:00+01")], "error"),
        ],
    );
    check(
        "$cast_timestamp",
        &[
            (&[s("2000-01-22 23:13:14-08")], "2000-01-23 07:13:14Z"),
            (
                &[s("2014-12-01"), s("Pacific/Chatham")],
                "2014-11-30 10:15:00Z",
            ),
            (
                &[date("2014-12-01"), s("Pacific/Chatham")],
                "2014-11-30 10:15:00Z",
            ),
            (&[dt("2014-12-01 00:00:00")], "2014-12-01 00:00:00Z"),
            (&[either("2014-12-01 00:00:00")], "2014-12-01 00:00:00Z"),
        ],
    );
    check(
        "$safe_cast_timestamp",
        &[(&[s("2000-01-22 23:13")], "NULL")],
    );
    check(
        "$cast_time",
        &[
            (&[s("24:00:00")], "error"),
            (&[s("12:34:56.7")], "12:34:56.700"),
            (&[ts("2024-01-03 23:00:00"), s("-1")], "22:00:00"),
            (&[dt("2024-01-03 23:00:00")], "23:00:00"),
            (&[date("2024-01-03")], "error"),
        ],
    );
}

#[test]
fn times_have_texts() {
    check(
        "string",
        &[
            (&[date("0003-01-02")], "0003-01-02"),
            (&[time("01:02:03.100")], "01:02:03.100"),
            (&[time("01:02:03.000100")], "01:02:03.000100"),
            (&[dt("2006-01-02 01:02:03.12")], "2006-01-02 01:02:03.120"),
            (&[ts("2008-12-25 15:30:00")], "2008-12-25 15:30:00+00"),
            (
                &[ts("2008-12-25 15:30:00"), s("America/Los_Angeles")],
                "2008-12-25 07:30:00-08",
            ),
            (
                &[ts("1970-01-01 00:00:00.00001"), s("+12:45")],
                "1970-01-01 12:45:00.000010+12:45",
            ),
            (&[ts("2008-12-25 15:30:00"), NULL], "NULL"),
            (&[dt("2008-12-25 15:30:00"), s("UTC")], "error"),
            (&[either("2008-12-25 15:30:00")], "error"),
        ],
    );
}

#[test]
fn times_are_cast_to_texts() {
    check(
        "$cast_string",
        &[
            (&[date("2024-01-31")], "2024-01-31"),
            (&[date("2024-01-31"), s("+1")], "2024-01-31"),
            (&[dt("2006-01-02 01:02:03"), s("+1")], "2006-01-02 01:02:03"),
            (&[time("01:02:03.5")], "01:02:03.500"),
            (
                &[ts("2006-01-02 01:02:03"), s("-8")],
                "2006-01-01 17:02:03-08",
            ),
            (&[ts("2006-01-02 01:02:03")], "2006-01-02 01:02:03+00"),
            (&[iv("-1-2 3 -4:5:6.7")], "-1-2 3 -4:5:6.700"),
            (&[either("2006-01-02")], "error"),
        ],
    );
}

#[test]
fn columns_are_read_row_by_row() {
    let column = |values: &[ScalarValue]| {
        ColumnarValue::Array(ScalarValue::iter_to_array(values.iter().cloned()).unwrap())
    };
    let texts = ["2020-01-01", "x", "2020-01-02"].map(s);
    let formats = [s("%F"), ScalarValue::Utf8View(None), s("%Y-%d-%m")];
    let dates = call_columns("parse_date", vec![column(&formats), column(&texts)], 3).unwrap();
    let days = dates.as_primitive::<Date32Type>();
    assert_eq!(
        (days.value(0), days.is_null(1), days.value(2)),
        (18_262, true, 18_293)
    );
    // A zone that can't be read does no harm beside a NULL.
    let zones = column(&[s("America/New_York"), s("Nowhere"), s("+1")]);
    let micros =
        datafusion::arrow::array::TimestampMicrosecondArray::from(vec![Some(0), None, Some(0)])
            .with_data_type(timestamp());
    let moments = ColumnarValue::Array(std::sync::Arc::new(micros));
    let texts = call_columns("string", vec![moments, zones], 3).unwrap();
    let texts: Vec<_> = texts.as_string_view().iter().collect();
    assert_eq!(
        texts,
        [
            Some("1969-12-31 19:00:00-05"),
            None,
            Some("1970-01-01 01:00:00+01")
        ]
    );
}

#[test]
fn formats_of_casts_write() {
    let at = ts("2008-12-05 15:04:12.345678");
    let written = |format: &str| answer("$cast_string_format", &[at.clone(), s(format)]);
    for (format, expected) in [
        ("YYYY-MM-DD HH24:MI:SS.FF6", "2008-12-05 15:04:12.345678"),
        ("YYY YY Y RRRR RR Y,YYY", "008 08 8 2008 08 2,008"),
        ("MON Mon mon MONTH Month", "DEC Dec dec DECEMBER December"),
        ("DAY Day dy D DDD", "FRIDAY Friday fri 6 340"),
        ("HH:MI:SS AM", "03:04:12 PM"),
        ("hh12 p.m.", "03 p.m."),
        ("SSSSS FF3 FF9", "54252 345 345678000"),
        ("TZH:TZM", "+00:00"),
        ("\"T\\\"x\"YYYY", "T\"x2008"),
        ("YYYY  MM", "2008  12"),
        ("Q", "error"),
        ("YEAR", "error"),
        ("x", "error"),
        ("\"open", "error"),
        ("é", "error"),
    ] {
        assert_eq!(written(format), expected, "{format}");
    }
    check(
        "$cast_string_format",
        &[
            (
                &[at.clone(), s("HH24 TZH:TZM"), s("Asia/Kolkata")],
                "20 +05:30",
            ),
            (&[at.clone(), s("HH24"), NULL], "NULL"),
            (&[at.clone(), NULL], "NULL"),
            (&[date("1234-05-06"), s("yyyymi")], "error"),
            (&[dt("1234-05-06"), s("TZH")], "error"),
            (&[time("07:08:09"), s("HH24-YYYY")], "error"),
            (&[either("2020-01-01"), s("YYYY")], "error"),
        ],
    );
    check(
        "$safe_cast_string_format",
        &[(&[date("1234-05-06"), s("mi")], "NULL")],
    );
}

#[test]
fn formats_of_casts_read() {
    check(
        "$cast_date_format",
        &[
            (&[s("2018-12-03"), s("YYYY-MM-DD")], "2018-12-03"),
            (&[s("20181203"), s("YYYYMMDD")], "2018-12-03"),
            (&[s("Dec 3, 2018"), s("MON DD, YYYY")], "2018-12-03"),
            (&[s("december-3-18"), s("MONTH-DD-YY")], "2018-12-03"),
            (&[s("51-1-2"), s("RR-MM-DD")], "1951-01-02"),
            (&[s("49-1-2"), s("RR-MM-DD")], "2049-01-02"),
            (&[s("2018-02-30"), s("YYYY-MM-DD")], "error"),
            (&[s("2018-12-03x"), s("YYYY-MM-DD")], "error"),
            (&[s("2018-12"), s("YYYY-MM-DD")], "error"),
            (&[s("12-03"), s("MM-DD")], "error"),
            (&[s("2018-12-03"), s("yyyymi")], "error"),
            (&[s("2018-12-03"), s("YYYY-MM-MM")], "error"),
            (&[s("2,018-12"), s("Y,YYY-MM")], "2018-12-01"),
            (&[s("1234"), NULL], "NULL"),
            (&[NULL, s("YYYY")], "NULL"),
        ],
    );
    check(
        "$safe_cast_date_format",
        &[
            (&[s("x"), s("YYYY-MM")], "NULL"),
            (&[s("x"), s("?")], "NULL"),
        ],
    );
    check(
        "$cast_timestamp_format",
        &[
            (
                &[s("2021-11-01"), s("YYYY-MM-DD"), s("America/Los_Angeles")],
                "2021-11-01 07:00:00Z",
            ),
            (
                &[s("2021-11-21"), s("YYYY-MM-DD"), s("America/Los_Angeles")],
                "2021-11-21 08:00:00Z",
            ),
            (
                &[s("2021-11-21 10:00 -05"), s("YYYY-MM-DD HH24:MI TZH")],
                "2021-11-21 15:00:00Z",
            ),
            (
                &[
                    s("2021-11-21 10:00 +05:30"),
                    s("YYYY-MM-DD HH24:MI TZH:TZM"),
                ],
                "2021-11-21 04:30:00Z",
            ),
        ],
    );
    check(
        "$cast_datetime_format",
        &[
            (
                &[
                    s("2021-11-21 03:04:05.678 p.m."),
                    s("YYYY-MM-DD HH12:MI:SS.FF3 A.M."),
                ],
                "2021-11-21 15:04:05.678",
            ),
            (&[s("2021-11-21 03"), s("YYYY-MM-DD HH12")], "error"),
            (&[s("2021-11-21 TZ"), s("YYYY-MM-DD TZH")], "error"),
        ],
    );
    check(
        "$cast_time_format",
        &[
            (&[s("15:30"), s("HH24:MI")], "15:30:00"),
            (&[s("54252"), s("SSSSS")], "15:04:12"),
            (&[s("2020"), s("YYYY")], "error"),
        ],
    );
}
