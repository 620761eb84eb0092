//! Tables of all kinds, and what is refused.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use lakeaudit::command::Request;
use lakeaudit::command::diff::DiffRequest;
use lakeaudit::diff::{IgnoredPaths, KeyFrom, Options, Tolerance};

use super::{asked, compared, differing, request};
use crate::audit::Folder;
use crate::table::parquet;

async fn error(folder: &Folder, left: &str, right: &str, key: &[&str]) -> String {
    let failed = compared(&request(folder), &asked(left, right, key))
        .await
        .expect_err("an error");
    folder.plain(&failed.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused() {
    let folder = Folder::new();
    folder.table("ds/a/0.parquet", "id INT64 | x FLOAT64\n1 | 2");
    folder.table("ds/b/0.parquet", "id STRING | x FLOAT64\na | 2");
    folder.table("ds/c/0.parquet", "y STRING\na");
    folder.write("lake/ds/broken/0.parquet", "PAR1 not at all PAR1");
    for (left, right, key, told) in [
        (
            "ds.a",
            "ds.b",
            &["idd"][..],
            "no column `idd` in ds.a\n  help: did you mean `id`?",
        ),
        (
            "ds.a",
            "ds.b",
            &["id"],
            "the key `id` is INT64 in `ds.a` and STRING in `ds.b`",
        ),
        (
            "ds.a",
            "ds.c",
            &["id"],
            "`ds.a` and `ds.c` have no column in common",
        ),
        ("ds.a", "ds.d", &["id"], "no table `ds.d` in lake"),
        (
            "ds.a",
            "ds.a@2026-01-30",
            &["id"],
            "`ds.a` has no snapshot of 20260130",
        ),
        (
            "ds.a",
            "ds.broken",
            &["id"],
            "can't compare `ds.broken`: its file ds/broken/0.parquet can't be read",
        ),
        (
            "ds.a",
            "lake/nowhere",
            &["id"],
            "can't open the lake `lake/nowhere`",
        ),
    ] {
        let error = error(&folder, left, right, key).await;
        assert!(error.contains(told), "{error}");
    }
    let mut wrong = asked("ds.a", "ds.a", &["id"]);
    wrong.options.ignore = vec!["z".to_owned()];
    let failed = compared(&request(&folder), &wrong).await.unwrap_err();
    assert!(failed.message.contains("no column `z`"), "{failed}");
    wrong.options = Options {
        filter: Some("nope > 1".to_owned()),
        ..Options::default()
    };
    let failed = compared(&request(&folder), &wrong).await.unwrap_err();
    assert!(failed.message.contains("nope"), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_empty_side() {
    let folder = Folder::new();
    folder.table("ds/a/0.parquet", "id INT64 | x FLOAT64\n1 | 2\n2 | 3");
    folder.table("ds/b/0.parquet", "id INT64 | x FLOAT64");
    let found = compared(&request(&folder), &asked("ds.a", "ds.b", &["id"]))
        .await
        .unwrap();
    assert_eq!(
        (
            found.rows.only_left,
            found.rows.only_right,
            found.rows.common
        ),
        (2, 0, 0)
    );
    let found = compared(&request(&folder), &asked("ds.b", "ds.b", &["id"]))
        .await
        .unwrap();
    assert!(found.is_equal());
}

#[tokio::test(flavor = "multi_thread")]
async fn tolerances_and_normalisations() {
    let folder = Folder::new();
    folder.table(
        "ds/a/0.parquet",
        "id INT64 | x FLOAT64 | n NUMERIC(5, 2) | s STRING | doc JSON\n\
         1 | 1.0 | 10.00 | Ann | {\"a\": 1, \"at\": 5}\n\
         2 | 1.0 | 10.00 | bob | {\"a\": 1}\n\
         3 | 0.30000000000000004 | 1 | x | {\"a\": [1, 2]}",
    );
    folder.table(
        "ds/b/0.parquet",
        "id INT64 | x FLOAT64 | n NUMERIC(5, 2) | s STRING | doc JSON\n\
         1 | 1.0 | 10.05 | \" ann\" | {\"at\": 6, \"a\": 1.0}\n\
         2 | 1.1 | 10.06 | bob | {\"a\": 2}\n\
         3 | 0.3 | 1 | x | {\"a\": [1.0, 2.0]}",
    );
    let exact = compared(&request(&folder), &asked("ds.a", "ds.b", &["id"]))
        .await
        .unwrap();
    assert_eq!(
        differing(&exact),
        [("x", 2), ("n", 2), ("s", 1), ("doc", 2)]
    );
    let mut loose = asked("ds.a", "ds.b", &["id"]);
    loose.options = Options {
        tolerances: ["n=0.05", "FLOAT64=4ulp"]
            .map(|text| Tolerance::parse(text).unwrap())
            .to_vec(),
        ignore_case: true,
        ignore_space: true,
        ignored_paths: IgnoredPaths::parse(&["$.at".to_owned()]).unwrap(),
        ..Options::default()
    };
    let found = compared(&request(&folder), &loose).await.unwrap();
    assert_eq!(differing(&found), [("x", 1), ("n", 1), ("doc", 1)]);
    let within: Vec<u64> = found.columns.iter().map(|c| c.within).collect();
    assert_eq!(within, [1, 1, 1, 2], "rows that are equal by a rule alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn types_that_differ() {
    let folder = Folder::new();
    folder.table(
        "ds/a/0.parquet",
        "id INT64 | n INT64 | d DATE | s INT64 | l ARRAY<INT64>\n1 | 5 | 2026-01-01 | 7 | [1]",
    );
    folder.table(
        "ds/b/0.parquet",
        "id NUMERIC(10, 2) | n NUMERIC(10, 1) | d DATETIME | s STRING | l INT64\n1.00 | 5.0 | 2026-01-01T00:00:00 | 7 | 1",
    );
    let found = compared(&request(&folder), &asked("ds.a", "ds.b", &["id"]))
        .await
        .unwrap();
    assert!(found.has_same_values(), "{found:#?}");
    assert_eq!(found.types.len(), 4, "{:?}", found.types);
    assert_eq!(
        found.uncompared.len(),
        1,
        "an array and a number: {:?}",
        found.uncompared
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_and_paths() {
    let folder = Folder::new();
    folder.table(
        "ds/t/20260129/0.parquet",
        "id INT64 | x FLOAT64\n1 | 2\n2 | 3",
    );
    folder.table(
        "ds/t/20260130/0.parquet",
        "id INT64 | x FLOAT64\n1 | 2\n2 | 4",
    );
    let found = compared(
        &request(&folder),
        &asked("ds.t@2026-01-29", "ds.t", &["id"]),
    )
    .await
    .unwrap();
    assert_eq!(differing(&found), [("x", 1)]);
    let path = |below: &str| {
        folder
            .path()
            .join("lake/ds/t")
            .join(below)
            .display()
            .to_string()
    };
    let request = Request {
        threads: Some(1),
        ..Request::default()
    };
    for (left, right) in [
        ("20260129", "20260130"),
        ("20260129/0.parquet", "20260130/0.parquet"),
    ] {
        let found = compared(&request, &asked(&path(left), &path(right), &["id"]))
            .await
            .unwrap();
        assert_eq!(differing(&found), [("x", 1)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_found_in_the_data() {
    let folder = Folder::new();
    let mut text = "game_date DATE | player STRING | x FLOAT64\n".to_owned();
    for day in 1..=9 {
        for player in 0..12 {
            text.push_str(&format!("2026-01-0{day} | p{player} | {}\n", player % 3));
        }
    }
    folder.table("ds/a/0.parquet", &text);
    folder.table("ds/b/0.parquet", &text.replace("p3 | 0", "p3 | 9"));
    let mut asked = asked("ds.a", "ds.b", &[]);
    asked.no_key = false;
    let found = compared(&request(&folder), &asked).await.unwrap();
    assert_eq!(
        (found.key_from, found.key.join(",")),
        (KeyFrom::Data, "game_date,player".to_owned())
    );
    assert_eq!(differing(&found), [("x", 9)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_kept_slice_by_slice() {
    let folder = Folder::new();
    let mut text = "id INT64 | x INT64\n".to_owned();
    (0..20_000).for_each(|id| text.push_str(&format!("{id} | {id}\n")));
    folder.table("ds/a/0.parquet", &text);
    let other = text.replace(" | ", " | 1");
    folder.table("ds/b/0.parquet", &other);
    let small = Request {
        memory: Some(8 << 20),
        ..request(&folder)
    };
    let asked = asked("ds.a", "ds.b", &["id"]);
    let found = compared(&small, &asked).await.unwrap();
    let large = compared(&request(&folder), &asked).await.unwrap();
    assert_eq!(format!("{:?}", found.rows), format!("{:?}", large.rows));
    assert_eq!(found.cells, large.cells);
}

/// Of a large table not all rows are kept for explanations, but those that differ are.
#[tokio::test(flavor = "multi_thread")]
async fn few_rows_of_many_differ() {
    let folder = Folder::new();
    let rows = 210_000i64;
    let table = |value: &dyn Fn(i64) -> i64| {
        let ids: Int64Array = (0..rows).collect();
        let parts: Int64Array = (0..rows).map(|id| id % 7).collect();
        let values: Int64Array = (0..rows).map(value).collect();
        let columns: [(&str, ArrayRef); 3] = [
            ("id", Arc::new(ids)),
            ("part", Arc::new(parts)),
            ("x", Arc::new(values)),
        ];
        parquet(
            &RecordBatch::try_from_iter(columns).expect("columns"),
            50_000,
        )
    };
    folder.write("lake/ds/a/0.parquet", table(&|id| id * 3));
    let hit = |id: i64| (100_000..100_030).contains(&id);
    folder.write(
        "lake/ds/b/0.parquet",
        table(&|id| if hit(id) { 0 } else { id * 3 }),
    );
    let found = compared(&request(&folder), &asked("ds.a", "ds.b", &["id"]))
        .await
        .unwrap();
    assert_eq!(differing(&found), [("x", 30)]);
    assert!(!found.explained_all && found.explained_rows < 100_000);
    let place = found.places.first().expect("a place");
    assert_eq!(
        (place.hits, place.predicate.as_str()),
        (30, "id BETWEEN 100000 AND 100029")
    );
}

/// Keys that are the same in another form are told.
#[tokio::test(flavor = "multi_thread")]
async fn keys_in_another_form() {
    let folder = Folder::new();
    let table = |form: &dyn Fn(i32) -> String| {
        let mut text = "player STRING | x INT64\n".to_owned();
        (0..9).for_each(|n| text.push_str(&format!("{} | {n}\n", form(n))));
        text
    };
    folder.table("ds/a/0.parquet", &table(&|n| format!("Player{n}")));
    folder.table("ds/b/0.parquet", &table(&|n| format!("player{n}")));
    folder.table("ds/c/0.parquet", &table(&|n| format!("other{}", n + 20)));
    let found = compared(&request(&folder), &asked("ds.a", "ds.b", &["player"]))
        .await
        .unwrap();
    assert_eq!((found.rows.only_left, found.rows.only_right), (9, 9));
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("`player` were compared ignoring case")),
        "{:?}",
        found.notes
    );
    let found = compared(&request(&folder), &asked("ds.a", "ds.c", &["player"]))
        .await
        .unwrap();
    assert!(found.notes.is_empty(), "{:?}", found.notes);
}

/// A copy in another table that the suite names says which side is right.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_in_another_table_is_a_witness() {
    let folder = Folder::new();
    let table = |value: &dyn Fn(i32) -> i32| {
        let mut text = "id INT64 | x INT64\n".to_owned();
        (0..40).for_each(|id| text.push_str(&format!("{id} | {}\n", value(id))));
        text
    };
    folder.table("ds/runs_a/0.parquet", &table(&|id| id * id));
    folder.table(
        "ds/runs_b/0.parquet",
        &table(&|id| if id < 30 { 7 } else { id * id }),
    );
    // Twice with another value, and not at all: nothing is known of those.
    let truth = table(&|id| id * id).replace("| x ", "| y ") + "0 | 5\n";
    folder.table("ds/truth/0.parquet", &truth.replace("3 | 9\n", ""));
    folder.write(
        "suite.yaml",
        "tables:\n  ds.runs:\n    key: id\n    checks:\n      - agrees: {column: x, with: ds.truth, their: y, on: [id]}\n",
    );
    let request = Request {
        suite: Some(folder.path().join("suite.yaml")),
        ..request(&folder)
    };
    let ask = DiffRequest {
        no_key: false,
        ..asked("ds.runs_a", "ds.runs_b", &[])
    };
    let found = compared(&request, &ask).await.unwrap();
    assert_eq!(differing(&found), [("x", 30)]);
    let told: Vec<_> = found.columns[0]
        .witnesses
        .iter()
        .map(|w| (w.name.as_str(), w.left, w.right, w.rows))
        .collect();
    assert_eq!(told, [("ds.truth y", 28, 0, 30)]);
}

/// The SQL of a difference shows it: rows that repeat, keys that are NULL, arrays.
#[tokio::test(flavor = "multi_thread")]
async fn the_sql_shows_the_rows() {
    let folder = Folder::new();
    let header = "id INT64 | x FLOAT64 | s STRING";
    folder.table(
        "ds/a/0.parquet",
        &format!("{header}\n1 | 1 | a\n1 | 2 | a\n2 | 3 | b\nNULL | 4 | c\n5 | 6 | d"),
    );
    folder.table(
        "ds/b/0.parquet",
        &format!("{header}\n1 | 1 | a\n2 | 3 | b\nNULL | 5 | c\n5 | 6 | d\n6 | 6 | d"),
    );
    let request = request(&folder);
    let found = compared(&request, &asked("ds.a", "ds.b", &["id"]))
        .await
        .unwrap();
    let rows = (
        found.rows.differing,
        found.rows.only_left,
        found.rows.only_right,
    );
    assert_eq!(rows, (1, 1, 1));
    let sql = found.sql.expect("a query");
    let opened = lakeaudit::command::open(&request).await.unwrap();
    let query = lakeaudit::dialect::parse(&sql).unwrap();
    let plan = opened.session.plan(&query, &opened.params).await.unwrap();
    let batches = lakeaudit::scan::rows(&opened.session, &plan).await.unwrap();
    assert_eq!(
        batches.iter().map(|batch| batch.num_rows()).sum::<usize>(),
        3,
        "{sql}"
    );
}

/// What could not be compared is no equality.
#[tokio::test(flavor = "multi_thread")]
async fn a_column_of_one_side_is_told() {
    let folder = Folder::new();
    folder.table("ds/a/0.parquet", "id INT64 | x INT64\n1 | 1");
    folder.table("ds/b/0.parquet", "id INT64\n1");
    let request = request(&folder);
    let mut ask = asked("ds.a", "ds.b", &["id"]);
    let found = compared(&request, &ask).await.unwrap();
    assert!(found.has_same_values() && !found.is_equal());
    assert_eq!(found.missed(), ["x (in ds.a alone)"]);
    ask.options.ignore = vec!["x".to_owned()];
    assert!(compared(&request, &ask).await.unwrap().is_equal());
    ask.options.tolerances = vec![Tolerance::parse("y=1").unwrap()];
    let error = compared(&request, &ask).await.expect_err("no such column");
    assert!(error.to_string().contains("no column `y`"), "{error}");
}

/// The key by which most rows find each other, whatever comes first.
#[tokio::test(flavor = "multi_thread")]
async fn the_key_that_matches() {
    let folder = Folder::new();
    let table = |by: i64| {
        let mut text = "amount INT64 | order_id INT64 | name STRING\n".to_owned();
        (0..300).for_each(|n: i64| {
            let amount = n * 7 % 300 + if n % 2 == 0 { by } else { 0 };
            text.push_str(&format!("{amount} | {} | n{}\n", n + 1000, n % 40));
        });
        text
    };
    folder.table("ds/a/0.parquet", &table(0));
    folder.table("ds/b/0.parquet", &table(1000));
    let ask = DiffRequest {
        no_key: false,
        ..asked("ds.a", "ds.b", &[])
    };
    let found = compared(&request(&folder), &ask).await.unwrap();
    assert_eq!(found.key, ["order_id"]);
    assert_eq!(differing(&found), [("amount", 150)]);
}
