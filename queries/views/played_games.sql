-- view: nba_analytics.played_games
-- meaning: the games each player was on the floor in, one row each, under the id the schedule has
SELECT p.game_date, p.player_lookup, p.points
FROM nba_analytics.player_game_summary AS p
JOIN nba_raw.nbac_schedule AS s
  ON s.game_date = p.game_date AND s.away_team_tricode = SUBSTR(p.game_id, 10, 3)
  AND s.home_team_tricode = SUBSTR(p.game_id, 14, 3)
WHERE p.minutes_played > 0
