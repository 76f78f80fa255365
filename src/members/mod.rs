//! The register's rules: what a member's card may hold, how it changes, and how it comes in and goes out by file.
//!
//! Everything that changes the register here takes a [`jobs::Write`], so that its history is written with it; everything that
//! reads members takes a [`Viewer`](entity::visibility::Viewer), so that nobody sees more than she may. Nothing here knows
//! HTTP, and nothing here decides who may call: see [`crate::access`] and [`crate::web`].
//!
//! | file | for |
//! | --- | --- |
//! | [`member`] | a member as the rules see her: the row and what hangs on it |
//! | [`rules`] | what each field may hold; the same for API, import and, later, forms |
//! | [`identity_number`] | personal identity numbers of Sweden, Finland, Norway and Denmark; pure |
//! | [`phone`] | telephone numbers as E.164 where they can be understood, else as given; pure |
//! | [`details`] | registering somebody, and the one way to change a card |
//! | [`periods`] | joining, going on as another type, leaving: the ledger of memberships |
//! | [`email_change`] | another e-mail address: a member's own change waits until it is confirmed |
//! | [`verify`] | noting that contact details were checked with the member |
//! | [`protection`] | protected identities, hidden memberships, the identity number in clear |
//! | [`held`] | entries that clash with a protected member, held for the privacy officer |
//! | [`erase`], [`retention`] | what is left of a member when she is erased, and when leavers are |
//! | [`upkeep`] | what is done every hour: purging, erasing |
//! | [`own`] | a member's own record, as she sees and keeps it |
//! | [`proposals`] | what she proposes and others decide |
//! | [`question`] | what she answers from a mail |
//! | [`card`] | what is shown of one member, and its ETag |
//! | [`list`](mod@list) | lists, filters and pages |
//! | [`reads`] | who has opened a member's record |
//! | [`changes`] | the history of a member, and the feed for systems that join on |
//! | [`search`] | finding members and spellings: the index says who and why, the register says the rest |
//! | [`duplicates`] | who stands in the register twice, or is about to |
//! | [`kept_search`] | searches kept for a day, so that no name stands in an address |
//! | [`representatives`] | whom a member turns to, in order |
//! | [`name_index`] | feeds [`crate::lookup`] from the register and follows every change |
//! | [`appointments`] | who represents the others as what, where and when |
//! | [`organisation`] | employers, workplaces, local branches, schools |
//! | [`undeliverable`] | members to whom mail cannot be delivered |
//! | [`record`] | inserting, replacing and deleting units and appointments, with version and history |
//! | [`files`] | CSV and XLSX read and written; knows nothing of the register |
//! | [`json_file`] | the lossless JSON file |
//! | [`import`] | a file becomes members or appointments, all of them or none |
//! | [`export`] | members become a file, and the read audit says so |
//!
//! To read: [`member`], [`rules`] and [`details`] first, then [`import`] from its [`compare`](import::Import::compare) on.

pub mod appointments;
pub mod card;
pub mod changes;
pub mod details;
pub mod duplicates;
pub mod email_change;
pub mod erase;
pub mod export;
pub mod figures;
pub mod files;
pub mod held;
pub mod identity_number;
pub mod import;
pub mod json_file;
pub mod kept_search;
pub mod list;
pub mod member;
pub mod name_index;
pub mod organisation;
pub mod own;
pub mod periods;
pub mod phone;
pub mod proposals;
pub mod protection;
pub mod question;
pub mod reads;
pub mod record;
pub mod representatives;
pub mod retention;
pub mod rules;
pub mod search;
pub mod undeliverable;
pub mod upkeep;
pub mod verify;
