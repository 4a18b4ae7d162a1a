//! Ranks by the least total of each.

/// No rank.
pub(crate) const UNRANKED: i16 = -1;

/// Totals that are compared at a time.
const STRIDE: usize = 64;

/// The first rank whose least total a row reaches, for each row.
pub(crate) fn ranks(least: &[i64], totals: &[i64], out: &mut [i16]) {
    for (totals, out) in totals.chunks(STRIDE).zip(out.chunks_mut(STRIDE)) {
        out.fill(UNRANKED);
        // Totals that fit into half the bits are compared twice as many at a time, and by one instruction each.
        let large =
            totals.iter().fold(0, |all, total| all | total.wrapping_add(1 << 31).cast_unsigned() >> 32);
        let mut narrow = [0_i32; STRIDE];
        for (slot, total) in narrow.iter_mut().zip(totals) {
            #[expect(clippy::cast_possible_truncation, reason = "not looked at where one does not fit")]
            let half = *total as i32;
            *slot = half;
        }
        // From the last rank up: the best one that holds is written last.
        for (number, least) in least.iter().enumerate().rev() {
            let number = i16::try_from(number).unwrap_or(UNRANKED);
            match i32::try_from(*least) {
                _ if *least == i64::MIN => out.fill(number),
                Ok(least) if large == 0 => choose(&narrow, least, number, out),
                _ => choose(totals, *least, number, out),
            }
        }
    }
}

fn choose<T: Copy + PartialOrd>(totals: &[T], least: T, number: i16, out: &mut [i16]) {
    for (slot, total) in out.iter_mut().zip(totals) {
        *slot = if *total >= least { number } else { *slot };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points() -> impl Strategy<Value = i64> {
        let near = |whole: i64| (-2_i64..3).prop_map(move |more| whole + more);
        prop_oneof![near(0), near(i32::MAX.into()), near(i32::MIN.into()), any::<i64>(), Just(i64::MIN)]
    }

    proptest! {
        #[test]
        fn the_first_rank_that_is_reached(
            mut least in prop::collection::vec(points(), 0..5),
            small in prop::collection::vec(any::<i32>().prop_map(i64::from), 0..150),
            totals in prop::collection::vec(points(), 0..150),
        ) {
            least.extend(small.first());
            for totals in [small, totals] {
                let mut out = vec![9; totals.len()];
                ranks(&least, &totals, &mut out);
                let of = |total: &i64| least.iter().position(|least| least <= total);
                let wanted: Vec<i16> =
                    totals.iter().map(|total| of(total).map_or(UNRANKED, |rank| i16::try_from(rank).unwrap())).collect();
                prop_assert_eq!(out, wanted);
            }
        }
    }
}
