-- The features are stored twice, as an array and as columns. Where the source of a value is not a default the
-- two must be equal; the array alone was patched once.
WITH pairs AS (
  SELECT
    s.game_date,
    s.player_lookup,
    i,
    in_array,
    CASE i
      WHEN 0 THEN s.feature_0_value WHEN 1 THEN s.feature_1_value WHEN 2 THEN s.feature_2_value
      WHEN 5 THEN s.feature_5_value WHEN 6 THEN s.feature_6_value WHEN 13 THEN s.feature_13_value
      WHEN 25 THEN s.feature_25_value WHEN 31 THEN s.feature_31_value
    END AS in_column,
    IF(i IN UNNEST(s.default_feature_indices), 'default', 'real') AS source
  FROM `nba-props-platform.nba_predictions.ml_feature_store_v2` AS s
  CROSS JOIN UNNEST(s.features) AS in_array WITH OFFSET AS i
  WHERE s.game_date BETWEEN @start_date AND @end_date
    AND i IN (0, 1, 2, 5, 6, 13, 25, 31)
    AND NOT s.early_season_flag
)
SELECT
  game_date,
  i,
  COUNT(*) AS n,
  COUNTIF(in_column IS NULL) AS only_in_array,
  COUNTIF(ABS(in_array - in_column) > 1e-6) AS different,
  COUNTIF(in_column IS NULL AND in_array != 0.0 AND source = 'real') AS lost,
  ROUND(MAX(ABS(in_array - in_column)), 2) AS greatest
FROM pairs
GROUP BY game_date, i
HAVING different > 0
ORDER BY game_date, i
