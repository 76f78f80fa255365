//! The API under `/api/v1`: what comes in, what goes out, and which rule of the register is called in between.

pub mod members;
pub mod organisation;
