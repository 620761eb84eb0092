-- name: payload_points_home
-- table: nba_raw.team_game_logs
SELECT t.game_date, t.game_id, t.pts_home, JSON_VALUE(c.payload, '$.linescore.home.Total') AS payload_points
FROM nba_raw.team_game_logs AS t
JOIN nba_raw.contributions_json AS c ON c.game_id = t.game_id
WHERE CAST(JSON_VALUE(c.payload, '$.linescore.home.Total') AS INT64) != t.pts_home
  OR JSON_VALUE(c.payload, '$.linescore.home.Total') IS NULL
