-- view: nba_raw.closing_lines
-- meaning: the last line of each bookmaker before the game, and of them the one most models take
SELECT game_date, player_lookup, points_line
FROM nba_raw.odds_api_player_points_props
WHERE minutes_before_tipoff >= 0 AND bookmaker = 'draftkings'
QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date, player_lookup ORDER BY minutes_before_tipoff) = 1
