//! Work on many items, on several threads where the build has them. The results are the same either way.

/// How many items a thread takes at least: fewer are not worth handing over.
#[cfg(feature = "threads")]
const LEAST: usize = 1_024;

/// What `work` gives for each item, in order.
#[cfg(feature = "threads")]
pub(crate) fn map<T: Sync, U: Send>(items: &[T], work: impl Fn(&T) -> U + Sync + Send) -> Vec<U> {
    use rayon::prelude::*;

    items.par_iter().with_min_len(LEAST).map(work).collect()
}

/// What `work` gives for each item, in order.
#[cfg(not(feature = "threads"))]
pub(crate) fn map<T, U>(items: &[T], work: impl Fn(&T) -> U) -> Vec<U> {
    items.iter().map(work).collect()
}

/// Sorts; equal items may change places, so that they must be equal in every respect.
#[cfg(feature = "threads")]
pub(crate) fn sort<T: Ord + Send>(items: &mut [T]) {
    use rayon::prelude::*;

    items.par_sort_unstable();
}

/// Sorts; equal items may change places, so that they must be equal in every respect.
#[cfg(not(feature = "threads"))]
pub(crate) fn sort<T: Ord>(items: &mut [T]) {
    items.sort_unstable();
}
