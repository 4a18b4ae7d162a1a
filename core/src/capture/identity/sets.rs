//! Disjoint sets of rows.

/// Disjoint sets of rows. The least row of a set is its root, so that results do not depend on the order of joins.
pub(crate) struct Sets {
    parents: Vec<u32>,
    sizes: Vec<u32>,
}

impl Sets {
    pub(crate) fn new(rows: u32) -> Self {
        Self { parents: (0..rows).collect(), sizes: vec![1; usize::try_from(rows).unwrap_or(0)] }
    }

    fn parent(&self, row: u32) -> u32 {
        usize::try_from(row).ok().and_then(|row| self.parents.get(row)).copied().unwrap_or(row)
    }

    pub(crate) fn root(&mut self, row: u32) -> u32 {
        let mut at = row;
        loop {
            let parent = self.parent(at);
            if parent == at {
                return at;
            }
            // Halving the path keeps later searches short.
            let above = self.parent(parent);
            if let Some(slot) = usize::try_from(at).ok().and_then(|at| self.parents.get_mut(at)) {
                *slot = above;
            }
            at = above;
        }
    }

    pub(crate) fn size(&self, root: u32) -> u32 {
        usize::try_from(root).ok().and_then(|root| self.sizes.get(root)).copied().unwrap_or(1)
    }

    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let (low, high) = (a.min(b), a.max(b));
        let sum = self.size(low).saturating_add(self.size(high));
        let index = |row: u32| usize::try_from(row).ok();
        if let Some(slot) = index(high).and_then(|high| self.parents.get_mut(high)) {
            *slot = low;
        }
        if let Some(slot) = index(low).and_then(|low| self.sizes.get_mut(low)) {
            *slot = sum;
        }
    }
}
