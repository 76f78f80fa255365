//! Passwords: which are accepted, and how they are kept (Argon2id, RFC 9106).
//!
//! Length counts, composition does not (NIST SP 800-63B, 5.1.1.2): a long sentence is better than `P4$$word`, and nobody is
//! made to change a good one. Refused is what anybody would try first.

use std::sync::{Arc, LazyLock};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use jobs::{Error, Result};
use tokio::sync::Semaphore;

/// The fewest letters.
const SHORTEST: usize = 12;
/// The most: what is longer was pasted by mistake.
const LONGEST: usize = 200;
/// What is tried first, one a line, in lower case: whole passwords, and words that do not become good ones by a year or an
/// exclamation mark.
const COMMON: &str = include_str!("passwords/common.txt");

/// A password that nobody has: checked against it takes as long as against a real one.
static NOBODYS: LazyLock<Option<String>> = LazyLock::new(|| hash_now(b"nobody has this one").ok());

/// Whether `password` is good enough for the account of `about` (e-mail address and name); else what to do.
pub fn rule(password: &str, about: &[&str]) -> Result<(), String> {
    let letters = password.chars().count();
    if letters < SHORTEST {
        return Err(format!("is shorter than {SHORTEST} letters; take several words, spaces are welcome"));
    }
    if letters > LONGEST {
        return Err(format!("is longer than {LONGEST} letters"));
    }
    let lower = password.to_lowercase();
    let bare = lower.trim_matches(|letter: char| !letter.is_alphabetic());
    let common = COMMON.lines().any(|line| line == lower || line == bare);
    if common || is_monotonous(&lower) {
        return Err("is one of those that are tried first; take several words that do not belong together".into());
    }
    let own = |text: &str| {
        text.to_lowercase()
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|part| part.chars().count() >= 3)
            .fold(lower.clone(), |rest, part| rest.replace(part, ""))
    };
    if about.iter().any(|text| own(text).chars().filter(|letter| letter.is_alphabetic()).count() < SHORTEST / 3) {
        return Err("is little more than the name or the address of the account; take several other words".into());
    }
    Ok(())
}

/// One piece of up to four letters over and over, or letters in the order of the alphabet or the keyboard.
fn is_monotonous(lower: &str) -> bool {
    let letters: Vec<char> = lower.chars().collect();
    let repeats = (1..=4).any(|length| letters.iter().zip(letters.iter().skip(length)).all(|(a, b)| a == b));
    let step = |a: char, b: char| i64::from(u32::from(b)) - i64::from(u32::from(a));
    let counts = |by: i64| letters.windows(2).filter(|pair| step(pair[0], pair[1]) == by).count() + 3 >= letters.len();
    repeats || counts(1) || counts(-1)
}

/// The hash of `password` as it is kept. It takes some 20 MB and tens of milliseconds; no more at once than `hashing`
/// allows.
///
/// # Errors
/// [`Error::Internal`].
pub async fn hash(hashing: &Arc<Semaphore>, password: String) -> Result<String> {
    apart(hashing, move || hash_now(password.as_bytes())).await?
}

/// Whether `password` is the one of `kept`. Without one it takes as long and is not.
///
/// # Errors
/// [`Error::Internal`].
pub async fn is_right(hashing: &Arc<Semaphore>, password: String, kept: Option<String>) -> Result<bool> {
    apart(hashing, move || {
        let known = kept.is_some();
        let kept = kept.or_else(|| NOBODYS.clone()).unwrap_or_default();
        Argon2::default().verify_password(password.as_bytes(), kept.as_str()).is_ok() && known
    })
    .await
}

/// The parameters are the crate's, which are those of OWASP: 19 MiB, two passes, one lane.
fn hash_now(password: &[u8]) -> Result<String> {
    let hash = Argon2::default().hash_password(password).map_err(|error| Error::internal(error.to_string()))?;
    Ok(hash.to_string())
}

/// Not on the threads that answer requests.
async fn apart<T: Send + 'static>(hashing: &Arc<Semaphore>, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = hashing.clone().acquire_owned().await.map_err(Error::internal)?;
    let work = move || {
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_and_what_is_tried_first_does_not_pass() {
        let about = ["berit.ekstrand@example.org", "Berit Ekstrand"];
        for password in ["tre gröna paraplyer", "correct horse battery staple", "vxkzqjrmtpwd", "P4$$w0rd och en häst"] {
            assert_eq!(rule(password, &about), Ok(()), "{password}");
        }
        for password in [
            "kort",
            "elva tecken",
            "password1234",
            "Lösenord2026!",
            "salasana12345",
            "qwertyuiopå1",
            "aaaaaaaaaaaaaaa",
            "abcabcabcabc",
            "123456789012",
            "abcdefghijklm",
            "BeritEkstrand1",
            "berit.ekstrand!",
            "ekstrandberit2026",
            &"x y".repeat(100),
        ] {
            assert!(rule(password, &about).is_err(), "{password}");
        }
    }

    #[tokio::test]
    async fn a_password_is_recognised_and_nobodys_never_is() {
        let hashing = Arc::new(Semaphore::new(1));
        let kept = hash(&hashing, "tre gröna paraplyer".into()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_right(&hashing, "tre gröna paraplyer".into(), Some(kept.clone())).await.unwrap());
        assert!(!is_right(&hashing, "tre gröna paraplyer ".into(), Some(kept)).await.unwrap());
        assert!(!is_right(&hashing, "nobody has this one".into(), None).await.unwrap());
    }
}
