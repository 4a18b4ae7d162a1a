//! Properties: printing and reading agree, no text whatsoever panics, and what both understand means the same
//! here and in the `cel` crate.

use indexmap::IndexMap;
use proptest::prelude::*;

use super::super::ast::{Binary, Expr, ExprKind, Extent, Word};
use super::super::parser::parse;
use super::super::*;
use super::{env, with_frame};
use crate::lead::record::Lead;
use crate::lead::value::Value as Plain;

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, extent: Extent::default(), height: 1 }
}

fn word(text: &str) -> Word {
    Word { text: text.to_owned(), extent: Extent::default() }
}

fn binary() -> impl Strategy<Value = Binary> {
    use Binary::*;
    prop::sample::select(vec![
        Equal,
        NotEqual,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
        In,
        Add,
        Subtract,
        Multiply,
        Divide,
        Remainder,
    ])
}

/// Any tree that the parser could give, whether or not it makes sense.
fn tree() -> impl Strategy<Value = Expr> {
    let name = prop::sample::select(vec!["industry", "x", "_y1", "役職", "trueish"]);
    let leaf = prop_oneof![
        Just(ExprKind::Null),
        any::<bool>().prop_map(ExprKind::Bool),
        any::<i64>().prop_map(ExprKind::Int),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(ExprKind::Double),
        any::<String>().prop_map(ExprKind::Text),
        name.prop_map(|name| ExprKind::Name(name.to_owned())),
    ]
    .prop_map(expr);
    leaf.prop_recursive(6, 60, 4, |inner| {
        let one = || inner.clone().prop_map(Box::new);
        let many = |least: usize| prop::collection::vec(inner.clone(), least..4);
        let member = prop::sample::select(vec!["a", "product-a", "in", "has", "com/x.y z"]);
        let function = prop::sample::select(vec!["size", "f", "exists"]);
        prop_oneof![
            (one(), member).prop_map(|(of, name)| ExprKind::Member(of, word(name))),
            (one(), one()).prop_map(|(of, index)| ExprKind::Index(of, index)),
            (prop::option::of(one()), function, many(0))
                .prop_map(|(target, name, arguments)| ExprKind::Call(target, word(name), arguments)),
            many(0).prop_map(ExprKind::List),
            prop::collection::vec((inner.clone(), inner.clone()), 0..3).prop_map(ExprKind::Map),
            one().prop_map(ExprKind::Not),
            one().prop_map(ExprKind::Negate),
            (binary(), one(), one()).prop_map(|(operator, a, b)| ExprKind::Binary(operator, a, b)),
            many(2).prop_map(ExprKind::And),
            many(2).prop_map(ExprKind::Or),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| ExprKind::Choose(Box::new([a, b, c]))),
        ]
        .prop_map(expr)
    })
}

/// Compiles and, where that works, evaluates and explains: whatever comes of it, no panic.
fn exercise(source: &str) {
    with_frame(|env, frame| {
        for expected in [Expected::Bool, Expected::Number, Expected::Any] {
            match Program::compile(source, env, expected) {
                Ok(program) => {
                    let _ = (program.test(frame), program.number(frame), program.value(frame));
                    let _ = serde_json::to_string(&program.trace(frame)).unwrap();
                }
                Err(problems) => {
                    assert!(!problems.is_empty());
                    for problem in problems {
                        let span = problem.span.as_ref().expect("every problem has a place");
                        assert!(
                            source.get(span.start..span.end).is_some(),
                            "{problem:?} is outside of the text"
                        );
                    }
                }
            }
        }
    });
}

const VALID: &[&str] = &[
    "industry in [\"製造業\", \"不動産業\"] && employees >= 300 || !customer",
    "scores.overall.total >= 130 && scores[\"product-a\"].fit > 1.5",
    "activities(\"page_view\").filter(a, a.seconds > 30).map(a, a.url).exists(u, u.endsWith(\"/x\"))",
    "age(last(\"page_view\")) < duration(\"30d\") ? count(\"page_view\", \"7d\") : -1",
    #[cfg(feature = "regex")]
    "company.matches(\"^(株|㈱)\")",
    "normalize(company) != '''x''' && source.keyword == null",
    "{\"a\": 1, 2: [3.5, null]}[\"a\"] + int(\"12\") - 0x1F % 7",
    "founded < date(\"2000-01-01\") && called_at.getHours(\"Asia/Tokyo\") == 9",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_as_the_same(tree in tree()) {
        let printed = tree.to_string();
        prop_assert_eq!(parse(&printed), Ok(tree), "{}", printed);
    }

    #[test]
    fn no_text_panics(source in any::<String>()) {
        exercise(&source);
    }

    #[test]
    fn no_soup_of_tokens_panics(words in prop::collection::vec(prop::sample::select(vec![
        "industry", "employees", "interests", "activity", "scores", ".", "[", "]", "(", ")", "{", "}", ",", ":", "?",
        "&&", "||", "!", "-", "+", "*", "/", "%", "==", "!=", "<", ">=", "in", "1", "2.5", "0x", "\"a\"", "'", "r\"",
        "b'x'", "1u", "null", "true", "has", "size", "exists", "map", "seen", "count", "last", "now", "age", "`", "x",
    ]), 0..40)) {
        exercise(&words.join(" "));
        exercise(&words.concat());
    }

    #[test]
    fn no_damaged_expression_panics(
        index in 0..VALID.len(), at in any::<prop::sample::Index>(), length in 0_usize..6, put in ".{0,3}",
    ) {
        let mut chars: Vec<char> = VALID[index].chars().collect();
        let start = at.index(chars.len());
        let end = (start + length).min(chars.len());
        chars.splice(start..end, put.chars());
        exercise(&chars.into_iter().collect::<String>());
    }
}

#[test]
fn the_expressions_to_damage_are_whole() {
    for source in VALID {
        with_frame(|env, frame| {
            Program::compile(source, env, Expected::Any)
                .unwrap_or_else(|problems| panic!("{source}: {problems:?}"))
                .value(frame)
                .unwrap();
        });
    }
}

/// Expressions of a type over the variables `i`, `j` (whole), `d`, `e` (not), `s`, `t` (texts), `b`, `c`
/// (booleans) and `l` (texts), as text.
fn typed(depth: u32) -> [BoxedStrategy<String>; 5] {
    let pick = |items: &'static [&'static str]| prop::sample::select(items).prop_map(str::to_owned);
    let ints = prop_oneof![
        pick(&["i", "j", "0", "1", "-3", "7", "9223372036854775807"]),
        (-20_i64..20).prop_map(|value| value.to_string()),
    ];
    // No product of these leaves the range: `what_is_not_a_number_is_neither_below_nor_above` shows where we differ.
    let doubles = pick(&["d", "e", "0.5", "-2.25", "1e30", "3.0"]);
    let texts = pick(&["s", "t", "\"\"", "\"ab\"", "'東京'", "\"a\\nb\""]);
    let bools = pick(&["b", "c", "true", "false"]);
    let lists = pick(&["l", "[]", "[\"ab\", s]", "[\"x\"]"]);
    let leaves = [ints.boxed(), doubles.boxed(), texts.boxed(), bools.boxed(), lists.boxed()];
    if depth == 0 {
        return leaves;
    }
    let [int, double, text, bool, list] = typed(depth - 1);
    let [int_leaf, double_leaf, text_leaf, bool_leaf, list_leaf] = leaves;
    let arithmetic = |signs: &'static [&'static str], of: &BoxedStrategy<String>| {
        (of.clone(), prop::sample::select(signs), of.clone())
            .prop_map(|(a, sign, b)| format!("({a} {sign} {b})"))
    };
    let choose = |of: &BoxedStrategy<String>| {
        (bool.clone(), of.clone(), of.clone()).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})"))
    };
    let compare = |of: &BoxedStrategy<String>| arithmetic(&["==", "!=", "<", "<=", ">", ">="], of);
    let new_int = prop_oneof![
        int_leaf.clone(),
        arithmetic(&["+", "-", "*", "/", "%"], &int),
        text.clone().prop_map(|text| format!("size({text})")),
        list.clone().prop_map(|list| format!("{list}.size()")),
        choose(&int),
    ];
    let new_double = prop_oneof![
        double_leaf.clone(),
        arithmetic(&["+", "-", "*"], &double),
        int.clone().prop_map(|int| format!("double({int})")),
        choose(&double),
    ];
    let new_text = prop_oneof![
        text_leaf.clone(),
        arithmetic(&["+"], &text),
        (list.clone(), int.clone()).prop_map(|(list, index)| format!("{list}[{index}]")),
        int.prop_map(|int| format!("string({int})")),
        choose(&text),
    ];
    let new_bool = prop_oneof![
        bool_leaf.clone(),
        arithmetic(&["&&", "||"], &bool),
        bool.clone().prop_map(|bool| format!("!({bool})")),
        compare(&new_int.clone().boxed()),
        compare(&new_double.clone().boxed()),
        compare(&text),
        (text.clone(), prop::sample::select(vec!["startsWith", "endsWith", "contains"]), text.clone())
            .prop_map(|(a, test, b)| format!("({a}).{test}({b})")),
        (text.clone(), list.clone()).prop_map(|(text, list)| format!("({text} in {list})")),
        (list.clone(), prop::sample::select(vec!["exists", "all", "exists_one"]), text.clone())
            .prop_map(|(list, name, text)| format!("{list}.{name}(x, x == {text} || x.contains(s))")),
        choose(&bool),
    ];
    let new_list = prop_oneof![
        list_leaf,
        (list.clone(), text.clone()).prop_map(|(list, text)| format!("{list}.filter(x, x != {text})")),
        list.clone().prop_map(|list| format!("{list}.map(x, x + t)")),
        arithmetic(&["+"], &list),
        prop::collection::vec(text, 0..3).prop_map(|texts| format!("[{}]", texts.join(", "))),
    ];
    [new_int.boxed(), new_double.boxed(), new_text.boxed(), new_bool.boxed(), new_list.boxed()]
}

#[derive(Debug, Clone)]
struct Values {
    ints: [i64; 2],
    doubles: [f64; 2],
    texts: [String; 2],
    bools: [bool; 2],
    list: Vec<String>,
}

fn values() -> impl Strategy<Value = Values> {
    let int = prop_oneof![-5_i64..5, any::<i64>()];
    // Never whole: the record holds 2.0 as the whole number 2, which a field of type number reads as 2.0 again.
    let double = (-4_i32..4).prop_map(|value| f64::from(value) + 0.5);
    let text = prop::sample::select(vec!["", "a", "ab", "abc", "東京", "x"]).prop_map(str::to_owned);
    (
        [int.clone(), int],
        [double.clone(), double],
        [text.clone(), text.clone()],
        any::<[bool; 2]>(),
        prop::collection::vec(text, 0..4),
    )
        .prop_map(|(ints, doubles, texts, bools, list)| Values { ints, doubles, texts, bools, list })
}

fn ours(source: &str, values: &Values) -> Result<Plain, String> {
    let fields: IndexMap<String, crate::lead::model::FieldPolicy> = serde_json::from_str(
        r#"{ "i": { "type": "integer" }, "j": { "type": "integer" }, "d": { "type": "number" },
             "e": { "type": "number" }, "s": { "type": "text" }, "t": { "type": "text" },
             "b": { "type": "boolean" }, "c": { "type": "boolean" }, "l": { "type": "set" } }"#,
    )
    .unwrap();
    let model = Model::new(&fields, &IndexMap::new());
    let lead = Lead::new("lead")
        .with_field("i", values.ints[0])
        .with_field("j", values.ints[1])
        .with_field("d", Plain::Float(values.doubles[0]))
        .with_field("e", Plain::Float(values.doubles[1]))
        .with_field("s", values.texts[0].as_str())
        .with_field("t", values.texts[1].as_str())
        .with_field("b", values.bools[0])
        .with_field("c", values.bools[1])
        .with_field("l", Plain::List(values.list.iter().map(|text| Plain::from(text.as_str())).collect()));
    let facts = Facts::read(&model, &lead).unwrap();
    let program = Program::compile(source, &Env::new(&model), Expected::Any)
        .unwrap_or_else(|problems| panic!("`{source}` is well typed, and refused: {problems:?}"));
    let frame = Frame { facts: &facts, at: 0, activity: None, derived: None };
    program.value(&frame).map(|value| value.to_plain()).map_err(|failure| failure.message.into_owned())
}

fn theirs(source: &str, values: &Values) -> Result<Plain, String> {
    let program = cel::Program::compile(source).unwrap_or_else(|problems| panic!("`{source}`: {problems}"));
    let mut context = cel::Context::default();
    context.add_variable_from_value("i", values.ints[0]);
    context.add_variable_from_value("j", values.ints[1]);
    context.add_variable_from_value("d", values.doubles[0]);
    context.add_variable_from_value("e", values.doubles[1]);
    context.add_variable_from_value("s", values.texts[0].clone());
    context.add_variable_from_value("t", values.texts[1].clone());
    context.add_variable_from_value("b", values.bools[0]);
    context.add_variable_from_value("c", values.bools[1]);
    context.add_variable_from_value("l", values.list.clone());
    program.execute(&context).map(|value| plain(&value)).map_err(|error| error.to_string())
}

fn plain(value: &cel::Value) -> Plain {
    match value {
        cel::Value::Int(value) => Plain::Int(*value),
        // As our own explanations write a float that JSON does not have.
        cel::Value::Float(value) if !value.is_finite() => Plain::Text(value.to_string()),
        cel::Value::Float(value) => Plain::Float(*value),
        cel::Value::Bool(value) => Plain::Bool(*value),
        cel::Value::String(value) => Plain::Text(value.to_string()),
        cel::Value::List(items) => Plain::List(items.iter().map(plain).collect()),
        other => panic!("{other:?} is not among the types of the test"),
    }
}

#[test]
fn the_cel_crate_agrees() {
    use std::cell::Cell;
    let (agreed, failed) = (Cell::new(0_usize), Cell::new(0_usize));
    let any_type = prop::strategy::Union::new(typed(3));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(any_type, values()), |(source, values)| {
            let (ours, theirs) = (ours(&source, &values), theirs(&source, &values));
            match (&ours, &theirs) {
                (Err(_), Err(_)) => failed.set(failed.get() + 1),
                _ => {
                    prop_assert_eq!(&ours, &theirs, "{}", source);
                    agreed.set(agreed.get() + 1);
                }
            }
            Ok(())
        })
        .unwrap();
    println!("{} agreed on a value, {} on a failure", agreed.get(), failed.get());
    assert!(agreed.get() > 1_000 && failed.get() > 20, "both outcomes are tried");
}

/// As IEEE 754 has it; the crate refuses to order what is not a number, of which the public cases say nothing.
#[test]
fn what_is_not_a_number_is_neither_below_nor_above() {
    let texts = || ["".to_owned(), "".to_owned()];
    let values =
        Values { ints: [0; 2], doubles: [0.5; 2], texts: texts(), bools: [false; 2], list: Vec::new() };
    for (sign, holds) in
        [("<", false), ("<=", false), (">", false), (">=", false), ("==", false), ("!=", true)]
    {
        let source = format!("1e300 * 1e300 * 0.0 {sign} 1.0");
        assert_eq!(ours(&source, &values), Ok(Plain::Bool(holds)), "{source}");
        let agrees = sign == "==" || sign == "!=";
        assert_eq!(theirs(&source, &values).is_ok(), agrees, "{source}");
    }
}

#[test]
fn depth_is_refused_before_the_stack_ends() {
    let deep =
        |open: &str, close: &str, count: usize| format!("{}true{}", open.repeat(count), close.repeat(count));
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("!", ""),
        ("-", ""),
        ("true ? true : ", ""),
        ("size(", ")"),
        ("{1: ", "}"),
        ("1 || 1 && 1 == 1 + 1 * (", ")"),
        ("x.all(x, ", ")"),
    ] {
        let count = MAX_LENGTH / (open.len() + close.len()) - 2;
        let problems = parse(&deep(open, close, count)).unwrap_err();
        assert_eq!(problems[0].code, Code::ExprLimit, "{open}");
        assert!(parse(&deep(open, close, 10)).is_ok(), "{open}");
    }
    for tail in [".a", "[0]", " + 1", ".f()"] {
        let problems = parse(&format!("x{}", tail.repeat(2_000))).unwrap_err();
        assert_eq!(problems[0].code, Code::ExprLimit, "{tail}");
    }
    let long = vec!["x == 1"; 500].join(" || ");
    assert_eq!(parse(&long).unwrap().height, 3, "long chains are not deep");
    assert_eq!(parse(&" ".repeat(MAX_LENGTH + 1)).unwrap_err()[0].code, Code::ExprLimit);
    assert_eq!(parse(&format!("[{}]", "1,".repeat(MAX_NODES))).unwrap_err()[0].code, Code::ExprLimit);
}

#[test]
fn work_is_bounded() {
    with_frame(|_, frame| {
        let model = super::model();
        let env = env(&model);
        let ten = "[0,1,2,3,4,5,6,7,8,9]";
        let mut nested = "true".to_owned();
        for level in 0..8 {
            nested = format!("{ten}.all(x{level}, {nested})");
        }
        let failure = Program::compile(&nested, &env, Expected::Bool).unwrap().test(frame).unwrap_err();
        assert_eq!(failure.message, "takes too much work on this lead");
        let doubled = format!("['aaaaaaaaaaaaaaaa']{}.size()", ".map(x, x + x)".repeat(50));
        let failure = Program::compile(&doubled, &env, Expected::Any).unwrap().value(frame).unwrap_err();
        assert_eq!(failure.message, "takes too much work on this lead");
    });
}

#[test]
fn the_deepest_expressions_are_evaluated_and_explained() {
    let nested = |open: &str, core: &str, close: &str, count: usize| {
        format!("{}{core}{}", open.repeat(count), close.repeat(count))
    };
    for source in [
        nested("!", "customer", "", MAX_DEPTH - 1),
        nested("(customer || ", "!customer", ")", MAX_DEPTH - 2),
        nested("customer ? false : ", "!customer", "", MAX_DEPTH - 2),
        format!("{} == 1", nested("dyn(", "1", ")", MAX_DEPTH - 2)),
        nested("[1].all(x, ", "true", ")", MAX_DEPTH - 2),
        format!("0{} > 1", " + employees".repeat(MAX_DEPTH - 2)),
    ] {
        exercise(&source);
        with_frame(|env, frame| {
            let program = Program::compile(&source, env, Expected::Bool).unwrap();
            assert!(program.test(frame).is_ok(), "{source}");
            assert!(program.trace(frame).looked_at);
        });
    }
}
