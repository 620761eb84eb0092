-- How many graded picks were right, a week; weeks begin on Sunday, as WEEK does.
-- Break-even at -110 is 52.4 %; below 55 % is critical and below 60 % a warning.
SELECT
  DATE_TRUNC(game_date, WEEK) AS week_start,
  COUNT(*) AS predictions,
  ROUND(100.0 * COUNTIF(prediction_correct) / NULLIF(COUNTIF(prediction_correct IS NOT NULL), 0), 1) AS hit_rate,
  ROUND(AVG(predicted_points - actual_points), 2) AS bias,
  CASE
    WHEN SAFE_DIVIDE(COUNTIF(prediction_correct), COUNT(*)) < 0.55 THEN 'CRITICAL'
    WHEN SAFE_DIVIDE(COUNTIF(prediction_correct), COUNT(*)) < 0.60 THEN 'WARNING'
    ELSE 'OK'
  END AS status
FROM `nba-props-platform.nba_predictions.prediction_accuracy`
WHERE game_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 4 WEEK)
  AND game_date <= CURRENT_DATE()
  AND system_id = 'catboost_v8'
  AND prediction_correct IS NOT NULL
GROUP BY 1
ORDER BY 1 DESC
