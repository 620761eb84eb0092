-- Features that were copied from composite factors before those were written again, by day.
SELECT
  f.game_date,
  COUNT(*) AS n,
  COUNTIF(f.source_composite_last_updated < c.processed_at) AS built_before,
  COUNTIF(ABS(f.feature_7_value - CAST(c.pace_score AS FLOAT64)) > 0.05) AS pace_differs,
  COUNTIF(f.feature_5_value != c.fatigue_score) AS fatigue_differs,
  MAX(TIMESTAMP_DIFF(TIMESTAMP(c.processed_at), TIMESTAMP(f.source_composite_last_updated), HOUR)) AS hours_behind
FROM `nba-props-platform.nba_predictions.ml_feature_store_v2` AS f
JOIN `nba-props-platform.nba_precompute.player_composite_factors` AS c
  USING (game_date, player_lookup)
WHERE f.game_date BETWEEN @start_date AND @end_date
GROUP BY f.game_date
ORDER BY 1
