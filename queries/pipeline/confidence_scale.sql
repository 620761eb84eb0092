-- Confidence is stored from 0 to 100 in predictions and from 0 to 1 in gradings. Days and systems with both scales.
SELECT
  game_date,
  system_id,
  COUNT(*) AS n,
  COUNTIF(confidence_score <= 1) AS fractions,
  MIN(confidence_score) AS lowest,
  MAX(confidence_score) AS highest,
  ROUND(AVG(IF(confidence_score <= 1, confidence_score * 100, confidence_score)), 2) AS mean_percent
FROM `nba-props-platform.nba_predictions.player_prop_predictions`
WHERE game_date BETWEEN @start_date AND @end_date
GROUP BY game_date, system_id
HAVING COUNTIF(confidence_score <= 1) > 0
ORDER BY game_date, system_id
