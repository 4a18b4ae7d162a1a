//! Points of many columns added up: plus and minus of a row in one number, so that one addition does both.

/// A table from cells to packed points, and the cells of a block.
pub(crate) type Cells<'a> = (&'a Packed, &'a [u32]);

/// Packed points per cell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Packed {
    /// Filled up with zeros to [`SMALL`] cells.
    cells: Vec<i64>,
    count: usize,
}

/// So many cells need no check whether the table has them: the lowest byte of a cell is its place.
const SMALL: usize = 256;

impl Packed {
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Adds a cell.
    pub(crate) fn push(&mut self, points: [i64; 2]) {
        self.cells.truncate(self.count);
        self.cells.push(pack(points));
        self.count += 1;
        self.cells.resize(self.count.max(SMALL), 0);
    }

    fn small(&self) -> Option<&[i64; SMALL]> {
        self.cells.first_chunk().filter(|_| self.count <= SMALL)
    }

    #[inline(always)]
    fn of(&self, cell: u32) -> i64 {
        self.cells.get(cell as usize).copied().unwrap_or(0)
    }
}

/// How many columns are added in one pass.
pub(crate) const GROUP: usize = 4;

/// Both sides in one number: they stay apart while neither sum leaves the range of an `i32`.
fn pack([plus, minus]: [i64; 2]) -> i64 {
    (plus << 32).wrapping_add(minus)
}

/// Adds the points of up to [`GROUP`] columns to packed sums.
pub(crate) fn add(columns: &[Cells<'_>], sums: &mut [i64]) {
    let of = |table: &[i64; SMALL], cell: &u32| {
        table.get(usize::from(cell.to_le_bytes()[0])).copied().unwrap_or(0)
    };
    let small = columns.iter().map(|(table, cells)| Some((table.small()?, *cells)));
    match small.collect::<Option<Vec<_>>>().as_deref() {
        Some([(ta, a), (tb, b), (tc, c), (td, d)]) => {
            for ((((sum, a), b), c), d) in sums.iter_mut().zip(*a).zip(*b).zip(*c).zip(*d) {
                let (left, right) = (of(ta, a).wrapping_add(of(tb, b)), of(tc, c).wrapping_add(of(td, d)));
                *sum = sum.wrapping_add(left.wrapping_add(right));
            }
        }
        _ => {
            for (table, cells) in columns {
                for (sum, cell) in sums.iter_mut().zip(*cells) {
                    *sum = sum.wrapping_add(table.of(*cell));
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

    /// Tables of few cells and of more than a byte numbers.
    fn tables() -> impl Strategy<Value = Vec<Vec<(i64, i64)>>> {
        let points = || (0_i64..300_000_000, -300_000_000_i64..=0);
        let few = prop::collection::vec(points(), 1..9);
        let many = prop::collection::vec(points(), 250..300);
        prop::collection::vec(prop_oneof![8 => few, 1 => many], 0..=GROUP)
    }

    proptest! {
        #[test]
        fn packed_sums_are_the_sums(
            tables in tables(),
            cells in prop::collection::vec(prop::collection::vec(any::<u32>(), 40), GROUP),
        ) {
            let mut packed = vec![Packed::default(); tables.len()];
            for (packed, table) in packed.iter_mut().zip(&tables) {
                table.iter().for_each(|(plus, minus)| packed.push([*plus, *minus]));
                prop_assert_eq!(packed.len(), table.len());
            }
            let within = |(table, cells): (&Vec<(i64, i64)>, &Vec<u32>)| -> Vec<u32> {
                cells.iter().map(|cell| cell % u32::try_from(table.len()).unwrap()).collect()
            };
            let cells: Vec<Vec<u32>> = tables.iter().zip(&cells).map(within).collect();
            let columns: Vec<Cells<'_>> = packed.iter().zip(&cells).map(|(table, cells)| (table, cells.as_slice())).collect();
            let mut sums = [0; 40];
            add(&columns, &mut sums);
            let (mut plus, mut minus) = ([1; 40], [1; 40]);
            unpack(&sums, &mut plus, &mut minus);
            for row in 0..40 {
                let all: Vec<(i64, i64)> =
                    tables.iter().zip(&cells).map(|(table, cells)| table[cells[row] as usize]).collect();
                prop_assert_eq!(plus[row], all.iter().map(|(plus, _)| plus).sum::<i64>());
                prop_assert_eq!(minus[row], all.iter().map(|(_, minus)| minus).sum::<i64>());
            }
        }
    }
}
