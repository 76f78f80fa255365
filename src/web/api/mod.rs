//! The API under `/api/v1`: what comes in, what goes out, and which rule of the register is called in between.
//!
//! A handler reads as one sentence: who may call ([`Allowed`](super::extract::Allowed)), what is sent
//! ([`Body`](super::extract::Body), [`IfMatch`](super::extract::IfMatch), [`Once`](super::answer::Once)), one call of
//! [`crate::members`], and the answer through [`super::answer`]. The types here are what goes over the wire; rows of tables
//! never do. Each operation states its scope twice, in its parameters and in its documentation; the test of all routes
//! compares the two.
//!
//! | file | operations |
//! | --- | --- |
//! | [`search`] | find members, list similar spellings |
//! | [`members`] | list, create, read, change |
//! | [`memberships`] | periods: join, change type, leave; details checked with the member |
//! | [`protection`] | protected identity and hidden membership; the personal identity number |
//! | [`held`] | what clashes with a protected member, listed and resolved |
//! | [`desk`] | a code to sign in for a member who cannot |
//! | [`erasure`] | erase a member |
//! | [`me`] | a member's own record |
//! | [`proposals`] | what members propose, listed and decided |
//! | [`changes`] | history of a member; the feed of changes |
//! | [`exports`] | the members as a file |
//! | [`imports`] | upload and preview a file, apply it |
//! | [`appointments`] | representatives: role, place, term, absence and deputy |
//! | [`organisation`] | employers, workplaces, local branches, schools |
//! | [`lifecycle_rules`] | rules of lifecycle automation, and what they would do |
//! | [`follow_ups`] | whom to contact, and what came of it |
//! | [`runs`] | what the rules have done |
//! | [`tokens`] | make, list, revoke |
//! | [`accounts`] | make, set up, end; password and second factor |
//! | [`sign_in`] | by mailed link or code, by password; step-up |
//! | [`session`] | the session, other sessions, the pledge |
//! | [`mail`] | start and pause mailing, the outbox, undeliverable addresses |
//!
//! Not for rules: what a field may hold stands in [`crate::members::rules`], so that import and API cannot differ.

pub mod accounts;
pub mod appointments;
pub mod changes;
pub mod desk;
pub mod erasure;
pub mod exports;
pub mod follow_ups;
pub mod held;
pub mod imports;
pub mod lifecycle_rules;
pub mod mail;
pub mod me;
pub mod members;
pub mod memberships;
pub mod organisation;
pub mod proposals;
pub mod protection;
pub mod runs;
pub mod search;
pub mod session;
pub mod sign_in;
pub mod tokens;
