-- name: games_a_team
-- table: nba_raw.games_a
-- severity: warning
-- meaning: a regular season has 82 games a team
SELECT SEASON, TEAM_ID, COUNT(*) AS games
FROM nba_raw.games_a
GROUP BY SEASON, TEAM_ID
HAVING COUNT(*) != 82
