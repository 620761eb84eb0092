-- name: extra_in_b
-- table: nba_raw.player_gamelogs_b
SELECT b.game_id, b.player_id
FROM nba_raw.player_gamelogs_b AS b
LEFT JOIN nba_raw.player_gamelogs_a AS a USING (game_id, player_id)
WHERE a.wl IS NULL AND a.matchup IS NULL
