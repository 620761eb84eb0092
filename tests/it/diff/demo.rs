//! The serial and the parallel run of the demo lake.

use std::path::Path;

use chrono::NaiveDate;
use lakeaudit::command::{self, Request};
use lakeaudit::diff::{Difference, KeyFrom};
use lakeaudit::lake::Address;
use lakeaudit::report::diff::{json, parquet};
use lakeaudit::{dialect, scan};

use super::{asked, compared, differing};

async fn runs(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Difference {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let request = Request {
        suite: Some(root.join("lakeaudit.yaml")),
        from,
        to,
        ..Request::default()
    };
    let mut asked = asked(
        "nba_precompute.player_composite_factors_serial",
        "nba_precompute.player_composite_factors_parallel",
        &[],
    );
    asked.no_key = false;
    compared(&request, &asked).await.unwrap()
}

fn day(day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2026, 1, day)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_days_of_the_fault() {
    let found = runs(day(25), day(30)).await;
    assert_eq!((found.key_from, found.key.len()), (KeyFrom::Suite, 2));
    assert_eq!(
        found.columns.len() + found.key.len() + found.ignored.len(),
        67
    );
    let names: Vec<&str> = differing(&found)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        [
            "fatigue_score",
            "has_warnings",
            "warning_details",
            "data_hash"
        ]
    );
    for column in found.differing().skip(1) {
        assert_eq!(
            column.follows.as_deref(),
            Some("fatigue_score"),
            "{}",
            column.name
        );
    }
    let fatigue = found.differing().next().unwrap();
    assert_eq!(fatigue.follows, None);
    assert_eq!(fatigue.differing, found.rows.common);
    let says = |name: &str| {
        fatigue
            .witnesses
            .iter()
            .find(|w| w.name.contains(name))
            .unwrap()
    };
    for witness in [
        says("fatigue_context_json $.final_score"),
        says("total_composite_adjustment = "),
    ] {
        assert_eq!(
            (witness.left, witness.right, witness.rows),
            (fatigue.differing, 0, fatigue.differing)
        );
    }
    assert!(
        fatigue.witnesses.iter().all(|witness| witness.right == 0),
        "{:#?}",
        fatigue.witnesses
    );
    let volatile: Vec<&str> = found
        .ignored
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(volatile.contains(&"created_at") && volatile.contains(&"processed_at"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_days_before() {
    let found = runs(None, day(24)).await;
    assert!(found.is_equal() && found.rows.common > 0);
    let shape: Vec<&str> = found
        .columns
        .iter()
        .filter(|c| c.shape > 0)
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(
        shape,
        [
            "fatigue_context_json",
            "shot_zone_context_json",
            "pace_context_json",
            "usage_context_json"
        ]
    );
}

/// What programs read: JSON, and the Parquet datasets through `lakeaudit query`'s own door.
#[tokio::test(flavor = "multi_thread")]
async fn reports() {
    let found = runs(day(25), day(30)).await;
    let told: serde_json::Value = serde_json::from_str(&json::render(&found)).unwrap();
    assert_eq!(told["verdict"], "differs");
    let fatigue = told["columns"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["name"] == "fatigue_score");
    let pattern = &fatigue.unwrap()["patterns"][0];
    assert_eq!(pattern["mechanism"], "truncated_affine");
    assert_eq!(pattern["share"], 1.0);
    let folder = tempfile::tempdir().unwrap();
    let reports = Address::Folder(folder.path().to_owned());
    parquet::publish(&found, &reports).await.unwrap();
    let request = Request {
        suite: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("lakeaudit.yaml")),
        reports: Some(folder.path().display().to_string()),
        ..Request::default()
    };
    let rows = async |dataset: &str| {
        let opened = command::open(&request).await.unwrap();
        let sql = format!("SELECT * FROM lakeaudit.{dataset}");
        let plan = opened
            .session
            .plan(&dialect::parse(&sql).unwrap(), &opened.params)
            .await;
        let batches = scan::rows(&opened.session, &plan.map_err(|e| e.message)?).await?;
        Ok::<usize, String>(batches.iter().map(|batch| batch.num_rows()).sum())
    };
    assert_eq!(rows("diff_summary").await, Ok(1));
    let left_out = found.ignored.len() + found.only_left.len() + found.only_right.len();
    let columns = found.columns.len() + left_out;
    assert_eq!(rows("diff_columns").await, Ok(columns));
    // Each of six days, as a whole and for each of four columns.
    assert_eq!(rows("diff_segments").await, Ok(6 * 5));
    assert_eq!(rows("diff_rows").await, Ok(found.cells.len()));
    assert!(rows("diff_patterns").await.unwrap() > 3);
    std::fs::remove_dir_all(folder.path().join("diff_summary")).unwrap();
    assert!(
        rows("diff_columns").await.is_err(),
        "a diff that was not finished counts for nothing"
    );
}
