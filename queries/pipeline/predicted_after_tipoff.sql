-- Predictions made when the game had begun: no forecast, whatever they hit. By day, with the latest.
SELECT
  game_date,
  COUNT(*) AS late,
  FORMAT_TIMESTAMP('%Y-%m-%d %H:%M', MAX(TIMESTAMP(predicted_at))) AS latest,
  EXTRACT(HOUR FROM MAX(TIMESTAMP(predicted_at)) AT TIME ZONE 'America/New_York') AS hour_in_new_york
FROM nba_predictions.player_prop_predictions
WHERE prediction_made_before_game IS FALSE
GROUP BY game_date
ORDER BY game_date
