//! The command line: the program itself, as it is installed.

use std::process::Output;

use crate::app::{Engine, Place, TestApp};

on_both_engines!(a_token_made_on_the_command_line_signs_in);
async fn a_token_made_on_the_command_line_signs_in(app: TestApp) {
    let mut made = app.place.command(&["token", "create", "--role", "registrar", "--label", "the mail system"]);
    let made = text(&made.output().expect("the program runs"));
    let token = made.lines().last().expect("a line");
    app.bearer(token).get("/api/v1/members").await.expect(200);
    let refused = app.place.command(&["token", "create", "--role", "member", "--label", "x"]).output().expect("the program runs");
    assert!(!refused.status.success());
}

#[actix_web::test]
async fn a_service_beside_another_on_the_same_file_ends_with_one_line() {
    let app = TestApp::sqlite().await;
    let refused = app.place.command(&["serve"]).env("MATRIKEL_LISTEN", "127.0.0.1:0").output().expect("the program runs");
    let said = one_line(&refused);
    assert!(said.contains("another matrikel already serves"), "{said}");
}

#[actix_web::test]
async fn a_register_without_tables_is_refused_and_migrate_makes_them() {
    let place = Place::empty(Engine::Sqlite).await;
    let token = ["token", "create", "--role", "staff", "--label", "x"];
    let said = one_line(&place.command(&token).output().expect("the program runs"));
    assert!(said.contains("matrikel migrate"), "{said}");
    text(&place.command(&["migrate"]).output().expect("the program runs"));
    text(&place.command(&token).output().expect("the program runs"));
}

#[actix_web::test]
async fn a_wrong_setting_stops_the_start_with_one_line() {
    let place = Place::empty(Engine::Sqlite).await;
    for (name, value) in [
        ("MATRIKEL_LISTEN", "here"),
        ("MATRIKEL_TIME_ZONE", "Europe/Atlantis"),
        ("MATRIKEL_DATABASE_URL", "mysql://localhost/register"),
        ("MATRIKEL_DATABASE_CONNECTIONS", "1"),
        ("MATRIKEL_PUBLIC_URL", "http://register.example.org"),
        ("MATRIKEL_LOG_LEVEL", "=loud="),
        ("MATRIKEL_MAX_REQUESTS", "0"),
        ("MATRIKEL_NO_SUCH", "1"),
        ("MATRIKEL_CONFIG", "/no/such/file.toml"),
    ] {
        let said = one_line(&place.command(&["serve"]).env(name, value).output().expect("the program runs"));
        assert!(said.starts_with("matrikel: "), "{name}: {said}");
    }
    assert_eq!(std::fs::read_dir(place.folder()).expect("the folder").count(), 0, "nothing is made");
}

#[actix_web::test]
async fn the_settings_in_force_are_shown_without_the_password() {
    let place = Place::empty(Engine::Sqlite).await;
    let mut command = place.command(&["config"]);
    command.env("MATRIKEL_DATABASE_URL", "postgres://matrikel:hemligt@db.example.org/matrikel");
    let shown = text(&command.output().expect("the program runs"));
    assert!(shown.contains("db.example.org") && !shown.contains("hemligt"), "{shown}");
}

/// What a command that succeeds prints.
#[track_caller]
fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The one line that a command says which does not succeed.
#[track_caller]
fn one_line(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}
