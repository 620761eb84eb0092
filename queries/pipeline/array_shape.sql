-- Is the array as long as its count says, and are its names unique and in their places? By version.
SELECT
  feature_version,
  feature_count,
  ARRAY_LENGTH(features) AS length,
  COUNT(*) AS n,
  COUNTIF(ARRAY_LENGTH(features) != feature_count OR ARRAY_LENGTH(feature_names) != feature_count) AS wrong_length,
  COUNTIF(feature_names[SAFE_OFFSET(5)] != 'fatigue_score') AS misplaced,
  COUNTIF(EXISTS (SELECT 1 FROM UNNEST(features) AS x WHERE IS_INF(x) OR IS_NAN(x))) AS not_finite,
  COUNTIF((SELECT COUNT(DISTINCT name) FROM UNNEST(feature_names) AS name) < feature_count) AS repeated_names,
  MIN(game_date) AS first_day,
  MAX(game_date) AS last_day
FROM nba_predictions.ml_feature_store_v2
GROUP BY feature_version, feature_count, length
ORDER BY first_day
