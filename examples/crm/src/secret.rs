//! Keys, digests and signatures.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// Random bytes of the operating system, as text that fits into addresses and cookies.
pub(crate) fn random() -> Result<String, Problem> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| Problem::Broken(format!("no random numbers: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a key that only its holder knows.
pub(crate) fn digest(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(key.as_bytes()))
}

/// A text's signature.
pub(crate) fn sign(key: &[u8], text: &str) -> String {
    URL_SAFE_NO_PAD.encode(mac(key, text.as_bytes()).finalize().into_bytes())
}

/// Whether a signature is a text's, in a time that says nothing of where it differs.
pub(crate) fn signed(key: &[u8], text: &str, signature: &str) -> bool {
    let given = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    mac(key, text.as_bytes()).verify_slice(&given).is_ok()
}

/// Whether two keys are the same, in a time that says nothing of where they differ.
pub(crate) fn same(a: &str, b: &str) -> bool {
    let key = Sha256::digest(b.as_bytes());
    mac(&key, a.as_bytes()).verify_slice(&mac(&key, b.as_bytes()).finalize().into_bytes()).is_ok()
}

pub(crate) fn mac(key: &[u8], bytes: &[u8]) -> Hmac<Sha256> {
    // INVARIANT: HMAC takes keys of any length; the empty one stands for a call that cannot fail.
    let mut mac =
        <Hmac<Sha256> as Mac>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
    mac.update(bytes);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_hold_for_their_text_and_key_only() {
        let signature = sign(b"key", "lead-1");
        assert!(signed(b"key", "lead-1", &signature));
        assert!(!signed(b"key", "lead-2", &signature));
        assert!(!signed(b"yek", "lead-1", &signature));
        assert!(!signed(b"key", "lead-1", "") && !signed(b"key", "lead-1", "not base64!"));
    }

    #[test]
    fn keys_compare_whole() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
    }

    #[test]
    fn no_two_random_keys_are_alike() {
        assert_ne!(random().unwrap(), random().unwrap());
        assert_eq!(random().unwrap().len(), 32);
    }
}
