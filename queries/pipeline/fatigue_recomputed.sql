-- The fatigue score from its own inputs, by the pipeline's formula, against the JSON and the column.
WITH inputs AS (
  SELECT
    game_date,
    fatigue_score,
    CAST(JSON_VALUE(fatigue_context_json, '$.final_score') AS INT64) AS final_score,
    CAST(JSON_VALUE(fatigue_context_json, '$.days_rest') AS INT64) AS days_rest,
    JSON_VALUE(fatigue_context_json, '$.back_to_back') = 'true' AS back_to_back,
    CAST(JSON_VALUE(fatigue_context_json, '$.games_last_7') AS INT64) AS games_last_7,
    CAST(JSON_VALUE(fatigue_context_json, '$.minutes_last_7') AS FLOAT64) AS minutes_last_7,
    CAST(JSON_VALUE(fatigue_context_json, '$.avg_minutes_pg_last_7') AS FLOAT64) AS avg_minutes,
    CAST(JSON_VALUE(fatigue_context_json, '$.back_to_backs_last_14') AS INT64) AS b2b_last_14,
    CAST(JSON_VALUE(fatigue_context_json, '$.player_age') AS INT64) AS age,
    ARRAY_LENGTH(JSON_EXTRACT_ARRAY(fatigue_context_json, '$.penalties_applied')) AS penalties
  FROM nba_precompute.player_composite_factors
  WHERE fatigue_context_json IS NOT NULL
),
recomputed AS (
  SELECT
    *,
    LEAST(100, GREATEST(0,
      100
      + CASE WHEN back_to_back THEN -15 WHEN days_rest >= 3 THEN 5 ELSE 0 END
      + IF(games_last_7 >= 4, -10, 0)
      + IF(minutes_last_7 > 240, -10, 0)
      + IF(avg_minutes > 35, -8, 0)
      + CASE WHEN b2b_last_14 >= 2 THEN -12 WHEN b2b_last_14 = 1 THEN -5 ELSE 0 END
      + CASE WHEN age >= 35 THEN -10 WHEN age >= 30 THEN -5 ELSE 0 END)) AS score
  FROM inputs
)
SELECT
  DATE_TRUNC(game_date, MONTH) AS month,
  COUNT(*) AS n,
  COUNTIF(score = final_score) AS json_as_computed,
  COUNTIF(score IS DISTINCT FROM fatigue_score) AS column_otherwise,
  SUM(penalties) AS penalties,
  MIN(score) AS lowest
FROM recomputed
GROUP BY month
ORDER BY month
