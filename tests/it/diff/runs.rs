//! Several runs at once.

use lakeaudit::command::diff::{Compared, diff};
use lakeaudit::diff::{Runs, Verdict};
use lakeaudit::lake::Address;
use lakeaudit::report::diff::parquet;

use super::{asked, request};
use crate::audit::Folder;

/// A run of 40 rows, with a value for each.
fn run(folder: &Folder, name: &str, value: impl Fn(usize) -> String) {
    let mut text = "id INT64 | x FLOAT64 | same STRING\n".to_owned();
    (0..40).for_each(|id| text.push_str(&format!("{id} | {} | a\n", value(id))));
    folder.table(&format!("ds/{name}/0.parquet"), &text);
}

async fn runs(folder: &Folder, names: &[&str]) -> Runs {
    let mut asked = asked("", "", &["id"]);
    asked.sides = names.iter().map(|name| (*name).to_owned()).collect();
    match diff(&request(folder), &asked, &|_| {})
        .await
        .unwrap()
        .compared
    {
        Compared::Many(found, explained) => {
            assert_eq!(explained.is_some(), found.unstable > 0);
            found
        }
        Compared::Two(_) => panic!("several runs"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_odd_run_and_what_it_depends_on() {
    let folder = Folder::new();
    run(&folder, "serial", |id| format!("{}", 80 + id));
    run(&folder, "again", |id| format!("{}.0", 80 + id));
    run(&folder, "parallel", |id| {
        format!("{}", if id < 10 { 0 } else { 80 + id })
    });
    run(&folder, "parallel2", |id| {
        format!("{}", if id < 10 { 0 } else { 80 + id })
    });
    run(&folder, "noise1", |id| {
        format!("{}", 80.0 + id as f64 + 1e-9 * (id % 3) as f64)
    });
    run(&folder, "noise2", |id| {
        format!("{}", 80.0 + id as f64 + 1e-9 * (id % 5) as f64)
    });

    let found = runs(&folder, &["ds.serial", "ds.again", "ds.parallel"]).await;
    assert_eq!((found.odd, found.unstable, found.common), (Some(2), 10, 40));
    assert_eq!(
        found.columns.iter().map(|c| c.verdict).collect::<Vec<_>>(),
        [Verdict::OneRun, Verdict::Stable]
    );
    assert_eq!(found.runs[2].alone, 10);

    let reports = folder.path().join("reports");
    let address = Address::Folder(reports.clone());
    parquet::publish_runs(&found, None, &address).await.unwrap();
    for dataset in ["diff_runs", "diff_run_columns"] {
        assert!(
            reports
                .join(dataset)
                .join(format!("run={}", found.id))
                .is_dir()
        );
    }

    let found = runs(
        &folder,
        &["ds.serial", "ds.parallel", "ds.again", "ds.parallel2"],
    )
    .await;
    assert_eq!(
        (found.odd, found.columns[0].verdict),
        (None, Verdict::DataDependent)
    );

    let found = runs(&folder, &["ds.serial", "ds.noise1", "ds.noise2"]).await;
    assert_eq!(
        (found.odd, found.columns[0].verdict),
        (None, Verdict::OrderDependent)
    );

    let found = runs(&folder, &["ds.serial", "ds.again", "ds.serial"]).await;
    assert!(found.is_equal() && found.common == 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_a_run_lacks_or_repeats() {
    let folder = Folder::new();
    folder.table("ds/a/0.parquet", "id INT64 | x INT64\n1 | 1\n2 | 2\n3 | 3");
    folder.table("ds/b/0.parquet", "id INT64 | x INT64\n1 | 1\n2 | 2\n2 | 2");
    folder.table("ds/c/0.parquet", "id INT64 | x INT64\n1 | 5\n2 | 2\n3 | 3");
    let found = runs(&folder, &["ds.a", "ds.b", "ds.c"]).await;
    let told: Vec<_> = found
        .runs
        .iter()
        .map(|run| (run.missing, run.repeated, run.alone))
        .collect();
    // The second row of 2 is one that the others lack.
    assert_eq!(told, [(1, 0, 0), (1, 1, 0), (1, 0, 1)]);
    assert_eq!((found.common, found.unstable), (2, 1));
}

/// Rows of one key are paired so that the fewest cells differ, whatever order they stand in.
#[tokio::test(flavor = "multi_thread")]
async fn repeated_keys_are_paired() {
    let folder = Folder::new();
    let header = "id INT64 | x INT64 | y INT64 | s STRING\n";
    let table = |name: &str, rows: &str| {
        folder.table(&format!("ds/{name}/0.parquet"), &format!("{header}{rows}"));
    };
    table("a", "1 | 1 | 1 | u\n1 | 2 | 2 | v\n2 | 7 | 7 | w");
    table("b", "1 | 2 | 2 | v\n1 | 1 | 1 | u\n2 | 7 | 7 | w");
    table("c", "2 | 7 | 7 | w\n1 | 2 | 9 | v\n1 | 1 | 1 | u");
    table("d", "1 | 1 | 2 | u\n1 | 2 | 1 | v\n2 | 7 | 7 | w");
    let found = runs(&folder, &["ds.a", "ds.b", "ds.a"]).await;
    assert!(found.is_equal(), "{found:?}");
    assert_eq!((found.common, found.runs[0].repeated), (3, 1));
    let found = runs(&folder, &["ds.a", "ds.b", "ds.c"]).await;
    let y = found
        .columns
        .iter()
        .find(|column| column.name == "y")
        .unwrap();
    assert_eq!((found.common, found.unstable, y.unstable), (3, 1, 1));
    assert_eq!((y.verdict, found.odd), (Verdict::OneRun, Some(2)));
    assert!(
        found
            .runs
            .iter()
            .all(|run| run.missing == 0 && run.repeated == 1)
    );
    // No column's values differ taken by themselves, and yet rows do.
    let found = runs(&folder, &["ds.a", "ds.b", "ds.d"]).await;
    assert_eq!((found.common, found.unstable, found.odd), (3, 2, Some(2)));
}
