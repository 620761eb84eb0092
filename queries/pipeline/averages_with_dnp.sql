-- The same mean, where games the player sat out were averaged in as 0 points: by day, how many rows equal
-- the mean over played games and how many only that over all games.
WITH games AS (
  SELECT player_lookup, game_date, COALESCE(points, 0) AS points, COALESCE(minutes_played, 0) > 0 AS on_floor
  FROM nba_analytics.player_game_summary
  WHERE season_year = 2025
  QUALIFY ROW_NUMBER() OVER (PARTITION BY player_lookup, game_date ORDER BY processed_at, game_id) = 1
),
ranked AS (
  SELECT
    c.cache_date,
    c.player_lookup,
    c.points_avg_last_5,
    g.points,
    g.on_floor,
    ROW_NUMBER() OVER (PARTITION BY c.cache_date, c.player_lookup ORDER BY g.game_date DESC) AS nth,
    ROW_NUMBER() OVER (PARTITION BY c.cache_date, c.player_lookup, g.on_floor ORDER BY g.game_date DESC) AS nth_alike
  FROM nba_precompute.player_daily_cache AS c
  JOIN games AS g ON g.player_lookup = c.player_lookup AND g.game_date < c.cache_date
  WHERE c.cache_date BETWEEN @start_date AND @end_date
    AND c.points_avg_last_5 IS NOT NULL
),
both AS (
  SELECT
    cache_date,
    player_lookup,
    MIN(points_avg_last_5) AS cached,
    AVG(IF(on_floor AND nth_alike <= 5, points, NULL)) AS played_l5,
    AVG(IF(nth <= 5, points, NULL)) AS all_l5
  FROM ranked
  GROUP BY cache_date, player_lookup
)
SELECT
  cache_date,
  COUNT(*) AS n,
  COUNTIF(ABS(cached - played_l5) < 0.1) AS as_played,
  COUNTIF(ABS(cached - played_l5) >= 0.1 AND ABS(cached - all_l5) < 0.1) AS with_dnp,
  ROUND(MAX(ABS(cached - played_l5)), 1) AS worst
FROM both
GROUP BY cache_date
ORDER BY cache_date
