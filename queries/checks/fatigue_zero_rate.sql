-- name: fatigue_zero_rate
-- table: nba_precompute.player_composite_factors
-- value: {warning: 5, critical: 10, direction: above}
-- meaning: the share of rows (in percent) whose fatigue score is exactly 0, a score no rested player has
-- action: see fatigue_score_matches_json
SELECT game_date, 100.0 * COUNTIF(fatigue_score = 0) / COUNT(*) AS value, COUNT(*) AS row_count
FROM nba_precompute.player_composite_factors
WHERE game_date BETWEEN @start_date AND @end_date
GROUP BY game_date
