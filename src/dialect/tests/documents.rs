//! The documents: a section for every function, and examples that answer what they say.

use std::collections::BTreeSet;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::physical_plan::collect;

use super::super::types::Kind;
use super::super::{aggregate, bind, docs, functions, parse, plan};
use super::Lake;

/// What is written like a function, and is a part of the grammar.
const GRAMMAR: [&str; 4] = ["cast", "safe_cast", "safe_offset", "safe_ordinal"];

/// What stands for a value that is written as its cast to STRING.
const INTERVAL: &str = "an interval";

#[test]
fn a_section_for_every_function_and_no_other() {
    let windows = datafusion::functions_window::all_default_window_functions();
    let windows: Vec<String> = windows
        .iter()
        .map(|f| f.name().to_owned())
        .filter(|name| aggregate::window(name).is_some())
        .collect();
    let there: BTreeSet<String> = bind::function_names()
        .chain(functions::names())
        .chain(functions::ALIASES.iter().map(|(alias, _)| *alias))
        .chain(aggregate::names())
        .filter(|name| !name.starts_with('$'))
        .map(str::to_owned)
        .chain(windows)
        .collect();
    let told: BTreeSet<String> = docs::names().map(str::to_lowercase).collect();
    let untold: Vec<&String> = there.difference(&told).collect();
    let invented: Vec<&String> = told
        .difference(&there)
        .filter(|name| !GRAMMAR.contains(&name.as_str()))
        .collect();
    assert!(
        untold.is_empty() && invented.is_empty(),
        "without a section: {untold:?}\nno function: {invented:?}"
    );
    assert_eq!(docs::names().count(), told.len(), "a name has two sections");
}

#[test]
fn sections_are_whole() {
    let mut without = Vec::new();
    for doc in docs::all() {
        if !doc.text.contains("- `") {
            without.push(doc.name);
        }
        assert!(doc.signature.starts_with('`'), "{}", doc.name);
        assert!(doc.signature.contains(" returns "), "{}", doc.name);
        assert!(doc.summary().len() > 5, "{}", doc.name);
    }
    assert!(without.is_empty(), "without an example: {without:?}");
}

#[test]
fn examples_answer_what_they_say() {
    let lake = Lake::new();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (expression, want) in docs::examples() {
        count += 1;
        let mut answer = runtime.block_on(self::answer(&lake, expression));
        if answer.as_deref() == Ok(INTERVAL) {
            let cast = format!("CAST({expression} AS STRING)");
            answer = runtime.block_on(self::answer(&lake, &cast));
        }
        let right = match (&answer, want) {
            (Ok(have), Some(want)) => have == want,
            (Err(_), None) => true,
            _ => false,
        };
        if !right {
            wrong.push(format!("{expression}\n  says {want:?}\n  is   {answer:?}"));
        }
    }
    assert!(count > 300, "{count} examples are too few to be all");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn answer(lake: &Lake, expression: &str) -> Result<String, String> {
    let query = parse(&format!("SELECT {expression}")).map_err(|e| e.to_string())?;
    let plan = plan(&lake.state, &query, &lake.params)
        .await
        .map_err(|e| e.to_string())?;
    let physical = lake
        .state
        .create_physical_plan(&plan)
        .await
        .map_err(|e| e.strip_backtrace())?;
    let batches = collect(physical, lake.state.task_ctx())
        .await
        .map_err(|e| e.strip_backtrace())?;
    let batch = batches.iter().find(|b| b.num_rows() > 0).ok_or("no row")?;
    Ok(text(batch.column(0), 0))
}

/// A value as the documents write it.
fn text(array: &dyn Array, row: usize) -> String {
    if array.is_null(row) {
        return "NULL".to_owned();
    }
    let items = |items: &dyn Array| {
        let items: Vec<String> = (0..items.len()).map(|n| text(items, n)).collect();
        items.join(", ")
    };
    match array.data_type() {
        DataType::List(_) => format!("[{}]", items(&array.as_list::<i32>().value(row))),
        DataType::Struct(_) => {
            let fields = array.as_struct().columns();
            let fields: Vec<String> = fields.iter().map(|c| text(c, row)).collect();
            format!("{{{}}}", fields.join(", "))
        }
        DataType::BinaryView => {
            let bytes = array.as_binary_view().value(row);
            let shown: String = bytes
                .iter()
                .map(|b| match b {
                    b' '..=b'~' => char::from(*b).to_string(),
                    _ => format!("\\x{b:02x}"),
                })
                .collect();
            format!("b'{shown}'")
        }
        DataType::Decimal128(..) | DataType::Decimal256(..) => {
            let all = formatted(array, row);
            let short = all.trim_end_matches('0').trim_end_matches('.');
            if all.contains('.') {
                short.to_owned()
            } else {
                all
            }
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let all = formatted(array, row).replace('T', " ");
            let zoned = zone.is_some() && Kind::of(array.data_type()) == Kind::Timestamp;
            format!(
                "{}{}",
                all.trim_end_matches('Z'),
                if zoned { "+00" } else { "" }
            )
        }
        DataType::Interval(_) => INTERVAL.to_owned(),
        _ => formatted(array, row),
    }
}

fn formatted(array: &dyn Array, row: usize) -> String {
    let options = FormatOptions::default().with_null("NULL");
    let formatter = ArrayFormatter::try_new(array, &options).unwrap();
    formatter.value(row).to_string()
}
