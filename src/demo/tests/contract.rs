//! The files against the tables' declared columns: names, order, types and nullability, and BigQuery's way of writing.

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::Type;

use super::*;

const FACTORS: &str = "\
    player_lookup STRING NOT NULL; universal_player_id STRING; game_date DATE NOT NULL; game_id \
    STRING NOT NULL; analysis_date DATE; fatigue_score INT64; shot_zone_mismatch_score NUMERIC(4,1); \
    pace_score NUMERIC(3,1); usage_spike_score NUMERIC(3,1); referee_favorability_score \
    NUMERIC(3,1); look_ahead_pressure_score NUMERIC(3,1); travel_impact_score NUMERIC(3,1); \
    opponent_strength_score NUMERIC(3,1); total_composite_adjustment NUMERIC(5,2); \
    fatigue_context_json STRING; shot_zone_context_json STRING; pace_context_json STRING; \
    usage_context_json STRING; calculation_version STRING; data_completeness_pct NUMERIC(5,2); \
    missing_data_fields STRING; has_warnings BOOLEAN; warning_details STRING; \
    source_player_context_last_updated TIMESTAMP; source_player_context_rows_found INT64; \
    source_player_context_completeness_pct NUMERIC(5,2); source_team_context_last_updated TIMESTAMP; \
    source_team_context_rows_found INT64; source_team_context_completeness_pct NUMERIC(5,2); \
    source_player_shot_last_updated TIMESTAMP; source_player_shot_rows_found INT64; \
    source_player_shot_completeness_pct NUMERIC(5,2); source_team_defense_last_updated TIMESTAMP; \
    source_team_defense_rows_found INT64; source_team_defense_completeness_pct NUMERIC(5,2); \
    source_player_context_hash STRING; source_team_context_hash STRING; source_player_shot_hash \
    STRING; source_team_defense_hash STRING; data_hash STRING; early_season_flag BOOLEAN; \
    insufficient_data_reason STRING; expected_games_count INT64; actual_games_count INT64; \
    completeness_percentage FLOAT64; missing_games_count INT64; is_production_ready BOOLEAN; \
    data_quality_issues ARRAY<STRING>; upstream_player_shot_ready BOOLEAN; \
    upstream_team_defense_ready BOOLEAN; upstream_player_context_ready BOOLEAN; \
    upstream_team_context_ready BOOLEAN; all_upstreams_ready BOOLEAN; last_reprocess_attempt_at \
    TIMESTAMP; reprocess_attempt_count INT64; circuit_breaker_active BOOLEAN; circuit_breaker_until \
    TIMESTAMP; manual_override_required BOOLEAN; season_boundary_detected BOOLEAN; \
    backfill_bootstrap_mode BOOLEAN; processing_decision_reason STRING; created_at TIMESTAMP; \
    processed_at TIMESTAMP; quality_score FLOAT64; window_completeness FLOAT64; upstream_quality_min \
    FLOAT64; processing_context STRING";

const SCHEDULE: &str = "\
    game_id STRING NOT NULL; game_code STRING NOT NULL; season STRING NOT NULL; season_nba_format \
    STRING NOT NULL; season_year INT64 NOT NULL; game_date DATE NOT NULL; game_date_est TIMESTAMP; \
    game_status INT64; game_status_text STRING; home_team_id INT64 NOT NULL; home_team_tricode \
    STRING NOT NULL; home_team_name STRING NOT NULL; away_team_id INT64 NOT NULL; away_team_tricode \
    STRING NOT NULL; away_team_name STRING NOT NULL; arena_name STRING; arena_city STRING; \
    arena_state STRING; is_primetime BOOLEAN; has_national_tv BOOLEAN; primary_network STRING; \
    traditional_networks STRING; streaming_platforms STRING; is_regular_season BOOLEAN; is_playoffs \
    BOOLEAN; is_all_star BOOLEAN; is_emirates_cup BOOLEAN; playoff_round STRING; is_christmas \
    BOOLEAN; is_mlk_day BOOLEAN; day_of_week STRING; is_weekend BOOLEAN; time_slot STRING; \
    neutral_site_flag BOOLEAN; international_game BOOLEAN; arena_timezone STRING; home_team_score \
    INT64; away_team_score INT64; winning_team_tricode STRING; data_source STRING; source_updated_at \
    TIMESTAMP; source_file_path STRING NOT NULL; scrape_timestamp TIMESTAMP; created_at TIMESTAMP \
    NOT NULL; data_hash STRING; processed_at TIMESTAMP NOT NULL";

#[test]
fn columns_are_the_declared_ones() {
    let lake = Lake::new(7);
    let declared = [
        ("nba_precompute.player_composite_factors", FACTORS),
        ("nba_raw.nbac_schedule", SCHEDULE),
    ];
    for (name, declared) in declared {
        let mut tables = lake.manifest.tables.iter();
        let table = tables.find(|table| table.name == name).unwrap();
        for path in &table.files {
            let reader =
                SerializedFileReader::new(fs::File::open(lake.dir.path().join(path)).unwrap())
                    .unwrap();
            let metadata = reader.metadata().file_metadata();
            let columns: Vec<String> = metadata
                .schema_descr()
                .root_schema()
                .get_fields()
                .iter()
                .map(|column| declaration(column))
                .collect();
            let declared: Vec<String> = declared
                .split(';')
                .map(|c| c.trim().replace("BOOLEAN", "BOOL"))
                .collect();
            assert_eq!(columns, declared, "{path}");
            assert_eq!(metadata.key_value_metadata(), None);
            assert_eq!(
                metadata.created_by(),
                Some("parquet-cpp-arrow version 13.0.0")
            );
            assert_eq!(reader.metadata().num_row_groups(), 1);
            for chunk in reader.metadata().row_group(0).columns() {
                assert_eq!(chunk.compression(), Compression::SNAPPY);
                assert!(chunk.statistics().is_some());
                assert_eq!(chunk.offset_index_offset(), None);
            }
        }
    }
    assert_eq!(FACTORS.split(';').count(), 67);
    assert_eq!(SCHEDULE.split(';').count(), 46);
}

/// A column's BigQuery declaration, from its Parquet type.
fn declaration(column: &Type) -> String {
    let info = column.get_basic_info();
    let required = info.repetition() == Repetition::REQUIRED;
    if column.is_group() {
        assert!(required && info.logical_type_ref() == Some(&LogicalType::List));
        let [list] = column.get_fields() else {
            panic!("one repeated group")
        };
        assert_eq!(
            (list.name(), list.get_basic_info().repetition()),
            ("list", Repetition::REPEATED)
        );
        return match list.get_fields() {
            [element] if declaration(element) == "element STRING NOT NULL" => {
                format!("{} ARRAY<STRING>", info.name())
            }
            other => panic!("{other:?}"),
        };
    }
    let name = match (column.get_physical_type(), info.logical_type_ref()) {
        (Physical::BOOLEAN, None) => "BOOL".to_owned(),
        (Physical::INT32, Some(LogicalType::Date)) => "DATE".to_owned(),
        (Physical::DOUBLE, None) => "FLOAT64".to_owned(),
        (Physical::INT64, None) => "INT64".to_owned(),
        (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Decimal(_))) => {
            format!("NUMERIC({},{})", column.get_precision(), column.get_scale())
        }
        (Physical::BYTE_ARRAY, Some(LogicalType::String)) => "STRING".to_owned(),
        (Physical::INT64, Some(LogicalType::Timestamp(timestamp)))
            if !timestamp.is_adjusted_to_u_t_c && timestamp.unit == TimeUnit::MICROS =>
        {
            "TIMESTAMP".to_owned()
        }
        other => panic!("{other:?}"),
    };
    format!(
        "{} {name}{}",
        info.name(),
        if required { " NOT NULL" } else { "" }
    )
}
