-- name: all_under
-- table: nba_predictions.player_prop_predictions
-- value: {warning: 80, critical: 90, direction: above}
-- meaning: the share of recommendations (in percent) that say UNDER; a model that says nothing else meets features it was not made for
-- action: compare feature_version with the version the model was trained on
SELECT game_date,
  100.0 * COUNTIF(recommendation = 'UNDER') / COUNT(*) AS value, COUNT(*) AS predictions
FROM nba_predictions.player_prop_predictions
WHERE recommendation IN ('OVER', 'UNDER') AND system_id LIKE 'catboost%'
  AND game_date BETWEEN @start_date AND @end_date
GROUP BY game_date
HAVING COUNT(*) >= 3
