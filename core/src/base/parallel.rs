//! Work on many items, on several threads where the build has them. The results are the same either way.

#[cfg(any(feature = "arrow", feature = "simulation", all(feature = "trust", feature = "analytics")))]
use std::num::NonZeroUsize;

/// How many items a thread takes at least: fewer are not worth handing over.
#[cfg(all(feature = "identity", feature = "threads"))]
const LEAST: usize = 1_024;

/// What `work` gives for each item, in order.
#[cfg(all(feature = "identity", feature = "threads"))]
pub(crate) fn map<T: Sync, U: Send>(items: &[T], work: impl Fn(&T) -> U + Sync + Send) -> Vec<U> {
    use rayon::prelude::*;

    items.par_iter().with_min_len(LEAST).map(work).collect()
}

/// What `work` gives for each item, in order.
#[cfg(all(feature = "identity", not(feature = "threads")))]
pub(crate) fn map<T, U>(items: &[T], work: impl Fn(&T) -> U) -> Vec<U> {
    items.iter().map(work).collect()
}

/// Sorts; equal items may change places, so that they must be equal in every respect.
#[cfg(all(feature = "identity", feature = "threads"))]
pub(crate) fn sort<T: Ord + Send>(items: &mut [T]) {
    use rayon::prelude::*;

    items.par_sort_unstable();
}

/// Sorts; equal items may change places, so that they must be equal in every respect.
#[cfg(all(feature = "identity", not(feature = "threads")))]
pub(crate) fn sort<T: Ord>(items: &mut [T]) {
    items.sort_unstable();
}

/// How pieces of work are spread; the results are in the order of the pieces.
#[cfg(any(feature = "arrow", feature = "simulation", all(feature = "trust", feature = "analytics")))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Threads(
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "without threads nobody asks how many"))]
    Option<NonZeroUsize>,
);

#[cfg(any(feature = "arrow", feature = "simulation", all(feature = "trust", feature = "analytics")))]
impl Threads {
    pub(crate) fn new(threads: Option<NonZeroUsize>) -> Self {
        Self(threads)
    }

    /// Whether there is one thread only.
    #[cfg(feature = "arrow")]
    pub(crate) fn single(self) -> bool {
        !cfg!(feature = "threads") || self.0.is_some_and(|threads| threads.get() == 1)
    }

    /// Does all pieces of work.
    #[cfg(feature = "threads")]
    pub(crate) fn map<T: Send, R: Send>(self, pieces: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        use rayon::prelude::*;
        if self.single() || pieces.len() < 2 {
            return pieces.into_iter().map(work).collect();
        }
        let spread = || pieces.into_par_iter().map(&work).collect();
        match self.0 {
            None => spread(),
            Some(threads) => match rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build() {
                Ok(pool) => pool.install(spread),
                // Where no thread can be had, the rayon pool in use does what it can: the results are the same.
                Err(_) => spread(),
            },
        }
    }

    /// Does all pieces of work.
    #[cfg(not(feature = "threads"))]
    pub(crate) fn map<T, R>(self, pieces: Vec<T>, work: impl Fn(T) -> R) -> Vec<R> {
        pieces.into_iter().map(work).collect()
    }
}
