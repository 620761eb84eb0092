-- The graded predictions with one row a player, day and system: picks before passes, graded before not, the
-- latest first. What a hit rate is without and with it, by system.
WITH numbered AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY player_lookup, game_date, system_id
      ORDER BY
        CASE WHEN recommendation IN ('OVER', 'UNDER') THEN 0 ELSE 1 END,
        CASE WHEN prediction_correct IS NOT NULL THEN 0 ELSE 1 END,
        graded_at DESC
    ) AS rn
  FROM `nba-props-platform.nba_predictions.prediction_accuracy`
  WHERE game_date BETWEEN @start_date AND @end_date
),
deduped AS (
  SELECT * EXCEPT (rn) FROM numbered WHERE rn = 1
)
SELECT
  system_id,
  'as stored' AS form,
  COUNT(*) AS n,
  COUNTIF(prediction_correct) AS wins,
  ROUND(100 * SAFE_DIVIDE(COUNTIF(prediction_correct), COUNT(prediction_correct)), 2) AS hit_rate,
  SUM(line_value) AS lines
FROM numbered
GROUP BY system_id
UNION ALL
SELECT
  system_id,
  'once' AS form,
  COUNT(*) AS n,
  COUNTIF(prediction_correct) AS wins,
  ROUND(100 * SAFE_DIVIDE(COUNTIF(prediction_correct), COUNT(prediction_correct)), 2) AS hit_rate,
  SUM(line_value) AS lines
FROM deduped
GROUP BY system_id
ORDER BY system_id, form
