-- name: other_matchup
-- table: nba_raw.player_gamelogs_a
-- meaning: A and B name other opponents for the same game
SELECT a.GAME_DATE, a.GAME_ID, a.PLAYER_ID, a.MATCHUP, b.MATCHUP AS matchup_b
FROM nba_raw.player_gamelogs_a AS a
JOIN nba_raw.player_gamelogs_b AS b
  ON a.GAME_ID = b.GAME_ID AND a.PLAYER_ID = b.PLAYER_ID
WHERE a.MATCHUP != b.MATCHUP
