//! Points of many columns added up: plus and minus of a row in one number, so that one addition does both.

/// A table from cells to packed points, and the cells of a block.
pub(crate) type Cells<'a> = (&'a [i64], &'a [u32]);

/// How many columns are added in one pass.
pub(crate) const GROUP: usize = 4;

/// Both sides in one number: they stay apart while neither sum leaves the range of an `i32`.
pub(crate) fn pack([plus, minus]: [i64; 2]) -> i64 {
    (plus << 32).wrapping_add(minus)
}

/// Adds the points of up to [`GROUP`] columns to packed sums.
pub(crate) fn add(columns: &[Cells<'_>], sums: &mut [i64]) {
    let of = |table: &[i64], cell: &u32| table.get(*cell as usize).copied().unwrap_or(0);
    match columns {
        [(ta, a), (tb, b), (tc, c), (td, d)] => {
            for ((((sum, a), b), c), d) in sums.iter_mut().zip(*a).zip(*b).zip(*c).zip(*d) {
                let (left, right) = (of(ta, a).wrapping_add(of(tb, b)), of(tc, c).wrapping_add(of(td, d)));
                *sum = sum.wrapping_add(left.wrapping_add(right));
            }
        }
        [(ta, a), (tb, b)] => {
            for ((sum, a), b) in sums.iter_mut().zip(*a).zip(*b) {
                *sum = sum.wrapping_add(of(ta, a).wrapping_add(of(tb, b)));
            }
        }
        others => {
            for (table, cells) in others {
                for (sum, cell) in sums.iter_mut().zip(*cells) {
                    *sum = sum.wrapping_add(of(table, cell));
                }
            }
        }
    }
}

/// Packed sums as what they are.
pub(crate) fn unpack(sums: &[i64], plus: &mut [i64], minus: &mut [i64]) {
    for ((sum, plus), minus) in sums.iter().zip(plus).zip(minus) {
        let low = *sum << 32 >> 32;
        (*plus, *minus) = (sum.wrapping_sub(low) >> 32, low);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_sums_are_the_sums(
            tables in prop::collection::vec(prop::collection::vec((0_i64..300_000_000, -300_000_000_i64..=0), 1..9), 0..=GROUP),
            cells in prop::collection::vec(prop::collection::vec(0_u32..9, 40), GROUP),
        ) {
            let packed: Vec<Vec<i64>> =
                tables.iter().map(|table| table.iter().map(|(plus, minus)| pack([*plus, *minus])).collect()).collect();
            let columns: Vec<Cells<'_>> =
                packed.iter().zip(&cells).map(|(table, cells)| (table.as_slice(), cells.as_slice())).collect();
            let mut sums = [0; 40];
            add(&columns, &mut sums);
            let (mut plus, mut minus) = ([1; 40], [1; 40]);
            unpack(&sums, &mut plus, &mut minus);
            for row in 0..40 {
                let of = |(table, cells): (&Vec<(i64, i64)>, &Vec<u32>)| {
                    table.get(cells[row] as usize).copied().unwrap_or_default()
                };
                let all: Vec<(i64, i64)> = tables.iter().zip(&cells).map(of).collect();
                prop_assert_eq!(plus[row], all.iter().map(|(plus, _)| plus).sum::<i64>());
                prop_assert_eq!(minus[row], all.iter().map(|(_, minus)| minus).sum::<i64>());
            }
        }
    }
}
