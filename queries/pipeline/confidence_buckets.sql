-- Hit rate by confidence, at the pipeline's old cuts of 0.87, 0.90, 0.92 and 0.95; it was dropped
-- because confidence predicts nothing. `r` is how confidence goes along with being right.
WITH graded AS (
  SELECT
    CASE
      WHEN confidence_score >= 0.95 THEN '95+'
      WHEN confidence_score >= 0.92 THEN '92-95'
      WHEN confidence_score >= 0.90 THEN '90-92'
      WHEN confidence_score >= 0.87 THEN '87-90'
      ELSE '<87'
    END AS bucket,
    confidence_score,
    prediction_correct
  FROM nba_predictions.prediction_accuracy
  WHERE game_date BETWEEN @start_date AND @end_date AND prediction_correct IS NOT NULL
)
SELECT
  bucket,
  COUNT(*) AS n,
  ROUND(100 * COUNT(*) / SUM(COUNT(*)) OVER (), 2) AS share,
  ROUND(100 * COUNTIF(prediction_correct) / COUNT(*), 1) AS hit_rate,
  ROUND(AVG(confidence_score), 3) AS claimed,
  ROUND(CORR(CAST(confidence_score AS FLOAT64), CAST(CAST(prediction_correct AS INT64) AS FLOAT64)), 6) AS r
FROM graded
GROUP BY bucket
HAVING COUNT(*) >= 5
ORDER BY bucket
