//! Sides that can't be read, or not by the window that is asked for.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use bytes::Bytes;
use chrono::NaiveDate;
use lakeaudit::command::Request;
use lakeaudit::report::diff::text;
use lakeaudit::report::text::Style;
use parquet::file::metadata::ParquetMetaDataReader;

use super::{asked, compared, request};
use crate::audit::Folder;
use crate::table::parquet;

/// A page whose bytes are overwritten, its footer being fine, is told with its file, row group and column.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_page_is_named() {
    let folder = Folder::new();
    let ids: ArrayRef = Arc::new((0..40).collect::<Int64Array>());
    let values: ArrayRef = Arc::new(
        (0..40)
            .map(|i| Some(f64::from(i)))
            .collect::<Float64Array>(),
    );
    let batch = RecordBatch::try_from_iter([("id", ids), ("x", values)]).expect("columns");
    let whole = parquet(&batch, 10);
    let footer = ParquetMetaDataReader::new()
        .parse_and_finish(&Bytes::from(whole.clone()))
        .expect("a footer");
    let (start, length) = footer.row_group(2).column(1).byte_range();
    let mut damaged = whole.clone();
    damaged[start as usize..(start + length) as usize].fill(0xff);
    for (name, second) in [("a", &whole), ("b", &damaged)] {
        folder.write(&format!("lake/ds/{name}/0.parquet"), &whole);
        folder.write(&format!("lake/ds/{name}/1.parquet"), second);
    }
    for (key, sides) in [
        (&["id"][..], ["ds.a", "ds.b"]),
        (&["id"], ["ds.b", "ds.a"]),
        (&[], ["ds.a", "ds.b"]),
    ] {
        let asked = asked(sides[0], sides[1], key);
        let failed = compared(&request(&folder), &asked).await.unwrap_err();
        let told =
            "failed to read `ds.b`: its file ds/b/1.parquet, row group 2, column `x` is damaged: ";
        assert!(failed.message.starts_with(told), "{failed}");
        assert!(failed.help.is_some(), "{failed}");
    }
    // Where the key is looked for, too.
    let mut unkeyed = asked("ds.a", "ds.b", &[]);
    unkeyed.no_key = false;
    let failed = compared(&request(&folder), &unkeyed).await.unwrap_err();
    assert!(failed.message.contains("ds/b/1.parquet"), "{failed}");
    // And of several runs.
    let mut several = asked("ds.a", "ds.b", &["id"]);
    several.sides.push("ds.a".to_owned());
    let failed = compared(&request(&folder), &several).await.unwrap_err();
    assert!(failed.message.contains("ds/b/1.parquet"), "{failed}");
}

/// Days are chosen of a side whose date column has another type by a cast, which is told; a type without days is refused.
#[tokio::test(flavor = "multi_thread")]
async fn windows_over_dates_of_two_types() {
    let folder = Folder::new();
    folder.table(
        "ds/a/0.parquet",
        "id INT64 | x INT64 | day DATE\n1 | 1 | 2026-01-01\n2 | 2 | 2026-01-02\n3 | 3 | 2026-01-03",
    );
    folder.table(
        "ds/text/0.parquet",
        "id INT64 | x INT64 | day STRING\n1 | 9 | 2026-01-01\n2 | 2 | 2026-01-02\n3 | 4 | 2026-01-03",
    );
    folder.table(
        "ds/time/0.parquet",
        "id INT64 | x INT64 | day TIMESTAMP\n1 | 9 | 2026-01-01 05:00:00\n2 | 2 | 2026-01-02 00:00:00\n3 | 4 | 2026-01-03 23:00:00",
    );
    folder.table(
        "ds/number/0.parquet",
        "id INT64 | x INT64 | day INT64\n1 | 9 | 20260101",
    );
    folder.table("ds/none/0.parquet", "id INT64 | x INT64\n1 | 9");
    folder.table(
        "ds/wrong/0.parquet",
        "id INT64 | x INT64 | day STRING\n1 | 9 | 2026-01-01\n2 | 2 | yesterday",
    );
    let window = Request {
        from: NaiveDate::from_ymd_opt(2026, 1, 2),
        ..request(&folder)
    };
    for (other, bq_type) in [("ds.text", "STRING"), ("ds.time", "TIMESTAMP")] {
        let mut by_x = asked("ds.a", other, &["id"]);
        by_x.options.columns = vec!["x".to_owned()];
        let found = compared(&window, &by_x).await.unwrap();
        assert_eq!((found.rows.common, found.rows.differing), (2, 1), "{other}");
        let told = found.notes.iter().any(|note| {
            note.contains("CAST(`day` AS DATE)")
                && note.contains(&format!("{bq_type} in `{other}`"))
        });
        assert!(told, "{:?}", found.notes);
    }
    for (other, told) in [
        ("ds.number", "`ds.number` has INT64, which is no DATE"),
        ("ds.none", "`ds.none` has no such column"),
        ("ds.wrong", "yesterday"),
    ] {
        let failed = compared(&window, &asked("ds.a", other, &["id"]))
            .await
            .unwrap_err();
        assert!(failed.message.contains(told), "{failed}");
        assert!(!failed.message.contains("c3"), "{failed}");
    }
}

/// Of a key with more rows than are paired by what differs, it is told that they were paired in order.
#[tokio::test(flavor = "multi_thread")]
async fn rows_paired_in_order_are_told() {
    let folder = Folder::new();
    let table = |name: &str, rows: i64, by: i64| {
        let mut text = "id INT64 | x INT64\n".to_owned();
        (0..rows).for_each(|row| text.push_str(&format!("1 | {}\n", 2 * row + by)));
        folder.table(&format!("ds/{name}/0.parquet"), &text);
    };
    for (rows, in_order) in [(64, 0), (65, 65)] {
        table("a", rows, 0);
        table("b", rows, 1);
        let found = compared(&request(&folder), &asked("ds.a", "ds.b", &["id"]))
            .await
            .unwrap();
        assert_eq!(found.rows.in_order, in_order);
        let text = text::render(
            &found,
            Style {
                color: false,
                width: 120,
                verbose: false,
                exit_code: None,
            },
        );
        let told = "65 rows of keys that have very many rows were paired by their order";
        assert_eq!(text.contains(told), in_order > 0, "{text}");
    }
}
