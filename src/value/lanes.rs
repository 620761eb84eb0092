//! 128-bit hashes of many values at once, as two lanes of 64 bits.
//!
//! A value is two words: a number its bits, a short text itself, anything else its XXH3. Words are mixed with a key by
//! the folded product of two words of 64 bits, as wyhash does it (<https://github.com/wangyi-fudan/wyhash>). Equal values
//! give equal words: -0 is 0 and all NaN are alike. The hashes live as long as a run; nothing stores them.

use arrow::array::{
    Array, ArrowPrimitiveType, AsArray, ByteView, GenericByteViewArray, PrimitiveArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    ByteViewType, DataType, Date32Type, Decimal128Type, Float64Type, Int64Type,
    Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use twox_hash::XxHash3_128;

use super::hash::NormalForm;
use super::normal::push_normal;

/// A hash, or a sum of hashes, of 128 bits.
pub type Lanes = [u64; 2];

/// The hash of nothing, to begin a key with.
pub const EMPTY: Lanes = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];

/// The words of NULL. No text has so long a length, and of numbers and hashes only one in 2^128.
const NULL: Lanes = [0xffff_ffff_ffff_fff1, 0x8a91_a6d4_0bf4_2043];

/// Mixes the words of a value into a hash; the order of values counts.
pub fn mixed(hash: Lanes, words: Lanes) -> Lanes {
    salted(hash, words, 0xe703_7ed1_a0b4_28db)
}

/// Mixes the words of a value with a hash and a salt of the column it is of.
#[inline]
pub fn salted([h0, h1]: Lanes, [w0, w1]: Lanes, salt: u64) -> Lanes {
    [
        folded(w0 ^ h0, w1 ^ h1 ^ salt),
        folded(
            w0 ^ h1.rotate_left(29) ^ salt,
            w1 ^ h0.rotate_left(31) ^ 0xa076_1d64_78bd_642f,
        ),
    ]
}

/// A sum of hashes does not depend on their order, and counts how often each comes.
#[inline]
pub fn add(sum: &mut Lanes, hash: Lanes) {
    let [a, b] = sum;
    *a = a.wrapping_add(hash[0]);
    *b = b.wrapping_add(hash[1]);
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

/// Calls `take` with the words of each row's value.
#[inline]
pub fn each(array: &dyn Array, mut take: impl FnMut(usize, Lanes)) -> Result<(), ArrowError> {
    match array.data_type() {
        DataType::Int64 => primitive::<Int64Type>(array, take, |v| [v as u64, 0]),
        DataType::Float64 => primitive::<Float64Type>(array, take, |v| [float(v), 0]),
        DataType::Date32 => primitive::<Date32Type>(array, take, |v| [i64::from(v) as u64, 0]),
        DataType::Time64(TimeUnit::Microsecond) => {
            primitive::<Time64MicrosecondType>(array, take, |v| [v as u64, 0])
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            primitive::<TimestampMicrosecondType>(array, take, |v| [v as u64, 0]);
        }
        DataType::Decimal128(..) => {
            primitive::<Decimal128Type>(array, take, |v| [v as u64, (v >> 64) as u64])
        }
        DataType::Boolean => {
            let values = array.as_boolean();
            let word = |row| [u64::from(values.value(row)), 0];
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
            let mut form = NormalForm::new();
            for row in 0..array.len() {
                form.clear();
                push_normal(&mut form, array, row)?;
                take(row, halves(form.hash128()));
            }
        }
    }
    Ok(())
}

fn primitive<T: ArrowPrimitiveType>(
    array: &dyn Array,
    take: impl FnMut(usize, Lanes),
    words: impl Fn(T::Native) -> Lanes,
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
    mut take: impl FnMut(usize, Lanes),
    words: impl Fn(usize) -> Lanes,
) {
    for row in 0..len {
        match nulls.is_some_and(|nulls| nulls.is_null(row)) {
            true => take(row, NULL),
            false => take(row, words(row)),
        }
    }
}

fn float(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else {
        (value + 0.0).to_bits()
    }
}

fn halves(hash: u128) -> Lanes {
    [hash as u64, (hash >> 64) as u64]
}

/// Texts of at most 12 bytes stand in their view; long ones that repeat in a dictionary have one place, and so one view.
fn views<T: ByteViewType + ?Sized>(
    array: &GenericByteViewArray<T>,
    mut take: impl FnMut(usize, Lanes),
) where
    T::Native: AsRef<[u8]>,
{
    let mut last: Option<(u128, Lanes)> = None;
    let nulls = array.nulls();
    for (row, view) in array.views().iter().enumerate() {
        if nulls.is_some_and(|nulls| nulls.is_null(row)) {
            take(row, NULL);
        } else if ByteView::from(*view).length <= INLINE {
            take(row, halves(*view));
        } else {
            let words = match last {
                Some((known, words)) if known == *view => words,
                _ => halves(XxHash3_128::oneshot(array.value(row).as_ref())),
            };
            last = Some((*view, words));
            take(row, words);
        }
    }
}

/// The longest text that stands in its view.
const INLINE: u32 = 12;

/// The words of a text: its view, if it is short, so that texts are alike however an array holds them.
fn text(bytes: &[u8]) -> Lanes {
    if bytes.len() > INLINE as usize {
        return halves(XxHash3_128::oneshot(bytes));
    }
    let mut view = [0; 16];
    let (len, rest) = view.split_at_mut(4);
    len.copy_from_slice(&(bytes.len() as u32).to_le_bytes());
    for (to, from) in rest.iter_mut().zip(bytes) {
        *to = *from;
    }
    halves(u128::from_le_bytes(view))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        ArrayRef, Float64Array, Int64Array, LargeStringArray, StringArray, StringViewArray,
    };
    use proptest::prelude::*;
    use std::sync::Arc;

    fn words(array: &dyn Array) -> Vec<Lanes> {
        let mut all = vec![EMPTY; array.len()];
        each(array, |row, words| all[row] = words).unwrap();
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
        fn sums_tell_multisets_apart(a in prop::collection::vec(-4i64..4, 0..6), b in prop::collection::vec(-4i64..4, 0..6)) {
            let sum = |values: &[i64]| {
                let mut sum = [0, 0];
                let array = Int64Array::from(values.to_vec());
                each(&array, |_, words| add(&mut sum, salted(EMPTY, words, salt(0)))).unwrap();
                sum
            };
            let sorted = |values: &[i64]| { let mut v = values.to_vec(); v.sort_unstable(); v };
            prop_assert_eq!(sorted(&a) == sorted(&b), sum(&a) == sum(&b));
        }
    }
}
