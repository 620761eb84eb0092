-- The fatigue column against the score in the JSON beside it. Where they differ, is the column what the
-- score's adjustment (score - 100) / 20 is, cut to a whole number?
SELECT
  game_date,
  COUNT(*) AS n,
  COUNTIF(fatigue_score != CAST(JSON_VALUE(fatigue_context_json, '$.final_score') AS INT64)) AS different,
  COUNTIF(fatigue_score = CAST(TRUNC((SAFE_CAST(JSON_EXTRACT_SCALAR(fatigue_context_json, '$.final_score') AS FLOAT64) - 100) / 20) AS INT64)) AS as_adjustment,
  COUNTIF(ABS(shot_zone_mismatch_score - SAFE_CAST(JSON_VALUE(shot_zone_context_json, '$.final_score') AS NUMERIC)) > 0.051) AS zone_different,
  COUNTIF(JSON_VALUE(shot_zone_context_json, '$.missing_data') = 'true') AS zone_missing,
  ROUND(AVG(CAST(JSON_VALUE(fatigue_context_json, '$.final_score') AS INT64)), 2) AS mean_in_json,
  ROUND(AVG(fatigue_score), 2) AS mean_in_column
FROM `nba-props-platform.nba_precompute.player_composite_factors`
WHERE game_date BETWEEN @start_date AND @end_date
  AND fatigue_context_json IS NOT NULL
GROUP BY game_date
ORDER BY game_date
