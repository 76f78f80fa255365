//! The API under `/api/v1`: what comes in, what goes out, and which rule of the register is called in between.

pub mod appointments;
pub mod changes;
pub mod imports;
pub mod members;
pub mod memberships;
pub mod organisation;
pub mod protection;
pub mod search;
pub mod tokens;
