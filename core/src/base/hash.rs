//! Chance without randomness: a hash of stable ids, the same in every language and every version.

use sha2::{Digest, Sha256};

/// The first eight bytes, big-endian, of the SHA-256 over the parts, each preceded by its length in bytes as
/// eight bytes, big-endian. The lengths keep `["ab", "c"]` and `["a", "bc"]` apart.
///
/// ```
/// assert_eq!(ikusei::stable_hash(&["warm-up", "lead-1"]), ikusei::stable_hash(&["warm-up", "lead-1"]));
/// assert_ne!(ikusei::stable_hash(&["ab", "c"]), ikusei::stable_hash(&["a", "bc"]));
/// ```
#[must_use]
pub fn stable_hash(parts: &[&str]) -> u64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    digest.iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}

/// Which of `buckets` equal parts the ids fall into, from zero; with no bucket at all, zero.
///
/// ```
/// let bucket = ikusei::bucket(&["experiment", "lead-1"], 100);
/// assert!(bucket < 100);
/// ```
#[must_use]
pub fn bucket(parts: &[&str], buckets: u32) -> u32 {
    // The high half of a 128-bit product is uniform without the bias of a remainder.
    let scaled = (u128::from(stable_hash(parts)) * u128::from(buckets)) >> 64;
    u32::try_from(scaled).unwrap_or(0)
}

/// SHA-256 as lower-case hexadecimal digits.
pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_never_change() {
        assert_eq!(stable_hash(&[]), 0xe3b0_c442_98fc_1c14);
        assert_eq!(hex_digest(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn buckets_cover_their_range_evenly() {
        let mut counts = [0_u32; 7];
        for number in 0..7_000 {
            counts[bucket(&["salt", &number.to_string()], 7) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
        assert_eq!(bucket(&["x"], 0), 0);
    }
}
