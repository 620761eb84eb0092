-- Players of a final game who have a row in the summary but none in the feature store, by day.
SELECT
  s.game_date,
  COUNT(*) AS missing,
  COUNT(DISTINCT s.team_abbr) AS teams,
  ARRAY_TO_STRING(ARRAY_AGG(s.player_lookup ORDER BY s.player_lookup LIMIT 3), ', ') AS for_example
FROM (SELECT DISTINCT game_date, player_lookup, team_abbr FROM nba_analytics.player_game_summary) AS s
WHERE s.game_date BETWEEN @start_date AND @end_date
  AND NOT EXISTS (
    SELECT 1 FROM nba_predictions.ml_feature_store_v2 AS f
    WHERE f.game_date = s.game_date AND f.player_lookup = s.player_lookup
  )
GROUP BY s.game_date
ORDER BY s.game_date
