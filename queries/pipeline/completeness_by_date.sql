-- Every day of the period against the schedule: games that are final, teams and players there should be, and the
-- rows each table has. Players are expected from the summary, teams from the schedule.
WITH days AS (
  SELECT day FROM UNNEST(GENERATE_DATE_ARRAY(@start_date, @end_date)) AS day
),
schedule AS (
  SELECT game_date, COUNT(DISTINCT game_id) AS games, 2 * COUNT(DISTINCT game_id) AS teams
  FROM `nba-props-platform.nba_reference.nba_schedule`
  WHERE game_status = 3 AND game_date BETWEEN @start_date AND @end_date
  GROUP BY game_date
),
summary AS (
  SELECT game_date, COUNT(DISTINCT team_abbr) AS teams, COUNT(DISTINCT player_lookup) AS players
  FROM `nba-props-platform.nba_analytics.player_game_summary`
  WHERE game_date BETWEEN @start_date AND @end_date
  GROUP BY game_date
)
SELECT
  d.day AS game_date,
  IFNULL(s.games, 0) AS games,
  IFNULL(s.teams, 0) AS teams_expected,
  IFNULL(p.teams, 0) AS teams_there,
  IFNULL(p.players, 0) AS players,
  (SELECT COUNT(DISTINCT c.player_lookup) FROM nba_precompute.player_daily_cache AS c WHERE c.cache_date = d.day) AS cached,
  (SELECT COUNT(DISTINCT c.player_lookup) FROM nba_precompute.player_composite_factors AS c WHERE c.game_date = d.day) AS composite,
  (SELECT COUNT(DISTINCT f.player_lookup) FROM nba_predictions.ml_feature_store_v2 AS f WHERE f.game_date = d.day) AS features,
  CASE
    WHEN s.games IS NULL THEN 'no game'
    WHEN NOT EXISTS (SELECT 1 FROM nba_predictions.ml_feature_store_v2 AS f WHERE f.game_date = d.day) THEN 'MISSING'
    WHEN IFNULL(p.teams, 0) < s.teams THEN 'INCOMPLETE'
    WHEN (SELECT COUNT(DISTINCT f.player_lookup) FROM nba_predictions.ml_feature_store_v2 AS f WHERE f.game_date = d.day) < p.players THEN 'PARTIAL'
    ELSE 'complete'
  END AS state
FROM days AS d
LEFT JOIN schedule AS s ON s.game_date = d.day
LEFT JOIN summary AS p ON p.game_date = d.day
ORDER BY game_date
