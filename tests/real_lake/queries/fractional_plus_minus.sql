-- name: fractional_plus_minus
-- table: nba_raw.games_a
-- meaning: a difference of points is a whole number
SELECT game_date, game_id, team_id, plus_minus
FROM nba_raw.games_a
WHERE plus_minus != ROUND(plus_minus)
