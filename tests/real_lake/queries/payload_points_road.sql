-- name: payload_points_road
-- table: nba_raw.team_game_logs
SELECT t.game_date, t.game_id, t.pts_road, JSON_VALUE(c.payload, '$.linescore.road.Total') AS payload_points
FROM nba_raw.team_game_logs AS t
JOIN nba_raw.contributions_json AS c ON c.game_id = t.game_id
WHERE CAST(JSON_VALUE(c.payload, '$.linescore.road.Total') AS INT64) != t.pts_road
  OR JSON_VALUE(c.payload, '$.linescore.road.Total') IS NULL
