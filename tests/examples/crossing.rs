//! What one lead costs in the core alone, and in the `cel` crate: what `tests/bench/run crossing` puts beside the bindings.
//!
//!     crossing CROSSING.JSON SECONDS
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads its own data, prints its figures and looks at the clock"
)]

use std::hint::black_box;
use std::time::{Duration, Instant as Clock};

use ikusei::{Assessment, Detail, Instant, Lead, Playbook, api};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, seconds] = arguments.as_slice() else { return Err("crossing CROSSING.JSON SECONDS".into()) };
    let data: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let budget = Duration::from_secs_f64(seconds.parse()?);
    let at: Instant = data["at"].as_str().unwrap_or_default().parse()?;
    let engine = Playbook::parse(&data["playbook"].to_string())?.compile()?;
    let texts: Vec<String> =
        data["records"].as_array().into_iter().flatten().map(ToString::to_string).collect();
    let leads: Vec<Lead> = texts.iter().map(|text| Lead::from_json(text)).collect::<Result<_, _>>()?;

    for (lead, wanted) in leads.iter().zip(data["answers"].as_array().into_iter().flatten()) {
        let found = answer(&engine.assess(lead, at)?);
        if found != *wanted {
            return Err(format!("{}: {found}, not {wanted}", lead.id).into());
        }
    }

    let figures = |lead: &Lead| engine.prepare(lead)?.assess(at, Detail::Figures);
    let measure = |name: &str, run: &dyn Fn(usize)| report(name, leads.len(), budget, run);
    measure("core, one lead, figures", &|index| _ = black_box(leads.get(index).map(figures)));
    measure("core, one lead, with ledger", &|index| {
        _ = black_box(leads.get(index).map(|lead| engine.assess(lead, at)));
    });
    measure("core, reading a lead from JSON text", &|index| {
        _ = black_box(texts.get(index).map(|text| Lead::from_json(text)));
    });
    let calls: Vec<String> =
        texts.iter().map(|text| format!(r#"{{"lead":{text},"at":{},"ledger":false}}"#, data["at"])).collect();
    measure("core, one lead, figures, text to text", &|index| {
        _ = black_box(calls.get(index).map(|call| api::call_engine(&engine, "assess", call)));
    });
    let prepared: Vec<_> = leads.iter().map(|lead| engine.prepare(lead)).collect::<Result<_, _>>()?;
    measure("core, one prepared lead, figures", &|index| {
        _ = black_box(prepared.get(index).map(|prepared| prepared.figures(at)));
    });
    measure("core, one prepared lead, figures, rank and segments", &|index| {
        _ = black_box(prepared.get(index).map(|prepared| prepared.assess(at, Detail::Figures)));
    });
    cel_crate(&data, budget)
}

/// The same rules but for patterns, which the crate would compile at every evaluation, over variables made before.
fn cel_crate(data: &Value, budget: Duration) -> Result<(), Failure> {
    let rows = |name: &str| data[name].as_array().into_iter().flatten();
    let sums: Vec<cel::Program> = rows("cel_plain")
        .map(|source| cel::Program::compile(source.as_str().unwrap_or_default()))
        .collect::<Result<_, _>>()?;
    let mut leads = Vec::new();
    for lead in rows("flat") {
        let mut context = cel::Context::default();
        for (name, value) in lead.as_object().into_iter().flatten() {
            context.add_variable_from_value(name.clone(), variable(value, &data["playbook"]["fields"][name]));
        }
        leads.push(context);
    }
    let sum = |lead: &cel::Context<'_, '_>| -> Option<Vec<i64>> {
        let one = |program: &cel::Program| match program.execute(lead) {
            Ok(cel::Value::Int(points)) => Some(points),
            _ => None,
        };
        sums.iter().map(one).collect()
    };
    for (index, (lead, wanted)) in leads.iter().zip(rows("answers_plain")).enumerate() {
        let found = sum(lead);
        let wanted = [&wanted[0], &wanted[1]].map(Value::as_i64);
        if found.as_deref().map(|found| found.iter().copied().map(Some).collect::<Vec<_>>())
            != Some(wanted.into())
        {
            return Err(format!("cel, lead {index}: {found:?}, not {wanted:?}").into());
        }
    }
    report("cel crate, without patterns, from a prepared lead", leads.len(), budget, &|index| {
        _ = black_box(leads.get(index).map(sum));
    });
    Ok(())
}

fn variable(value: &Value, field: &Value) -> cel::Value {
    match value {
        Value::Bool(value) => cel::Value::Bool(*value),
        Value::Number(value) if field["type"] == "number" => {
            cel::Value::Float(value.as_f64().unwrap_or_default())
        }
        Value::Number(value) => cel::Value::Int(value.as_i64().unwrap_or_default()),
        Value::String(value) => cel::Value::String(value.clone().into()),
        _ => cel::Value::Null,
    }
}

fn answer(found: &Assessment) -> Value {
    let Some(sheet) = found.scores.get("overall") else { return Value::Null };
    json!([sheet.fit_plus, sheet.fit_minus, sheet.total, found.rank])
}

/// Prints the best and the median of several rounds, in microseconds per lead.
fn report(name: &str, count: usize, budget: Duration, run: &dyn Fn(usize)) {
    let began = Clock::now();
    let mut rounds = Vec::new();
    while rounds.len() < 3 || began.elapsed() < budget {
        let round = Clock::now();
        (0..count).for_each(run);
        rounds
            .push(round.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    }
    rounds.sort_by(f64::total_cmp);
    let (best, median) = (rounds.first(), rounds.get(rounds.len() / 2));
    let line = json!({ "where": "rust", "engine": "core", "name": name, "best": best, "median": median, "equal": count });
    println!("RESULT {line}");
}
