//! Who is calling, what she may do, which members she may see, and the record of what she has seen.
//!
//! Not for: which rows a caller may see (`entity::visibility` has the rule, [`caller`] says which case of it applies), and
//! anything of HTTP.

pub mod accounts;
pub mod assurance;
pub mod audit;
pub mod caller;
pub mod demo;
pub mod keys;
pub mod limits;
pub mod network;
pub mod passwords;
pub mod pledge;
pub mod representatives;
pub mod sessions;
pub mod sign_in;
pub mod tokens;
pub mod totp;
pub mod verify;
