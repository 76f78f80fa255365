//! Bytes as PostgreSQL reads them from JSON: `\\x0a1b…`. See `jobs::transaction::Write::insert_all`.

use std::fmt::Write;

use serde::{Serialize, Serializer};

pub(crate) fn bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("\\x");
    for byte in bytes {
        write!(text, "{byte:02x}").map_err(serde::ser::Error::custom)?;
    }
    text.serialize(serializer)
}

pub(crate) fn optional_bytes<S: Serializer>(value: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => bytes(value, serializer),
        None => serializer.serialize_none(),
    }
}
