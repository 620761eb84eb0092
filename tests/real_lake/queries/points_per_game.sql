-- name: points_per_game
-- table: nba_raw.games_a
-- value: {warning: 228, critical: 240, direction: above}
SELECT SEASON, ROUND(SUM(PTS) / COUNT(DISTINCT GAME_ID), 2) AS value
FROM nba_raw.games_a
GROUP BY SEASON
