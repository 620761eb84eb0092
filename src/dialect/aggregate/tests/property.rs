//! Any values, in any frame, against loops.

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn like_a_naive_loop(values in prop::collection::vec(prop::option::of(-6i64..6), 1..40), frame in 1usize..9) {
        let some: Vec<i64> = values.iter().flatten().copied().collect();
        let array: ArrayRef = Arc::new(Int64Array::from(values.clone()));
        let mut distinct = some.clone();
        distinct.sort_unstable();
        let sorted = distinct.clone();
        distinct.dedup();
        let join = |v: &[i64]| v.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        let or_null = |v: &[i64], shown: String| if v.is_empty() { "NULL".to_owned() } else { shown };
        let want = [
            (q("sum", vec![array.clone()]), or_null(&some, some.iter().sum::<i64>().to_string())),
            (q("sum", vec![array.clone()]).distinct(), or_null(&some, distinct.iter().sum::<i64>().to_string())),
            (q("count", vec![array.clone()]).distinct(), distinct.len().to_string()),
            (q("array_agg", vec![array.clone()]).nulls(true), or_null(&some, format!("[{}]", join(&sorted)))),
            (q("array_agg", vec![array.clone()]).nulls(true).distinct(), or_null(&some, format!("[{}]", join(&distinct)))),
            (q("min", vec![array.clone()]), or_null(&some, sorted.first().copied().unwrap_or(0).to_string())),
            (q("bit_xor", vec![array.clone()]), or_null(&some, some.iter().fold(0, |a, b| a ^ b).to_string())),
        ];
        for (query, want) in want {
            prop_assert_eq!(query.answer().unwrap(), want, "{}", query.name);
        }
        // Every frame of so many rows, the ones at the ends being shorter.
        let rows = values.len();
        let frames: Vec<(usize, usize)> = (0..rows + frame)
            .map(|end| (end.saturating_sub(frame), end.min(rows)))
            .collect();
        let float = cast(&array, &DataType::Float64).unwrap();
        for query in [
            q("sum", vec![array.clone()]),
            q("avg", vec![float.clone()]),
            q("min", vec![array.clone()]),
            q("max", vec![float.clone()]),
            q("min", vec![cast(&array, &DataType::Utf8View).unwrap()]),
            q("count", vec![array.clone()]),
            q("count", vec![array.clone()]).distinct(),
            q("stddev", vec![float.clone()]),
            q("corr", vec![float.clone(), float]),
            q("array_agg", vec![array.clone()]).over(),
            q("bit_and", vec![array.clone()]),
            q("percentile_disc", vec![array]).literal(p(0.3)).over(),
        ] {
            let resolved = query.resolve().unwrap();
            let columns = query.columns(&resolved.takes);
            for (frame, found) in frames.iter().zip(sliding(&resolved, &columns, &frames)) {
                let plain = one(&resolved, &[vec![cut(&columns, frame.0, frame.1)]]).unwrap();
                prop_assert_eq!(found, plain.map(|a| show(&a)), "{} over {:?}", query.name, frame);
            }
        }
    }
}
