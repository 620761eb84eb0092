//! Laws of the bytes, and the bytes of every version that was ever on disk.

use proptest::prelude::*;

use super::*;
use crate::scan::Segment;

fn shown_rows() -> impl Strategy<Value = Vec<ShownRow>> {
    let row = (
        prop::option::of(any::<i32>()),
        "[a-z{}]{0,5}",
        "\\PC{0,5}",
        "[a-z]{0,5}",
        prop::option::of((0..99_usize, any::<u32>(), any::<u64>())),
    );
    let row = row.prop_map(|(day, key, row, reason, source)| ShownRow {
        day,
        key,
        row,
        reason,
        source,
    });
    prop::collection::vec(row, 0..5)
}

fn answers() -> impl Strategy<Value = Answered> {
    let days = || prop::option::of(any::<i32>());
    let segment = (days(), prop::option::of(prop::option::of("[a-z]{0,2}")))
        .prop_map(|(day, value)| Segment { day, value });
    let verdicts = (
        any::<[u64; 3]>(),
        prop::collection::btree_map("[a-z]{0,3}", any::<u64>(), 0..4),
    )
        .prop_map(|([right, untested, missing], reasons)| Verdicts {
            right,
            untested,
            missing,
            reasons,
        });
    let key_rows = any::<[u64; 2]>().prop_map(|[tested, affected]| KeyRows { tested, affected });
    let valued = (
        "[a-z=]{0,5}",
        days(),
        prop::option::of(-1e9..1e9_f64),
        "\\PC{0,9}",
    )
        .prop_map(|(segment, day, value, row)| Valued {
            segment,
            day,
            value,
            row,
        });
    prop_oneof![
        (
            any::<[u64; 4]>(),
            prop::collection::btree_set("[a-z]{0,3}", 0..4),
            prop::collection::btree_map(days(), key_rows, 0..5),
            shown_rows(),
        )
            .prop_map(
                |([keys, rows, identical, conflicting], differing, days, shown)| {
                    Answered::Key(Duplicates {
                        keys,
                        rows,
                        identical,
                        conflicting,
                        differing,
                        days,
                        shown,
                    })
                }
            ),
        (
            prop::collection::btree_map(segment, verdicts, 0..5),
            shown_rows()
        )
            .prop_map(|(segments, shown)| Answered::Related(Related { segments, shown })),
        (
            any::<u64>(),
            prop::collection::btree_map(days(), any::<u64>(), 0..5),
            shown_rows()
        )
            .prop_map(|(rows, days, shown)| Answered::Violations(Violations {
                rows,
                days,
                shown
            })),
        prop::collection::vec(valued, 0..5).prop_map(Answered::Values),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn bytes_come_back_as_they_went(answer in answers(), seed in any::<usize>()) {
        let mut bytes = answer.encode();
        let back = Answered::decode(&bytes);
        prop_assert_eq!(back.as_ref(), Ok(&answer));
        let at = seed % bytes.len();
        prop_assert!(Answered::decode(&bytes[..at]).is_err());
        bytes[at] ^= 1 << (seed % 8);
        // Whatever it is now, it is read without a panic.
        let _ = Answered::decode(&bytes);
    }
}

#[test]
fn version_1_is_read() {
    let row = |source| ShownRow {
        day: Some(20_480),
        key: "{\"id\": 3}".to_owned(),
        row: "{\"x\": 0.5}".to_owned(),
        reason: "conflicting duplicate".to_owned(),
        source,
    };
    let answers = [
        Answered::Key(Duplicates {
            keys: 2,
            rows: 5,
            identical: 1,
            conflicting: 1,
            differing: ["x".to_owned()].into(),
            days: [
                (
                    None,
                    KeyRows {
                        tested: 7,
                        affected: 0,
                    },
                ),
                (
                    Some(20_480),
                    KeyRows {
                        tested: 300,
                        affected: 5,
                    },
                ),
            ]
            .into(),
            shown: vec![row(Some((1, 2, 70_000)))],
        }),
        Answered::Related(Related {
            segments: [(
                Segment::of_day(Some(20_480)),
                Verdicts {
                    right: 1,
                    untested: 2,
                    reasons: [("no such row".to_owned(), 300)].into(),
                    missing: 4,
                },
            )]
            .into(),
            shown: vec![row(None)],
        }),
        Answered::Violations(Violations {
            rows: 9,
            days: [(Some(-1), 9)].into(),
            shown: vec![row(None), row(None)],
        }),
        Answered::Values(vec![Valued {
            segment: "team=DEN".to_owned(),
            day: None,
            value: Some(-0.0),
            row: "{}".to_owned(),
        }]),
    ];
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/state/answers-1.txt");
    let hex = |answer: &Answered| -> String {
        answer
            .encode()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    if std::env::var_os("LAKEAUDIT_BLESS").is_some() {
        let lines: String = answers.iter().map(|answer| hex(answer) + "\n").collect();
        std::fs::write(path, lines).unwrap();
    }
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.lines().count(), answers.len());
    for (line, answer) in text.lines().zip(&answers) {
        let bytes: Vec<u8> = (0..line.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&line[at..at + 2], 16).unwrap())
            .collect();
        assert_eq!(Answered::decode(&bytes).as_ref(), Ok(answer));
        assert_eq!(hex(answer), line, "the layout changed: raise its version");
    }
}
