-- view: nba_raw.closing_lines
-- meaning: the last line of each bookmaker before the game, and of them the one most models take
SELECT o.game_date, o.player_lookup, o.points_line
FROM nba_raw.odds_api_player_points_props AS o
JOIN (
  SELECT game_date, player_lookup, MIN(minutes_before_tipoff) AS last_minute
  FROM nba_raw.odds_api_player_points_props
  WHERE minutes_before_tipoff >= 0 AND bookmaker = 'draftkings'
  GROUP BY game_date, player_lookup
) AS l
  ON l.game_date = o.game_date AND l.player_lookup = o.player_lookup AND l.last_minute = o.minutes_before_tipoff
WHERE o.bookmaker = 'draftkings'
