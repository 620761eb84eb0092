-- name: old_game_types
-- table: nba_raw.team_game_logs
-- meaning: the spelling of game types changed with 2022-23
SELECT game_date, game_id, game_type
FROM nba_raw.team_game_logs
WHERE game_type IN ('playin', 'playoff')
