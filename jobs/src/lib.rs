//! What every change to the register shares: the [`clock`], the [`transaction`] helper, the [`history`] writer and the
//! one [`error`] type. Lifecycle automation builds on these and belongs in this crate; nothing here knows HTTP.
//!
//! Mail: [`mails`] says what is written, in the words of [`texts`]; [`outbox`] keeps it, byte by byte, from the transaction of its cause
//! on; [`courier`] takes it from there to [`transport`], the only place that speaks SMTP.

pub mod clock;
pub mod courier;
pub mod dates;
pub mod error;
#[cfg(debug_assertions)]
pub mod fail_point;
pub mod history;
pub mod housekeeping;
pub mod lifecycle;
pub mod mails;
pub mod outbox;
pub mod proposals;
pub mod responsible;
pub mod secrets;
pub mod texts;
pub mod timetable;
pub mod transaction;
pub mod transport;

pub use clock::Clock;
pub use error::{Error, Result};
pub use transaction::{Store, Write};
