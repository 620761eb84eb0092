//! FarmHash's 64-bit fingerprint, whose values never change.
//!
//! <https://github.com/google/farmhash>, `farmhashna::Hash64`.

const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;

/// The fingerprint of a text.
pub(super) fn fingerprint(text: &[u8]) -> u64 {
    match text.len() {
        0..=16 => to_16(text),
        17..=32 => to_32(text),
        33..=64 => to_64(text),
        _ => long(text),
    }
}

/// The eight bytes at `at`, of which there are that many.
fn eight(text: &[u8], at: usize) -> u64 {
    text.get(at..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn four(text: &[u8], at: usize) -> u64 {
    text.get(at..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
}

fn one(text: &[u8], at: usize) -> u64 {
    text.get(at).map_or(0, |byte| u64::from(*byte))
}

fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

fn mix(value: u64) -> u64 {
    value ^ (value >> 47)
}

fn both(u: u64, v: u64, factor: u64) -> u64 {
    let a = mix((u ^ v).wrapping_mul(factor));
    let b = mix((v ^ a).wrapping_mul(factor));
    b.wrapping_mul(factor)
}

fn to_16(text: &[u8]) -> u64 {
    let len = text.len();
    let factor = K2.wrapping_add(wide(len) * 2);
    if len >= 8 {
        let a = eight(text, 0).wrapping_add(K2);
        let b = eight(text, len - 8);
        let c = b.rotate_right(37).wrapping_mul(factor).wrapping_add(a);
        let d = a.rotate_right(25).wrapping_add(b).wrapping_mul(factor);
        return both(c, d, factor);
    }
    if len >= 4 {
        let a = four(text, 0);
        return both(wide(len) + (a << 3), four(text, len - 4), factor);
    }
    if len > 0 {
        let y = one(text, 0) + (one(text, len >> 1) << 8);
        let z = wide(len) + (one(text, len - 1) << 2);
        return mix(y.wrapping_mul(K2) ^ z.wrapping_mul(K0)).wrapping_mul(K2);
    }
    K2
}

fn to_32(text: &[u8]) -> u64 {
    let len = text.len();
    let factor = K2.wrapping_add(wide(len) * 2);
    let a = eight(text, 0).wrapping_mul(K1);
    let b = eight(text, 8);
    let c = eight(text, len - 8).wrapping_mul(factor);
    let d = eight(text, len - 16).wrapping_mul(K2);
    both(
        folded(a.wrapping_add(b), c, d),
        a.wrapping_add(b.wrapping_add(K2).rotate_right(18))
            .wrapping_add(c),
        factor,
    )
}

fn to_64(text: &[u8]) -> u64 {
    let len = text.len();
    let factor = K2.wrapping_add(wide(len) * 2);
    let a = eight(text, 0).wrapping_mul(K2);
    let b = eight(text, 8);
    let c = eight(text, len - 8).wrapping_mul(factor);
    let d = eight(text, len - 16).wrapping_mul(K2);
    let y = folded(a.wrapping_add(b), c, d);
    let z = both(
        y,
        a.wrapping_add(b.wrapping_add(K2).rotate_right(18))
            .wrapping_add(c),
        factor,
    );
    let e = eight(text, 16).wrapping_mul(factor);
    let f = eight(text, 24);
    let g = y.wrapping_add(eight(text, len - 32)).wrapping_mul(factor);
    let h = z.wrapping_add(eight(text, len - 24)).wrapping_mul(factor);
    both(
        folded(e.wrapping_add(f), g, h),
        e.wrapping_add(f.wrapping_add(a).rotate_right(18))
            .wrapping_add(g),
        factor,
    )
}

fn folded(sum: u64, c: u64, d: u64) -> u64 {
    sum.rotate_right(43)
        .wrapping_add(c.rotate_right(30))
        .wrapping_add(d)
}

/// Of 32 bytes at `at`, with seeds.
fn weak(text: &[u8], at: usize, a: u64, b: u64) -> (u64, u64) {
    let (w, x, y, z) = (
        eight(text, at),
        eight(text, at + 8),
        eight(text, at + 16),
        eight(text, at + 24),
    );
    let a = a.wrapping_add(w);
    let b = b.wrapping_add(a).wrapping_add(z).rotate_right(21);
    let sum = a.wrapping_add(x).wrapping_add(y);
    let b = b.wrapping_add(sum.rotate_right(44));
    (sum.wrapping_add(z), b.wrapping_add(a))
}

fn long(text: &[u8]) -> u64 {
    let seed = 81_u64;
    let mut x = seed;
    let mut y = seed.wrapping_mul(K1).wrapping_add(113);
    let mut z = mix(y.wrapping_mul(K2).wrapping_add(113)).wrapping_mul(K2);
    let (mut v, mut w) = ((0_u64, 0_u64), (0_u64, 0_u64));
    x = x.wrapping_mul(K2).wrapping_add(eight(text, 0));
    let last = text.len() - 1;
    let end = last / 64 * 64;
    let mut at = 0;
    loop {
        let tail = at == end;
        // The last 64 bytes, some of them again, are mixed in another way.
        let (from, factor) = if tail {
            w.0 = w.0.wrapping_add(wide(last & 63));
            v.0 = v.0.wrapping_add(w.0);
            w.0 = w.0.wrapping_add(v.0);
            (last - 63, K1.wrapping_add((z & 0xFF) << 1))
        } else {
            (at, K1)
        };
        let times = if tail { 9 } else { 1 };
        x = x
            .wrapping_add(y)
            .wrapping_add(v.0)
            .wrapping_add(eight(text, from + 8))
            .rotate_right(37)
            .wrapping_mul(factor);
        y = y
            .wrapping_add(v.1)
            .wrapping_add(eight(text, from + 48))
            .rotate_right(42)
            .wrapping_mul(factor);
        x ^= w.1.wrapping_mul(times);
        y = y
            .wrapping_add(v.0.wrapping_mul(times))
            .wrapping_add(eight(text, from + 40));
        z = z.wrapping_add(w.0).rotate_right(33).wrapping_mul(factor);
        v = weak(text, from, v.1.wrapping_mul(factor), x.wrapping_add(w.0));
        w = weak(
            text,
            from + 32,
            z.wrapping_add(w.1),
            y.wrapping_add(eight(text, from + 16)),
        );
        std::mem::swap(&mut z, &mut x);
        if tail {
            return both(
                both(v.0, w.0, factor)
                    .wrapping_add(mix(y).wrapping_mul(K0))
                    .wrapping_add(z),
                both(v.1, w.1, factor).wrapping_add(x),
                factor,
            );
        }
        at += 64;
    }
}
