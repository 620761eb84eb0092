//! How many distinct values: exact while they are few, then an estimate with a known error.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::Monoid;
use super::codec::{Corrupt, Reader, put_varint};

/// A set of 64-bit hashes of up to [`EXACT_LIMIT`], then HyperLogLog registers, which take the maximum of what they see.
///
/// The hashes must be well mixed ([`crate::value::hash`]). Exact means: up to hashes that collide, which for 3584 values
/// happens once in 10^12 states.
#[derive(Debug, Clone)]
pub struct Distinct {
    /// Empty once there are registers.
    hashes: HashTable<u64>,
    registers: Option<Box<[u8; REGISTERS]>>,
}

/// How many distinct values there are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: u64,
    /// Standard error as a share of the value: 0 if exact. Two thirds of all estimates are within it, 99.7 % within
    /// three times as much.
    pub standard_error: f64,
}

/// Up to how many hashes the set is exact: what a table of 4096 slots holds.
pub const EXACT_LIMIT: usize = 3584;

/// Bits of a hash that choose a register.
const PRECISION: u32 = 14;
const REGISTERS: usize = 1 << PRECISION;

/// The largest value of a register: the other bits are all 0.
const MOST: u8 = (64 - PRECISION + 1) as u8;

/// `sqrt(3 ln 2 - 1)`, the standard error for one register (Flajolet, Fusy, Gandouet, Meunier 2007).
const ERROR_OF_ONE: f64 = 1.038_961_469_139_147;

impl Distinct {
    /// Takes up a value by its hash.
    pub fn insert(&mut self, hash: u64) {
        if let Some(registers) = &mut self.registers {
            raise(registers, hash);
            return;
        }
        let full = self.hashes.len() == EXACT_LIMIT;
        match self
            .hashes
            .entry(hash, |known| *known == hash, |known| *known)
        {
            Entry::Occupied(_) => {}
            Entry::Vacant(free) if !full => {
                free.insert(hash);
            }
            Entry::Vacant(_) => raise(self.registers(), hash),
        }
    }

    pub fn estimate(&self) -> Estimate {
        match &self.registers {
            None => Estimate {
                value: self.hashes.len() as u64,
                standard_error: 0.0,
            },
            Some(registers) => Estimate {
                value: (cardinality(registers) as u64).max(EXACT_LIMIT as u64 + 1),
                standard_error: ERROR_OF_ONE / (REGISTERS as f64).sqrt(),
            },
        }
    }

    /// Bytes on the heap.
    pub fn heap_size(&self) -> usize {
        self.hashes.allocation_size() + self.registers.as_ref().map_or(0, |_| REGISTERS)
    }

    /// Goes over to registers.
    fn registers(&mut self) -> &mut [u8; REGISTERS] {
        self.registers.get_or_insert_with(|| {
            let mut registers = Box::new([0; REGISTERS]);
            std::mem::take(&mut self.hashes)
                .into_iter()
                .for_each(|hash| raise(&mut registers, hash));
            registers
        })
    }
}

impl Default for Distinct {
    fn default() -> Self {
        Self {
            hashes: HashTable::new(),
            registers: None,
        }
    }
}

impl Monoid for Distinct {
    const VERSION: u8 = 1;

    fn merge(&mut self, other: &Self) {
        match &other.registers {
            None => other.hashes.iter().for_each(|&hash| self.insert(hash)),
            Some(more) => {
                for (register, &more) in self.registers().iter_mut().zip(&**more) {
                    *register = (*register).max(more);
                }
            }
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match &self.registers {
            None => {
                let mut hashes: Vec<u64> = self.hashes.iter().copied().collect();
                hashes.sort_unstable();
                out.push(0);
                put_varint(out, hashes.len() as u64);
                hashes
                    .iter()
                    .for_each(|hash| out.extend_from_slice(&hash.to_le_bytes()));
            }
            Some(registers) => {
                out.push(1);
                out.extend_from_slice(&**registers);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let mut state = Self::default();
        match input.u8()? {
            0 => {
                let len = input.length(8)?;
                let mut last = None;
                for _ in 0..len {
                    let hash = input.u64()?;
                    if last >= Some(hash) {
                        return Err(Corrupt("hashes that are not sorted"));
                    }
                    last = Some(hash);
                    state.insert(hash);
                }
                if len > EXACT_LIMIT {
                    return Err(Corrupt("more hashes than a set holds"));
                }
            }
            1 => {
                let registers: [u8; REGISTERS] = input.array()?;
                if registers.iter().any(|&register| register > MOST) || registers == [0; REGISTERS]
                {
                    return Err(Corrupt("a register out of range"));
                }
                state.registers = Some(Box::new(registers));
            }
            _ => return Err(Corrupt("neither hashes nor registers")),
        }
        Ok(state)
    }
}

impl PartialEq for Distinct {
    fn eq(&self, other: &Self) -> bool {
        let same = |hash: &u64| other.hashes.find(*hash, |known| known == hash).is_some();
        self.registers == other.registers
            && self.hashes.len() == other.hashes.len()
            && self.hashes.iter().all(same)
    }
}

fn raise(registers: &mut [u8; REGISTERS], hash: u64) {
    if let Some(register) = registers.get_mut((hash >> (64 - PRECISION)) as usize) {
        // Place of the first 1 below the bits that chose the register.
        let place = (hash << PRECISION).leading_zeros() as u8 + 1;
        *register = (*register).max(place.min(MOST));
    }
}

/// Ertl's improved raw estimator (Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017,
/// algorithm 6): unbiased over the whole range, from the registers alone.
fn cardinality(registers: &[u8; REGISTERS]) -> f64 {
    let mut holding = [0u32; MOST as usize + 1];
    for &register in registers {
        if let Some(count) = holding.get_mut(usize::from(register)) {
            *count += 1;
        }
    }
    let all = REGISTERS as f64;
    let [empty, between @ .., full] = holding.map(f64::from);
    let sum = between
        .iter()
        .rev()
        .fold(all * tau(1.0 - full / all), |sum, count| {
            0.5 * (sum + count)
        });
    all * all / (2.0 * std::f64::consts::LN_2 * (sum + all * sigma(empty / all)))
}

/// `x + sum of x^(2^k) * 2^(k-1)` over k from 1.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut sum) = (1.0, x);
    loop {
        x *= x;
        let next = sum + x * y;
        if next == sum {
            return sum;
        }
        (sum, y) = (next, 2.0 * y);
    }
}

/// `(1 - x - sum of (1 - x^(2^-k))^2 * 2^-k) / 3` over k from 1.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        y *= 0.5;
        let next = sum - (1.0 - x) * (1.0 - x) * y;
        if next == sum {
            return sum / 3.0;
        }
        sum = next;
    }
}
