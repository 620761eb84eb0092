//! Laws of the bytes, and the bytes of every version that was ever on disk.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::*;
use crate::value::hash::hash64_int;

/// A file by its index.
const FILE: u32 = 3;

fn figures() -> impl Strategy<Value = Figures> {
    let floats = || prop::collection::vec(any::<f64>(), 0..60);
    prop_oneof![
        prop::collection::vec((0..12_usize, 0..9_u64), 0..9).prop_map(|rows| {
            let mut tally = Tally::default();
            rows.iter()
                .for_each(|(class, rows)| tally.add(*class, *rows));
            Figures::Tally(tally)
        }),
        (floats(), 0..9_u64).prop_map(|(values, nulls)| {
            let mut profile = Profile::default();
            profile.add_nulls(nulls);
            profile.update(&values);
            Figures::Float(profile)
        }),
        prop::collection::vec(any::<i64>(), 0..300).prop_map(|values| {
            let mut profile = Profile::default();
            profile.update(&values);
            Figures::Int(profile)
        }),
        (prop::collection::vec(any::<i128>(), 0..60), 0..39_u32).prop_map(|(values, scale)| {
            let mut profile = Profile::default();
            profile.update(&values);
            Figures::Decimal(profile, scale)
        }),
        (prop::collection::vec(any::<i64>(), 0..9), 0..9_u64).prop_map(|(values, nulls)| {
            let mut span = Span::<i64>::default();
            span.add(&values, nulls);
            Figures::Time(span)
        }),
        prop::collection::vec(prop::option::of("[a-c]{0,3}"), 0..9).prop_map(|values| {
            let mut span = Span::<Box<[u8]>>::default();
            for value in &values {
                span.add(value.as_ref().map(String::as_bytes), value.is_none());
            }
            Figures::Other(span)
        }),
        floats().prop_map(|values| {
            let mut spread = Spread {
                values: values.len() as u64,
                ..Spread::default()
            };
            spread.moments.add_slice(&values);
            for value in &values {
                spread.distinct.insert(hash64_int(value.to_bits() as i64));
            }
            Figures::Spread(Box::new(spread))
        }),
        prop::collection::vec("[a-d]{0,4}", 0..60).prop_map(|values| {
            let mut frequencies = Frequencies::default();
            for value in &values {
                frequencies.distinct.insert(hash64_int(value.len() as i64));
                frequencies.counts.add(value.as_bytes(), 1);
                frequencies.extremes.add(value.as_bytes());
            }
            Figures::Frequencies(Box::new(frequencies))
        }),
        (floats(), floats()).prop_map(|(xs, ys)| {
            let mut pair = CoMoments::default();
            pair.add_slices(&xs, &ys);
            Figures::Pair(pair)
        }),
    ]
}

fn days() -> impl Strategy<Value = Option<i32>> {
    prop::option::of(prop_oneof![-3..4_i32, 20_000..20_100_i32, any::<i32>()])
}

fn outcomes() -> impl Strategy<Value = MetricOutcome> {
    let value = prop::option::of(prop::option::of("[a-z]{0,3}"));
    let segment = (days(), value).prop_map(|(day, value)| Segment { day, value });
    let notes = (days(), 0..5_u32, 0..31_usize);
    (
        prop::collection::vec((segment, figures()), 0..6),
        prop::collection::vec(notes, 0..20),
        prop::collection::vec((days(), "[a-p]"), 0..20),
    )
        .prop_map(|(segments, notes, values)| {
            let mut outcome = MetricOutcome::default();
            for (segment, figures) in segments {
                outcome.segments.insert(segment, figures);
            }
            for (day, group, class) in notes {
                let places = outcome.places.entry(day).or_default();
                *places.entry((FILE, group)).or_default() |= 1 << class;
            }
            for (day, value) in values {
                outcome.note_value(day, &value);
            }
            outcome
        })
}

/// Bytes that are cut short are refused, and others are refused or canonical.
fn damaged(mut bytes: Vec<u8>, seed: usize) -> Result<(), TestCaseError> {
    let at = seed % bytes.len();
    prop_assert!(decode(&bytes[..at], FILE).is_err(), "cut short at {}", at);
    for change in [0x01, 0x80, 0xff] {
        bytes[at] ^= change;
        if let Ok(outcome) = decode(&bytes, FILE) {
            prop_assert_eq!(encode(&outcome), bytes.clone());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn bytes_come_back_as_they_went(outcome in outcomes(), seed in any::<usize>()) {
        let bytes = encode(&outcome);
        let back = decode(&bytes, FILE);
        prop_assert_eq!(back.as_ref(), Ok(&outcome));
        damaged(bytes, seed)?;
    }

    #[test]
    fn figures_of_every_kind_merge_after_a_round_trip(a in figures(), b in figures()) {
        let kept = |figures: &Figures| {
            let mut outcome = MetricOutcome::default();
            outcome.segments.insert(Segment::default(), figures.clone());
            decode(&encode(&outcome), FILE).unwrap()
        };
        let mut merged = kept(&a);
        merged.merge(kept(&b));
        let mut whole = a;
        whole.merge(&b);
        prop_assert_eq!(merged.segments.get(&Segment::default()), Some(&whole));
    }
}

/// One outcome of every kind of figures, with places and values.
fn golden() -> MetricOutcome {
    let mut outcome = MetricOutcome::default();
    let mut tally = Tally::default();
    tally.add(0, 300);
    tally.add(2, 5);
    let (mut float, mut int, mut decimal) = (
        Profile::<f64>::default(),
        Profile::<i64>::default(),
        Profile::<i128>::default(),
    );
    float.add_nulls(3);
    let many: Vec<f64> = (0..400).map(|i| f64::from(i) * 0.37 - 20.0).collect();
    float.update(&many);
    float.update(&[f64::NAN, f64::INFINITY, -0.0, 5e-324]);
    int.update(&[1, -7, 1 << 40, 1]);
    decimal.update(&[12_345, -678, 0]);
    let mut time = Span::<i64>::default();
    time.add(&[1_769_731_200_000_000, -1], 2);
    let mut other = Span::<Box<[u8]>>::default();
    other.add(Some(b"DEN"), false);
    other.add(None, true);
    let mut spread = Spread {
        values: 3,
        ..Spread::default()
    };
    spread.moments.add_slice(&[0.5, 2.0, 2.0]);
    (0..3).for_each(|n| spread.distinct.insert(hash64_int(n)));
    let mut pair = CoMoments::default();
    pair.add_slices(&[1.0, 2.0, f64::NAN], &[3.0, 5.0, 1.0]);
    let mut frequencies = Frequencies::default();
    for (hash, value) in [(1, "2026-01-31"), (2, "2026-01-30"), (1, "2026-01-31")] {
        frequencies.distinct.insert(hash64_int(hash));
        frequencies.counts.add(value.as_bytes(), 1);
        frequencies.extremes.add(value.as_bytes());
    }
    let all = [
        Figures::Tally(tally),
        Figures::Float(float),
        Figures::Int(int),
        Figures::Decimal(decimal, 2),
        Figures::Time(time),
        Figures::Other(other),
        Figures::Spread(Box::new(spread)),
        Figures::Pair(pair),
        Figures::Frequencies(Box::new(frequencies)),
    ];
    for (day, figures) in (20_480..).zip(all) {
        outcome.segments.insert(Segment::of_day(Some(day)), figures);
    }
    let named = |day, value: Option<&str>| Segment {
        day,
        value: Some(value.map(str::to_owned)),
    };
    for segment in [
        Segment::default(),
        named(None, None),
        named(Some(-1), Some("BOS")),
    ] {
        outcome.segments.insert(segment, Figures::tally());
    }
    for (day, group, classes) in [(Some(20_480), 0, 4), (Some(20_480), 4, 2), (None, 1, 24)] {
        outcome
            .places
            .entry(day)
            .or_default()
            .insert((FILE, group), classes);
    }
    outcome.note_value(Some(20_480), "0.25");
    outcome.note_value(Some(20_480), "0.25");
    outcome
}

#[test]
fn version_1_is_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/state/outcome-1.bin");
    if std::env::var_os("LAKEAUDIT_BLESS").is_some() {
        std::fs::write(path, encode(&golden())).unwrap();
    }
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(decode(&bytes, FILE).unwrap(), golden());
    assert_eq!(
        encode(&golden()),
        bytes,
        "the layout changed: raise its version"
    );
}
