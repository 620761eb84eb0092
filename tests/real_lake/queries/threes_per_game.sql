-- name: threes_per_game
-- table: nba_raw.games_a
-- value: {warning: 72, critical: 80, direction: above}
-- meaning: three-point attempts of both teams a game
SELECT SEASON, ROUND(SUM(FG3A) / COUNT(DISTINCT GAME_ID), 2) AS value
FROM nba_raw.games_a
GROUP BY SEASON
