//! Whole queries of the kinds people write.

use std::sync::Arc;

use datafusion::arrow::array::{
    BooleanArray, Date32Array, Decimal128Array, Float64Array, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::common::ScalarValue;

use super::Lake;

/// 2026-01-28, to which the session is pinned.
const TODAY: i32 = 20_481;
const DAY: i64 = 86_400_000_000;

fn lake() -> Lake {
    let day = |n: i32| i64::from(n) * DAY;
    Lake::new()
        .table(
            "stats",
            vec![
                (
                    "game_date",
                    Arc::new(Date32Array::from(vec![TODAY, TODAY, TODAY - 1, TODAY - 9])) as _,
                ),
                (
                    "PLAYER",
                    Arc::new(StringArray::from(vec!["ann", "bob", "ann", "bob"])) as _,
                ),
                (
                    "points",
                    Arc::new(Float64Array::from(vec![
                        Some(10.0),
                        Some(0.0),
                        None,
                        Some(7.5),
                    ])) as _,
                ),
                (
                    "active",
                    Arc::new(BooleanArray::from(vec![
                        Some(true),
                        Some(false),
                        None,
                        Some(true),
                    ])) as _,
                ),
                (
                    "line",
                    Arc::new(
                        Decimal128Array::from(vec![Some(105), Some(50), Some(-5), None])
                            .with_precision_and_scale(4, 1)
                            .unwrap(),
                    ) as _,
                ),
                // An export writes TIMESTAMP without its zone.
                (
                    "updated_at",
                    Arc::new(TimestampMicrosecondArray::from(vec![
                        day(TODAY) + 7_200_000_000,
                        day(TODAY),
                        day(TODAY - 1),
                        day(TODAY - 9),
                    ])) as _,
                ),
            ],
        )
        .table(
            "players",
            vec![
                (
                    "player",
                    Arc::new(StringArray::from(vec!["ann", "cy"])) as _,
                ),
                ("team", Arc::new(StringArray::from(vec!["X", "Y"])) as _),
            ],
        )
        .param("n", ScalarValue::Int64(Some(1)))
}

#[test]
fn real_queries() {
    let lake = lake();
    for (sql, want) in [
        (
            "SELECT game_date, COUNT(*) AS n, COUNTIF(points = 0) / COUNT(*) AS zero_share\n\
             FROM `ds.stats` WHERE game_date >= CURRENT_DATE() - 3 GROUP BY game_date ORDER BY game_date DESC LIMIT 10",
            vec![
                "game_date|n|zero_share",
                "2026-01-28|2|0.5",
                "2026-01-27|1|0.0",
            ],
        ),
        (
            "SELECT MAX(game_date) < DATE_SUB(CURRENT_DATE(), INTERVAL 2 DAY) AS stale, \
             DATE_DIFF(CURRENT_DATE(), MIN(game_date), DAY) AS age FROM ds.stats",
            vec!["stale|age", "false|9"],
        ),
        (
            "SELECT TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), MAX(updated_at), HOUR) AS h, \
             COUNTIF(updated_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 48 HOUR)) AS fresh, \
             COUNTIF(updated_at > '2026-01-28 01:00:00') AS late FROM ds.stats",
            vec!["h|fresh|late", "21|3|1"],
        ),
        (
            "SELECT player, COUNT(DISTINCT game_date) AS days, SUM(IF(active, 1, 0)) AS a, \
             ROUND(AVG(CASE WHEN active THEN 100 ELSE 0 END), 1) AS pct, SAFE_DIVIDE(SUM(points), COUNTIF(points > 0)) AS per \
             FROM ds.stats GROUP BY 1 HAVING COUNT(*) > 1 ORDER BY 1",
            vec![
                "player|days|a|pct|per",
                "ann|2|1|50.0|10.0",
                "bob|2|1|50.0|7.5",
            ],
        ),
        (
            "WITH latest AS (SELECT * FROM ds.stats QUALIFY ROW_NUMBER() OVER (PARTITION BY player ORDER BY game_date DESC) = 1)\n\
             SELECT l.player, p.team, COALESCE(l.points, 0) AS pts FROM latest l LEFT JOIN ds.players p ON l.player = p.player \
             ORDER BY player",
            vec!["player|team|pts", "ann|X|10.0", "bob|NULL|0.0"],
        ),
        (
            "SELECT p.player, (SELECT COUNT(*) FROM ds.stats s WHERE s.player = p.player) AS games FROM ds.players p ORDER BY 1",
            vec!["player|games", "ann|2", "cy|0"],
        ),
        (
            "SELECT COALESCE(s.player, p.player) AS who, COUNT(*) AS n FROM ds.stats s FULL OUTER JOIN ds.players p \
             ON s.player = p.player GROUP BY who ORDER BY who",
            vec!["who|n", "ann|2", "bob|2", "cy|1"],
        ),
        (
            "SELECT line FROM ds.stats WHERE line > 5 ORDER BY line",
            vec!["line", "10.5"],
        ),
        (
            "SELECT line FROM ds.stats WHERE line = 5.0",
            vec!["line", "5.0"],
        ),
        (
            "SELECT line * 2 AS l, line / 2 AS h, line * 0.5 AS f FROM ds.stats WHERE line < 0",
            vec!["l|h|f", "-1.000000000|-0.250000000|-0.25"],
        ),
        (
            "SELECT 1 AS x UNION ALL SELECT 0.5 ORDER BY x",
            vec!["x", "0.5", "1.0"],
        ),
        (
            "SELECT player, LAG(game_date) OVER w AS before FROM ds.stats WINDOW w AS (PARTITION BY player ORDER BY game_date) \
             ORDER BY player, game_date",
            vec![
                "player|before",
                "ann|NULL",
                "ann|2026-01-27",
                "bob|NULL",
                "bob|2026-01-19",
            ],
        ),
        (
            "SELECT CASE WHEN points IS NULL THEN 'none \u{1f6a8}' WHEN points > 5 THEN 'high' ELSE 'low' END AS band, COUNT(*) AS n \
             FROM ds.stats GROUP BY band ORDER BY n DESC, band",
            vec!["band|n", "high|2", "low|1", "none \u{1f6a8}|1"],
        ),
        (
            "SELECT COUNT(*) AS n FROM ds.stats WHERE active IS NOT TRUE",
            vec!["n", "2"],
        ),
        (
            "SELECT COUNT(*) AS n FROM ds.stats WHERE NOT active AND points = 0",
            vec!["n", "1"],
        ),
        (
            "SELECT DATE(updated_at) AS d FROM ds.stats WHERE player = 'ann' ORDER BY 1 LIMIT @n",
            vec!["d", "2026-01-27"],
        ),
        (
            "SELECT FORMAT_DATE('%Y-%m', game_date) AS m, COUNT(*) AS n FROM ds.stats GROUP BY m",
            vec!["m|n", "2026-01|4"],
        ),
        (
            "SELECT AVG(points) AS a FROM ds.stats WHERE game_date BETWEEN '2026-01-01' AND '2026-01-31'",
            vec!["a", "5.833333333333333"],
        ),
        (
            "SELECT player FROM ds.stats GROUP BY player HAVING MAX(points) >= 10 # comment",
            vec!["player", "ann"],
        ),
        (
            "SELECT * EXCEPT (active, line, updated_at, game_date) FROM ds.stats WHERE points = 7.5",
            vec!["PLAYER|points", "bob|7.5"],
        ),
        (
            "SELECT DISTINCT player, FROM ds.stats ORDER BY player",
            vec!["player", "ann", "bob"],
        ),
        (
            "SELECT a.n FROM (SELECT COUNT(*) AS N FROM ds.stats) AS A CROSS JOIN (SELECT 1 AS one)",
            vec!["n", "4"],
        ),
        (
            "SELECT EXTRACT(MONTH FROM game_date) AS m, EXTRACT(HOUR FROM MAX(updated_at)) AS h FROM ds.stats GROUP BY 1",
            vec!["m|h", "1|2"],
        ),
        (
            "SELECT COUNT(*) AS n FROM ds.stats s WHERE (s.player, 1) IN ((1, 2))",
            vec![
                "error 1:44: IN does not compare values of STRUCT<STRING, INT64>, STRUCT<INT64, INT64>",
            ],
        ),
    ] {
        assert_eq!(lake.run(sql), want, "{sql}");
    }
}
