-- Lines no bookmaker offers: not a multiple of a half (a mean of several), below 5, or the placeholder 20.0,
-- whose share of all lines is a few percent when it is a real line.
SELECT
  game_date,
  COUNTIF(feature_25_value IS NOT NULL) AS with_line,
  COUNTIF(MOD(CAST(ROUND(feature_25_value * 100) AS INT64), 50) != 0) AS no_half_point,
  COUNTIF(feature_25_value = 20.0) AS placeholder,
  COUNTIF(feature_25_value < 5) AS below_5,
  ROUND(SAFE_DIVIDE(COUNTIF(feature_25_value * 2 != FLOOR(feature_25_value * 2)), COUNT(feature_25_value)), 4) AS share
FROM `nba-props-platform.nba_predictions.ml_feature_store_v2`
WHERE game_date BETWEEN @start_date AND @end_date
GROUP BY game_date
HAVING no_half_point > 0
ORDER BY game_date
