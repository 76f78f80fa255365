//! The tables of the register, one file each, and [`visibility`]: the one rule of which members a caller may see.
//!
//! The structs here are rows, not what goes over the wire: the API has types of its own (`web::api`).
//! Only the vocabularies (membership types, leave reasons, roles, …) are shared as they are, because they are one
//! list of words in tables, files, routes and texts alike. Rows are serialised only to hand them to the database in bulk.
//!
//! Civil dates are dates without a zone. Timestamps are UTC at microseconds (see `jobs::clock`). Ids are UUIDv7.
//! A span of dates (`valid_from`–`valid_until`) includes both its days; an open end is null.

pub mod account;
pub mod api_token;
pub mod appointment;
pub mod attempt_limit;
pub mod consent;
pub mod credential;
pub mod email_change;
pub mod employer;
pub mod employer_domain;
pub mod erasure;
pub mod follow_up;
pub mod former_name;
pub mod held_entry;
mod hex;
pub mod history;
pub mod idempotency;
pub mod import_batch;
pub mod kept_search;
pub mod known_browser;
pub mod lifecycle_rule;
pub mod lifecycle_run;
pub mod local_branch;
pub mod mailing;
pub mod member;
pub mod member_workplace;
pub mod membership_period;
pub mod outbox;
pub mod pledge;
pub mod proposal;
pub mod protection;
pub mod question;
pub mod read_audit;
pub mod recovery_code;
pub mod register;
pub mod school;
pub mod session;
pub mod sign_in_link;
pub mod sign_in_request;
pub mod undeliverable_address;
pub mod verification;
pub mod visibility;
mod vocabulary;
pub mod workplace;

pub use vocabulary::Vocabulary;
