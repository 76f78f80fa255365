//! What people do with Matrikel, on both engines: the real router over a real database, one fresh database per test.
//!
//! One file per theme; the names of the tests are sentences. [`app`] has the harness. A new test is a plain
//! `async fn sentence(app: TestApp)` under one line `on_both_engines!(sentence);`.
//!
//! PostgreSQL comes from `tests/run`, which starts one of its own and sets `MATRIKEL_TEST_POSTGRES`; without it the
//! PostgreSQL half fails, it is never skipped. `MATRIKEL_TEST_LONG=1` gives the property tests their full counts.

/// Makes two tests of an `async fn name(app: TestApp)`: `name::on_sqlite` and `name::on_postgres`.
macro_rules! on_both_engines {
    ($name:ident) => {
        mod $name {
            #[actix_web::test]
            async fn on_sqlite() {
                super::$name($crate::app::TestApp::sqlite().await).await;
            }

            #[actix_web::test]
            async fn on_postgres() {
                super::$name($crate::app::TestApp::postgres().await).await;
            }
        }
    };
}

/// Makes two tests of a `fn name(engine: Engine)` that runs the register itself, many times over: property tests.
macro_rules! property_on_both_engines {
    ($name:ident) => {
        mod $name {
            #[test]
            fn on_sqlite() {
                super::$name($crate::app::Engine::Sqlite);
            }

            #[test]
            fn on_postgres() {
                super::$name($crate::app::Engine::Postgres);
            }
        }
    };
}

mod accounts;
mod app;
mod appointments;
mod audit;
mod backup;
mod canary;
mod changes_feed;
mod cli;
mod client;
mod command_line;
mod database;
mod duplicates;
mod email_change;
mod erasure;
mod export;
mod files;
mod following;
mod held;
mod history;
mod http;
mod identity_numbers;
mod import;
mod import_apply;
mod import_ledger;
mod import_problems;
mod lifecycle;
#[cfg(debug_assertions)]
mod lifecycle_crash;
mod lifecycle_once;
mod lifecycle_outcomes;
mod log;
mod mail;
#[cfg(debug_assertions)]
mod mail_crash;
mod mail_faults;
mod mail_kill;
mod mail_switch;
mod mail_tls;
mod mails;
mod matrix;
mod me;
mod members;
mod memberships;
#[path = "../../benches/monthly/register.rs"]
mod monthly_register;
mod organisation;
mod pages;
mod pages_errors;
mod pages_follow_ups;
mod pages_office;
mod pages_sign_in;
mod patch_model;
mod people;
mod permissions;
mod postgres;
mod program;
mod property;
mod protection;
mod question;
mod representatives;
mod representatives_file;
mod round_trip;
mod run_kill;
mod search;
mod sessions;
mod sign_in;
mod sign_in_limits;
mod smtp_server;
mod visibility;
