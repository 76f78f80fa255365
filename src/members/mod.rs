//! The register's rules.
pub mod card;
pub mod changes;
pub mod details;
pub mod export;
pub mod files;
pub mod identity_number;
pub mod import;
pub mod json_file;
pub mod list;
pub mod member;
pub mod name_index;
pub mod periods;
pub mod phone;
pub mod protection;
pub mod rules;
pub mod search;
pub mod verify;
