-- name: turnover_rows
-- table: nba_raw.team_game_logs
-- value: {critical: 7059, direction: below}
SELECT COUNT(*) AS value, MIN(t.tov_home - g.TOV) AS least, MAX(t.tov_home - g.TOV) AS most
FROM nba_raw.team_game_logs AS t
JOIN nba_raw.games_a AS g
  ON g.GAME_ID = t.game_id AND g.TEAM_ID = t.team_id_home
