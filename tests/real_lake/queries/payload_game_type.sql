-- name: payload_game_type
-- table: nba_raw.team_game_logs
-- severity: warning
-- meaning: the document spells the game's type otherwise
SELECT t.game_date, t.game_id, t.game_type, JSON_VALUE(c.payload, '$.game_info.game_type') AS payload_type
FROM nba_raw.team_game_logs AS t
JOIN nba_raw.contributions_json AS c ON c.game_id = t.game_id
WHERE JSON_VALUE(c.payload, '$.game_info.game_type') != t.game_type
