-- The edge over Vegas by season, oldest first, with the seasons so far taken together.
SELECT
  IF(EXTRACT(MONTH FROM game_date) >= 10, EXTRACT(YEAR FROM game_date), EXTRACT(YEAR FROM game_date) - 1) AS season,
  COUNT(*) AS n,
  ROUND(AVG(ABS(line_value - actual_points) - absolute_error), 3) AS edge,
  SUM(COUNT(*)) OVER (ORDER BY IF(EXTRACT(MONTH FROM game_date) >= 10, EXTRACT(YEAR FROM game_date), EXTRACT(YEAR FROM game_date) - 1)) AS n_so_far,
  ROUND(STDDEV(signed_error), 4) AS sigma
FROM nba_predictions.prediction_accuracy
WHERE line_value IS NOT NULL AND prediction_correct IS NOT NULL
GROUP BY 1
ORDER BY 1
