//! Seasons, weeks and windows.

use chrono::{Days, NaiveDate};

use crate::baseline::season::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Every day of 2022-23 and 2023-24 but the All-Star breaks.
fn two_seasons() -> GameDays {
    let span = |from: &str, to: &str| {
        let (from, to) = (day(from), day(to));
        from.iter_days().take_while(move |day| *day <= to)
    };
    GameDays::new(
        span("2022-10-18", "2023-02-16")
            .chain(span("2023-02-23", "2023-06-12"))
            .chain(span("2023-10-24", "2024-02-15"))
            .chain(span("2024-02-22", "2024-06-17")),
    )
}

#[test]
fn a_season_is_called_after_its_first_year() {
    for (date, season) in [
        ("2023-10-24", Some(2023)),
        ("2024-01-01", Some(2023)),
        ("2024-06-30", Some(2023)),
        ("2024-07-01", None),
        ("2024-09-30", None),
        ("2024-10-01", Some(2024)),
    ] {
        assert_eq!(season_of(day(date)), season, "{date}");
    }
    // 2019-20 was played until October.
    let stated = GameDays::new([day("2020-08-01")]).with_seasons([
        (2019, (day("2019-10-22"), day("2020-10-11"))),
        (2020, (day("2020-12-22"), day("2021-07-20"))),
    ]);
    assert_eq!(
        (
            stated.season(day("2020-10-05")),
            stated.season(day("2020-11-01")),
            stated.season(day("2021-07-01"))
        ),
        (Some(2019), None, Some(2020))
    );
}

#[test]
fn weeks_count_from_the_first_game_day() {
    let days = two_seasons();
    for (date, week) in [
        ("2023-10-24", Some(1)),
        ("2023-10-30", Some(1)),
        ("2023-10-31", Some(2)),
        ("2023-10-20", None),
        ("2023-08-01", None),
        ("2024-02-20", Some(18)),
    ] {
        assert_eq!(days.week(day(date)), week, "{date}");
    }
    assert_eq!(GameDays::default().week(day("2023-11-01")), None);
}

#[test]
fn windows_count_game_days_over_breaks_and_summers() {
    let days = two_seasons();
    let first_after = day("2024-02-22");
    assert_eq!(
        days.window(first_after, Window::Last(2)),
        [day("2024-02-14"), day("2024-02-15")]
    );
    assert_eq!(
        days.window(first_after, Window::Previous(2)),
        [day("2024-02-12"), day("2024-02-13")]
    );
    assert_eq!(
        days.window(day("2023-10-25"), Window::Last(3)),
        [day("2023-06-11"), day("2023-06-12"), day("2023-10-24")]
    );
    // Before all data there is nothing, and no day is made up.
    assert_eq!(
        days.window(day("2022-10-19"), Window::Last(5)),
        [day("2022-10-18")]
    );
    assert_eq!(days.window(day("2022-10-18"), Window::Previous(5)), []);
    assert_eq!(GameDays::default().window(first_after, Window::Season), []);
}

#[test]
fn a_window_never_holds_the_day_nor_what_is_excluded() {
    let bad = ["2024-01-09", "2024-01-08", "2023-01-05"].map(day);
    let days = two_seasons().without(bad);
    let under_test = day("2024-01-10");
    let windows = [
        Window::Last(5),
        Window::Previous(5),
        Window::LastSeason { weeks: 1 },
        Window::Season,
        Window::Between(day("2024-01-01"), day("2024-01-31")),
    ];
    for window in windows {
        let held = days.window(under_test, window);
        assert!(!held.is_empty());
        assert!(
            !held.contains(&under_test) && bad.iter().all(|bad| !held.contains(bad)),
            "{window:?}: {held:?}"
        );
        assert!(held.windows(2).all(|pair| pair[0] < pair[1]));
    }
    // Days that are left out are made up for.
    assert_eq!(
        days.window(under_test, Window::Last(2)),
        [day("2024-01-06"), day("2024-01-07")]
    );
    assert_eq!(
        days.window(under_test, Window::Previous(1)),
        [day("2024-01-06")]
    );
}

#[test]
fn the_same_weeks_of_last_season() {
    let days = two_seasons();
    // The 12th week of 2023-24 against that of 2022-23, which began six days earlier in the year.
    let held = days.window(day("2024-01-10"), Window::LastSeason { weeks: 0 });
    assert_eq!(
        (held.first(), held.last(), held.len()),
        (Some(&day("2023-01-03")), Some(&day("2023-01-09")), 7)
    );
    let wide = days.window(day("2024-01-10"), Window::LastSeason { weeks: 2 });
    assert_eq!(wide.len(), 35);
    assert_eq!(
        days.window(day("2022-12-01"), Window::LastSeason { weeks: 2 }),
        []
    );
    assert_eq!(
        days.window(day("2023-08-01"), Window::LastSeason { weeks: 2 }),
        []
    );
}

#[test]
fn first_days_are_marked() {
    let days = two_seasons();
    let marks = |date: &str| days.marks(day(date), BOOTSTRAP_DAYS);
    assert_eq!(
        marks("2023-10-24"),
        Marks {
            after_break: None,
            bootstrap: true
        }
    );
    assert!(marks("2023-11-06").bootstrap);
    assert_eq!(marks("2023-11-07"), Marks::default());
    assert_eq!(
        marks("2024-02-22"),
        Marks {
            after_break: Some(6),
            bootstrap: false
        }
    );
    assert_eq!(marks("2024-02-23"), Marks::default());
    assert_eq!(marks("2023-08-01"), Marks::default());
    let gap = |without: u64| {
        let first = day("2023-11-20");
        GameDays::new([day("2023-10-24"), first, first + Days::new(without + 1)])
            .marks(first + Days::new(without + 1), 14)
    };
    assert_eq!((gap(3).after_break, gap(4).after_break), (None, Some(4)));
}
