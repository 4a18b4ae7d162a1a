//! Any text as a roster: it is refused, or leads are handed out by it, each to one owner who works there.

use std::sync::LazyLock;

use ikusei::{Engine, Instant, Lead, Playbook, Roster, RouteOptions};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Playbook::parse(include_str!("../../../examples/routing/playbook.yaml"))
        .and_then(|playbook| playbook.compile())
        .expect("the playbook of the example")
});

pub(super) fn run(text: &str) {
    let Ok(roster) = Roster::from_json(text) else { return };
    assert!(
        Roster::from_json(&roster.to_json()).is_ok_and(|again| again == roster),
        "a roster survives its JSON"
    );
    let options = RouteOptions { explain: true, ..RouteOptions::default() };
    let mut lead = Lead::new("l").with_field("prefecture", "東京都").with_field("company", "アクメ東日本");
    let Ok(at) = "2026-11-20T10:00:00+09:00".parse::<Instant>() else { return };
    let Ok(routed) = ENGINE.route(&lead, &roster, at, &options) else { return };
    let [assignment] = routed.assignments.as_slice() else { panic!("one lead, {:?}", routed.assignments) };
    let works = |id: &str| roster.members.iter().any(|member| member.id == id && member.active);
    assert!(works(&assignment.owner), "{}", assignment.owner);
    let after = routed.roster.expect("the roster after one lead");
    // Three silences later somebody who works there is in charge still.
    lead.assignments = routed.assignments;
    let (mut roster, mut wakeup) = (after, routed.next_wakeup);
    for _ in 0..3 {
        let Some(at) = wakeup else { break };
        let routed = ENGINE.follow_up(&lead, &roster, at).expect("a roster that was good is good");
        assert!(works(&routed.assignments[0].owner));
        (lead.assignments, wakeup) = (routed.assignments, routed.next_wakeup);
        roster = routed.roster.unwrap_or(roster);
    }
    ENGINE.verify(&roster, None).expect("a roster that was good can be verified");
}
