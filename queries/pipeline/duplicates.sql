-- Keys with more than one row, and whether the rows say the same: the spread of each figure within the key.
-- A spread of 0 everywhere is a plain copy; anything else means two sources disagree.
SELECT
  game_date,
  player_lookup,
  COUNT(*) AS copies,
  COUNT(DISTINCT game_id) AS game_ids,
  MAX(points) - MIN(points) AS points_spread,
  MAX(minutes_played) - MIN(minutes_played) AS minutes_spread,
  MAX(fg_attempts) - MIN(fg_attempts) AS fga_spread,
  MAX(assists) - MIN(assists) AS assists_spread,
  IF(COUNT(DISTINCT TO_JSON_STRING(STRUCT(points, minutes_played, fg_attempts, assists, turnovers))) = 1, 'identical', 'CONFLICTING') AS kind
FROM `nba-props-platform.nba_analytics.player_game_summary`
WHERE game_date BETWEEN @start_date AND @end_date
GROUP BY game_date, player_lookup
HAVING COUNT(*) > 1
ORDER BY game_date, player_lookup
