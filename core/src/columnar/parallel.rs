//! Work cut into pieces, on one thread or several; the results are in the order of the pieces.

use std::num::NonZeroUsize;

/// How work is spread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Threads(Option<NonZeroUsize>);

impl Threads {
    pub(crate) fn new(threads: Option<NonZeroUsize>) -> Self {
        Self(threads)
    }

    /// Whether there is one thread only.
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
