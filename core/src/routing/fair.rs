//! Whose turn it is: shares by weight, to the lead and not only on average.
//!
//! Every member has a balance: his ideal share of the leads that came while he was there, less the leads he had. As
//! long as the same members are there with the same weights, the next is found by Tijdeman's solution of the chairman
//! assignment problem: of those who are owed enough, the one who would soonest be owed too much. Then nobody's balance
//! leaves `-1..1` at any lead. While somebody with a balance is away, the one who is owed most is next: no rule that
//! does not know who will be away when can promise the same bound, and this one misses it least. What somebody was
//! owed when he left, he is still owed when he comes back. Integers only: the balances of all members add up to zero,
//! always and exactly.

/// One lead, in the unit of balances.
pub(crate) const ONE: i64 = 1_000_000_000_000;

/// A member as the next turn sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    pub(crate) weight: i64,
    pub(crate) presence: Presence,
}

/// Whether a member takes part in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// There, with room.
    Here,
    /// Away or full.
    Away,
    /// Not asked about this lead, which others must take.
    Apart,
}

/// Gives the next turn, and books it; none if nobody is here. Of equals, the first.
pub(crate) fn next(balances: &mut [i64], seats: &[Seat]) -> Option<usize> {
    share(balances, seats);
    let settled = balances.iter().zip(seats).all(|(balance, seat)| *balance == 0 || seat.is_here());
    let here = || balances.iter().zip(seats).enumerate().filter(|(_, (_, seat))| seat.is_here());
    let chosen = if settled { chairman(balances, seats) } else { None }
        .or_else(|| here().max_by(|a, b| a.1.0.cmp(b.1.0).then(b.0.cmp(&a.0))).map(|(index, _)| index))?;
    if let Some(balance) = balances.get_mut(chosen) {
        *balance = balance.saturating_sub(ONE);
    }
    Some(chosen)
}

/// Splits a lead by weight among those here; what rounding leaves goes where the running sum crosses it, so that all
/// of it is given.
fn share(balances: &mut [i64], seats: &[Seat]) {
    let total: i128 = seats.iter().filter(|seat| seat.is_here()).map(|seat| i128::from(seat.weight)).sum();
    let (mut sum, mut given) = (0_i128, 0_i128);
    for (balance, seat) in balances.iter_mut().zip(seats).filter(|(_, seat)| seat.is_here()) {
        sum += i128::from(seat.weight);
        let due = i128::from(ONE) * sum / total.max(1);
        *balance = balance.saturating_add(i64::try_from(due - given).unwrap_or(0));
        given = due;
    }
}

/// Of `k` members here who are owed at least `1 / (2k - 2)`, the one who first would be owed more than the rest of one.
fn chairman(balances: &[i64], seats: &[Seat]) -> Option<usize> {
    let here = seats.iter().filter(|seat| seat.is_here()).count();
    let least = ONE / i64::try_from(here.saturating_sub(1)).ok()?.checked_mul(2).filter(|rest| *rest > 0)?;
    let most = i128::from(ONE - least);
    let all = balances.iter().zip(seats).enumerate();
    all.filter(|(_, (balance, seat))| seat.is_here() && **balance >= least)
        .map(|(index, (balance, seat))| (index, most - i128::from(*balance), i128::from(seat.weight)))
        .min_by(|a, b| (a.1 * b.2).cmp(&(b.1 * a.2)).then(a.0.cmp(&b.0)))
        .map(|(index, ..)| index)
}

impl Seat {
    fn is_here(&self) -> bool {
        self.presence == Presence::Here
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(weights: &[i64], away: &[usize]) -> Vec<Seat> {
        let presence = |index| if away.contains(&index) { Presence::Away } else { Presence::Here };
        weights
            .iter()
            .enumerate()
            .map(|(index, weight)| Seat { weight: *weight, presence: presence(index) })
            .collect()
    }

    #[test]
    fn two_to_one_goes_round() {
        let mut balances = [0; 2];
        let seats = seats(&[2, 1], &[]);
        let turns: Vec<_> = (0..6).filter_map(|_| next(&mut balances, &seats)).collect();
        assert_eq!(turns, [0, 1, 0, 0, 1, 0]);
        // A third is no whole number of millionths of millionths: what rounding leaves stays tiny, and adds up to zero.
        assert!(balances[0].abs() < 10 && balances[0] + balances[1] == 0, "{balances:?}");
    }

    #[test]
    fn nobody_leaves_one_lead_of_the_ideal_share() {
        for weights in [vec![1, 1, 1, 1, 1, 1, 1], vec![1, 2, 3, 5, 8, 13, 21], vec![100, 1, 1], vec![7]] {
            let mut balances = vec![0; weights.len()];
            let seats = seats(&weights, &[]);
            let total: i64 = weights.iter().sum();
            let mut had = vec![0_i64; weights.len()];
            for lead in 1..=10_000 {
                had[next(&mut balances, &seats).unwrap()] += 1;
                for (had, weight) in had.iter().zip(&weights) {
                    // |had - lead * weight / total| < 1, without a fraction.
                    assert!((had * total - lead * weight).abs() < total, "{weights:?} after {lead}");
                }
                assert_eq!(balances.iter().sum::<i64>(), 0);
            }
        }
    }

    #[test]
    fn who_comes_back_neither_floods_nor_starves() {
        let mut balances = [0; 3];
        next(&mut balances, &seats(&[1, 1, 1], &[])).unwrap();
        let before = balances[2];
        for _ in 0..100 {
            next(&mut balances, &seats(&[1, 1, 1], &[2])).unwrap();
        }
        assert!(balances.iter().all(|balance| balance.abs() < ONE), "{balances:?}");
        assert_eq!(balances[2], before, "neither owed nor charged for what came meanwhile");
        let back: Vec<_> = (0..6).filter_map(|_| next(&mut balances, &seats(&[1, 1, 1], &[]))).collect();
        assert_eq!(back.iter().filter(|turn| **turn == 2).count(), 2);
    }

    #[test]
    fn nobody_here_is_nobody_next() {
        let mut balances = [0; 2];
        assert_eq!(next(&mut balances, &seats(&[1, 1], &[0, 1])), None);
        assert_eq!(balances, [0, 0]);
    }
}
