-- name: turnovers
-- table: nba_raw.team_game_logs
-- severity: warning
-- meaning: one source counts team turnovers, the other does not
SELECT t.game_date, t.game_id, t.tov_home, g.TOV AS tov_a
FROM nba_raw.team_game_logs AS t
JOIN nba_raw.games_a AS g
  ON g.GAME_ID = t.game_id AND g.TEAM_ID = t.team_id_home
WHERE t.tov_home != g.TOV
