//! Names of tables and columns, and what the result's columns are called.

use std::sync::Arc;

use datafusion::arrow::array::{Float64Array, Int64Array, StringArray};

use super::Lake;

fn lake() -> Lake {
    Lake::new()
        .table(
            "Games",
            vec![
                (
                    "GAME_ID",
                    Arc::new(StringArray::from(vec!["a", "b", "c"])) as _,
                ),
                (
                    "POINTS",
                    Arc::new(Int64Array::from(vec![Some(3), Some(1), None])) as _,
                ),
            ],
        )
        .table(
            "t",
            vec![
                ("game_id", Arc::new(StringArray::from(vec!["a", "b"])) as _),
                ("Score", Arc::new(Float64Array::from(vec![0.5, 1.5])) as _),
            ],
        )
}

#[test]
fn columns_have_no_case_and_keep_their_spelling() {
    let lake = lake();
    for (sql, want) in [
        (
            "SELECT game_id, Points FROM ds.Games WHERE Game_Id = 'a'",
            vec!["game_id|Points", "a|3"],
        ),
        (
            "SELECT * FROM ds.Games WHERE points = 1",
            vec!["GAME_ID|POINTS", "b|1"],
        ),
        (
            "SELECT g.* EXCEPT (points) FROM ds.Games AS G WHERE g.POINTS = 1",
            vec!["GAME_ID", "b"],
        ),
        (
            "SELECT g.game_id, t.SCORE FROM ds.Games g JOIN ds.t T ON G.game_id = t.GAME_ID ORDER BY 1",
            vec!["game_id|SCORE", "a|0.5", "b|1.5"],
        ),
        (
            "SELECT Game_ID, score FROM ds.Games JOIN ds.t USING (game_id) ORDER BY GAME_ID",
            vec!["Game_ID|score", "a|0.5", "b|1.5"],
        ),
        (
            "WITH Agg AS (SELECT Game_Id AS Gid, SUM(points) AS Total FROM ds.Games GROUP BY GAME_ID) \
             SELECT * FROM AGG WHERE total > 1 ORDER BY gid",
            vec!["Gid|Total", "a|3"],
        ),
        (
            "SELECT POINTS AS P, COUNT(*) FROM ds.Games GROUP BY p HAVING P > 1",
            vec!["P|f0_", "3|1"],
        ),
        (
            "SELECT Games.points FROM ds.Games ORDER BY games.Points",
            vec!["points", "NULL", "1", "3"],
        ),
        (
            "SELECT 1, 1, MAX(points) FROM ds.Games",
            vec!["f0_|f1_|f2_", "1|1|3"],
        ),
        (
            "SELECT game_id, ROW_NUMBER() OVER (ORDER BY POINTS DESC) AS Rn FROM ds.games_view \
             QUALIFY RN = 1",
            vec!["error 1:69: there is no table `ds.games_view`; did you mean `Games`?"],
        ),
        (
            "SELECT game_id, ROW_NUMBER() OVER (ORDER BY POINTS DESC) AS Rn FROM ds.Games QUALIFY RN = 1",
            vec!["game_id|Rn", "a|1"],
        ),
        (
            "SELECT COUNT(*) AS n FROM `my-project.ds.Games`",
            vec!["n", "3"],
        ),
        (
            "SELECT COUNT(*) AS n FROM my-project.ds.Games",
            vec!["n", "3"],
        ),
    ] {
        assert_eq!(lake.run(sql), want, "{sql}");
    }
}

/// Aliases hide the columns of tables in GROUP BY, HAVING and ORDER BY, and nowhere else.
#[test]
fn aliases_hide_columns() {
    let lake = lake();
    for (sql, want) in [
        (
            "SELECT IF(points > 1, 'many', 'few') AS Game_id, COUNT(*) AS n FROM ds.Games GROUP BY GAME_ID ORDER BY game_id",
            vec!["Game_id|n", "few|2", "many|1"],
        ),
        (
            "SELECT -points AS points FROM ds.Games WHERE points > 0 ORDER BY points",
            vec!["points", "-3", "-1"],
        ),
        (
            "SELECT *, IF(points > 1, 1, 0) AS n FROM (SELECT points FROM ds.Games) GROUP BY points, n ORDER BY points",
            vec!["points|n", "NULL|0", "1|0", "3|1"],
        ),
    ] {
        assert_eq!(lake.run(sql), want, "{sql}");
    }
    let said = lake.one(
        "SELECT game_id, SUM(points) AS points FROM ds.Games GROUP BY game_id HAVING points > 2",
    );
    assert_eq!(said, "a|3");
}

#[test]
fn nulls_come_first_ascending_and_last_descending() {
    let lake = lake();
    assert_eq!(
        lake.run("SELECT points FROM ds.Games ORDER BY points"),
        ["points", "NULL", "1", "3"]
    );
    assert_eq!(
        lake.run("SELECT points FROM ds.Games ORDER BY points DESC"),
        ["points", "3", "1", "NULL"]
    );
    assert_eq!(
        lake.run("SELECT points FROM ds.Games ORDER BY points NULLS LAST"),
        ["points", "1", "3", "NULL"]
    );
    assert_eq!(
        lake.run("SELECT LAG(points) OVER (ORDER BY points) AS l FROM ds.Games ORDER BY points"),
        ["l", "NULL", "NULL", "1"]
    );
}

#[test]
fn subqueries() {
    let lake = lake();
    for (sql, want) in [
        (
            "SELECT COUNT(*) FROM ds.Games WHERE game_id IN (SELECT game_id FROM ds.t)",
            "2",
        ),
        (
            "SELECT COUNT(*) FROM ds.Games WHERE game_id NOT IN (SELECT game_id FROM ds.t)",
            "1",
        ),
        // NOT IN of a list with NULL is never true.
        (
            "SELECT COUNT(*) FROM ds.t WHERE game_id NOT IN (SELECT IF(points IS NULL, NULL, 'z') FROM ds.Games)",
            "0",
        ),
        (
            "SELECT COUNT(*) FROM ds.Games g WHERE EXISTS (SELECT 1 FROM ds.t WHERE t.game_id = g.game_id)",
            "2",
        ),
        ("SELECT (SELECT MAX(score) FROM ds.t) - 1", "0.5"),
        (
            "SELECT COUNT(*) FROM (SELECT game_id FROM ds.t UNION ALL SELECT GAME_ID FROM ds.Games)",
            "5",
        ),
        (
            "SELECT COUNT(*) FROM (SELECT game_id FROM ds.t UNION DISTINCT SELECT GAME_ID FROM ds.Games)",
            "3",
        ),
        (
            "SELECT COUNT(*) FROM (SELECT game_id FROM ds.Games EXCEPT DISTINCT SELECT GAME_ID FROM ds.t)",
            "1",
        ),
    ] {
        assert_eq!(lake.one(sql), want, "{sql}");
    }
    let many = lake.one("SELECT (SELECT score FROM ds.t)");
    assert!(many.contains("error"), "{many}");
}
