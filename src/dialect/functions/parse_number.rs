//! `PARSE_NUMERIC` and `PARSE_BIGNUMERIC`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Decimal256Type};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{BIGNUMERIC, Kind, NUMERIC};
use super::cast::{bad, rows};
use super::{Function, exactly, on_arrays, read, typed};

pub(super) const ALL: &[Function] = &[
    Function {
        name: "parse_numeric",
        takes: |given| exactly(given, &[Kind::String]),
        usage: "PARSE_NUMERIC takes a STRING",
        returns: |_| NUMERIC,
        run: |args, rows| parse::<Decimal128Type>(args, rows, NUMERIC, read::numeric),
    },
    Function {
        name: "parse_bignumeric",
        takes: |given| exactly(given, &[Kind::String]),
        usage: "PARSE_BIGNUMERIC takes a STRING",
        returns: |_| BIGNUMERIC,
        run: |args, rows| parse::<Decimal256Type>(args, rows, BIGNUMERIC, read::bignumeric),
    },
];

fn parse<T: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    count: usize,
    to: DataType,
    of_text: fn(&str) -> Option<T::Native>,
) -> Result<ColumnarValue> {
    on_arrays(args, count, |arrays| {
        let texts = typed::<StringViewArray>(arrays, 0)?;
        let numbers = rows(texts, false, |text: &str| {
            read::grouped(text)
                .and_then(|text| of_text(&text))
                .ok_or_else(|| bad(text, "number that fits its type"))
        });
        let numbers: PrimitiveArray<T> = numbers.collect::<Result<_>>()?;
        Ok(Arc::new(numbers.with_data_type(to)) as ArrayRef)
    })
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::super::harness::call;
    use super::super::read;

    #[test]
    fn reads_grouped_numbers() {
        let text = |x: &str| ScalarValue::Utf8View(Some(x.to_owned()));
        for (given, want) in [
            ("123.45", Some("123.45")),
            ("  -  12.34 ", Some("-12.34")),
            ("12,34,56.78 -", Some("-123456.78")),
            ("1e2", Some("100")),
            ("1.0123456789", Some("1.012345679")),
            ("- 1 2.34", None),
            ("1e100", None),
            ("$1", None),
            ("", None),
        ] {
            let got = call("parse_numeric", &[text(given)]);
            let want = want.map(|w| ScalarValue::Decimal128(read::numeric(w), 38, 9));
            assert_eq!(got.ok(), want, "{given}");
        }
        assert_eq!(
            call("parse_bignumeric", &[text("5.7e38 +")]),
            Ok(ScalarValue::Decimal256(read::bignumeric("5.7e38"), 76, 38))
        );
        let null = ScalarValue::Decimal128(None, 38, 9);
        assert_eq!(call("parse_numeric", &[ScalarValue::Null]), Ok(null));
    }
}
