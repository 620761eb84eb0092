-- The same mean, where games the player sat out were averaged in as 0 points: by day, how many rows equal
-- the mean over played games and how many only that over all games.
WITH games AS (
  SELECT player_lookup, game_date, season_year, COALESCE(points, 0) AS points, minutes_played > 0 AS on_floor
  FROM nba_analytics.player_game_summary
  QUALIFY ROW_NUMBER() OVER (PARTITION BY player_lookup, game_date ORDER BY processed_at, game_id) = 1
),
rows_of_days AS (
  SELECT
    c.cache_date,
    c.points_avg_last_5,
    ARRAY(
      SELECT AS STRUCT g.points, g.on_floor
      FROM games AS g
      WHERE g.player_lookup = c.player_lookup
        AND g.game_date < c.cache_date
        AND DATE_DIFF(c.cache_date, g.game_date, DAY) <= 150
      ORDER BY g.game_date DESC
      LIMIT 12
    ) AS before
  FROM nba_precompute.player_daily_cache AS c
  WHERE c.cache_date BETWEEN @start_date AND @end_date
    AND c.points_avg_last_5 IS NOT NULL
),
both AS (
  SELECT
    cache_date,
    points_avg_last_5,
    (SELECT AVG(points) FROM (SELECT b.points FROM UNNEST(before) AS b WITH OFFSET AS o WHERE b.on_floor ORDER BY o LIMIT 5)) AS played_l5,
    (SELECT AVG(b.points) FROM UNNEST(before) AS b WITH OFFSET AS o WHERE o < 5) AS all_l5
  FROM rows_of_days
)
SELECT
  cache_date,
  COUNT(*) AS n,
  COUNTIF(ABS(points_avg_last_5 - played_l5) < 0.1) AS as_played,
  COUNTIF(ABS(points_avg_last_5 - played_l5) >= 0.1 AND ABS(points_avg_last_5 - all_l5) < 0.1) AS with_dnp,
  ROUND(MAX(ABS(points_avg_last_5 - played_l5)), 1) AS worst
FROM both
GROUP BY cache_date
ORDER BY cache_date
