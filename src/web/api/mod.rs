//! The API under `/api/v1`: what comes in, what goes out, and which rule of the register is called in between.

pub mod appointments;
pub mod members;
pub mod organisation;
