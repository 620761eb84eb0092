-- The quality of 37 features: the last three days against a baseline of days -33 to -4 before today.
-- z is the shift of the mean in deviations of rows. In this order: |z| > 3 is CRITICAL; more than half zeros
-- where the mean should be above 1 is a collapse; |z| > 2 WARNING; values out of range; a deviation below a tenth of
-- what it was; |z| > 1.5 TRENDING.
WITH long AS (
  SELECT game_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 3 DAY) AS recent, f.*
  FROM `nba-props-platform.nba_predictions.ml_feature_store_v2`, UNNEST([
    STRUCT(0 AS i, 'points_avg_last_5' AS feature, feature_0_value AS value, 0.0 AS low, 80.0 AS high, 15.0 AS typical_mean),
    STRUCT(1, 'points_avg_last_10', feature_1_value, 0.0, 80.0, 15.0),
    STRUCT(2, 'points_avg_season', feature_2_value, 0.0, 60.0, 12.0),
    STRUCT(3, 'points_std_last_10', feature_3_value, 0.0, 30.0, 5.0),
    STRUCT(4, 'games_in_last_7_days', feature_4_value, 0.0, 7.0, 3.0),
    STRUCT(5, 'fatigue_score', feature_5_value, 0.0, 100.0, 90.0),
    STRUCT(6, 'shot_zone_mismatch_score', feature_6_value, -15.0, 15.0, 0.0),
    STRUCT(7, 'pace_score', feature_7_value, -8.0, 8.0, 0.0),
    STRUCT(8, 'usage_spike_score', feature_8_value, -8.0, 8.0, 0.0),
    STRUCT(9, 'rest_advantage', feature_9_value, -2.0, 2.0, 0.0),
    STRUCT(10, 'injury_risk', feature_10_value, 0.0, 3.0, 0.2),
    STRUCT(11, 'recent_trend', feature_11_value, -2.0, 2.0, 0.0),
    STRUCT(12, 'minutes_change', feature_12_value, -2.0, 2.0, 0.0),
    STRUCT(13, 'opponent_def_rating', feature_13_value, 95.0, 125.0, 110.0),
    STRUCT(14, 'opponent_pace', feature_14_value, 95.0, 125.0, 100.0),
    STRUCT(15, 'home_away', feature_15_value, 0.0, 1.0, 0.5),
    STRUCT(16, 'back_to_back', feature_16_value, 0.0, 1.0, 0.15),
    STRUCT(17, 'playoff_game', feature_17_value, 0.0, 1.0, 0.0),
    STRUCT(18, 'pct_paint', feature_18_value, 0.0, 1.0, 0.35),
    STRUCT(19, 'pct_mid_range', feature_19_value, 0.0, 1.0, 0.15),
    STRUCT(20, 'pct_three', feature_20_value, 0.0, 1.0, 0.35),
    STRUCT(21, 'pct_free_throw', feature_21_value, 0.0, 0.5, 0.15),
    STRUCT(22, 'team_pace', feature_22_value, 95.0, 125.0, 100.0),
    STRUCT(23, 'team_off_rating', feature_23_value, 95.0, 130.0, 110.0),
    STRUCT(24, 'team_win_pct', feature_24_value, 0.0, 1.0, 0.5),
    STRUCT(25, 'vegas_points_line', feature_25_value, -20.0, 50.0, 15.0),
    STRUCT(26, 'vegas_opening_line', feature_26_value, -20.0, 50.0, 15.0),
    STRUCT(27, 'vegas_line_move', feature_27_value, -10.0, 10.0, 0.0),
    STRUCT(28, 'has_vegas_line', feature_28_value, 0.0, 1.0, 0.8),
    STRUCT(29, 'avg_points_vs_opponent', feature_29_value, 0.0, 60.0, 12.0),
    STRUCT(30, 'games_vs_opponent', feature_30_value, 0.0, 50.0, 5.0),
    STRUCT(31, 'minutes_avg_last_10', feature_31_value, 0.0, 48.0, 25.0),
    STRUCT(32, 'ppm_avg_last_10', feature_32_value, 0.0, 1.5, 0.55),
    STRUCT(33, 'dnp_rate', feature_33_value, 0.0, 1.0, 0.1),
    STRUCT(34, 'pts_slope_10g', feature_34_value, -5.0, 5.0, 0.0),
    STRUCT(35, 'pts_vs_season_zscore', feature_35_value, -3.0, 3.0, 0.0),
    STRUCT(36, 'breakout_flag', feature_36_value, 0.0, 1.0, 0.05)
  ]) AS f
  WHERE game_date BETWEEN DATE_SUB(CURRENT_DATE(), INTERVAL 33 DAY) AND CURRENT_DATE()
),
stats AS (
  SELECT
    i,
    feature,
    low,
    high,
    typical_mean,
    AVG(IF(recent, NULL, value)) AS baseline_mean,
    STDDEV(IF(recent, NULL, value)) AS baseline_std,
    AVG(IF(recent, value, NULL)) AS recent_mean,
    STDDEV(IF(recent, value, NULL)) AS recent_std,
    MIN(IF(recent, value, NULL)) AS recent_min,
    MAX(IF(recent, value, NULL)) AS recent_max,
    SAFE_DIVIDE(COUNTIF(recent AND value = 0), COUNTIF(recent AND value IS NOT NULL)) AS zero_rate,
    APPROX_QUANTILES(IF(recent, value, NULL), 100)[OFFSET(5)] AS p5,
    APPROX_QUANTILES(IF(recent, value, NULL), 100)[OFFSET(50)] AS p50,
    APPROX_QUANTILES(IF(recent, value, NULL), 100)[OFFSET(95)] AS p95
  FROM long
  GROUP BY i, feature, low, high, typical_mean
),
scored AS (
  SELECT *, SAFE_DIVIDE(recent_mean - baseline_mean, baseline_std) AS z FROM stats
)
SELECT
  i,
  feature,
  ROUND(baseline_mean, 3) AS baseline_mean,
  ROUND(recent_mean, 3) AS recent_mean,
  ROUND(z, 2) AS z,
  ROUND(100 * zero_rate, 1) AS zero_pct,
  p5, p50, p95,
  CASE
    WHEN ABS(z) > 3 THEN 'CRITICAL'
    WHEN zero_rate > 0.5 AND typical_mean > 1 THEN 'CRITICAL_ZERO_COLLAPSE'
    WHEN ABS(z) > 2 THEN 'WARNING'
    WHEN recent_min < low OR recent_max > high THEN 'RANGE_VIOLATION'
    WHEN SAFE_DIVIDE(recent_std, baseline_std) < 0.1 AND baseline_std > 0.1 THEN 'VARIANCE_COLLAPSE'
    WHEN ABS(z) > 1.5 THEN 'TRENDING'
    ELSE 'OK'
  END AS status
FROM scored
ORDER BY i
