//! Times until something happens, where some have not come to it yet (Kaplan and Meier 1958).

use super::real;

/// One step of a survival curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub(crate) at: f64,
    pub(crate) at_risk: u64,
    pub(crate) events: u64,
    /// The part that has not come to it after this time.
    pub(crate) waiting: f64,
}

/// The curve of times, each with whether it ended in the event or is only known to last longer.
pub(crate) fn curve(times: &[(f64, bool)]) -> Vec<Step> {
    let mut sorted = times.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut at_risk = u64::try_from(sorted.len()).unwrap_or(u64::MAX);
    let mut waiting = 1.0;
    let mut steps = Vec::new();
    for group in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let Some((at, _)) = group.first() else { continue };
        let events = u64::try_from(group.iter().filter(|(_, event)| *event).count()).unwrap_or(0);
        if events > 0 {
            waiting *= 1.0 - real(events) / real(at_risk);
            steps.push(Step { at: *at, at_risk, events, waiting });
        }
        at_risk = at_risk.saturating_sub(u64::try_from(group.len()).unwrap_or(0));
    }
    steps
}

/// The first time by which at least this part has come to the event; none where fewer ever do.
pub(crate) fn time_of(curve: &[Step], part: f64) -> Option<f64> {
    // A hair of rounding must not move a quantile to the next step.
    curve.iter().find(|step| step.waiting <= 1.0 - part + 1e-12).map(|step| step.at)
}

#[cfg(test)]
mod tests {
    use super::super::tests::near;
    use super::*;

    #[test]
    fn the_curve_of_a_textbook() {
        // Freireich's leukaemia data, treated group (as in Cox 1972): 6 6 6 6* 7 9* 10 10* 11* 13 16 17* 19* 20* 22 23 25* 32* 32* 34* 35*.
        let times = [
            (6.0, true),
            (6.0, true),
            (6.0, true),
            (6.0, false),
            (7.0, true),
            (9.0, false),
            (10.0, true),
            (10.0, false),
            (11.0, false),
            (13.0, true),
            (16.0, true),
            (17.0, false),
            (19.0, false),
            (20.0, false),
            (22.0, true),
            (23.0, true),
            (25.0, false),
            (32.0, false),
            (32.0, false),
            (34.0, false),
            (35.0, false),
        ];
        let steps = curve(&times);
        let wanted = [
            (6.0, 21, 0.857_142_857),
            (7.0, 17, 0.806_722_689),
            (10.0, 15, 0.752_941_176),
            (13.0, 12, 0.690_196_078),
            (16.0, 11, 0.627_450_980),
            (22.0, 7, 0.537_815_126),
            (23.0, 6, 0.448_179_272),
        ];
        assert_eq!(steps.len(), wanted.len());
        for (step, (at, at_risk, waiting)) in steps.iter().zip(wanted) {
            near(step.at, at, 0.0);
            assert_eq!(step.at_risk, at_risk);
            near(step.waiting, waiting, 1e-9);
        }
        assert_eq!(time_of(&steps, 0.5), Some(23.0));
        assert_eq!(time_of(&steps, 0.25), Some(13.0));
        assert_eq!(time_of(&steps, 0.75), None);
        assert!(curve(&[]).is_empty());
    }
}
