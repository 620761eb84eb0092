-- The line a feature holds against the last one offered before the game: half a point apart is look-ahead,
-- most plainly where it equals a line offered during the game.
WITH closing AS (
  SELECT game_date, player_lookup, points_line
  FROM nba_raw.odds_api_player_points_props
  WHERE minutes_before_tipoff >= 0 AND bookmaker = 'draftkings'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date, player_lookup ORDER BY minutes_before_tipoff, snapshot_timestamp DESC) = 1
),
live AS (
  SELECT game_date, player_lookup, ARRAY_AGG(points_line ORDER BY minutes_before_tipoff LIMIT 1)[OFFSET(0)] AS points_line
  FROM nba_raw.odds_api_player_points_props
  WHERE minutes_before_tipoff < 0
  GROUP BY game_date, player_lookup
)
SELECT
  f.game_date,
  COUNT(*) AS n,
  COUNTIF(ABS(f.feature_25_value - c.points_line) > 0.5) AS off_by_more,
  COUNTIF(ABS(f.feature_25_value - c.points_line) > 0.5 AND f.feature_25_value = l.points_line) AS equals_live,
  ROUND(AVG(ABS(f.feature_25_value - c.points_line)), 4) AS mean_gap
FROM nba_predictions.ml_feature_store_v2 AS f
JOIN closing AS c USING (game_date, player_lookup)
LEFT JOIN live AS l USING (game_date, player_lookup)
WHERE f.game_date BETWEEN @start_date AND @end_date
  AND f.feature_25_value IS NOT NULL
GROUP BY f.game_date
ORDER BY f.game_date
