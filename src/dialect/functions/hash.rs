//! MD5, SHA1, SHA256, SHA512 and FARM_FINGERPRINT. The hash of a STRING is that of its UTF-8.

use datafusion::arrow::datatypes::DataType;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::bytes::{Answer, Slot, alike, to_int, to_text};
use super::{Function, farm};

pub(super) const ALL: &[Function] = &[
    hash("md5", "MD5 takes a STRING or BYTES", |args, rows| {
        to_text(args, rows, Answer::Bytes, |row, out| {
            out.extend_from_slice(&Md5::digest(row.text(0)));
            Ok(())
        })
    }),
    hash("sha1", "SHA1 takes a STRING or BYTES", |args, rows| {
        to_text(args, rows, Answer::Bytes, |row, out| {
            out.extend_from_slice(&Sha1::digest(row.text(0)));
            Ok(())
        })
    }),
    hash("sha256", "SHA256 takes a STRING or BYTES", |args, rows| {
        to_text(args, rows, Answer::Bytes, |row, out| {
            out.extend_from_slice(&Sha256::digest(row.text(0)));
            Ok(())
        })
    }),
    hash("sha512", "SHA512 takes a STRING or BYTES", |args, rows| {
        to_text(args, rows, Answer::Bytes, |row, out| {
            out.extend_from_slice(&Sha512::digest(row.text(0)));
            Ok(())
        })
    }),
    Function {
        name: "farm_fingerprint",
        takes: |given| alike(given, &[Slot::Text]),
        usage: "FARM_FINGERPRINT takes a STRING or BYTES",
        returns: |_| DataType::Int64,
        run: |args, rows| {
            to_int(args, rows, |row| {
                Ok(farm::fingerprint(row.text(0)).cast_signed())
            })
        },
    },
];

const fn hash(name: &'static str, usage: &'static str, run: super::Run) -> Function {
    Function {
        name,
        takes: |given| alike(given, &[Slot::Text]),
        usage,
        returns: |_| DataType::BinaryView,
        run,
    }
}
