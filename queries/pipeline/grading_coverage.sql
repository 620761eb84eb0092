-- What share of active picks with a line was graded, by week: under 80 % no hit rate of that week means much.
SELECT
  DATE_TRUNC(p.game_date, ISOWEEK) AS week_start,
  COUNT(*) AS picks,
  COUNTIF(a.player_lookup IS NOT NULL) AS graded,
  ROUND(100 * COUNTIF(a.player_lookup IS NOT NULL) / COUNT(*), 1) AS pct_graded,
  IF(COUNTIF(a.player_lookup IS NOT NULL) / COUNT(*) < 0.8, 'DO NOT USE', 'ok') AS hit_rates
FROM nba_predictions.player_prop_predictions p
LEFT JOIN (
  SELECT DISTINCT game_date, player_lookup, system_id FROM nba_predictions.prediction_accuracy
) a
  ON a.game_date = p.game_date AND a.player_lookup = p.player_lookup AND a.system_id = p.system_id
WHERE p.is_active = TRUE
  AND p.current_points_line IS NOT NULL
  AND p.game_date BETWEEN @start_date AND @end_date
GROUP BY 1
ORDER BY 1
