-- name: graded_share
-- table: nba_predictions.prediction_accuracy
-- value: {warning: 80, critical: 50, direction: below}
-- meaning: the share of active predictions (in percent) that were graded; below 80 no hit rate means anything
-- action: run the grading of these days
SELECT p.game_date, 100.0 * COUNT(a.player_lookup) / COUNT(*) AS value, COUNT(*) AS predictions
FROM (SELECT DISTINCT game_date, player_lookup, system_id FROM nba_predictions.player_prop_predictions) AS p
LEFT JOIN (SELECT DISTINCT game_date, player_lookup, system_id FROM nba_predictions.prediction_accuracy) AS a
  ON a.game_date = p.game_date AND a.player_lookup = p.player_lookup AND a.system_id = p.system_id
WHERE p.game_date < CURRENT_DATE() AND p.game_date BETWEEN @start_date AND @end_date
GROUP BY p.game_date
