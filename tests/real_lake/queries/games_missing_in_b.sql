-- name: games_missing_in_b
-- table: nba_raw.player_gamelogs_a
-- meaning: games of A of which B has no row
SELECT DISTINCT a.game_date, a.game_id
FROM nba_raw.player_gamelogs_a AS a
WHERE a.game_id NOT IN (SELECT game_id FROM nba_raw.player_gamelogs_b)
