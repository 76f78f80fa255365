//! Matrikel: the membership register of a trade union. This page is the map of the code: what each part is for, in reading
//! order, and what must always hold.
//!
//! # The house
//!
//! | part | what it is for | what it is not for |
//! | --- | --- | --- |
//! | [`entity`] | the tables, one file each; [`entity::visibility`]: which members a caller may see | what goes over the wire |
//! | [`migration`] | makes and upgrades the tables, step by step | anything at run time |
//! | [`jobs`] | clock, transactions with history, the one error type, the sweep; mail: texts, outbox, courier, transport; lifecycle rules, who is responsible, the timetable | HTTP, rules about members |
//! | [`lookup`] | finds names however they are spelled; pure | database, HTTP, anybody's rights |
//! | [`access`] | callers, roles, scopes, sessions, tokens, the key, the read audit | which rows a caller sees (`entity::visibility`) |
//! | [`members`] | the register's rules: cards, periods, files in and out | HTTP, deciding who may call |
//! | [`web`] | HTTP: every route is one line in [`web::routes`] | rules of the register |
//! | [`config`] | the settings; reads the environment | |
//! | [`database`] | opens SQLite files or PostgreSQL, makes the tables under a lock, compares the key | queries |
//! | [`backup`] | copies an SQLite register out and back | PostgreSQL, which has tools of its own |
//! | [`demo`] | a register of people who do not exist | tests of single rules |
//! | [`state`] | what every request works with | |
//! | `main.rs`, `commands/` | the command line: wiring only | anything that a library user would want |
//!
//! Dependencies point one way. [`migration`] and [`entity`] know nobody; [`jobs`] knows [`entity`]; this crate knows all three.
//! Within it [`web`] uses [`members`], [`members`] uses [`access`] and [`lookup`], and [`lookup`] uses nothing.
//!
//! # How a request goes
//!
//! 1. [`web::observe`] gives it an id, counts it, and turns it away when too many run.
//! 2. [`web::recognise`] recognises who sends it, by token or by the session's cookie, and that a change comes from a page of
//!    our own. The handler's first parameter ([`web::extract::Allowed`]) says which scope is needed.
//! 3. The handler in [`web::api`] reads the body, lists everything that is wrong with it at once, and calls [`members`].
//! 4. A change runs in [`jobs::Store::write`]: one transaction with its history, numbered in the order of commits.
//! 5. An answer with member data goes through [`access::audit::Recorder::record`], which writes down who sees whom. Only what
//!    it gives back, [`access::audit::Audited`], is rendered by [`web::answer`].
//! 6. **The name index is derived data.** It can be built anew at any time ([`members::name_index`]); it looks twice a
//!    second for what other processes committed. The property tests of [`lookup`] hold that an answer depends on who is in
//!    the index, never on the order in which they came, and that who may not be seen is as good as absent.
//! 7. **Personal data never stands in a URL, a log line or a metric label.** Names are looked for by POST; logs and metrics
//!    name the pattern of a route, never its path. `http.rs`: `nothing_of_a_member_is_logged`.
//! 8. **A unique key, not a lock, makes a thing happen once.** The keys stand in [`migration`]: member number, identity number,
//!    the one open period of a member, the idempotency key of a caller. `members.rs`:
//!    `the_same_key_at_the_same_time_makes_one_member`.
//!
//! Why things are as they are stands in `docs/decisions.md`; how to run the service in `docs/operate.md`.

pub mod access;
pub mod backup;
pub mod config;
pub mod database;
pub mod demo;
pub mod lookup;
pub mod members;
pub mod state;
pub mod web;
