-- Whose points were nearer to the truth, the line's or ours: above 0 we beat Vegas.
-- Below 0 two weeks running is a warning, below -0.5 an alert. Pushes are not graded, so they don't count.
WITH weeks AS (
  SELECT
    DATE_TRUNC(game_date, WEEK) AS week_start,
    COUNT(*) AS n,
    ROUND(AVG(ABS(predicted_points - actual_points)), 2) AS model_mae,
    ROUND(AVG(ABS(line_value - actual_points)), 2) AS vegas_mae,
    ROUND(AVG(ABS(line_value - actual_points)) - AVG(ABS(predicted_points - actual_points)), 2) AS our_edge
  FROM `nba-props-platform.nba_predictions.prediction_accuracy`
  WHERE game_date BETWEEN DATE_SUB(CURRENT_DATE(), INTERVAL 12 WEEK) AND CURRENT_DATE()
    AND system_id LIKE 'catboost%'
    AND line_value IS NOT NULL
    AND prediction_correct IS NOT NULL
  GROUP BY week_start
)
SELECT
  *,
  our_edge - LAG(our_edge) OVER (ORDER BY week_start) AS change,
  CASE
    WHEN our_edge < -0.5 THEN 'ALERT'
    WHEN our_edge < 0 AND LAG(our_edge) OVER (ORDER BY week_start) < 0 THEN 'NOT COMPETITIVE'
    WHEN our_edge < 0 THEN 'WATCH'
    ELSE 'OK'
  END AS status
FROM weeks
ORDER BY week_start
