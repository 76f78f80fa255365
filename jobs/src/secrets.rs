//! Secrets of links, cookies and tokens: made at random, kept as hashes only.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// A new secret of 256 random bits, as text for links, cookies and tokens.
///
/// # Errors
/// When the system has no randomness.
pub fn new_secret() -> Result<String> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// Random bytes.
///
/// # Errors
/// When the system has none.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    Ok(bytes)
}

/// The hash under which a [`new_secret`] is kept.
pub fn secret_hash(text: &str) -> Vec<u8> {
    sha256(&[text.as_bytes()])
}

/// SHA-256, for what has enough randomness of its own: tokens and idempotency keys.
pub fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        // Lengths first, so that ["ab", "c"] and ["a", "bc"] differ.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}
