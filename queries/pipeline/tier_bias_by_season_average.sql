-- Bias by what a player scores on average over the period: 25 star, 15 starter, 8 rotation, else bench.
WITH graded AS (
  SELECT player_lookup, predicted_points, actual_points, prediction_correct
  FROM `nba_predictions.prediction_accuracy`
  WHERE game_date >= '2025-11-01' AND game_date <= CURRENT_DATE()
    AND actual_points IS NOT NULL
    AND NOT COALESCE(is_voided, FALSE)
),
averages AS (
  SELECT player_lookup, AVG(actual_points) AS season_avg FROM graded GROUP BY player_lookup
)
SELECT
  'season average' AS tiers_by,
  CASE
    WHEN season_avg >= 25 THEN '1 star'
    WHEN season_avg >= 15 THEN '2 starter'
    WHEN season_avg >= 8 THEN '3 rotation'
    ELSE '4 bench'
  END AS tier,
  COUNT(*) AS n,
  COUNT(DISTINCT player_lookup) AS players,
  ROUND(AVG(predicted_points - actual_points), 2) AS bias,
  ROUND(100 * SAFE_DIVIDE(COUNTIF(prediction_correct), COUNTIF(prediction_correct IS NOT NULL)), 1) AS hit_rate,
  IF(ABS(AVG(predicted_points - actual_points)) > 5, 'CRITICAL',
    IF(ABS(AVG(predicted_points - actual_points)) > 3, 'FAIL', 'OK')) AS status
FROM graded
JOIN averages USING (player_lookup)
GROUP BY tier
ORDER BY tier
