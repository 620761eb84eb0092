-- Days on which a system's picks with an edge of 3 points nearly all go one way: more than 80 % is a warning,
-- more than 90 % critical, and OVER on less than a quarter of them is red. A model that met features it was
-- not trained on says UNDER to everything.
SELECT
  game_date,
  system_id,
  COUNT(*) AS picks,
  ROUND(100.0 * COUNTIF(recommendation = 'OVER') / COUNT(*), 1) AS pct_over,
  ROUND(AVG(predicted_points - current_points_line), 2) AS mean_margin,
  CASE
    WHEN GREATEST(COUNTIF(recommendation = 'OVER'), COUNTIF(recommendation = 'UNDER')) / COUNT(*) > 0.9 THEN 'CRITICAL'
    WHEN GREATEST(COUNTIF(recommendation = 'OVER'), COUNTIF(recommendation = 'UNDER')) / COUNT(*) > 0.8 THEN 'WARNING'
    ELSE 'OK'
  END AS status,
  COUNTIF(recommendation = 'OVER') / COUNT(*) < 0.25 AS red
FROM `nba-props-platform.nba_predictions.player_prop_predictions`
WHERE game_date BETWEEN @start_date AND @end_date
  AND is_active
  AND ABS(predicted_points - current_points_line) >= 3
GROUP BY game_date, system_id
HAVING picks >= 5 AND status != 'OK'
ORDER BY game_date, system_id
