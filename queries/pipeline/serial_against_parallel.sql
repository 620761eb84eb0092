-- One backfill run twice: which columns of composite factors differ between the serial and the parallel run.
WITH both AS (
  SELECT
    COALESCE(s.game_date, p.game_date) AS game_date,
    s.player_lookup IS NULL AS only_parallel,
    p.player_lookup IS NULL AS only_serial,
    s.fatigue_score IS DISTINCT FROM p.fatigue_score AS fatigue,
    s.fatigue_context_json IS DISTINCT FROM p.fatigue_context_json AS fatigue_json,
    s.total_composite_adjustment IS DISTINCT FROM p.total_composite_adjustment AS total,
    s.has_warnings IS DISTINCT FROM p.has_warnings AS warnings
  FROM nba_precompute.player_composite_factors_serial AS s
  FULL OUTER JOIN nba_precompute.player_composite_factors_parallel AS p
    ON s.game_date = p.game_date AND s.player_lookup = p.player_lookup
)
SELECT
  game_date,
  COUNT(*) AS n,
  COUNTIF(only_serial) AS only_serial,
  COUNTIF(only_parallel) AS only_parallel,
  COUNTIF(fatigue) AS fatigue,
  COUNTIF(fatigue_json) AS fatigue_json,
  COUNTIF(total) AS total,
  COUNTIF(warnings) AS warnings
FROM both
GROUP BY game_date
ORDER BY game_date
