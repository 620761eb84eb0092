//! Types of all kinds: decimals of two scales, columns of nothing but NULL, numbers no float holds, odd names.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Float64Array, Int64Array, NullArray, RecordBatch, StringArray,
    TimestampNanosecondArray,
};
use lakeaudit::report::diff::json;

use super::{asked, compared, differing, request};
use crate::audit::Folder;
use crate::table::parquet;

fn write(folder: &Folder, name: &str, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).expect("columns");
    folder.write(&format!("lake/ds/{name}/0.parquet"), parquet(&batch, 100));
}

fn ids(rows: i64) -> ArrayRef {
    Arc::new((0..rows).collect::<Int64Array>())
}

fn decimals(values: Vec<i128>, precision: u8, scale: i8) -> ArrayRef {
    let array = Decimal128Array::from(values).with_precision_and_scale(precision, scale);
    Arc::new(array.expect("decimals"))
}

/// Decimals of two scales are equal by their value: as a value, as a key, and without a key.
#[tokio::test(flavor = "multi_thread")]
async fn decimals_of_two_scales() {
    let folder = Folder::new();
    write(
        &folder,
        "a",
        vec![("id", ids(3)), ("n", decimals(vec![150, 250, 350], 5, 2))],
    );
    write(
        &folder,
        "b",
        vec![
            ("id", ids(3)),
            ("n", decimals(vec![15_000, 25_000, 35_001], 9, 4)),
        ],
    );
    write(
        &folder,
        "c",
        vec![("id", ids(3)), ("n", decimals(vec![1, 2, 3], 38, 0))],
    );
    write(
        &folder,
        "d",
        vec![
            ("id", ids(3)),
            ("n", Arc::new(Int64Array::from(vec![1, 2, 4]))),
        ],
    );
    let request = request(&folder);
    for (left, right) in [("ds.a", "ds.b"), ("ds.c", "ds.d")] {
        let found = compared(&request, &asked(left, right, &["id"]))
            .await
            .unwrap();
        assert_eq!(differing(&found), [("n", 1)], "{left}");
        let found = compared(&request, &asked(left, right, &["n"]))
            .await
            .unwrap();
        assert_eq!((found.rows.common, found.rows.only_left), (2, 1), "{left}");
        let found = compared(&request, &asked(left, right, &[])).await.unwrap();
        assert_eq!((found.rows.common, found.rows.only_right), (2, 1), "{left}");
    }
}

/// A column of nothing but NULL has the type of the other side, or of other files.
#[tokio::test(flavor = "multi_thread")]
async fn nulls_without_a_type() {
    let folder = Folder::new();
    let nulls: ArrayRef = Arc::new(NullArray::new(2));
    write(
        &folder,
        "a",
        vec![("id", ids(2)), ("s", Arc::clone(&nulls))],
    );
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), None]));
    write(&folder, "b", vec![("id", ids(2)), ("s", texts)]);
    let ints: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    write(&folder, "c", vec![("id", ids(2)), ("s", Arc::clone(&ints))]);
    let later: ArrayRef = Arc::new(Int64Array::from(vec![7, 8]));
    let batch = RecordBatch::try_from_iter([("id", later), ("s", nulls)]).expect("columns");
    folder.write("lake/ds/c/1.parquet", parquet(&batch, 100));
    write(
        &folder,
        "d",
        vec![
            ("id", Arc::new(Int64Array::from(vec![0, 1, 7, 8]))),
            (
                "s",
                Arc::new(Int64Array::from(vec![Some(2), None, None, Some(5)])),
            ),
        ],
    );
    let request = request(&folder);
    for other in ["ds.b", "ds.c"] {
        let found = compared(&request, &asked("ds.a", other, &["id"]))
            .await
            .unwrap();
        assert_eq!(differing(&found), [("s", 1)], "{other}");
    }
    let found = compared(&request, &asked("ds.c", "ds.d", &["id"]))
        .await
        .unwrap();
    assert_eq!(differing(&found), [("s", 2)]);
    assert_eq!(found.columns[0].bq_type, "INT64");
}

/// Keys stand in JSON as they are, and times finer than a microsecond are told.
#[tokio::test(flavor = "multi_thread")]
async fn keys_and_times_as_they_are() {
    let folder = Folder::new();
    let times = |last: i64| -> ArrayRef { Arc::new(TimestampNanosecondArray::from(vec![0, last])) };
    let keys = || -> ArrayRef { Arc::new(Float64Array::from(vec![9e300, 0.1])) };
    write(&folder, "a", vec![("k\\n", keys()), ("t", times(5_000))]);
    write(&folder, "b", vec![("k\\n", keys()), ("t", times(7_000))]);
    let found = compared(&request(&folder), &asked("ds.a", "ds.b", &["k\\n"]))
        .await
        .unwrap();
    assert_eq!(differing(&found), [("t", 1)]);
    assert_eq!(found.types, ["t: nanoseconds, compared to the microsecond"]);
    let told: serde_json::Value = serde_json::from_str(&json::render(&found)).unwrap();
    assert_eq!(told["cells"][0]["key"]["k\\n"], 0.1);
    let wide = "12345678901234567890.123456788";
    let mut found = found;
    found.cells[0].key = format!("{{\"k\": {wide}, \"f\": 9e300, \"i\": 9007199254740993}}");
    let told = json::render(&found);
    assert!(told.contains(&format!("\"k\": \"{wide}\"")), "{told}");
    assert!(told.contains("9e300") || told.contains("9e+300"), "{told}");
    assert!(told.contains("9007199254740993"), "{told}");
}
