//! Four running sums per account, and the clamps that keep them within limits.

use crate::base::points::Points;
use crate::scoring::sheet::Side;

/// Fit plus, fit minus, engagement plus, engagement minus, in millionths, as [`Side`] numbers them.
///
/// Each side only ever moves away from zero while points are added, so a saturated sum is out of range in every
/// order of the addends: [`Sums::checked`] finds it at the end, and adding needs no branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sums {
    pub(crate) fit_plus: i64,
    pub(crate) fit_minus: i64,
    pub(crate) engagement_plus: i64,
    pub(crate) engagement_minus: i64,
}

/// The least and the most that a sum may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Limits {
    pub(crate) min: Option<Points>,
    pub(crate) max: Option<Points>,
    /// Where points go that no side can give or take: to engagement if any rule below is about engagement.
    pub(crate) engagement: bool,
}

impl Sums {
    pub(crate) fn add_fit(&mut self, points: Points) {
        let (plus, minus) = split(points);
        self.fit_plus = self.fit_plus.saturating_add(plus);
        self.fit_minus = self.fit_minus.saturating_add(minus);
    }

    pub(crate) fn add_engagement(&mut self, points: Points) {
        let (plus, minus) = split(points);
        self.engagement_plus = self.engagement_plus.saturating_add(plus);
        self.engagement_minus = self.engagement_minus.saturating_add(minus);
    }

    pub(crate) fn add(&mut self, other: &Sums) {
        for side in Side::ALL {
            let sum = self.side(side).saturating_add(other.side(side));
            *self.side_mut(side) = sum;
        }
    }

    pub(crate) fn side(&self, side: Side) -> i64 {
        match side {
            Side::FitPlus => self.fit_plus,
            Side::FitMinus => self.fit_minus,
            Side::EngagementPlus => self.engagement_plus,
            Side::EngagementMinus => self.engagement_minus,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut i64 {
        match side {
            Side::FitPlus => &mut self.fit_plus,
            Side::FitMinus => &mut self.fit_minus,
            Side::EngagementPlus => &mut self.engagement_plus,
            Side::EngagementMinus => &mut self.engagement_minus,
        }
    }

    fn total(&self) -> i128 {
        Side::ALL.iter().map(|side| i128::from(self.side(*side))).sum()
    }

    /// The same, if every side can be held as points.
    pub(crate) fn checked(self) -> Option<Self> {
        Side::ALL.iter().all(|side| Points::from_millionths(self.side(*side)).is_some()).then_some(self)
    }

    /// Brings the total within the limits and tells each side's adjustment.
    ///
    /// A maximum takes from the plus sides, engagement first; a minimum gives back to the minus sides, engagement
    /// first. So the figures say what the rules gave within their limits. What no side can give or take (a
    /// maximum below zero, a minimum above it) goes to the other sign.
    pub(crate) fn clamp(&mut self, limits: &Limits) -> [(Side, Points); 3] {
        use Side::{EngagementMinus, EngagementPlus, FitMinus, FitPlus};
        let total = self.total();
        let over = limits.max.map_or(0, |max| total - i128::from(max.millionths()));
        let under = limits.min.map_or(0, |min| i128::from(min.millionths()) - total);
        let (change, sides) = if over.is_positive() {
            (-over, [EngagementPlus, FitPlus, if limits.engagement { EngagementMinus } else { FitMinus }])
        } else if under.is_positive() {
            (under, [EngagementMinus, FitMinus, if limits.engagement { EngagementPlus } else { FitPlus }])
        } else {
            return [(FitPlus, Points::ZERO); 3];
        };
        let mut rest = change;
        let mut index = 0;
        sides.map(|side| {
            let held = i128::from(self.side(side));
            // A side gives at most what it holds; the last one takes whatever is left.
            let part = if index == 2 { rest } else { rest.clamp((-held).min(0), (-held).max(0)) };
            index += 1;
            rest -= part;
            let points = Points::from_wide(part).unwrap_or_default();
            *self.side_mut(side) = self.side(side).saturating_add(points.millionths());
            (side, points)
        })
    }
}

fn split(points: Points) -> (i64, i64) {
    let millionths = points.millionths();
    (millionths.max(0), millionths.min(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(fit_plus: i64, fit_minus: i64, engagement_plus: i64, engagement_minus: i64) -> Sums {
        Sums { fit_plus, fit_minus, engagement_plus, engagement_minus }
    }

    fn limits(min: Option<i64>, max: Option<i64>, engagement: bool) -> Limits {
        Limits {
            min: min.and_then(Points::from_millionths),
            max: max.and_then(Points::from_millionths),
            engagement,
        }
    }

    #[test]
    fn a_maximum_takes_from_engagement_first() {
        let mut some = sums(20, -5, 30, -2);
        some.clamp(&limits(None, Some(8), true));
        assert_eq!(some, sums(15, -5, 0, -2));
    }

    #[test]
    fn a_minimum_gives_back_to_the_minus_sides() {
        let mut some = sums(1, -10, 0, -4);
        some.clamp(&limits(Some(-5), None, true));
        assert_eq!(some, sums(1, -6, 0, 0));
    }

    #[test]
    fn what_no_side_can_give_goes_to_the_other_sign() {
        let mut some = sums(3, 0, 0, 0);
        some.clamp(&limits(None, Some(-2), false));
        assert_eq!(some, sums(0, -2, 0, 0));
        let mut none = sums(0, 0, 0, 0);
        none.clamp(&limits(Some(7), None, true));
        assert_eq!(none, sums(0, 0, 7, 0));
    }
}
