-- name: missing_in_b
-- table: nba_raw.player_gamelogs_a
-- meaning: rows of A that the backfill B never wrote
SELECT a.GAME_DATE, a.GAME_ID, a.PLAYER_ID
FROM nba_raw.player_gamelogs_a AS a
LEFT JOIN nba_raw.player_gamelogs_b AS b
  ON a.GAME_ID = b.GAME_ID AND a.PLAYER_ID = b.PLAYER_ID
WHERE b.GAME_ID IS NULL
