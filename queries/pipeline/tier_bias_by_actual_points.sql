-- Bias by what a player scored THAT day: 25 star, 15 starter, 5 rotation, else bench.
-- Tiers cut by the result are biased by construction (who scored much was underrated): stars look
-- bad even for a perfect model. tier_bias_by_season_average.sql is the fair one.
SELECT
  'actual points of the day' AS tiers_by,
  CASE
    WHEN actual_points >= 25 THEN '1 star'
    WHEN actual_points >= 15 THEN '2 starter'
    WHEN actual_points >= 5 THEN '3 rotation'
    ELSE '4 bench'
  END AS tier,
  COUNT(*) AS n,
  ROUND(AVG(predicted_points - actual_points), 2) AS bias,
  ROUND(100 * SAFE_DIVIDE(COUNTIF(prediction_correct), COUNTIF(prediction_correct IS NOT NULL)), 1) AS hit_rate,
  -- More than 3 points fail, more than 5 are critical.
  IF(ABS(AVG(predicted_points - actual_points)) > 5, 'CRITICAL',
    IF(ABS(AVG(predicted_points - actual_points)) > 3, 'FAIL', 'OK')) AS status
FROM `nba_predictions.prediction_accuracy`
WHERE game_date >= '2025-11-01' AND game_date <= CURRENT_DATE()
  AND actual_points IS NOT NULL
  AND NOT COALESCE(is_voided, FALSE)
GROUP BY tier
ORDER BY tier
