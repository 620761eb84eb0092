//! Two independent pulls of the same seasons, where they are present.

use std::path::Path;

use lakeaudit::command::Request;

use super::{asked, compared, differing};

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_backfill() {
    let lake = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/lake");
    if !lake.is_dir() {
        println!("skipped: no exports at {}", lake.display());
        return;
    }
    let request = Request {
        lake: Some(lake.display().to_string()),
        ..Request::default()
    };
    let asked = asked(
        "nba_raw.player_gamelogs_a",
        "nba_raw.player_gamelogs_b",
        &["GAME_ID", "PLAYER_ID"],
    );
    let found = compared(&request, &asked).await.unwrap();
    assert_eq!((found.rows.only_left, found.rows.only_right), (1_892, 0));
    assert_eq!(differing(&found), [("MATCHUP", 60)]);
    let [place] = found.only_left_places.as_slice() else {
        panic!("one place: {:#?}", found.only_left_places);
    };
    assert_eq!(
        place.predicate,
        "GAME_DATE BETWEEN DATE '2020-07-30' AND DATE '2020-08-14'"
    );
    assert_eq!(
        (place.hits, place.wanted, place.covered),
        (1_892, 1_892, 1_892)
    );
    let games = place
        .spans
        .iter()
        .find(|span| span.name == "GAME_ID")
        .expect("games");
    assert_eq!(games.distinct, 88);
    // Games of which only one team's rows differ: those who won, or lost, on a neutral court.
    let explained: u64 = found.places.iter().map(|place| place.explained).sum();
    let covered: u64 = found.places.iter().map(|place| place.covered).sum();
    assert_eq!((explained, covered), (60, 60), "{:#?}", found.places);
}
