//! One-time codes of an authenticator app (TOTP, RFC 6238): HMAC-SHA-1, six digits, steps of 30 seconds, which is what all
//! apps take.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jobs::Result;
use sha1::Sha1;

use super::keys::random;

/// Seconds of a step.
const STEP: i64 = 30;
/// How many steps the clock of a telephone may be ahead or behind.
const SKEW: i64 = 1;
/// Bytes of a secret (RFC 4226, 4: as long as the hash).
const SECRET_BYTES: usize = 20;

/// A new secret.
///
/// # Errors
/// When the system has no randomness.
pub fn new_secret() -> Result<Vec<u8>> {
    Ok(random::<SECRET_BYTES>()?.to_vec())
}

/// The step whose code `typed` is, among those that now may be, and after `last`, the last one that was accepted: a code is
/// good for once. None when it is none of them.
pub fn step_of(secret: &[u8], typed: &str, now: DateTime<Utc>, last: i64) -> Option<i64> {
    let typed: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    let current = now.timestamp().div_euclid(STEP);
    (current - SKEW..=current + SKEW).filter(|step| *step > last).find(|step| code(secret, *step) == typed)
}

/// The code of the moment `at`.
pub fn code_at(secret: &[u8], at: DateTime<Utc>) -> String {
    code(secret, at.timestamp().div_euclid(STEP))
}

/// RFC 4226, 5.3.
fn code(secret: &[u8], step: i64) -> String {
    let Ok(hmac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    let hash = hmac.chain_update(step.to_be_bytes()).finalize().into_bytes();
    let offset = usize::from(hash[hash.len() - 1] & 0xf);
    let word = hash[offset..offset + 4].iter().fold(0, |word, byte| (word << 8) | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

/// The secret as people type it: Base32 without padding (RFC 4648, 6).
pub fn typed(secret: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<u8> = secret.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    bits.chunks(5)
        .map(|five| five.iter().fold(0, |value, bit| (value << 1) | usize::from(*bit)) << (5 - five.len()))
        .map(|value| char::from(LETTERS[value]))
        .collect()
}

/// The address that an app reads from a QR code.
pub fn address(secret: &[u8], email: &str) -> String {
    let account: String = email
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    format!("otpauth://totp/Matrikel:{account}?secret={}&issuer=Matrikel", typed(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238, appendix B, of whose eight digits these are the last six.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(SECRET, at(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn a_telephone_may_be_half_a_minute_wrong_and_a_code_is_good_for_once() {
        let now = at(1_234_567_890);
        for (seconds, accepted) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let typed = code_at(SECRET, now + chrono::Duration::seconds(seconds));
            let step = step_of(SECRET, &typed, now, 0);
            assert_eq!(step.is_some(), accepted, "{seconds}");
            assert_eq!(step.and_then(|step| step_of(SECRET, &typed, now, step)), None, "{seconds}: once more");
        }
        assert!(step_of(SECRET, " 005 924", now, 0).is_some(), "as apps show it");
        assert_eq!(step_of(SECRET, "", now, 0), None);
    }

    /// RFC 4648, 10.
    #[test]
    fn secrets_are_typed_in_base_32() {
        for (bytes, expected) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(typed(bytes.as_bytes()), expected);
        }
        assert_eq!(
            address(b"foobar", "a+b@example.org"),
            "otpauth://totp/Matrikel:a%2Bb%40example.org?secret=MZXW6YTBOI&issuer=Matrikel"
        );
    }
}
