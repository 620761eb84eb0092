//! Hashes of 128 bits of many values at once, whose sums tell multisets of rows apart.
//!
//! A value is a word of 64 bits: a number its bits, a short text its bytes folded, anything else its XXH3. Equal values
//! give equal words: all NaN are alike, and -0 is 0 unless it is asked to be another value. With its row's key, a pair of random words, a word `w` becomes the
//! product `(w ^ k0) * (k1 ^ salt)` of 128 bits. Two rows of one key that differ in one word have different products; the
//! products of several rows cancel in a sum once in 2^64 sums, as those of a universal hash do (Carter and Wegman, 1979).
//! Words are mixed into keys by the folded product, as wyhash does it (<https://github.com/wangyi-fudan/wyhash>). The
//! hashes live as long as a run; nothing stores them.

use arrow::array::{
    Array, ArrowPrimitiveType, AsArray, ByteView, GenericByteViewArray, PrimitiveArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    ByteViewType, DataType, Date32Type, Decimal128Type, Float64Type, Int64Type,
    Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use twox_hash::XxHash3_64;

use super::hash::{NormalForm, Zeros};
use super::normal::push_normal;

/// A hash of 128 bits, of a key or of a row.
pub type Lanes = [u64; 2];

/// The hash of nothing, to begin a key with.
pub const EMPTY: Lanes = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];

/// The word of NULL.
const NULL: u64 = 0x8a91_a6d4_0bf4_2043;

/// Mixes the word of a value into a hash; the order of values counts.
#[inline]
pub fn mixed([h0, h1]: Lanes, word: u64) -> Lanes {
    [
        folded(word ^ h0, h1 ^ 0xe703_7ed1_a0b4_28db),
        folded(
            word ^ h1.rotate_left(29),
            h0.rotate_left(31) ^ 0xa076_1d64_78bd_642f,
        ),
    ]
}

/// The product of a word with its row's key and a salt of the column it is of.
#[inline]
pub fn salted([k0, k1]: Lanes, word: u64, salt: u64) -> u128 {
    // A factor of 0 would tell nothing.
    u128::from(word ^ k0) * u128::from((k1 ^ salt) | 1)
}

/// The hash of a row: of its key, and of the sum of its values' products.
#[inline]
pub fn of_row(key: Lanes, products: u128) -> Lanes {
    mixed(mixed(key, products as u64), (products >> 64) as u64)
}

/// Two words as one.
fn joined(low: u64, high: u64) -> u64 {
    folded(low ^ EMPTY[0], high ^ EMPTY[1])
}

/// The salt of the `n`th column: the splitmix64 sequence.
pub fn salt(n: usize) -> u64 {
    let mut z = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[inline]
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Calls `take` with the word of each row's value, in the order of rows.
#[inline]
pub fn each(
    array: &dyn Array,
    zeros: Zeros,
    mut take: impl FnMut(usize, u64),
) -> Result<(), ArrowError> {
    match array.data_type() {
        DataType::Int64 => primitive::<Int64Type>(array, take, |v| v as u64),
        DataType::Float64 => primitive::<Float64Type>(array, take, |v| zeros.bits(v)),
        DataType::Date32 => primitive::<Date32Type>(array, take, |v| i64::from(v) as u64),
        DataType::Time64(TimeUnit::Microsecond) => {
            primitive::<Time64MicrosecondType>(array, take, |v| v as u64)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            primitive::<TimestampMicrosecondType>(array, take, |v| v as u64);
        }
        DataType::Decimal128(..) => {
            primitive::<Decimal128Type>(array, take, |v| joined(v as u64, (v >> 64) as u64))
        }
        DataType::Boolean => {
            let values = array.as_boolean();
            let word = |row| u64::from(values.value(row));
            rows(array.len(), array.nulls(), take, word);
        }
        DataType::Utf8View => views(array.as_string_view(), take),
        DataType::BinaryView => views(array.as_binary_view(), take),
        DataType::LargeUtf8 => {
            let values = array.as_string::<i64>();
            rows(array.len(), array.nulls(), take, |row| {
                text(values.value(row).as_bytes())
            });
        }
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            rows(array.len(), array.nulls(), take, |row| {
                text(values.value(row).as_bytes())
            });
        }
        _ => {
            let mut form = NormalForm::with_zeros(zeros);
            for row in 0..array.len() {
                form.clear();
                push_normal(&mut form, array, row)?;
                take(row, form.hash64());
            }
        }
    }
    Ok(())
}

fn primitive<T: ArrowPrimitiveType>(
    array: &dyn Array,
    take: impl FnMut(usize, u64),
    words: impl Fn(T::Native) -> u64,
) {
    let array: &PrimitiveArray<T> = array.as_primitive();
    let values = array.values();
    match array.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => {
            let mut take = take;
            values
                .iter()
                .enumerate()
                .for_each(|(row, value)| take(row, words(*value)));
        }
        nulls => rows(array.len(), nulls, take, |row| words(array.value(row))),
    }
}

fn rows(
    len: usize,
    nulls: Option<&NullBuffer>,
    mut take: impl FnMut(usize, u64),
    words: impl Fn(usize) -> u64,
) {
    for row in 0..len {
        match nulls.is_some_and(|nulls| nulls.is_null(row)) {
            true => take(row, NULL),
            false => take(row, words(row)),
        }
    }
}

/// Texts of at most 12 bytes stand in their view; long ones that repeat in a dictionary have one place, and so one view.
fn views<T: ByteViewType + ?Sized>(
    array: &GenericByteViewArray<T>,
    mut take: impl FnMut(usize, u64),
) where
    T::Native: AsRef<[u8]>,
{
    let mut last: Option<(u128, u64)> = None;
    let nulls = array.nulls();
    for (row, view) in array.views().iter().enumerate() {
        if nulls.is_some_and(|nulls| nulls.is_null(row)) {
            take(row, NULL);
        } else if ByteView::from(*view).length <= INLINE {
            take(row, joined(*view as u64, (*view >> 64) as u64));
        } else {
            let words = match last {
                Some((known, words)) if known == *view => words,
                _ => XxHash3_64::oneshot(array.value(row).as_ref()),
            };
            last = Some((*view, words));
            take(row, words);
        }
    }
}

/// The longest text that stands in its view.
const INLINE: u32 = 12;

/// The words of a text: its view, if it is short, so that texts are alike however an array holds them.
fn text(bytes: &[u8]) -> u64 {
    if bytes.len() > INLINE as usize {
        return XxHash3_64::oneshot(bytes);
    }
    let mut view = [0; 16];
    let (len, rest) = view.split_at_mut(4);
    len.copy_from_slice(&(bytes.len() as u32).to_le_bytes());
    for (to, from) in rest.iter_mut().zip(bytes) {
        *to = *from;
    }
    let view = u128::from_le_bytes(view);
    joined(view as u64, (view >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        ArrayRef, Float64Array, Int64Array, LargeStringArray, StringArray, StringViewArray,
    };
    use proptest::prelude::*;
    use std::sync::Arc;

    fn words(array: &dyn Array) -> Vec<u64> {
        let mut all = vec![0; array.len()];
        each(array, Zeros::Alike, |row, words| all[row] = words).unwrap();
        all
    }

    #[test]
    fn equal_values_have_equal_words() {
        let floats = Float64Array::from(vec![
            Some(0.0),
            Some(-0.0),
            Some(f64::NAN),
            Some(-f64::NAN),
            None,
        ]);
        let got = words(&floats);
        assert_eq!(got[0], got[1]);
        assert_eq!(got[2], got[3]);
        assert_ne!(got[0], got[4]);
        let mut signed = Vec::new();
        each(&floats, Zeros::Signed, |_, word| signed.push(word)).unwrap();
        assert_ne!(signed[0], signed[1]);
        assert_eq!(signed[2], signed[3]);
        let ints = Int64Array::from(vec![Some(0), None]);
        assert_ne!(words(&ints)[0], words(&ints)[1]);
    }

    proptest! {
        #[test]
        fn texts_are_alike_however_they_are_held(texts in prop::collection::vec(prop::option::of(".{0,20}"), 0..20)) {
            let view: ArrayRef = Arc::new(StringViewArray::from_iter(texts.iter()));
            let small: ArrayRef = Arc::new(StringArray::from_iter(texts.iter()));
            let large: ArrayRef = Arc::new(LargeStringArray::from_iter(texts.iter()));
            prop_assert_eq!(words(&view), words(&small));
            prop_assert_eq!(words(&view), words(&large));
            for (a, x) in texts.iter().zip(words(&view)) {
                for (b, y) in texts.iter().zip(words(&view)) {
                    prop_assert_eq!(a == b, x == y);
                }
            }
        }

        #[test]
        fn sums_tell_multisets_apart(a in prop::collection::vec((0i64..3, -4i64..4), 0..6), b in prop::collection::vec((0i64..3, -4i64..4), 0..6)) {
            // Rows of one key too, for which a sum of products alone is not enough.
            let sum = |rows: &[(i64, i64)]| {
                let mut sum = 0u128;
                for (key, value) in rows {
                    let key = mixed(EMPTY, *key as u64);
                    let [low, high] = of_row(key, salted(key, *value as u64, salt(0)));
                    sum = sum.wrapping_add(u128::from(high) << 64 | u128::from(low));
                }
                sum
            };
            let sorted = |rows: &[(i64, i64)]| {
                let mut rows = rows.to_vec();
                rows.sort_unstable();
                rows
            };
            prop_assert_eq!(sorted(&a) == sorted(&b), sum(&a) == sum(&b));
        }
    }
}
