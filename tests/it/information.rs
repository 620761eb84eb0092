//! `dataset.INFORMATION_SCHEMA` over the demo lake: what its footers and views say, and what they can't.

use std::path::Path;

use lakeaudit::command::{self, Request};
use lakeaudit::{dialect, scan, value};

/// The rows of a query over the demo lake as JSON, or the first line of its error.
async fn answer(sql: &str) -> Vec<String> {
    let request = Request {
        suite: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("lakeaudit.yaml")),
        ..Request::default()
    };
    let opened = command::open(&request).await.expect("the demo lake");
    let said = |e: dialect::SqlError| {
        let help = e.help.map(|help| format!("; {help}"));
        vec![format!("{}{}", e.message, help.unwrap_or_default())]
    };
    let query = match dialect::parse(sql) {
        Ok(query) => query,
        Err(e) => return said(e),
    };
    match opened.session.plan(&query, &opened.params).await {
        Ok(plan) => {
            let batches = scan::rows(&opened.session, &plan).await.expect("rows");
            let rows = batches
                .iter()
                .flat_map(|b| (0..b.num_rows()).map(|row| value::text::row_json(b, row)));
            rows.collect()
        }
        Err(e) => said(e),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn information_schema_lists_tables_and_views() {
    let sql = "SELECT table_name, table_type FROM nba_predictions.INFORMATION_SCHEMA.TABLES ORDER BY table_name";
    let rows = answer(sql).await;
    let want = [
        r#"{"table_name": "ml_feature_store_v2", "table_type": "BASE TABLE"}"#,
        r#"{"table_name": "ml_feature_store_v2_named", "table_type": "VIEW"}"#,
        r#"{"table_name": "player_prop_predictions", "table_type": "BASE TABLE"}"#,
        r#"{"table_name": "prediction_accuracy", "table_type": "BASE TABLE"}"#,
    ];
    assert_eq!(rows, want);
}

#[tokio::test(flavor = "multi_thread")]
async fn information_schema_has_columns_with_their_types() {
    let sql = "SELECT column_name AS c, data_type AS t, is_nullable AS n
        FROM `nba-props-platform.nba_predictions.information_schema.columns` AS c
        WHERE table_name = 'ml_feature_store_v2'
          AND column_name IN ('features', 'player_lookup', 'feature_count', 'historical_completeness')
        ORDER BY ordinal_position";
    let want = [
        r#"{"c": "player_lookup", "t": "STRING", "n": "NO"}"#,
        r#"{"c": "features", "t": "ARRAY<FLOAT64>", "n": "NO"}"#,
        r#"{"c": "feature_count", "t": "INT64", "n": "NO"}"#,
        r#"{"c": "historical_completeness", "t": "STRUCT<games_found INT64, games_expected INT64, is_complete BOOL, is_bootstrap BOOL, contributing_game_dates ARRAY<DATE>>", "n": "YES"}"#,
    ];
    assert_eq!(answer(sql).await, want);
    // Which tables have a column, as people ask it, and the columns of a view.
    let sql = "SELECT table_name, COUNT(*) AS n FROM nba_raw.INFORMATION_SCHEMA.COLUMNS
        WHERE column_name = 'points_line' GROUP BY 1 ORDER BY 1";
    let want = [
        r#"{"table_name": "closing_lines", "n": 1}"#,
        r#"{"table_name": "odds_api_player_points_props", "n": 1}"#,
    ];
    assert_eq!(answer(sql).await, want);
}

#[tokio::test(flavor = "multi_thread")]
async fn information_schema_refuses_what_an_export_does_not_tell() {
    let about = |what: &str, dataset: &str, table: &str| {
        format!("SELECT {what} FROM {dataset}.INFORMATION_SCHEMA.{table}")
    };
    let jobs = answer(&about("*", "nba_raw", "JOBS")).await;
    assert_eq!(
        jobs,
        [
            "INFORMATION_SCHEMA.JOBS is not supported; an export tells COLUMNS, PARTITIONS and TABLES; the rest only BigQuery itself knows"
        ]
    );
    let dataset = answer(&about("*", "nba_row", "TABLES")).await;
    assert_eq!(
        dataset,
        ["no dataset `nba_row` in the lake; did you mean `nba_raw`?"]
    );
    let column = answer(&about("creation_time", "nba_raw", "TABLES")).await;
    assert!(column[0].contains("creation_time"), "{column:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn information_schema_counts_the_rows_of_days() {
    let told = answer(
        "SELECT partition_id AS id, total_rows AS n FROM nba_precompute.INFORMATION_SCHEMA.PARTITIONS
         WHERE table_name = 'player_composite_factors' AND partition_id >= '20260128' ORDER BY id",
    );
    let counted = answer(
        "SELECT FORMAT_DATE('%Y%m%d', game_date) AS id, COUNT(*) AS n FROM nba_precompute.player_composite_factors
         WHERE game_date >= '2026-01-28' GROUP BY id ORDER BY id",
    );
    let (told, counted) = (told.await, counted.await);
    assert!(!counted.is_empty());
    assert_eq!(told, counted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wildcard_is_every_table_of_its_prefix() {
    let runs = "`nba_precompute.player_composite_factors_*`";
    let sql = format!(
        "SELECT _TABLE_SUFFIX AS run, COUNT(*) AS n, SUM(fatigue_score) AS s FROM {runs} GROUP BY run ORDER BY run"
    );
    let of = |run: &str| {
        format!(
            "SELECT '{run}' AS run, COUNT(*) AS n, SUM(fatigue_score) AS s FROM nba_precompute.player_composite_factors_{run}"
        )
    };
    let apart = format!("{} UNION ALL {} ORDER BY run", of("parallel"), of("serial"));
    let found = answer(&sql).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found, answer(&apart).await);
    let one = format!(
        "SELECT 'serial' AS run, COUNT(*) AS n, SUM(fatigue_score) AS s FROM {runs} WHERE _TABLE_SUFFIX = 'serial'"
    );
    assert_eq!(answer(&one).await, answer(&of("serial")).await);
    // The suffix is no column of `*`, of `t.*` and of the row.
    let shown = format!(
        "SELECT TO_JSON_STRING(a) AS a, TO_JSON_STRING(b) AS b, TO_JSON_STRING(r) AS r
         FROM (SELECT * FROM {runs}) AS a, (SELECT t.* FROM {runs} AS t) AS b, {runs} AS r LIMIT 1"
    );
    let shown = answer(&shown).await;
    assert!(
        shown[0].contains("fatigue_score") && !shown[0].contains("SUFFIX"),
        "{shown:?}"
    );
    let none = answer("SELECT * FROM `nba_raw.nbac_schedul_*`").await;
    assert!(
        none[0].starts_with("no table `nba_raw.nbac_schedul_*`"),
        "{none:?}"
    );
}
