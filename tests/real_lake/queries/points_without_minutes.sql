-- name: points_without_minutes
-- table: nba_raw.player_gamelogs_a
SELECT game_date, game_id, player_id, pts
FROM nba_raw.player_gamelogs_a
WHERE min = 0 AND pts > 0
