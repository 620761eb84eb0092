-- Predictions that were graded more than once, because a changed line made a new row; the later one is number 1.
SELECT
  player_lookup, game_date, system_id, line_value, prediction_correct,
  ROW_NUMBER() OVER w AS latest,
  COUNT(*) OVER (PARTITION BY player_lookup, game_date, system_id) AS copies
FROM nba_predictions.prediction_accuracy
WHERE game_date BETWEEN @start_date AND @end_date
QUALIFY copies > 1
WINDOW w AS (PARTITION BY player_lookup, game_date, system_id ORDER BY graded_at DESC)
ORDER BY game_date, player_lookup, latest
