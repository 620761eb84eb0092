-- Does a greater edge win more often? Edges of at least 2, 3, 4, 5 and 7 points, each with all above it.
-- Only what was settled counts: no voids, no PASS, no pushes. 52.4 % is break-even.
SELECT
  least AS edge_at_least,
  COUNT(*) AS n,
  COUNTIF(prediction_correct) AS wins,
  ROUND(100 * COUNTIF(prediction_correct) / COUNT(*), 1) AS hit_rate,
  COUNTIF(prediction_correct) / COUNT(*) >= 0.524 AS pays
FROM `nba-props-platform.nba_predictions.prediction_accuracy` AS p
CROSS JOIN UNNEST([2, 3, 4, 5, 7]) AS least
WHERE p.game_date BETWEEN @start_date AND @end_date
  AND p.is_voided IS NOT TRUE
  AND p.recommendation NOT IN ('PASS', 'HOLD', 'NO_LINE')
  AND p.prediction_correct IS NOT NULL
  AND ABS(p.predicted_points - p.line_value) >= least
GROUP BY least
ORDER BY least
