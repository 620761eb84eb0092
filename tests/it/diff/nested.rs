//! Values within values: arrays, structs, and zeros with a sign.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Field, Float64Type};
use lakeaudit::command::diff::DiffRequest;
use lakeaudit::diff::{IgnoredPaths, Options, Zeros};

use super::{asked, compared, differing, request};
use crate::audit::Folder;
use crate::table::parquet;

fn ids(rows: i64) -> ArrayRef {
    Arc::new((0..rows).collect::<Int64Array>())
}

/// A position of an array and a field of a struct are told, with what was done to them.
#[tokio::test(flavor = "multi_thread")]
async fn parts_are_told_and_explained() {
    let folder = Folder::new();
    let table = |third: &dyn Fn(i64) -> f64, short: bool, depth: &dyn Fn(i64) -> i64| {
        let features = (0..40i64).map(|row| {
            let mut values = vec![Some(row as f64), None, Some(third(row)), Some(7.5)];
            if short && row == 39 {
                values.pop();
            }
            Some(values)
        });
        let features = ListArray::from_iter_primitive::<Float64Type, _, _>(features);
        let fields = vec![
            Field::new("same", DataType::Int64, true),
            Field::new("depth", DataType::Int64, true),
        ];
        let depth: ArrayRef = Arc::new((0..40).map(depth).collect::<Int64Array>());
        let place = StructArray::new(fields.into(), vec![ids(40), depth], None);
        let columns: [(&str, ArrayRef); 3] = [
            ("id", ids(40)),
            ("features", Arc::new(features)),
            ("place", Arc::new(place)),
        ];
        parquet(&RecordBatch::try_from_iter(columns).expect("columns"), 100)
    };
    let value = |row: i64| (row * 37 % 41) as f64 + 50.0;
    folder.write(
        "lake/ds/a/0.parquet",
        table(&value, false, &|row| row * row),
    );
    folder.write(
        "lake/ds/b/0.parquet",
        table(
            &|row| if row < 30 { 0.0 } else { value(row) },
            true,
            &|row| row * row + i64::from(row % 2 == 0) * 100,
        ),
    );
    let found = compared(&request(&folder), &asked("ds.a", "ds.b", &["id"]))
        .await
        .unwrap();
    assert_eq!(differing(&found), [("features", 31), ("place", 20)]);
    let column = |name: &str| found.columns.iter().find(|c| c.name == name).unwrap();
    let features = column("features");
    let paths: Vec<_> = features
        .paths
        .iter()
        .map(|(path, n)| (path.as_str(), n.values, n.only_left, n.only_right))
        .collect();
    assert_eq!(paths, [("[2]", 30, 0, 0), ("[3]", 0, 1, 0)]);
    let told = &features.patterns[0];
    assert_eq!(told.formula, "features[2]: right = 0.0");
    assert_eq!((told.support, told.rows), (30, 30));
    let place = column("place");
    assert_eq!(place.paths.keys().collect::<Vec<_>>(), [".depth"]);
    assert_eq!(place.patterns[0].formula, "place.depth: right = left + 100");
}

/// -0 is 0, unless it is asked to be told apart; never in a key.
#[tokio::test(flavor = "multi_thread")]
async fn zeros_with_a_sign() {
    let folder = Folder::new();
    let table = |zero: f64| {
        let floats = |values: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
        let list = ListArray::from_iter_primitive::<Float64Type, _, _>([
            Some(vec![Some(1.0)]),
            Some(vec![Some(zero)]),
        ]);
        let columns: [(&str, ArrayRef); 3] = [
            ("id", floats(vec![zero, 1.0])),
            ("x", floats(vec![zero, f64::NAN])),
            ("list", Arc::new(list)),
        ];
        parquet(&RecordBatch::try_from_iter(columns).expect("columns"), 100)
    };
    folder.write("lake/ds/a/0.parquet", table(0.0));
    folder.write("lake/ds/b/0.parquet", table(-0.0));
    let request = request(&folder);
    let mut ask: DiffRequest = asked("ds.a", "ds.b", &["id"]);
    assert!(compared(&request, &ask).await.unwrap().is_equal());
    ask.options = Options {
        zeros: Zeros::Signed,
        ..Options::default()
    };
    let found = compared(&request, &ask).await.unwrap();
    assert_eq!(found.rows.common, 2);
    assert_eq!(differing(&found), [("x", 1), ("list", 1)]);
    ask.no_key = true;
    let found = compared(&request, &ask).await.unwrap();
    assert_eq!((found.rows.only_left, found.rows.only_right), (2, 2));
    ask.options.zeros = Zeros::Alike;
    assert!(compared(&request, &ask).await.unwrap().is_equal());
}

/// Rows are counted by the values of columns that are asked for, and a schema that changed on those days is told.
#[tokio::test(flavor = "multi_thread")]
async fn segments_and_what_else_changed() {
    let folder = Folder::new();
    let day = |day: u32, team: &str, x: u32| format!("{day} | 2026-01-{day:02} | {team} | {x}");
    let file = |header: &str, rows: &[String]| format!("{header}\n{}", rows.join("\n"));
    let header = "id INT64 | game_date DATE | team STRING | x INT64";
    let first = [day(1, "BOS", 5), day(2, "LAL", 6), day(3, "NULL", 7)];
    for side in ["a", "b"] {
        folder.table(&format!("ds/{side}/0.parquet"), &file(header, &first));
    }
    let more = |row: String| format!("{row} | 1");
    let wider = format!("{header} | extra INT64");
    let left = [day(4, "BOS", 8), day(5, "LAL", 9)].map(more);
    let right = [day(4, "BOS", 0), day(5, "LAL", 9), day(6, "NYK", 1)].map(more);
    folder.table("ds/a/1.parquet", &file(&wider, &left));
    folder.table("ds/b/1.parquet", &file(&wider, &right));
    let mut ask = asked("ds.a", "ds.b", &["id"]);
    ask.options.by = vec!["TEAM".to_owned()];
    let found = compared(&request(&folder), &ask).await.unwrap();
    let [by] = found.segments.as_slice() else {
        panic!("one column")
    };
    let rows: Vec<_> = by
        .rows
        .iter()
        .map(|(team, n)| (team.as_deref(), n.left, n.right, n.differing, n.only_right))
        .collect();
    assert_eq!(by.column, "team");
    assert_eq!(
        rows,
        [
            (None, 1, 1, 0, 0),
            (Some("BOS"), 2, 2, 1, 0),
            (Some("LAL"), 2, 2, 0, 0),
            (Some("NYK"), 0, 1, 0, 1),
        ]
    );
    let x = found.columns.iter().find(|c| c.name == "x").unwrap();
    assert_eq!(x.segments, [BTreeMap::from([(Some("BOS".to_owned()), 1)])]);
    let told: Vec<_> = found
        .changes
        .iter()
        .map(|c| (c.side, c.what, c.told.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("left", "schema", "`extra` added as INT64"),
            ("right", "schema", "`extra` added as INT64"),
        ]
    );
    ask.options.by = vec!["tem".to_owned()];
    let error = compared(&request(&folder), &ask)
        .await
        .expect_err("no column");
    assert!(error.to_string().contains("team"), "{error}");
}

/// Without a key, documents are equal by what they say: of type JSON, and of STRING columns that hold documents.
#[tokio::test(flavor = "multi_thread")]
async fn documents_without_a_key() {
    let folder = Folder::new();
    let table = |name: &str, docs: [&str; 3]| {
        let [one, two, three] = docs.map(|doc| doc.to_owned());
        for bq_type in ["JSON", "STRING"] {
            folder.table(
                &format!("ds/{name}_{}/0.parquet", bq_type.to_lowercase()),
                &format!("x INT64 | doc {bq_type}\n1 | {one}\n2 | {two}\n3 | {three}\n4 | NULL"),
            );
        }
    };
    table(
        "a",
        [
            r#"{"a": 1, "b": [1, 2]}"#,
            r#"{"n": 9007199254740993}"#,
            r#"[1]"#,
        ],
    );
    table(
        "b",
        [
            r#"{"b":[1.0,2e0],"a":1}"#,
            r#"{"n":9007199254740992}"#,
            r#"[1.0]"#,
        ],
    );
    for bq_type in ["json", "string"] {
        let sides = [format!("ds.a_{bq_type}"), format!("ds.b_{bq_type}")];
        let found = compared(&request(&folder), &asked(&sides[0], &sides[1], &[])).await;
        let rows = found.unwrap().rows;
        assert_eq!(
            (rows.common, rows.only_left, rows.only_right),
            (3, 1, 1),
            "{bq_type}"
        );
    }
    let mut without = asked("ds.a_json", "ds.b_json", &[]);
    without.options.ignored_paths = IgnoredPaths::parse(&["$.n".to_owned()]).unwrap();
    let failed = compared(&request(&folder), &without).await.unwrap_err();
    assert!(
        failed.message.contains("--ignore-path needs a key"),
        "{failed}"
    );
}
