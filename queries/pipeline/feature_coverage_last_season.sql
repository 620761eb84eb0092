-- How many rows have each kind of feature above 0 in the last seven days, against the same seven days a year
-- before. Within 5 points is fine, a loss of more than 10 a warning; lines below 80 % are critical, and so
-- are twice the rows a day (a backfill of everybody in place of those with a line).
WITH windows AS (
  SELECT 'this season' AS season, DATE_SUB(CURRENT_DATE(), INTERVAL 6 DAY) AS first_day, CURRENT_DATE() AS last_day
  UNION ALL
  SELECT 'last season', DATE_SUB(DATE_SUB(CURRENT_DATE(), INTERVAL 1 YEAR), INTERVAL 6 DAY), DATE_SUB(CURRENT_DATE(), INTERVAL 1 YEAR)
),
coverage AS (
  SELECT
    w.season,
    COUNT(*) / COUNT(DISTINCT f.game_date) AS rows_a_day,
    100 * COUNTIF(f.feature_25_value > 0) / COUNT(*) AS vegas,
    100 * COUNTIF(f.feature_0_value > 0) / COUNT(*) AS points_l5,
    100 * COUNTIF(f.feature_5_value > 0) / COUNT(*) AS fatigue,
    100 * COUNTIF(f.feature_28_value = 1 AND COALESCE(f.feature_25_value, 0) = 0) / COUNT(*) AS flag_mismatch
  FROM windows AS w
  INNER JOIN nba_predictions.ml_feature_store_v2 AS f
    ON f.game_date BETWEEN w.first_day AND w.last_day
  GROUP BY w.season
),
unpivoted AS (
  SELECT season, metric, value
  FROM coverage, UNNEST([
    STRUCT('rows_a_day' AS metric, rows_a_day AS value), STRUCT('vegas', vegas), STRUCT('points_l5', points_l5),
    STRUCT('fatigue', fatigue), STRUCT('flag_mismatch', flag_mismatch)
  ])
)
SELECT
  metric,
  ROUND(now.value, 2) AS this_season,
  ROUND(then_.value, 2) AS last_season,
  ROUND(now.value - then_.value, 2) AS difference,
  CASE
    WHEN metric = 'vegas' AND now.value < 80 THEN 'CRITICAL'
    WHEN metric = 'rows_a_day' AND now.value >= 2 * then_.value THEN 'CRITICAL'
    WHEN metric = 'rows_a_day' AND now.value >= 1.5 * then_.value THEN 'WARNING'
    WHEN metric = 'flag_mismatch' AND now.value > 5 THEN 'CRITICAL'
    WHEN metric IN ('vegas', 'points_l5', 'fatigue') AND now.value < then_.value - 10 THEN 'WARNING'
    ELSE 'OK'
  END AS status
FROM (SELECT * EXCEPT (season) FROM unpivoted WHERE season = 'this season') AS now
FULL OUTER JOIN (SELECT * EXCEPT (season) FROM unpivoted WHERE season = 'last season') AS then_ USING (metric)
ORDER BY metric
