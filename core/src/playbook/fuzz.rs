//! No text of any kind panics, and every spelling of a document is the same document.
#![cfg(feature = "yaml")]

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::Value as Json;

use super::node::{Kind, Node, canonical_json, fingerprint};
use super::source::{Source, Tree};
use super::tests::parse;

const VALID: &str = "\
ikusei: 1
name: \"会社\\u00e9 \\\" x\"
fields: &f
  email: { type: email, identity: person }
  '会''社': { type: text, values: [東京都, '大阪府'] }
activities:
  page_view:
    channel: web
    properties: { url: text }
rules:
  - id: a
    points: -1.5
    when: |
      a == 1 &&
        b
    within: 90d
  - { id: b, points: 1, budget: 1 JPY, when: >-
      folded
      text }
steps: [ send: { template: x }, stop ] # comment
";

/// Parses, decodes and locates; every place must lie on characters of the text.
fn survive(text: &str) {
    let (_, diagnostics) = parse(text);
    for diagnostic in diagnostics {
        let span = diagnostic.span.expect("every problem of a text has a place");
        assert!(text.get(span.start..span.end).is_some(), "{text:?} {span:?}");
        assert!(span.line >= 1 && span.column >= 1);
    }
    let (Some(tree), _) = Tree::parse(&Source { text, ..Source::default() }) else { return };
    visit(&tree, &tree.root, text, "");
}

/// Every node and every part of every text can be located.
fn visit(tree: &Tree, node: &Node, text: &str, path: &str) {
    let mut diagnostic = crate::Diagnostic::error(crate::Code::UnknownName, "x").at(path);
    if let Kind::Text(inner) = &node.kind {
        let middle = inner.char_indices().nth(inner.chars().count() / 2).map_or(0, |(at, _)| at);
        diagnostic = diagnostic.with_span(crate::Span {
            file: None,
            start: middle,
            end: inner.len(),
            line: 0,
            column: 0,
        });
    }
    tree.locate(&mut diagnostic);
    let span = diagnostic.span.expect("the path exists");
    assert!(text.get(span.start..span.end).is_some() && span.line >= 1, "{text:?} {path} {span:?}");
    for (key, value) in node.entries() {
        let mut path = path.to_owned();
        super::node::push_step(&mut path, &key.text);
        visit(tree, value, text, &path);
    }
    for (index, item) in node.items().iter().enumerate() {
        visit(tree, item, text, &format!("{path}/{index}"));
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "ikusei",
        "name",
        ":",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\r\n",
        "\r",
        "\t",
        "[",
        "]",
        "{",
        "}",
        ",",
        "\"",
        "'",
        "\\",
        "\\u12",
        "\\x",
        "&a ",
        "*a",
        "!!str ",
        "!",
        "|",
        "|+2\n",
        ">-\n",
        "#",
        " #",
        "? ",
        "---",
        "...",
        "%YAML 1.2\n",
        "<<",
        "~",
        "null",
        "1",
        "-1.5e3",
        "0x",
        "会社",
        "\u{feff}",
        "\0",
        "\u{85}",
        "\u{2028}",
        "😀",
        "\u{7f}",
        "@",
        "`",
        "rules",
        "fields",
        "extends",
        "overlays",
        "id",
        " ",
        "    ",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1_000_000_i64..1_000_000).prop_map(|n| Json::from(n as f64 / 64.0)),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(|text| Json::from(text.replace('\0', ""))),
        prop::sample::select(vec![
            "",
            "yes",
            "null",
            "1",
            "~",
            "0x1f",
            "- a",
            "a: b",
            "# x",
            "会社 ",
            " x",
            "a\n\n b\n",
            "'\""
        ])
        .prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof!["[a-z]{1,6}", "[^\u{0}]{0,8}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

/// Block style YAML of a value, indented; quoted as JSON quotes, which YAML shares but for surrogates.
fn block(value: &Json, indent: usize, out: &mut String) {
    let pad = "  ".repeat(indent);
    match value {
        Json::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let _ = write!(out, "\n{pad}{}: # 会社", Json::from(key.as_str()));
                block(value, indent + 1, out);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for item in items {
                let _ = write!(out, "\n{pad}-");
                block(item, indent + 1, out);
            }
        }
        value => {
            let _ = write!(out, "\n{pad}{value}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in any::<String>()) {
        survive(&text);
    }

    #[test]
    fn no_heap_of_yaml_panics(text in pieces()) {
        survive(&text);
    }

    #[test]
    fn no_damaged_document_panics(at in 0..VALID.len(), cut in 0_usize..8, insert in pieces()) {
        let at = VALID.floor_char_boundary(at);
        let end = VALID.floor_char_boundary((at + cut).min(VALID.len())).max(at);
        let insert: String = insert.chars().take(6).collect();
        survive(&format!("{}{insert}{}", &VALID[..at], &VALID[end..]));
    }

    #[test]
    fn every_spelling_is_the_same_document(value in json()) {
        let value = serde_json::json!({ "k": value });
        let compact = value.to_string();
        // Layout only: within texts a line break is an escape.
        let pretty = serde_json::to_string_pretty(&value).unwrap().replace('\n', "\r\n\t");
        let mut yaml = String::new();
        block(&value, 0, &mut yaml);
        let trees = [&compact, &pretty].map(|text| Tree::parse(&Source { text, ..Source::default() }));
        let tree = trees[0].0.as_ref().unwrap();
        prop_assert_eq!(&trees[0].1, &[]);
        // Canonical JSON holds the same content, to the type.
        let again = Tree::parse(&Source { text: &canonical_json(&tree.root), ..Source::default() }).0.unwrap();
        prop_assert_eq!(fingerprint(&again.root), fingerprint(&tree.root));
        prop_assert_eq!(fingerprint(&trees[1].0.as_ref().unwrap().root), fingerprint(&tree.root));
        {
            let (yaml_tree, problems) = Tree::parse(&Source { text: &yaml, ..Source::default() });
            prop_assert_eq!(problems, [], "{}", yaml);
            prop_assert_eq!(canonical_json(&yaml_tree.unwrap().root), canonical_json(&tree.root), "{}", yaml);
        }
    }
}

#[test]
fn the_valid_document_is_valid() {
    let (document, diagnostics) = parse(VALID);
    assert_eq!(diagnostics, []);
    assert!(document.is_some());
    survive(VALID);
}
