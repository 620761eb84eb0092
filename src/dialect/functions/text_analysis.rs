//! `TEXT_ANALYZE` and `BAG_OF_WORDS`: the terms of a text, and how often each is there.
//! <https://cloud.google.com/bigquery/docs/text-analysis-search>

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListArray, StringViewArray, StringViewBuilder,
    StructArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, exec_err, plan_err};

use super::super::types::{Kind, array_of};
use super::{Function, exactly, literal, on_arrays, typed};

/// What parts terms in a log, to `LOG_ANALYZER`.
const DELIMITERS: &str = "[]<>(){}|!;,'\"*&?+/:=@.-$%\\_\n\r\t ";

pub(super) const ALL: &[Function] = &[
    Function {
        name: "text_analyze",
        takes: |given| match given {
            [_] => exactly(given, &[Kind::String]),
            _ => exactly(given, &[Kind::String; 2]),
        },
        usage: "TEXT_ANALYZE takes a STRING and, if at all, 'LOG_ANALYZER' or 'NO_OP_ANALYZER'",
        returns: |_| array_of(DataType::Utf8View),
        run: |args, rows| {
            let analyzer = match args.get(1) {
                None => "LOG_ANALYZER".to_owned(),
                named => literal(named, "an analyzer")?.unwrap_or_default(),
            };
            let terms: fn(&str) -> Result<Vec<String>> = match analyzer.as_str() {
                "LOG_ANALYZER" => of_a_log,
                "NO_OP_ANALYZER" => |text| Ok(vec![text.to_owned()]),
                other => return plan_err!("the analyzer {other} is not supported"),
            };
            on_arrays(args, rows, |arrays| analyzed(arrays, terms))
        },
    },
    Function {
        name: "bag_of_words",
        takes: |given| match given {
            [DataType::Null] => Some(vec![array_of(DataType::Utf8View)]),
            [one] if *one == array_of(DataType::Utf8View) => Some(given.to_vec()),
            _ => None,
        },
        usage: "BAG_OF_WORDS takes an ARRAY of STRING",
        returns: |_| array_of(DataType::Struct(bag())),
        run: |args, rows| on_arrays(args, rows, counted),
    },
];

fn bag() -> Fields {
    Fields::from(vec![
        Field::new("term", DataType::Utf8View, true),
        Field::new("count", DataType::Int64, true),
    ])
}

/// The parts between delimiters, in lower case; where text beyond ASCII is parted is not documented.
fn of_a_log(text: &str) -> Result<Vec<String>> {
    if !text.is_ascii() {
        return exec_err!("TEXT_ANALYZE of text beyond ASCII is not supported");
    }
    let lower = text.to_ascii_lowercase();
    let terms = lower.split(|c| DELIMITERS.contains(c));
    Ok(terms.filter(|t| !t.is_empty()).map(str::to_owned).collect())
}

fn analyzed(arrays: &[ArrayRef], terms: fn(&str) -> Result<Vec<String>>) -> Result<ArrayRef> {
    let texts = typed::<StringViewArray>(arrays, 0)?;
    let mut values = StringViewBuilder::new();
    let mut lengths = Vec::with_capacity(texts.len());
    for text in texts {
        let found = text.map_or(Ok(Vec::new()), terms)?;
        lengths.push(found.len());
        found.iter().for_each(|term| values.append_value(term));
    }
    let field = Arc::new(Field::new("item", DataType::Utf8View, true));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let nulls = texts.nulls().cloned();
    let list = ListArray::try_new(field, offsets, Arc::new(values.finish()), nulls)?;
    Ok(Arc::new(list))
}

/// Each term once, the least first; NULL is a term.
fn counted(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let lists = typed::<ListArray>(arrays, 0)?;
    let mut terms = StringViewBuilder::new();
    let mut counts = Vec::new();
    let mut lengths = Vec::with_capacity(lists.len());
    for row in 0..lists.len() {
        let mut bag: BTreeMap<Option<String>, i64> = BTreeMap::new();
        if lists.is_valid(row) {
            let words = lists.value(row);
            for word in words.as_string_view() {
                *bag.entry(word.map(str::to_owned)).or_default() += 1;
            }
        }
        lengths.push(bag.len());
        for (term, count) in bag {
            terms.append_option(term);
            counts.push(count);
        }
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(terms.finish()), Arc::new(Int64Array::from(counts))];
    let values = StructArray::try_new(bag(), columns, None)?;
    let field = Arc::new(Field::new("item", DataType::Struct(bag()), true));
    let nulls: Option<NullBuffer> = lists.nulls().cloned();
    let list = ListArray::try_new(
        field,
        OffsetBuffer::from_lengths(lengths),
        Arc::new(values),
        nulls,
    )?;
    Ok(Arc::new(list))
}
