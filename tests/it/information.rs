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
    let partitions = answer(&about("*", "nba_raw", "PARTITIONS")).await;
    assert_eq!(
        partitions,
        [
            "INFORMATION_SCHEMA.PARTITIONS is not supported; an export tells COLUMNS and TABLES; the rest only BigQuery itself knows"
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
