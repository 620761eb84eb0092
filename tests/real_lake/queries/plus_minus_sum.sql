-- name: plus_minus_sum
-- table: nba_raw.games_a
-- meaning: the differences of a game's two teams cancel out
SELECT GAME_DATE, GAME_ID, SUM(PLUS_MINUS) AS total
FROM nba_raw.games_a
GROUP BY 1, 2
HAVING SUM(PLUS_MINUS) != 0
