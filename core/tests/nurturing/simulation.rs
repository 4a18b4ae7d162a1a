//! The laws of simulation and of counts, over the same generated scenarios, leads and inputs.

use std::num::NonZeroUsize;

use ikusei::analytics::Cell;
use ikusei::{HistoryEntry, Simulated, Simulation};

use super::*;

/// The time that is simulated, with answers to whatever touches the lead. Orders to enrol, activities and the rest
/// happen by themselves.
fn asked(seed: u64, leads: &[u64]) -> Simulation {
    let model = json!({
        "seed": seed.to_string(),
        "responses": [
            { "channel": "email", "when": "size >= 3", "bounced": 0.2, "failed": 0.2, "after": "1m", "up_to": "3h",
              "reactions": [{ "activity": "a", "chance": 0.6, "after": "5m", "up_to": "1d",
                              "then": [{ "set": { "size": 5 }, "chance": 0.5 }, { "deal": "lost", "chance": 0.3, "after": "1h" }] }] },
            { "effect": "invite", "refused": 0.5, "reactions": [{ "activity": "b", "properties": { "n": 1 } }] },
            { "channel": "email", "delivered": 0.5, "reactions": [{ "consent": "deny", "chance": 0.1 }] },
            { "effect": "call", "reactions": [{ "activity": "b", "properties": { "n": 3 }, "after": "2h" }] },
            { "effect": "notify", "reactions": [{ "set": { "size": 6 }, "chance": 0.5, "after": "1h" }] },
        ]
    });
    let own = |number: &u64| {
        let name = format!("lead-{number}");
        let entry = move |(when, input)| HistoryEntry { lead: Some(name.clone()), at: at(when), input };
        inputs(*number).into_iter().filter(|(_, input)| !matches!(input, Input::Ack(_))).map(entry)
    };
    Simulation {
        from: at(START),
        to: at(START + DAYS * DAY),
        history: leads.iter().flat_map(own).collect(),
        model: Some(serde_json::from_value(model).unwrap()),
        per: ikusei::SimulationPeriod::Day,
        suppression: Vec::new(),
    }
}

/// Calls `process` by hand with inputs at their instants, and at every wake-up before and between them.
fn by_hand(
    engine: &Engine,
    lead: Lead,
    inputs: &[(Instant, Input)],
    end: Instant,
) -> (Vec<Instant>, Log, Lead) {
    let mut log = Log::default();
    let mut called = Vec::new();
    let mut lead = Some(lead);
    let mut wakeup = Some(at(START));
    let mut call = |now: Instant, input: &Input, wakeup: &mut Option<Instant>| {
        let outcome = engine.process(lead.take().unwrap(), input, now).unwrap();
        called.push(now);
        log.effects.extend(outcome.effects);
        log.changes.extend(outcome.changes);
        *wakeup = outcome.next_wakeup;
        lead = Some(outcome.lead);
    };
    for (now, input) in inputs {
        while let Some(next) = wakeup.filter(|next| next <= now) {
            call(next, &Input::Tick, &mut wakeup);
        }
        call(*now, input, &mut wakeup);
    }
    while let Some(next) = wakeup.filter(|next| *next <= end) {
        call(next, &Input::Tick, &mut wakeup);
    }
    (called, log, lead.unwrap())
}

fn many(seed: u64, count: u64) -> (Engine, Vec<Lead>, Simulation) {
    let numbers: Vec<u64> = (0..count).map(|number| seed.wrapping_add(number)).collect();
    (engine(seed), numbers.iter().map(|number| lead(*number)).collect(), asked(seed, &numbers))
}

fn whole(cell: Option<&Cell>) -> i64 {
    match cell {
        Some(Cell::Whole(number)) => *number,
        other => panic!("{other:?} is no count"),
    }
}

/// The sum of a column over the rows of a table in which another column has a value.
fn sum(found: &Simulated, table: &str, column: &str, of: Option<(&str, &str)>) -> i64 {
    let table = found.analysis.table(table).unwrap();
    let rows = (0..table.rows.len()).filter(|row| {
        of.is_none_or(|(name, wanted)| table.get(*row, name) == Some(&Cell::Text(wanted.to_owned())))
    });
    rows.map(|row| whole(table.get(row, column))).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_lead_lives_as_if_processed_by_hand(seed in any::<u64>()) {
        let (engine, leads, simulation) = many(seed, 1);
        let found = engine.simulate_lead(leads[0].clone(), &simulation).unwrap();
        let given: Vec<(Instant, Input)> =
            found.log.iter().filter(|step| step.input != Input::Tick).map(|step| (step.at, step.input.clone())).collect();
        let (called, log, lead) = by_hand(&engine, leads[0].clone(), &given, simulation.to);
        prop_assert_eq!(found.log.iter().map(|step| step.at).collect::<Vec<_>>(), called);
        prop_assert_eq!(found.log.iter().flat_map(|step| &step.effects).collect::<Vec<_>>(), log.effects.iter().collect::<Vec<_>>());
        prop_assert_eq!(found.log.iter().flat_map(|step| &step.changes).collect::<Vec<_>>(), log.changes.iter().collect::<Vec<_>>());
        prop_assert_eq!(&found.lead, &lead);
        // Everything that was to happen by itself is among the inputs, and every answer comes after what it answers.
        let own = found.log.iter().filter(|step| step.because.is_none() && step.input != Input::Tick).count();
        prop_assert_eq!(own, simulation.history.iter().filter(|entry| entry.at <= simulation.to).count());
        for step in &found.log {
            if let Some(because) = &step.because {
                let effect = log.effects.iter().find(|effect| effect.id == *because).unwrap();
                prop_assert!(effect.at <= step.at);
            }
        }
    }

    #[test]
    fn threads_batches_and_order_change_nothing(seed in any::<u64>()) {
        let (engine, leads, simulation) = many(seed, 12);
        let one = engine.simulate(leads.clone(), &simulation, NonZeroUsize::new(1)).unwrap();
        prop_assert_eq!(&one, &engine.simulate(leads.clone(), &simulation, NonZeroUsize::new(3)).unwrap());
        let backwards: Vec<Lead> = leads.iter().rev().cloned().collect();
        prop_assert_eq!(&one, &engine.simulate(backwards, &simulation, None).unwrap());
        // Two halves add up to the whole.
        let half = |part: &[Lead]| {
            let mine = |entry: &HistoryEntry| part.iter().any(|lead| Some(&lead.id) == entry.lead.as_ref());
            let mut simulation = simulation.clone();
            simulation.history.retain(mine);
            engine.simulate(part.to_vec(), &simulation, None).unwrap()
        };
        let (first, second) = (half(&leads[..5]), half(&leads[5..]));
        for (figure, value) in &one.analysis.figures {
            let parts = [&first, &second].map(|part| whole(part.analysis.figures.get(figure)));
            prop_assert_eq!(whole(Some(value)), parts[0] + parts[1], "{}", figure);
        }
        for (scenario, counts) in &one.counts {
            for (step, count) in &counts.steps {
                let parts = [&first, &second].map(|part| part.counts[scenario].steps[step].entered);
                prop_assert_eq!(count.entered, parts[0] + parts[1]);
            }
        }
    }

    #[test]
    fn counts_add_up(seed in any::<u64>()) {
        let (engine, leads, simulation) = many(seed, 8);
        let found = engine.simulate(leads.clone(), &simulation, None).unwrap();
        let lives: Vec<_> = leads.iter().map(|lead| {
            let mut own = simulation.clone();
            own.history.retain(|entry| entry.lead.as_ref() == Some(&lead.id));
            engine.simulate_lead(lead.clone(), &own).unwrap()
        }).collect();
        let effects = || lives.iter().flat_map(|life| &life.log).flat_map(|step| &step.effects);
        let touches = effects().filter(|effect| effect.intent.gate().is_some()).count();
        prop_assert_eq!(sum(&found, "periods", "count", None), i64::try_from(effects().count()).unwrap());
        prop_assert_eq!(sum(&found, "steps", "touches", None), i64::try_from(touches).unwrap());
        prop_assert_eq!(sum(&found, "channels", "made", None), i64::try_from(touches).unwrap());
        let answered: i64 = ["delivered", "failed", "bounced", "refused"].iter().map(|word| sum(&found, "channels", word, None)).sum();
        let late = lives.iter().flat_map(|life| &life.log).flat_map(|step| &step.changes)
            .filter(|change| matches!(change.what, ikusei::ChangeKind::Touched { .. })).count();
        prop_assert_eq!(answered, i64::try_from(late).unwrap());
        let ended: Vec<Lead> = lives.iter().map(|life| life.lead.clone()).collect();
        let standing = engine.step_counts(&ended);
        for (scenario, counts) in &found.counts {
            let passages = counts.passages;
            prop_assert_eq!(
                passages.all,
                passages.active + passages.done + passages.goal + passages.exited + passages.moved + passages.held_out + passages.displaced
            );
            let of = Some(("scenario", scenario.as_str()));
            let begun = sum(&found, "scenarios", "before", of) + sum(&found, "scenarios", "enrolled", of);
            prop_assert_eq!(i64::try_from(passages.all + counts.other_versions).unwrap(), begun);
            prop_assert_eq!(i64::try_from(passages.active).unwrap(), sum(&found, "scenarios", "active", of));
            prop_assert_eq!(passages.active, standing[scenario].passages.active);
            // Of a passage that the next one followed in the same call, the last steps are not in any record.
            let of_it = |change: &&Change| change.scenario.as_ref() == Some(scenario);
            let followed = lives.iter().flat_map(|life| &life.log).filter(|step| {
                let has = |wanted: fn(&ikusei::ChangeKind) -> bool| step.changes.iter().filter(of_it).any(|change| wanted(&change.what));
                has(|what| matches!(what, ikusei::ChangeKind::Ended(_))) && has(|what| matches!(what, ikusei::ChangeKind::Enrolled { .. }))
            });
            let followed = u64::try_from(followed.count()).unwrap();
            let mut waiting = 0;
            for (step, count) in &counts.steps {
                prop_assert_eq!(count.entered, count.waiting + count.left, "{} {}", scenario, step);
                prop_assert!(count.ended <= count.left);
                prop_assert_eq!(count.waiting, standing[scenario].steps[step].waiting);
                waiting += count.waiting;
                if !count.ways.is_empty() {
                    let ways: u64 = count.ways.values().sum();
                    prop_assert!(ways <= count.left && count.left - ways <= count.ended + followed, "{} {} {:?}", scenario, step, count);
                }
            }
            prop_assert_eq!(waiting, passages.active);
        }
    }
}

#[test]
fn what_the_laws_are_about_happens() {
    let (mut answered, mut goals, mut waits, mut other) = (0, 0, 0, 0);
    for seed in 0..20 {
        let (engine, leads, simulation) = many(seed, 4);
        let found = engine.simulate(leads.clone(), &simulation, None).unwrap();
        answered += sum(&found, "channels", "delivered", None);
        goals += sum(&found, "scenarios", "goal", None);
        waits += sum(&found, "steps", "waiting", None);
        let mut again = simulation.clone();
        assert_eq!(found, engine.simulate(leads.clone(), &again, None).unwrap());
        again.model.as_mut().unwrap().seed.push('!');
        other += u32::from(found != engine.simulate(leads, &again, None).unwrap());
    }
    assert!(answered > 20 && goals > 5 && waits > 5 && other > 5, "{answered} {goals} {waits} {other}");
}

#[test]
fn who_has_nothing_to_do_costs_one_call() {
    let playbook = r#"{"ikusei": 1, "name": "demo", "activities": {"a": {}},
        "scorecards": {"overall": {"rules": [{"id": "a", "on": "a", "points": 10, "within": "30d"}], "ranks": [{"rank": "A", "at_least": 10}]}},
        "scenarios": {"s": {"enrol": [{"rank": {"to": ["A"]}}, {"activity": {"kind": "a"}}, {"dormant": {"for": "90d"}}],
                            "steps": [{"wait": {"for": "1d"}}]}}}"#;
    let engine = Playbook::parse(playbook).unwrap().compile().unwrap();
    let simulation = Simulation { history: Vec::new(), to: at(START + 365 * DAY), ..asked(1, &[]) };
    let simulation = Simulation { model: None, ..simulation };
    let leads = (0..50).map(|number| Lead::new(number.to_string())).collect();
    let found = engine.simulate(leads, &simulation, None).unwrap();
    assert_eq!(whole(found.analysis.figures.get("calls_of_process")), 50);
}

#[test]
fn chances_converge() {
    let playbook = r#"{"ikusei": 1, "name": "demo", "activities": {"open": {}, "click": {}}, "templates": {"t": {"channel": "email"}},
        "scenarios": {"s": {"enrol": ["manual"], "steps": [{"send": {"template": "t"}}]}}}"#;
    let engine = Playbook::parse(playbook).unwrap().compile().unwrap();
    let count: u32 = 4_000;
    let leads: Vec<Lead> = (0..count)
        .map(|number| {
            Lead::from_json(
                &json!({"id": number.to_string(), "consent": {"email": {"status": "granted"}}}).to_string(),
            )
            .unwrap()
        })
        .collect();
    let enrol =
        |lead: &Lead| json!({"lead": lead.id, "at": at(START), "input": {"enrol": {"scenario": "s"}}});
    let simulation: Simulation = serde_json::from_value(json!({
        "from": at(START), "to": at(START + 10 * DAY), "history": leads.iter().map(enrol).collect::<Vec<_>>(),
        "model": {"responses": [{"template": "t", "bounced": 0.1, "failed": 0.05, "reactions":
            [{"activity": "open", "chance": 0.4, "after": "1h", "up_to": "2d", "then": [{"activity": "click", "chance": 0.25}]}]}]}
    }))
    .unwrap();
    let found = engine.simulate(leads, &simulation, None).unwrap();
    let share = |what: &str| {
        let table = found.analysis.table("templates").unwrap();
        let row =
            (0..table.rows.len()).find(|row| table.get(*row, "what") == Some(&Cell::Text(what.to_owned())));
        f64::from(u32::try_from(row.map_or(0, |row| whole(table.get(row, "count")))).unwrap())
            / f64::from(count)
    };
    for (what, wanted) in [
        ("sent", 1.0),
        ("delivered", 0.85),
        ("bounced", 0.1),
        ("failed", 0.05),
        ("open", 0.34),
        ("click", 0.085),
    ] {
        assert!((share(what) - wanted).abs() < 0.02, "{what} {}", share(what));
    }
}
