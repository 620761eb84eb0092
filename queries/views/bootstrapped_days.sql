-- view: nba_reference.bootstrapped_days
-- meaning: the game days after the first 14 of a season, in which there is nothing to average yet
SELECT DISTINCT s.game_date
FROM nba_raw.nbac_schedule AS s
JOIN (SELECT season_year, MIN(game_date) AS first_day FROM nba_raw.nbac_schedule GROUP BY season_year) AS f
  ON f.season_year = s.season_year
WHERE s.game_status = 3 AND s.game_date >= DATE_ADD(f.first_day, INTERVAL 14 DAY)
