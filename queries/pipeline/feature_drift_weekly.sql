-- The drift detector: seven days that end yesterday against the seven before, for its key features.
-- The greater change of mean and deviation decides: over 50 / 75 % critical, 30 / 50 high, 15 / 25 medium,
-- 10 / 15 low. Means near 0 (6, 7) make the change meaningless large.
WITH long AS (
  SELECT
    game_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY) AS current_week,
    i,
    feature_names[OFFSET(i)] AS feature,
    value
  FROM `nba-props-platform.nba_predictions.ml_feature_store_v2`, UNNEST(features) AS value WITH OFFSET AS i
  WHERE game_date BETWEEN CURRENT_DATE() - 14 AND CURRENT_DATE() - 1
    AND early_season_flag IS NOT TRUE
    AND i IN (0, 1, 5, 6, 7, 14, 15, 18, 19, 21, 22, 25, 30, 31, 39, 54, 55)
),
weeks AS (
  SELECT
    i,
    feature,
    AVG(IF(current_week, value, NULL)) AS mean_now,
    AVG(IF(current_week, NULL, value)) AS mean_before,
    STDDEV(IF(current_week, value, NULL)) AS std_now,
    STDDEV(IF(current_week, NULL, value)) AS std_before,
    APPROX_QUANTILES(IF(current_week, value, NULL), 4)[OFFSET(1)] AS p25,
    APPROX_QUANTILES(IF(current_week, value, NULL), 4)[OFFSET(2)] AS p50,
    APPROX_QUANTILES(IF(current_week, value, NULL), 4)[OFFSET(3)] AS p75
  FROM long
  GROUP BY i, feature
),
changes AS (
  SELECT
    *,
    CASE WHEN mean_before = 0 THEN IF(mean_now = 0, 0, 100) ELSE 100 * (mean_now - mean_before) / ABS(mean_before) END AS mean_change,
    CASE WHEN std_before = 0 THEN IF(std_now = 0, 0, 100) ELSE 100 * (std_now - std_before) / ABS(std_before) END AS std_change
  FROM weeks
)
SELECT
  i,
  feature,
  ROUND(mean_now, 3) AS mean_now,
  ROUND(mean_before, 3) AS mean_before,
  ROUND(mean_change, 1) AS mean_change_pct,
  ROUND(std_change, 1) AS std_change_pct,
  p25, p50, p75,
  CASE
    WHEN ABS(mean_change) > 50 OR ABS(std_change) > 75 THEN 'CRITICAL'
    WHEN ABS(mean_change) > 30 OR ABS(std_change) > 50 THEN 'HIGH'
    WHEN ABS(mean_change) > 15 OR ABS(std_change) > 25 THEN 'MEDIUM'
    WHEN ABS(mean_change) > 10 OR ABS(std_change) > 15 THEN 'LOW'
    ELSE 'OK'
  END AS severity
FROM changes
ORDER BY i
