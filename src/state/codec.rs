//! Bytes of states: little-endian, length-checked, canonical.
//!
//! Counts and lengths are LEB128 varints in their shortest form (other forms are refused, so equal states have equal
//! bytes); fixed-width values are little-endian.

use std::fmt;

/// State bytes that no state writes: cut short, of another version, or not in canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrupt(pub &'static str);

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "decode a state: {}", self.0)
    }
}

impl std::error::Error for Corrupt {}

/// Rows that a decoded state may stand for, so that counts of thousands of states can't overflow when they merge.
const MOST_ROWS: u64 = 1 << 52;

/// A cursor over state bytes; every read is checked.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Succeeds if nothing is left.
    pub fn end(&self) -> Result<(), Corrupt> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Corrupt("bytes after the end"))
        }
    }

    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], Corrupt> {
        let (head, tail) = self
            .rest
            .split_at_checked(len)
            .ok_or(Corrupt("cut short"))?;
        self.rest = tail;
        Ok(head)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Corrupt> {
        let (head, tail) = self.rest.split_first_chunk().ok_or(Corrupt("cut short"))?;
        self.rest = tail;
        Ok(*head)
    }

    pub fn u8(&mut self) -> Result<u8, Corrupt> {
        self.array().map(|[byte]| byte)
    }

    pub fn u64(&mut self) -> Result<u64, Corrupt> {
        self.array().map(u64::from_le_bytes)
    }

    pub fn u128(&mut self) -> Result<u128, Corrupt> {
        self.array().map(u128::from_le_bytes)
    }

    /// A varint in its shortest form.
    pub fn varint(&mut self) -> Result<u64, Corrupt> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits || (byte == 0 && shift > 0) {
                break;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Corrupt("a varint that is too long"))
    }

    /// A count that, with `total`, is no larger than states can come to; adds it to `total`.
    pub fn count(&mut self, total: &mut u64) -> Result<u64, Corrupt> {
        let count = self.varint()?;
        match total.checked_add(count) {
            Some(sum) if sum <= MOST_ROWS => *total = sum,
            _ => return Err(Corrupt("more rows than a state can count")),
        }
        Ok(count)
    }

    /// A length of items that take at least `item_bytes` each, checked against what is left, so that it is safe to
    /// reserve memory for.
    pub fn length(&mut self, item_bytes: usize) -> Result<usize, Corrupt> {
        let len = usize::try_from(self.varint()?).map_err(|_| Corrupt("a length out of range"))?;
        match len.checked_mul(item_bytes) {
            Some(bytes) if bytes <= self.rest.len() => Ok(len),
            _ => Err(Corrupt("a length beyond the end")),
        }
    }

    /// A part with its own cursor logic: `read` takes what it needs from the front of the slice.
    pub fn part<T>(&mut self, read: impl FnOnce(&mut &'a [u8]) -> Option<T>) -> Result<T, Corrupt> {
        read(&mut self.rest).ok_or(Corrupt("a malformed number"))
    }
}

/// Appends a varint in its shortest form.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a length and the bytes.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
