//! From texts to one located tree: parse, `extends`, overlays, format version.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use super::decode::{Decoded, decode};
use super::json::{self, Problem};
use super::merge::merge;
use super::node::{Kind, MAX_BYTES, Node, Number, Place, push_step, steps};
use super::place::{self, File};
use crate::base::suggest::nearest;
use crate::base::{Code, Diagnostic};

/// The format version that this engine reads.
pub(crate) const FORMAT_VERSION: i64 = 1;

/// A document and what it may refer to. The core reads no files: whoever calls hands the texts over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Source<'a> {
    /// The document.
    pub text: &'a str,
    /// Its name in messages, if it needs one.
    pub name: Option<&'a str>,
    /// The documents that `extends` may name.
    pub library: &'a [(&'a str, &'a str)],
    /// The overlays to lay over the document, in this order.
    pub overlays: &'a [&'a str],
}

/// The merged document, with the texts that it came from.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub(crate) root: Node,
    files: Vec<File>,
    /// List items that the typed form lacks, since it was decoded.
    left_out: Vec<String>,
}

impl Tree {
    /// Reads and merges; the tree is there unless too little could be read, the problems are complete either way.
    pub(crate) fn parse(source: &Source<'_>) -> (Option<Tree>, Vec<Diagnostic>) {
        let mut loader =
            Loader { source, files: Vec::new(), layers: Vec::new(), names: Vec::new(), problems: Vec::new() };
        loader.load(source.name, source.text, &mut Vec::new());
        let root = loader.merged();
        let Loader { files, problems, .. } = loader;
        let located = |(mut diagnostic, place): Problem| {
            diagnostic.span = place::span(&files, place, diagnostic.suggestion.is_some());
            diagnostic
        };
        let mut diagnostics: Vec<Diagnostic> = problems.into_iter().map(located).collect();
        let tree = root.map(|root| Tree { root, files, left_out: Vec::new() });
        if let Some(tree) = &tree {
            for diagnostic in &mut diagnostics {
                tree.locate(diagnostic);
            }
        }
        (tree, diagnostics)
    }

    /// The typed form, and every problem on the way to it, located and in the order of the document.
    pub(crate) fn decode<T: DeserializeOwned>(&mut self) -> (Option<T>, Vec<Diagnostic>) {
        let Decoded { value, problems, left_out } = decode(&self.root);
        let mut diagnostics: Vec<Diagnostic> =
            problems.into_iter().map(|problem| self.located(problem)).collect();
        self.sort(&mut diagnostics);
        self.left_out = left_out;
        (value, diagnostics)
    }

    /// Fills in the place in the text of a diagnostic that has a path, and of what is related to it. A span whose
    /// line is 0 counts bytes within the text of the scalar at that path.
    ///
    /// Paths count list items as the typed form has them; where it lacks some, they are set right.
    pub(crate) fn locate(&self, diagnostic: &mut Diagnostic) {
        if !self.left_out.is_empty() {
            let paths = diagnostic.related.iter_mut().map(|related| &mut related.path);
            for path in diagnostic.path.iter_mut().chain(paths) {
                *path = self.written(path);
            }
        }
        place::locate(&self.root, &self.files, diagnostic);
    }

    /// Puts located diagnostics in the order of the document.
    pub(crate) fn sort(&self, diagnostics: &mut [Diagnostic]) {
        diagnostics.sort_by_cached_key(|diagnostic| self.position(diagnostic));
    }

    /// Where in the document a diagnostic stands: at each depth, the number of the entry.
    pub(crate) fn position(&self, diagnostic: &Diagnostic) -> Vec<usize> {
        let mut node = &self.root;
        let mut numbers = Vec::new();
        for step in steps(diagnostic.path.as_deref().unwrap_or("")) {
            let Some((number, _, child)) = node.child(&step) else { break };
            numbers.push(number);
            node = child;
        }
        numbers
    }

    /// The path in the document of a path in the typed form.
    fn written(&self, path: &str) -> String {
        let mut node = Some(&self.root);
        let mut written = String::new();
        for step in steps(path) {
            let number =
                node.filter(|node| matches!(node.kind, Kind::List(_))).and(step.parse::<usize>().ok());
            let step = match number {
                Some(number) => {
                    (0..).filter(|index| !self.left_out.contains(&format!("{written}/{index}"))).nth(number)
                }
                None => None,
            }
            .map_or(step, |index: usize| index.to_string());
            node = node.and_then(|node| node.child(&step)).map(|(_, _, child)| child);
            push_step(&mut written, &step);
        }
        written
    }

    /// Checks the format version, `ikusei: 1`.
    pub(crate) fn check_version(&self) -> Option<Diagnostic> {
        let mut diagnostic = match self.root.get("ikusei").map(|node| (node, &node.kind)) {
            Some((_, Kind::Number(text))) if Number::read(text) == Some(Number::Int(FORMAT_VERSION)) => {
                return None;
            }
            Some((node, _)) => {
                let found = match &node.kind {
                    Kind::Number(text) => format!("`{text}`"),
                    _ => node.describe(),
                };
                let message = format!("format version {found} is not one that this engine reads");
                Diagnostic::error(Code::FormatVersion, message).at("/ikusei").with_help(format!(
                    "this engine reads version {FORMAT_VERSION}: write `ikusei: {FORMAT_VERSION}`"
                ))
            }
            None => Diagnostic::error(Code::MissingKey, "missing key `ikusei`, the format version")
                .at("")
                .with_help(format!("write `ikusei: {FORMAT_VERSION}` at the top")),
        };
        self.locate(&mut diagnostic);
        Some(diagnostic)
    }

    fn located(&self, (mut diagnostic, place): Problem) -> Diagnostic {
        diagnostic.span = place::span(&self.files, place, diagnostic.suggestion.is_some());
        self.locate(&mut diagnostic);
        diagnostic
    }
}

/// Loads a document with everything it extends, bases first.
struct Loader<'a> {
    source: &'a Source<'a>,
    files: Vec<File>,
    /// Documents in the order in which they are laid over each other.
    layers: Vec<Layer>,
    /// Names that are loaded or being loaded.
    names: Vec<String>,
    problems: Vec<Problem>,
}

struct Layer {
    root: Node,
    overlays: Option<Node>,
}

impl Loader<'_> {
    /// `trail` names the documents that led here.
    fn load(&mut self, name: Option<&str>, text: &str, trail: &mut Vec<String>) {
        let file = self.files.len();
        self.files.push(File { name: name.map(str::to_owned), text: text.to_owned() });
        self.names.extend(name.map(str::to_owned));
        let mut root = match read(text, file) {
            Ok(root) => root,
            Err(problem) => {
                self.problems.push(problem);
                return;
            }
        };
        duplicates(&mut root, "", &mut self.problems);
        if !matches!(root.kind, Kind::Mapping(_)) {
            let message = format!("expected a mapping, found {}", root.describe());
            self.problems.push((Diagnostic::error(Code::WrongKind, message).at(""), root.place));
            return;
        }
        trail.push(name.unwrap_or("this document").to_owned());
        if let Some((_, extends)) = root.take("extends") {
            self.extend(&extends, trail);
        }
        trail.pop();
        let overlays = root.take("overlays").and_then(|(key, node)| self.checked_overlays(key.place, node));
        self.layers.push(Layer { root, overlays });
    }

    fn extend(&mut self, extends: &Node, trail: &mut Vec<String>) {
        let one = std::slice::from_ref(extends);
        let names = if matches!(extends.kind, Kind::List(_)) { extends.items() } else { one };
        for (index, node) in names.iter().enumerate() {
            let path = if names.as_ptr() == one.as_ptr() {
                "/extends".to_owned()
            } else {
                format!("/extends/{index}")
            };
            let Some(name) = node.text() else {
                let message = format!("expected the name of a document, found {}", node.describe());
                self.problems.push((Diagnostic::error(Code::WrongKind, message).at(path), node.place));
                continue;
            };
            if let Some(start) = trail.iter().position(|above| above == name) {
                let circle: Vec<&str> = trail.iter().skip(start).map(String::as_str).chain([name]).collect();
                let message = format!("`{name}` extends itself: {}", circle.join(" -> "));
                let diagnostic = Diagnostic::error(Code::Extends, message).at(path);
                self.problems.push((diagnostic.with_help("take one of them out of the circle"), node.place));
                continue;
            }
            // A document that two others extend counts once, at its first place.
            if self.names.iter().any(|known| known == name) {
                continue;
            }
            let library = self.source.library;
            match library.iter().find(|(known, _)| *known == name) {
                Some((name, text)) => self.load(Some(name), text, trail),
                None => {
                    let near = nearest(name, library.iter().map(|(known, _)| *known));
                    let mut diagnostic =
                        Diagnostic::error(Code::Extends, format!("no document named `{name}`"))
                            .at(path)
                            .did_you_mean(near);
                    if near.is_none() {
                        diagnostic.help = Some("hand the document over together with this one".to_owned());
                    }
                    self.problems.push((diagnostic, node.place));
                }
            }
        }
    }

    fn checked_overlays(&mut self, place: Place, overlays: Node) -> Option<Node> {
        if !matches!(overlays.kind, Kind::Mapping(_)) {
            let message = format!("expected a mapping, found {}", overlays.describe());
            self.problems.push((Diagnostic::error(Code::WrongKind, message).at("/overlays"), place));
            return None;
        }
        for (key, overlay) in overlays.entries() {
            let mut path = "/overlays".to_owned();
            push_step(&mut path, &key.text);
            if !matches!(overlay.kind, Kind::Mapping(_)) {
                let message = format!("expected a mapping, found {}", overlay.describe());
                self.problems.push((Diagnostic::error(Code::WrongKind, message).at(path.clone()), key.place));
            }
            for (inner, _) in
                overlay.entries().iter().filter(|(key, _)| matches!(&*key.text, "extends" | "overlays"))
            {
                let mut path = path.clone();
                push_step(&mut path, &inner.text);
                let message = format!("`{}` has no place in an overlay", inner.text);
                let diagnostic = Diagnostic::error(Code::UnknownKey, message).at(path);
                self.problems
                    .push((diagnostic.with_help("write it at the top of the document"), inner.place));
            }
        }
        Some(overlays)
    }

    /// The layers as one, with the chosen overlays on top.
    fn merged(&mut self) -> Option<Node> {
        let layers = std::mem::take(&mut self.layers);
        let mut overlays = Vec::new();
        let mut root: Option<Node> = None;
        for layer in layers {
            overlays.extend(layer.overlays);
            match &mut root {
                None => root = Some(layer.root),
                Some(root) => merge(root, layer.root, "", &mut self.problems),
            }
        }
        let mut root = root?;
        for id in self.source.overlays {
            let mut known = false;
            for node in overlays.iter().filter_map(|overlay| overlay.get(id)) {
                known = true;
                if matches!(node.kind, Kind::Mapping(_)) {
                    merge(&mut root, node.clone(), "", &mut self.problems);
                }
            }
            if !known {
                let ids = overlays.iter().flat_map(Node::entries).map(|(key, _)| &*key.text);
                let near = nearest(id, ids);
                let mut diagnostic =
                    Diagnostic::error(Code::UnknownReference, format!("no overlay named `{id}`"));
                if let Some(near) = near {
                    diagnostic.help = Some(format!("did you mean `{near}`?"));
                }
                // The caller chose it: no text is to blame.
                self.problems.push((diagnostic, Place { file: usize::MAX, ..root.place }));
            }
        }
        Some(root)
    }
}

/// One text to a tree.
fn read(text: &str, file: usize) -> Result<Node, Problem> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let offset = text.len() - body.len();
    let here = |at: usize| Place { file, start: offset + at, end: offset + at };
    if body.len() > MAX_BYTES {
        let message = format!("more than {} MiB of text", MAX_BYTES >> 20);
        return Err((
            Diagnostic::error(Code::DocumentLimit, message).with_help("split the playbook"),
            here(0),
        ));
    }
    // The parsers differ on these, and one takes U+0000 for the end of the text.
    if let Some(at) = body.find(|c: char| c < ' ' && !matches!(c, '\n' | '\r' | '\t')) {
        let code = body.get(at..).and_then(|rest| rest.chars().next()).map_or(0, u32::from);
        let message = format!("the control character U+{code:04X}");
        return Err((
            Diagnostic::error(Code::Syntax, message).with_help("remove it, or write it as an escape"),
            here(at),
        ));
    }
    parse(body, file, offset)
}

#[cfg(feature = "yaml")]
fn parse(body: &str, file: usize, offset: usize) -> Result<Node, Problem> {
    // JSON goes its own way: not all of it is YAML (tabs, surrogates, long keys).
    if body.trim_start().starts_with(['{', '['])
        && let Some(node) = json::parse(body, file, offset).map_or_else(
            |problem| if problem.0.code == Code::Syntax { None } else { Some(Err(problem)) },
            |node| Some(Ok(node)),
        )
    {
        return node;
    }
    super::yaml::parse(body, file, offset)
}

#[cfg(not(feature = "yaml"))]
fn parse(body: &str, file: usize, offset: usize) -> Result<Node, Problem> {
    json::parse(body, file, offset).map_err(|(mut diagnostic, place)| {
        if diagnostic.code == Code::Syntax && !body.trim_start().starts_with('{') {
            diagnostic.help = Some("this build reads JSON only".to_owned());
        }
        (diagnostic, place)
    })
}

/// Reports the second of two equal keys and leaves it out.
fn duplicates(node: &mut Node, path: &str, problems: &mut Vec<Problem>) {
    match &mut node.kind {
        Kind::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                duplicates(item, &format!("{path}/{index}"), problems);
            }
        }
        Kind::Mapping(entries) => {
            let mut seen: HashSet<Box<str>> = HashSet::with_capacity(entries.len());
            entries.retain_mut(|(key, value)| {
                let mut path = path.to_owned();
                push_step(&mut path, &key.text);
                if seen.contains(&key.text) {
                    let message = format!("duplicate key `{}`", super::node::clip(&key.text));
                    let diagnostic = Diagnostic::error(Code::DuplicateKey, message)
                        .at(path.clone())
                        .with_help("remove one of them, or rename it")
                        .with_related("the first one", path);
                    problems.push((diagnostic, key.place));
                    return false;
                }
                seen.insert(key.text.clone());
                duplicates(value, &path, problems);
                true
            });
        }
        _ => {}
    }
}
