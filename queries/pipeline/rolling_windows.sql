-- Hit rates of picks with an edge of 3 points over 7, 14 and 30 days, as the daily performance table has them.
-- Its windows of 7 and 14 days leave their first day out (>), that of 30 days does not (>=), and what was
-- not graded (a push, a void) counts as lost there. `settled_hit_rate` is the rate of what was graded, as in
-- weekly_hit_rate.sql. States: under 5 picks INSUFFICIENT, then below 52.4, 55 and 58 %.
WITH picks AS (
  SELECT game_date, system_id, prediction_correct, ABS(predicted_points - line_value) AS edge
  FROM nba_predictions.prediction_accuracy
  WHERE game_date <= CURRENT_DATE()
    AND ABS(predicted_points - line_value) >= 3
),
windows AS (
  SELECT * FROM UNNEST([
    STRUCT('7d' AS name, DATE_ADD(DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY), INTERVAL 1 DAY) AS first_day),
    STRUCT('14d', DATE_ADD(DATE_SUB(CURRENT_DATE(), INTERVAL 14 DAY), INTERVAL 1 DAY)),
    STRUCT('30d', DATE_SUB(CURRENT_DATE(), INTERVAL 30 DAY))
  ])
)
SELECT
  w.name AS rolling,
  w.first_day,
  p.system_id,
  COUNT(*) AS n,
  ROUND(SAFE_DIVIDE(SUM(CASE WHEN prediction_correct THEN 1 ELSE 0 END), COUNT(*)) * 100, 1) AS hit_rate,
  ROUND(SAFE_DIVIDE(COUNTIF(prediction_correct), COUNT(prediction_correct)) * 100, 1) AS settled_hit_rate,
  ROUND(AVG(POWER(LEAST(CAST(edge AS FLOAT64) / 15, 1) - CASE WHEN prediction_correct THEN 1 ELSE 0 END, 2)), 4) AS brier,
  CASE
    WHEN COUNT(*) < 5 THEN 'INSUFFICIENT'
    WHEN 100 * COUNTIF(prediction_correct) / COUNT(*) < 52.4 THEN 'BLOCKED'
    WHEN 100 * COUNTIF(prediction_correct) / COUNT(*) < 55 THEN 'DEGRADING'
    WHEN 100 * COUNTIF(prediction_correct) / COUNT(*) < 58 THEN 'WATCH'
    ELSE 'HEALTHY'
  END AS state
FROM windows AS w
JOIN picks AS p ON p.game_date >= w.first_day
GROUP BY 1, 2, 3
ORDER BY 2 DESC, 3
