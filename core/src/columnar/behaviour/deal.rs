//! What is dealt out by parts of the leads, and added up part by part: both as small as the playbook and the table let
//! them be, for what counts here is how much of it the caches hold.

use super::Line;
use crate::base::points::Points;
use crate::columnar::keys::{Keys, NONE};

/// What one activity comes to.
pub(super) trait Deed: Copy + Send + Sync {
    /// Whether there can be a deed of what finds a lead; where not, no lead is found by it.
    fn holds(lead: i64) -> bool;

    /// `lead` is what finds the lead within its part; a bucket has so many bits.
    fn new(lead: i64, class: u16, bucket: u16, bits: u32) -> Self;

    fn lead(self) -> i64;

    fn class(self, bits: u32) -> usize;

    fn bucket(self, bits: u32) -> usize;
}

/// Bits of a class and a bucket in a small deed.
const CELL: u32 = 16;
/// Bits of a lead in a small deed.
const LEAD: u32 = u64::BITS - CELL;

/// Whether eight bytes tell an activity: its lead, and its class and a bucket of so many bits. Half of the room for classes
/// at least is for rules that hold together.
pub(super) fn small(keys: &Keys, bits: u32, rules: usize) -> bool {
    bits < CELL && 2 * rules <= 1 << (CELL - bits) && keys.within_bits(LEAD)
}

/// How many classes deeds can tell.
pub(super) fn classes(small: bool, bits: u32) -> usize {
    if small { 1 << (CELL - bits) } else { 1 << u16::BITS }
}

impl Deed for u64 {
    #[inline(always)]
    fn holds(lead: i64) -> bool {
        lead >> LEAD == 0
    }

    #[inline(always)]
    fn new(lead: i64, class: u16, bucket: u16, bits: u32) -> Self {
        lead.cast_unsigned() << CELL | u64::from(class) << bits | u64::from(bucket)
    }

    #[inline(always)]
    fn lead(self) -> i64 {
        (self >> CELL).cast_signed()
    }

    #[inline(always)]
    fn class(self, bits: u32) -> usize {
        usize::from(low(self) >> bits)
    }

    #[inline(always)]
    fn bucket(self, bits: u32) -> usize {
        usize::from(low(self) & !(u16::MAX << bits))
    }
}

/// The lower sixteen bits.
#[inline(always)]
fn low(deed: u64) -> u16 {
    let [first, second, ..] = deed.to_le_bytes();
    u16::from_le_bytes([first, second])
}

/// A deed of any lead, class and bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wide {
    lead: i64,
    class: u16,
    bucket: u16,
}

impl Deed for Wide {
    #[inline(always)]
    fn holds(_: i64) -> bool {
        true
    }

    #[inline(always)]
    fn new(lead: i64, class: u16, bucket: u16, _: u32) -> Self {
        Self { lead, class, bucket }
    }

    #[inline(always)]
    fn lead(self) -> i64 {
        self.lead
    }

    #[inline(always)]
    fn class(self, _: u32) -> usize {
        self.class.into()
    }

    #[inline(always)]
    fn bucket(self, _: u32) -> usize {
        self.bucket.into()
    }
}

/// Activities of one piece of work, dealt out.
pub(super) struct Dealt<D> {
    /// Per part of the leads.
    pub(super) parts: Vec<Vec<D>>,
    /// Per class: the rules that it earns points by.
    pub(super) classes: Vec<u64>,
}

impl<D> Default for Dealt<D> {
    fn default() -> Self {
        Self { parts: Vec::new(), classes: Vec::new() }
    }
}

/// What a rule gave a lead so far, in millionths.
pub(super) trait Sum: Copy + Default + Send + Sync + Into<i64> {
    fn of(points: i64) -> Self;

    /// The sum with more points, within the cap on both sides.
    fn plus(self, points: Self, cap: Self) -> Self;
}

impl Sum for i64 {
    fn of(points: i64) -> Self {
        points
    }

    /// The cap is applied at the end: what leaves the range of points is found before.
    #[inline(always)]
    fn plus(self, points: Self, _: Self) -> Self {
        self.saturating_add(points)
    }
}

impl Sum for i32 {
    fn of(points: i64) -> Self {
        // INVARIANT: `capped` has looked whether they fit.
        Self::try_from(points).unwrap_or_default()
    }

    #[inline(always)]
    fn plus(self, points: Self, cap: Self) -> Self {
        (self + points).clamp(-cap, cap)
    }
}

/// Twice as much fits into an `i32`.
const SMALL: i64 = 1 << 30;

/// Whether sums of so many activities may be capped as they grow, in four bytes. They may where a rule's points have one sign,
/// so that a sum which reached its cap stays there, and where no sum could leave the range of points, which would be an error.
pub(super) fn capped(rules: &[Line], activities: usize) -> bool {
    let most = Points::MAX.millionths() / i64::try_from(activities.max(1)).unwrap_or(i64::MAX);
    rules.iter().all(|rule| {
        let points = || rule.points.iter().copied();
        let (least, highest) = (points().fold(0, i64::min), points().fold(0, i64::max));
        let within = |limit: i64| -limit <= least && highest <= limit;
        rule.cap < SMALL && (least == 0 || highest == 0) && within(most) && within(SMALL - 1)
    })
}

/// Points by rule and bucket, and caps, as sums are kept.
pub(super) struct Tables<S> {
    points: Vec<Vec<S>>,
    caps: Vec<S>,
    /// No points in any bucket.
    nothing: Vec<S>,
}

/// A rule of a class, with its cap and its points by bucket.
type LineOfClass<'r, S> = (usize, S, &'r [S]);

/// The rules of a class. Most have one or two: those are added without asking how many there are.
pub(super) struct LinesOfClass<'r, S> {
    /// The second adds nothing where there is but one.
    two: [LineOfClass<'r, S>; 2],
    more: Vec<LineOfClass<'r, S>>,
}

impl<S: Sum> Tables<S> {
    pub(super) fn new(rules: &[Line], buckets: usize) -> Self {
        Self {
            points: rules
                .iter()
                .map(|rule| rule.points.iter().map(|points| S::of(*points)).collect())
                .collect(),
            caps: rules.iter().map(|rule| S::of(rule.cap)).collect(),
            nothing: vec![S::default(); buckets],
        }
    }

    /// Per class: its rules with their points by bucket.
    pub(super) fn of_classes(&self, classes: &[u64]) -> Vec<LinesOfClass<'_, S>> {
        let of = |mask: &u64| {
            let lines = self.points.iter().zip(&self.caps).enumerate();
            let lines = lines.filter(|(line, _)| mask >> line & 1 == 1);
            let mut lines = lines.map(|(line, (points, cap))| (line, *cap, points.as_slice()));
            let first = lines.next().unwrap_or((0, S::default(), &self.nothing));
            let second = lines.next().unwrap_or((first.0, first.1, &self.nothing));
            LinesOfClass { two: [first, second], more: lines.collect() }
        };
        classes.iter().map(of).collect()
    }
}

/// Adds the points of a part's activities to the sums of its leads.
pub(super) fn add_up<D: Deed, S: Sum>(
    keys: &Keys,
    part: usize,
    dealt: &Dealt<D>,
    tables: &[LinesOfClass<'_, S>],
    bits: u32,
    width: usize,
    sums: &mut [S],
) {
    // Leads first, then points: neither waits for what the other looks up.
    let mut leads = [NONE; 64];
    for deeds in dealt.parts.get(part).map_or(&[][..], Vec::as_slice).chunks(leads.len()) {
        keys.within(part, deeds.iter().map(|deed| deed.lead()), &mut leads);
        for (deed, lead) in deeds.iter().zip(&leads) {
            let start = *lead as usize * width;
            // An id that no lead has is beyond all of them.
            let Some(of_lead) = sums.get_mut(start..start + width) else { continue };
            let bucket = deed.bucket(bits);
            let Some(lines) = tables.get(deed.class(bits)) else { continue };
            let mut add = |(line, cap, points): &LineOfClass<'_, S>| {
                if let (Some(sum), Some(points)) = (of_lead.get_mut(*line), points.get(bucket)) {
                    *sum = sum.plus(*points, *cap);
                }
            };
            let [first, second] = &lines.two;
            add(first);
            add(second);
            lines.more.iter().for_each(add);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_deed_says_what_it_was_made_of(
            lead in 0_i64..1 << LEAD,
            bits in 1_u32..CELL,
            class in any::<u16>(),
            bucket in any::<u16>(),
        ) {
            let small = (class >> bits, bucket & !(u16::MAX << bits));
            let deed = <u64 as Deed>::new(lead, small.0, small.1, bits);
            prop_assert!(<u64 as Deed>::holds(lead) && !<u64 as Deed>::holds(lead | 1 << LEAD) && !<u64 as Deed>::holds(-1 - lead));
            prop_assert_eq!((deed.lead(), deed.class(bits), deed.bucket(bits)), (lead, small.0.into(), small.1.into()));
            let wide = Wide::new(-lead, class, bucket, bits);
            prop_assert_eq!((wide.lead(), wide.class(bits), wide.bucket(bits)), (-lead, class.into(), bucket.into()));
        }

        #[test]
        fn capping_at_every_step_is_capping_at_the_end(
            points in prop::collection::vec(0_i64..60_000_000, 0..50),
            cap in 0_i64..SMALL,
            sign in prop_oneof![Just(1_i64), Just(-1)],
        ) {
            let points: Vec<i64> = points.iter().map(|points| sign * points).collect();
            let line = Line { place: (0, 0), account: 0, cap, points: points.clone() };
            prop_assert!(capped(&[line], points.len()));
            let small = points.iter().fold(0, |sum: i32, points| sum.plus(i32::of(*points), i32::of(cap)));
            let wide = points.iter().fold(0, |sum: i64, points| sum.plus(*points, cap));
            prop_assert_eq!(i64::from(small), wide.clamp(-cap, cap));
        }
    }

    #[test]
    fn sums_are_wide_where_small_ones_would_say_something_else() {
        let line = |cap, points: &[i64]| Line { place: (0, 0), account: 0, cap, points: points.to_vec() };
        assert!(capped(&[line(5_000_000, &[0, 3])], 1_000));
        // No cap; a cap of too many points; both signs; points that would overflow were they not capped.
        assert!(!capped(&[line(i64::MAX, &[3])], 1));
        assert!(!capped(&[line(SMALL, &[3])], 1));
        assert!(!capped(&[line(5, &[3, -3])], 1));
        assert!(!capped(&[line(5, &[SMALL - 1])], 9_000_000));
        assert!(!capped(&[line(5, &[1 - SMALL])], 9_000_000));
        assert!(!capped(&[line(5, &[SMALL])], 1));
        assert!(capped(&[line(SMALL - 1, &[1 - SMALL])], 1));
    }
}
