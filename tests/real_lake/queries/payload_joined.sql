-- name: payload_joined
-- table: nba_raw.contributions_json
-- value: {critical: 785, direction: below}
-- meaning: every document has its game in the other tables
SELECT COUNT(*) AS value
FROM nba_raw.team_game_logs AS t
JOIN nba_raw.contributions_json AS c ON c.game_id = t.game_id
JOIN nba_raw.box_advanced AS b ON b.game_id = t.game_id
