//! Four floats at a time: in plain code, and with AVX2 and FMA where the processor has them. The one place of unsafe
//! code.
#![allow(unsafe_code)]

use super::digits::{Grid, Span, Sums, accumulate, measure};

pub(super) const LANES: usize = 4;

/// Four floats. Every operation is exact or rounded as IEEE 754 has it, so all implementations give the same.
pub(super) trait Lanes: Copy {
    fn load(from: &[f64; LANES]) -> Self;
    fn store(self) -> [f64; LANES];
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    /// `self * by + to`; where that isn't exact, the last bits may depend on the implementation.
    fn mul_add(self, by: Self, to: Self) -> Self;
    fn min(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    fn or_bits(self, other: Self) -> Self;
    /// Adds 1 where `x` is 0.
    fn count_zero(self, x: Self) -> Self;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self::load(&[value; LANES])
    }
}

/// See [`measure`].
pub(super) fn span(chunk: &[f64]) -> Option<Span> {
    #[cfg(target_arch = "x86_64")]
    if avx2::available() {
        // SAFETY: the processor has the features.
        return unsafe { avx2::span(chunk) };
    }
    measure::<[f64; LANES]>(chunk)
}

/// See [`accumulate`].
pub(super) fn sums<const SQUARES: bool>(chunk: &[f64], grid: &Grid) -> Sums {
    #[cfg(target_arch = "x86_64")]
    if avx2::available() {
        // SAFETY: the processor has the features.
        return unsafe { avx2::sums::<SQUARES>(chunk, grid) };
    }
    accumulate::<[f64; LANES], SQUARES>(chunk, grid)
}

impl Lanes for [f64; LANES] {
    #[inline(always)]
    fn load(from: &[f64; LANES]) -> Self {
        *from
    }

    #[inline(always)]
    fn store(self) -> [f64; LANES] {
        self
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        zip(self, other, |x, y| x + y)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        zip(self, other, |x, y| x - y)
    }

    #[inline(always)]
    fn mul_add(self, by: Self, to: Self) -> Self {
        zip(zip(self, by, |x, y| x * y), to, |x, y| x + y)
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        zip(self, other, |x, y| if x < y { x } else { y })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        zip(self, other, |x, y| if x > y { x } else { y })
    }

    #[inline(always)]
    fn or_bits(self, other: Self) -> Self {
        zip(self, other, |x, y| {
            f64::from_bits(x.to_bits() | y.to_bits())
        })
    }

    #[inline(always)]
    fn count_zero(self, x: Self) -> Self {
        zip(
            self,
            x,
            |count, x| if x == 0.0 { count + 1.0 } else { count },
        )
    }
}

#[inline(always)]
fn zip(x: [f64; LANES], y: [f64; LANES], combine: impl Fn(f64, f64) -> f64) -> [f64; LANES] {
    let ([x0, x1, x2, x3], [y0, y1, y2, y3]) = (x, y);
    [
        combine(x0, y0),
        combine(x1, y1),
        combine(x2, y2),
        combine(x3, y3),
    ]
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::{Grid, LANES, Lanes, Span, Sums, accumulate, measure};

    /// Made only in the two functions below, which need the features.
    #[derive(Clone, Copy)]
    struct Avx2(__m256d);

    pub(super) fn available() -> bool {
        is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn span(chunk: &[f64]) -> Option<Span> {
        measure::<Avx2>(chunk)
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn sums<const SQUARES: bool>(chunk: &[f64], grid: &Grid) -> Sums {
        accumulate::<Avx2, SQUARES>(chunk, grid)
    }

    /// SAFETY, of all operations: they are inlined into the functions above, where the features are enabled.
    impl Lanes for Avx2 {
        #[inline(always)]
        fn load(from: &[f64; LANES]) -> Self {
            // SAFETY: `from` is valid for reading 32 bytes; no alignment is asked for.
            Self(unsafe { _mm256_loadu_pd(from.as_ptr()) })
        }

        #[inline(always)]
        fn store(self) -> [f64; LANES] {
            let mut to = [0.0; LANES];
            // SAFETY: `to` is valid for writing 32 bytes; no alignment is asked for.
            unsafe { _mm256_storeu_pd(to.as_mut_ptr(), self.0) };
            to
        }

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            // SAFETY: see the impl.
            Self(unsafe { _mm256_add_pd(self.0, other.0) })
        }

        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            // SAFETY: see the impl.
            Self(unsafe { _mm256_sub_pd(self.0, other.0) })
        }

        #[inline(always)]
        fn mul_add(self, by: Self, to: Self) -> Self {
            // SAFETY: see the impl.
            Self(unsafe { _mm256_fmadd_pd(self.0, by.0, to.0) })
        }

        #[inline(always)]
        fn min(self, other: Self) -> Self {
            // SAFETY: see the impl.
            Self(unsafe { _mm256_min_pd(self.0, other.0) })
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            // SAFETY: see the impl.
            Self(unsafe { _mm256_max_pd(self.0, other.0) })
        }

        #[inline(always)]
        fn or_bits(self, other: Self) -> Self {
            // SAFETY: see the impl.
            Self(unsafe { _mm256_or_pd(self.0, other.0) })
        }

        #[inline(always)]
        fn count_zero(self, x: Self) -> Self {
            // SAFETY: see the impl.
            unsafe {
                let zero = _mm256_cmp_pd::<_CMP_EQ_OQ>(x.0, _mm256_setzero_pd());
                Self(_mm256_add_pd(
                    self.0,
                    _mm256_and_pd(zero, _mm256_set1_pd(1.0)),
                ))
            }
        }
    }
}
