//! What is dealt out by parts of the leads, and added up part by part: both as small as the playbook and the table let
//! them be, for what counts here is how much of it the caches hold. Activities of one lead that follow each other are
//! added up where they are read, and dealt out as one.

use super::{Line, MAX_RULES};
use crate::base::points::Points;
use crate::columnar::keys::{Keys, NONE, Place};

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
pub(super) struct Dealt<D, S> {
    /// Per part of the leads.
    pub(super) parts: Vec<Vec<D>>,
    /// Per class: the rules that it earns points by.
    pub(super) classes: Vec<u64>,
    /// Per part of the leads.
    pub(super) runs: Vec<Runs<S>>,
}

impl<D, S> Default for Dealt<D, S> {
    fn default() -> Self {
        Self { parts: Vec::new(), classes: Vec::new(), runs: Vec::new() }
    }
}

/// What activities of one lead that follow each other come to.
pub(super) struct Runs<S> {
    /// What finds the lead of each run within its part.
    leads: Vec<i64>,
    /// By run and rule.
    sums: Vec<S>,
}

impl<S> Default for Runs<S> {
    fn default() -> Self {
        Self { leads: Vec::new(), sums: Vec::new() }
    }
}

impl<S: Sum> Runs<S> {
    pub(super) fn clear(&mut self) {
        self.leads.clear();
        self.sums.clear();
    }

    fn add(&mut self, lead: i64, sums: &[S]) {
        self.leads.push(lead);
        self.sums.extend_from_slice(sums);
    }
}

/// What a rule gave a lead so far, in millionths.
pub(super) trait Sum: Copy + Default + Send + Sync + Into<i64> {
    /// Whether a sum is within its cap, and so within the range of points, at any time.
    const CAPPED: bool;

    fn of(points: i64) -> Self;

    /// The sum with more points, within the cap on both sides.
    fn plus(self, points: Self, cap: Self) -> Self;
}

impl Sum for i64 {
    const CAPPED: bool = false;

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
    const CAPPED: bool = true;

    fn of(points: i64) -> Self {
        // INVARIANT: `capped` has looked whether they fit.
        Self::try_from(points).unwrap_or_default()
    }

    #[inline(always)]
    fn plus(self, points: Self, cap: Self) -> Self {
        // `clamp` would ask whether the cap is one.
        (self + points).min(cap).max(-cap)
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

/// What the number of trailing zeros says of a mask without rules.
const NOTHING: usize = MAX_RULES;

/// Points by rule and bucket, and caps, as sums are kept.
pub(super) struct Tables<S> {
    points: Vec<S>,
    /// Where the points of a rule begin; what is no rule gives no points.
    starts: [usize; NOTHING + 1],
    caps: [S; NOTHING + 1],
    rules: usize,
    buckets: usize,
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
        let points = rules.iter().flat_map(|rule| &rule.points).map(|points| S::of(*points));
        let caps = |line: usize| rules.get(line).map_or(S::default(), |rule| S::of(rule.cap));
        Self {
            points: points.chain(std::iter::repeat_n(S::default(), buckets)).collect(),
            starts: std::array::from_fn(|line| line.min(rules.len()) * buckets),
            caps: std::array::from_fn(caps),
            rules: rules.len(),
            buckets,
        }
    }

    /// Per class: its rules with their points by bucket.
    pub(super) fn of_classes(&self, classes: &[u64]) -> Vec<LinesOfClass<'_, S>> {
        let points = |start: usize| self.points.get(start..start + self.buckets).unwrap_or(&[]);
        let lines = self.starts.iter().zip(self.caps).take(self.rules).enumerate();
        let lines = lines.map(|(line, (start, cap))| (line, cap, points(*start)));
        let nothing = points(self.rules * self.buckets);
        let of = |mask: &u64| {
            let mut lines = lines.clone().filter(|(line, ..)| mask >> line & 1 == 1);
            let first = lines.next().unwrap_or((0, S::default(), nothing));
            let second = lines.next().unwrap_or((first.0, first.1, nothing));
            LinesOfClass { two: [first, second], more: lines.collect() }
        };
        classes.iter().map(of).collect()
    }

    /// Whether it is worth it to add up runs of activities: what they take in memory is bounded by what deeds would. Most tables
    /// are not grouped by lead, which the first activities show.
    pub(super) fn grouped<D, K: PartialEq>(&self, leads: &[K]) -> bool {
        let run = size_of::<i64>() + self.rules * size_of::<S>();
        let worth = |leads: &[K]| {
            let begin = 1 + leads.windows(2).filter(|pair| pair.first() != pair.last()).count();
            begin * run <= 2 * leads.len() * size_of::<D>()
        };
        leads.get(..64).is_none_or(worth) && worth(leads)
    }

    /// Adds up activities, each with what tells its lead from that of the next, the rules that it earns points by, and its
    /// bucket; deals out what the leads come to.
    #[inline(never)]
    pub(super) fn add_runs<K: Copy + PartialEq>(
        &self,
        leads: &[K],
        masks: &[u64],
        buckets: &[u16],
        place: impl Fn(K) -> Place,
        runs: &mut [Runs<S>],
    ) {
        let mut sums = [S::default(); NOTHING + 1];
        let mut rows = masks.iter().zip(buckets);
        for run in leads.chunk_by(PartialEq::eq) {
            for (mask, bucket) in rows.by_ref().take(run.len()) {
                self.add(*mask, *bucket, &mut sums);
            }
            let (Some(lead), Some(sums)) = (run.first(), sums.get_mut(..self.rules)) else { continue };
            let (part, lead) = place(*lead);
            if let Some(runs) = runs.get_mut(part as usize) {
                runs.add(lead, sums);
            }
            sums.fill(S::default());
        }
    }

    /// Adds the points of an activity. Most have one or two rules: those are added without asking how many there are.
    #[inline(always)]
    fn add(&self, mask: u64, bucket: u16, sums: &mut [S; NOTHING + 1]) {
        let mut add = |mask: u64| {
            let line = mask.trailing_zeros() as usize;
            if let (Some(start), Some(cap), Some(sum)) =
                (self.starts.get(line), self.caps.get(line), sums.get_mut(line))
                && let Some(points) = self.points.get(start + usize::from(bucket))
            {
                *sum = sum.plus(*points, *cap);
            }
        };
        let rest = mask & mask.wrapping_sub(1);
        add(mask);
        add(rest);
        let mut more = rest & rest.wrapping_sub(1);
        while more != 0 {
            add(more);
            more &= more.wrapping_sub(1);
        }
    }
}

/// Adds the points of a part's activities to the sums of its leads.
pub(super) fn add_up<D: Deed, S: Sum>(
    keys: &Keys,
    part: usize,
    dealt: &Dealt<D, S>,
    tables: &Tables<S>,
    classes: &[LinesOfClass<'_, S>],
    bits: u32,
    sums: &mut [S],
) {
    let width = tables.rules;
    // Leads first, then points: neither waits for what the other looks up.
    let mut leads = [NONE; 64];
    for deeds in dealt.parts.get(part).map_or(&[][..], Vec::as_slice).chunks(leads.len()) {
        keys.within(part, deeds.iter().map(|deed| deed.lead()), &mut leads);
        for (deed, lead) in deeds.iter().zip(&leads) {
            let start = *lead as usize * width;
            // An id that no lead has is beyond all of them.
            let Some(of_lead) = sums.get_mut(start..start + width) else { continue };
            let bucket = deed.bucket(bits);
            let Some(lines) = classes.get(deed.class(bits)) else { continue };
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
    let Some(runs) = dealt.runs.get(part) else { return };
    let of_runs = runs.sums.chunks(width.max(1) * leads.len());
    for (of_run, sums_of_runs) in runs.leads.chunks(leads.len()).zip(of_runs) {
        keys.within(part, of_run.iter().copied(), &mut leads);
        for (lead, of_run) in leads.iter().zip(sums_of_runs.chunks_exact(width.max(1))) {
            let start = *lead as usize * width;
            let Some(of_lead) = sums.get_mut(start..start + width) else { continue };
            for ((sum, run), cap) in of_lead.iter_mut().zip(of_run).zip(&tables.caps) {
                *sum = sum.plus(*run, *cap);
            }
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
