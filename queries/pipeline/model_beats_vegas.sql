-- The share of predictions nearer to the result than the line: below 42 % is critical, below 45 % a
-- warning, below 50 % normal. The labels say how sharp the lines were: under 45, 50 and 55 %.
SELECT
  system_id,
  EXTRACT(YEAR FROM game_date) AS year,
  EXTRACT(MONTH FROM game_date) AS month,
  COUNT(*) AS n,
  ROUND(100.0 * COUNTIF(absolute_error < ABS(line_value - actual_points)) / COUNT(*), 1) AS beats_vegas,
  CASE
    WHEN COUNTIF(absolute_error < ABS(line_value - actual_points)) / COUNT(*) < 0.42 THEN 'critical'
    WHEN COUNTIF(absolute_error < ABS(line_value - actual_points)) / COUNT(*) < 0.45 THEN 'warning'
    WHEN COUNTIF(absolute_error < ABS(line_value - actual_points)) / COUNT(*) < 0.50 THEN 'normal'
    ELSE 'good'
  END AS state,
  CASE
    WHEN AVG(IF(absolute_error < ABS(line_value - actual_points), 1, 0)) < 0.45 THEN 'VERY_SHARP'
    WHEN AVG(IF(absolute_error < ABS(line_value - actual_points), 1, 0)) < 0.50 THEN 'SHARP'
    WHEN AVG(IF(absolute_error < ABS(line_value - actual_points), 1, 0)) < 0.55 THEN 'NORMAL'
    ELSE 'SOFT'
  END AS market
FROM `nba-props-platform.nba_predictions.prediction_accuracy`
WHERE game_date BETWEEN @start_date AND @end_date
  AND line_value IS NOT NULL
  AND actual_points IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
