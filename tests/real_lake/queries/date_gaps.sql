-- name: date_gaps
-- table: nba_raw.player_gamelogs_a
-- severity: warning
-- meaning: days without a game within one season
SELECT game_date, previous, DATE_DIFF(game_date, previous, DAY) AS days
FROM (
  SELECT season, game_date, LAG(game_date) OVER (PARTITION BY season ORDER BY game_date) AS previous
  FROM (SELECT DISTINCT season, game_date FROM nba_raw.player_gamelogs_a)
)
WHERE DATE_DIFF(game_date, previous, DAY) > 10
