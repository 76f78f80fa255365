//! The key that seals secrets, and what is made with it.
//!
//! One file holds 32 random bytes (as 64 hex digits). Three keys are derived from them (HKDF-SHA-256, RFC 5869): one seals
//! (XChaCha20-Poly1305, nonces of 192 random bits), one hashes personal identity numbers so that they can be found, one
//! hashes whatever else has too little randomness for a plain hash: codes, what was typed to sign in (both HMAC-SHA-256). A sealed value is bound to where it stands: moved to another row, it does not open.
//! The database keeps a fingerprint of the key, so that a wrong key is noticed before anything is written with it.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
pub use jobs::secrets::{new_secret, random, secret_hash, sha256};
use jobs::{Error, Result};
use sha2::Sha256;
use uuid::Uuid;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// The keys derived from the key file.
#[derive(Clone)]
pub struct Keys {
    seal: XChaCha20Poly1305,
    hash: Hmac<Sha256>,
    keyed: Hmac<Sha256>,
    fingerprint: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Keys({})", self.fingerprint)
    }
}

/// The key file cannot be used; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It is not there, and the register was already sealed with a key.
    #[error("the key file {0} is missing: put back the key with which this register was made, or set MATRIKEL_KEY_FILE")]
    Missing(String),
    /// It does not hold a key.
    #[error("the key file {0} does not hold 64 hex digits")]
    Unreadable(String),
    /// It could not be read or made.
    #[error("the key file {0}: {1}")]
    Io(String, #[source] io::Error),
}

impl Keys {
    /// Reads the key file; when it is missing and `may_make`, makes it (mode 0600).
    ///
    /// # Errors
    /// When there is no usable key file.
    pub fn open(path: &Path, may_make: bool) -> Result<Self, KeyError> {
        let shown = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Self::from_hex(text.trim()).ok_or(KeyError::Unreadable(shown)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && may_make => {
                make(path).map_err(|error| KeyError::Io(shown, error))?;
                Self::open(path, false)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(KeyError::Missing(shown)),
            Err(error) => Err(KeyError::Io(shown, error)),
        }
    }

    fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 2 * KEY_BYTES || !text.is_ascii() {
            return None;
        }
        let bytes: Vec<u8> =
            (0..KEY_BYTES).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16)).collect::<Result<_, _>>().ok()?;
        let derive = |purpose: &str| {
            let mut key = [0; KEY_BYTES];
            Hkdf::<Sha256>::new(None, &bytes).expand(purpose.as_bytes(), &mut key).ok().map(|()| key)
        };
        Some(Self {
            seal: XChaCha20Poly1305::new(&derive("matrikel seal")?.into()),
            hash: Hmac::<Sha256>::new_from_slice(&derive("matrikel identity number")?).ok()?,
            keyed: Hmac::<Sha256>::new_from_slice(&derive("matrikel keyed hash")?).ok()?,
            fingerprint: hex(&derive("matrikel fingerprint")?[..8]),
        })
    }

    /// What the database keeps to recognise the key.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Seals `plain` so that it opens only for the same `purpose` and `row`.
    pub fn seal(&self, purpose: &str, row: Uuid, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce = random::<NONCE_BYTES>()?;
        let payload = Payload { msg: plain, aad: &bound_to(purpose, row) };
        let sealed = self.seal.encrypt(&XNonce::from(nonce), payload).map_err(|error| Error::internal(error.to_string()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`seal`](Self::seal) gave.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was sealed with another key, for another purpose or row, or was changed.
    pub fn open_sealed(&self, purpose: &str, row: Uuid, sealed: &[u8]) -> Result<Vec<u8>> {
        let (nonce, sealed) =
            sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(|| Error::internal("a sealed value is too short"))?;
        let payload = Payload { msg: sealed, aad: &bound_to(purpose, row) };
        self.seal
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| Error::internal("a sealed value does not open with this key"))
    }

    /// The keyed hash by which a personal identity number is found.
    pub fn identity_number_hash(&self, number: &str) -> Vec<u8> {
        self.hash.clone().chain_update(number.as_bytes()).finalize().into_bytes().to_vec()
    }

    /// The keyed hash of `parts` for `purpose`: who has the database without the key learns nothing by trying values.
    pub fn keyed_hash(&self, purpose: &str, parts: &[&[u8]]) -> Vec<u8> {
        let parts: Vec<&[u8]> = std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()).collect();
        self.keyed.clone().chain_update(sha256(&parts)).finalize().into_bytes().to_vec()
    }
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bound_to(purpose: &str, row: Uuid) -> Vec<u8> {
    [purpose.as_bytes(), row.as_bytes()].concat()
}

/// Writes a new key beside `path` and links it there, so that of several processes starting at once one wins and all read
/// a whole key.
fn make(path: &Path) -> io::Result<()> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // A name of its own: in containers that share the folder all processes have the same id.
    let mut name = [0; 8];
    getrandom::fill(&mut name).map_err(|error| io::Error::other(error.to_string()))?;
    let draft = path.with_extension(format!("new-{}", hex(&name)));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(file, "{}", hex(&key))?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn keys() -> Keys {
        Keys::from_hex(&"5a".repeat(KEY_BYTES)).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_only_where_it_was_sealed() {
        let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = keys().seal("identity number", here, b"19800101").unwrap();
        assert_eq!(keys().open_sealed("identity number", here, &sealed).unwrap(), b"19800101");
        assert!(keys().open_sealed("identity number", there, &sealed).is_err());
        assert!(keys().open_sealed("import", here, &sealed).is_err());
        let other = Keys::from_hex(&"5b".repeat(KEY_BYTES)).unwrap();
        assert!(other.open_sealed("identity number", here, &sealed).is_err());
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let row = Uuid::from_u128(1);
        let sealed = keys().seal("import", row, b"content").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys().open_sealed("import", row, &changed).is_err(), "byte {at}");
        }
        assert!(keys().open_sealed("import", row, &sealed[..10]).is_err());
    }

    #[test]
    fn the_key_file_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub").join("key");
        assert!(matches!(Keys::open(&path, false), Err(KeyError::Missing(_))));
        let first = Keys::open(&path, true).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Keys::open(&path, true).unwrap().fingerprint(), first.fingerprint());
        fs::write(&path, "not a key").unwrap();
        assert!(matches!(Keys::open(&path, true), Err(KeyError::Unreadable(_))));
    }
}
