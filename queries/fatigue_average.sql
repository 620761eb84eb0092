-- name: fatigue_average
-- table: nba_precompute.player_composite_factors
-- value: {warning: 50, critical: 30, direction: below}
-- meaning: the mean fatigue score of a day; 90 to 95 is usual
SELECT game_date, AVG(fatigue_score) AS value
FROM nba_precompute.player_composite_factors
GROUP BY game_date
