-- name: new_game_types
-- table: nba_raw.team_game_logs
-- severity: warning
-- meaning: game types that no season before 2023-24 has
SELECT game_date, game_id, game_type
FROM nba_raw.team_game_logs
WHERE STARTS_WITH(game_type, 'nba_cup')
