//! The least that makes a statement true, among parts of which the weightiest come first.

/// Sets of up to so many parts are all tried.
const TOGETHER: usize = 3;
/// So many sets are tried in all before one part after the other is left out instead.
const MOST_TRIALS: usize = 20_000;
/// Of what is left then, every set is tried up to so many parts.
const MOST_LEFT: usize = 12;

/// A set of `count` parts for which the statement holds, and for none of its own parts: a smallest one of up to three,
/// the weightiest of those. None where it holds neither for any of these nor for all parts together.
pub(super) fn minimal(count: usize, mut holds: impl FnMut(&[usize]) -> bool) -> Option<Vec<usize>> {
    let all: Vec<usize> = (0..count).collect();
    let mut left = MOST_TRIALS;
    let mut searched = 0;
    for size in 0..=TOGETHER.min(count) {
        let Some(rest) = left.checked_sub(binomial(count, size)) else { break };
        left = rest;
        if let Some(found) = first(&all, size, &mut holds) {
            return Some(found);
        }
        searched = size + 1;
    }
    if searched > count || !holds(&all) {
        return None;
    }
    let mut kept = all;
    loop {
        let before = kept.len();
        // The lightest go first.
        for index in (0..before).rev() {
            let part = kept.remove(index);
            if !holds(&kept) {
                kept.insert(index, part);
            }
        }
        if kept.len() == before {
            break;
        }
    }
    if kept.len() <= MOST_LEFT {
        for size in searched..kept.len() {
            if let Some(found) = first(&kept, size, &mut holds) {
                return Some(found);
            }
        }
    }
    Some(kept)
}

/// The first set of a size, in the order of the parts, for which the statement holds.
fn first(parts: &[usize], size: usize, holds: &mut impl FnMut(&[usize]) -> bool) -> Option<Vec<usize>> {
    let mut places: Vec<usize> = (0..size).collect();
    if size > parts.len() {
        return None;
    }
    loop {
        let set: Vec<usize> = places.iter().filter_map(|place| parts.get(*place).copied()).collect();
        if holds(&set) {
            return Some(set);
        }
        if !next(&mut places, parts.len()) {
            return None;
        }
    }
}

/// Goes on to the next rising choice of places below `count`; false after the last.
fn next(places: &mut [usize], count: usize) -> bool {
    let size = places.len();
    for index in (0..size).rev() {
        let Some(place) = places.get(index).copied() else { return false };
        if place + size < count + index {
            for (more, slot) in places.iter_mut().skip(index).enumerate() {
                *slot = place + 1 + more;
            }
            return true;
        }
    }
    false
}

/// In how many ways so many of them can be chosen; saturating.
pub(super) fn binomial(count: usize, size: usize) -> usize {
    let mut ways = 1_usize;
    for step in 0..size.min(count) {
        ways = ways.saturating_mul(count - step) / (step + 1);
    }
    if size > count { 0 } else { ways }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(weights: &'static [i32], least: i32) -> impl FnMut(&[usize]) -> bool {
        move |set| set.iter().map(|part| weights[*part]).sum::<i32>() >= least
    }

    #[test]
    fn the_smallest_set_is_found_the_weightiest_first() {
        assert_eq!(minimal(4, weight(&[5, 4, 3, 1], 0)), Some(vec![]));
        assert_eq!(minimal(4, weight(&[5, 4, 3, 1], 8)), Some(vec![0, 1]));
        assert_eq!(minimal(4, weight(&[5, 4, 3, 1], 13)), Some(vec![0, 1, 2, 3]));
        assert_eq!(minimal(4, weight(&[5, 4, 3, 1], 14)), None);
        assert_eq!(minimal(0, weight(&[], 1)), None);
    }

    #[test]
    fn nothing_can_be_left_out_of_a_large_set() {
        const ONES: [i32; 200] = [1; 200];
        assert_eq!(minimal(200, weight(&ONES, 150)).map(|set| set.len()), Some(150));
        // Six parts of which any four do: every set of three was tried before.
        assert_eq!(minimal(6, |set| set.len() == 4 || set.len() == 6), Some(vec![0, 1, 2, 3]));
    }

    #[test]
    fn ways_are_counted() {
        assert_eq!((binomial(5, 2), binomial(5, 0), binomial(2, 3)), (10, 1, 0));
        assert!(binomial(usize::MAX, 3) > 1 << 40);
    }
}
