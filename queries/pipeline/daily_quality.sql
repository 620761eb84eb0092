-- The daily quality checker for @check_date: a row a check, with its value and the two limits.
-- `feature_completeness` can't fail in BigQuery, where an ARRAY column is never NULL; the last row asks
-- what it meant to ask.
WITH summary AS (
  SELECT * FROM `nba-props-platform.nba_analytics.player_game_summary` WHERE game_date = @check_date
),
composite AS (
  SELECT * FROM `nba-props-platform.nba_precompute.player_composite_factors` WHERE game_date = @check_date
),
store AS (
  SELECT * FROM `nba-props-platform.nba_predictions.ml_feature_store_v2` WHERE game_date = @check_date
),
measured AS (
  SELECT 'pct_zero_points' AS check_name, ROUND(100.0 * COUNTIF(points = 0) / NULLIF(COUNT(*), 0), 2) AS value FROM summary
  UNION ALL
  SELECT 'pct_dnp_marked', ROUND(100.0 * COUNTIF(is_dnp = TRUE) / NULLIF(COUNT(*), 0), 2) FROM summary
  UNION ALL
  SELECT 'pct_dnp_null', ROUND(100.0 * COUNTIF(is_dnp IS NULL) / NULLIF(COUNT(*), 0), 2) FROM summary
  UNION ALL
  SELECT 'record_count', COUNT(*) FROM summary
  UNION ALL
  SELECT 'fatigue_avg', AVG(fatigue_score) FROM composite
  UNION ALL
  SELECT 'fatigue_zero_rate', ROUND(100.0 * COUNTIF(fatigue_score = 0) / NULLIF(COUNT(*), 0), 2) FROM composite
  UNION ALL
  SELECT 'feature_completeness', ROUND(100.0 * COUNTIF(features IS NOT NULL) / NULLIF(COUNT(*), 0), 2) FROM store
  UNION ALL
  SELECT 'feature_populated', ROUND(100.0 * COUNTIF(feature_0_value IS NOT NULL AND feature_5_value IS NOT NULL) / NULLIF(COUNT(*), 0), 2) FROM store
)
SELECT
  m.check_name,
  m.value,
  t.direction,
  t.warning,
  t.critical,
  CASE
    WHEN t.direction = 'above' AND m.value > t.critical OR t.direction = 'below' AND m.value < t.critical THEN 'CRITICAL'
    WHEN t.direction = 'above' AND m.value > t.warning OR t.direction = 'below' AND m.value < t.warning THEN 'WARNING'
    ELSE 'OK'
  END AS status
FROM measured AS m
JOIN UNNEST([
  STRUCT('pct_zero_points' AS check_name, 'above' AS direction, 15.0 AS warning, 30.0 AS critical),
  STRUCT('pct_dnp_marked', 'below', 5.0, 0.0),
  STRUCT('pct_dnp_null', 'above', 0.1, 1.0),
  STRUCT('record_count', 'below', 100.0, 50.0),
  STRUCT('fatigue_avg', 'below', 50.0, 30.0),
  STRUCT('fatigue_zero_rate', 'above', 5.0, 10.0),
  STRUCT('feature_completeness', 'below', 95.0, 90.0),
  STRUCT('feature_populated', 'below', 95.0, 90.0)
]) AS t USING (check_name)
ORDER BY check_name
