//! A playbook as its author wrote it, kept for those who speak of it when it has long been read.

use std::sync::Arc;

use super::document::Document;
use super::source::Tree;
use crate::base::Diagnostic;

/// The document, and the texts that it came from.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) document: Arc<Document>,
    /// Where it was written; nowhere, if it was cut out of another one.
    tree: Option<Tree>,
}

impl Written {
    pub(super) fn new(document: &Arc<Document>, tree: Tree) -> Self {
        Self { document: Arc::clone(document), tree: Some(tree) }
    }

    /// Leaves out where it was written: the text is nobody's.
    pub(super) fn forget(&mut self) {
        self.tree = None;
    }

    /// Fills in the place in the text of a diagnostic that has a path.
    pub(crate) fn locate(&self, diagnostic: &mut Diagnostic) {
        if let Some(tree) = &self.tree {
            tree.locate(diagnostic);
        }
    }

    /// Puts what comes with a located diagnostic in the order of the document.
    pub(crate) fn sort<T>(&self, all: &mut [(T, Diagnostic)]) {
        if let Some(tree) = &self.tree {
            all.sort_by_cached_key(|(_, diagnostic)| tree.position(diagnostic));
        }
    }
}
