//! What every change to the register shares: the [`clock`], the [`transaction`] helper, the [`history`] writer and the
//! one [`error`] type. Lifecycle automation builds on these and belongs in this crate; nothing here knows HTTP.

pub mod clock;
pub mod dates;
pub mod error;
pub mod history;
pub mod housekeeping;
pub mod responsible;
pub mod timetable;
pub mod transaction;

pub use clock::Clock;
pub use error::{Error, Result};
pub use transaction::{Store, Write};
