-- name: two_away_rows
-- table: nba_raw.games_a
-- meaning: both teams of a game are marked as visitors
SELECT GAME_DATE, GAME_ID, COUNTIF(MATCHUP LIKE '%@%') AS away_rows
FROM nba_raw.games_a
GROUP BY GAME_DATE, GAME_ID
HAVING away_rows = 2
