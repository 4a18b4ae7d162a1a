//! "did you mean": the nearest known name, if it is near enough not to be nonsense.

/// The candidate nearest to `word` by edit distance with transpositions (optimal string alignment).
///
/// At most a third of the longer word's characters may differ (at least one, at most three): a far candidate
/// is worse than none. Ties go to the first candidate, so the answer depends on declaration order only.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_of(word, &mut candidates.into_iter())
}

fn nearest_of<'a>(word: &str, candidates: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    let word_chars: Vec<char> = word.chars().take(MAX_CHARS).collect();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other: Vec<char> = candidate.chars().take(MAX_CHARS).collect();
        let longer = word_chars.len().max(other.len());
        // One letter for another has nothing of the word left.
        let allowed = (longer / 3).clamp(1, 3).min(longer.saturating_sub(1));
        let distance = if word.eq_ignore_ascii_case(candidate) { 0 } else { distance(&word_chars, &other) };
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Longer names are compared by their beginning: the cost stays bounded on hostile input.
const MAX_CHARS: usize = 64;

fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let mut row: Vec<usize> = vec![0; width];
    for (i, ca) in a.iter().enumerate() {
        let mut left = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let substitution = at(&last, j) + usize::from(ca != cb);
            let mut cost = substitution.min(at(&last, j + 1) + 1).min(left + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(cb) && b.get(j - 1) == Some(ca);
            if swapped {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            if let Some(slot) = row.get_mut(j) {
                *slot = left;
            }
            left = cost;
        }
        if let Some(slot) = row.get_mut(b.len()) {
            *slot = left;
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last.get(b.len()).copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["prefecture", "industry", "employees"];
        assert_eq!(nearest("prefectrue", names), Some("prefecture"));
        assert_eq!(nearest("Industry", names), Some("industry"));
        assert_eq!(nearest("turnover", names), None);
        assert_eq!(nearest("会社", ["会社名", "役職"]), Some("会社名"));
        assert_eq!(nearest("", []), None);
    }

    #[test]
    fn distances_are_those_of_optimal_string_alignment() {
        let of = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(of("kitten", "sitting"), 3);
        assert_eq!(of("ab", "ba"), 1);
        assert_eq!(of("", "abc"), 3);
        assert_eq!(of("abc", ""), 3);
        assert_eq!(of("same", "same"), 0);
    }
}
