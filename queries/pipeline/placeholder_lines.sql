-- Days on which predictions were graded against the placeholder line 20.0, and what that does to the hit rate.
SELECT
  game_date,
  COUNT(*) AS n,
  COUNTIF(line_value = 20.0) AS at_20,
  ROUND(100 * COUNTIF(line_value = 20.0) / COUNT(*), 1) AS pct_at_20,
  ROUND(100 * SAFE_DIVIDE(COUNTIF(prediction_correct AND line_value = 20), COUNTIF(prediction_correct IS NOT NULL AND line_value = 20)), 1) AS hit_rate_at_20,
  ROUND(100 * SAFE_DIVIDE(COUNTIF(prediction_correct AND line_value != 20), COUNTIF(prediction_correct IS NOT NULL AND line_value != 20)), 1) AS hit_rate_else
FROM nba_predictions.prediction_accuracy
WHERE line_value IS NOT NULL AND game_date BETWEEN @start_date AND @end_date
GROUP BY game_date
HAVING COUNTIF(line_value = 20.0) >= 3
ORDER BY pct_at_20 DESC, game_date
