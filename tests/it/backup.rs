//! Backup and restore on the command line.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::app::Engine;
use crate::program::{Installation, names, said};

/// Members of whom two are protected and one has an identity number.
const MEMBERS: &str = "member_number;given_names;surname;workplace;protected;personal_identity_number\n\
                       1;Anna;Ek;Huset;;19900101-1239\n2;Bo;Ek;Huset;1;\n3;Li;Ng;;marked;\n";

/// A register with members in it.
async fn register() -> Installation {
    let installed = Installation::empty(Engine::Sqlite).await;
    let file = installed.file("members.csv", MEMBERS);
    installed.done(&["import", "members", file]);
    installed
}

/// A path as text.
fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("a path of UTF-8")
}

/// Where a register is restored to: a folder that holds nothing but this key.
fn folder_with_key(installed: &Installation, name: &str, key: Option<&[u8]>) -> PathBuf {
    let folder = installed.path(name);
    if let Some(key) = key {
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("key"), key).expect("the key");
    }
    folder
}

#[actix_web::test]
async fn a_backup_made_while_the_service_writes_gives_the_very_register_back() {
    let installed = register().await;
    let service = installed.serve(&[]);
    let token = installed.token("registrar");
    let done = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut written = 0;
            while !done.load(Ordering::Relaxed) {
                let eva = json!({"given_names": "Eva", "surname": "Öst", "membership_type": "professional"});
                let (status, answer) = service.post("/api/v1/members", &token, &eva);
                assert!(status == 201 || status == 503, "{status} {answer}");
                written += usize::from(status == 201);
            }
            written
        });
        let told = installed.done(&["backup", "under-load.db"]);
        assert!(told.contains("passed the check") && told.contains("data/key"), "{told}");
        done.store(true, Ordering::Relaxed);
        writing.join().expect("the writer ends")
    });
    assert!(written > 0);
    let told = installed.done(&["backup", "quiet.db"]);
    assert!(told.contains(&format!("holds {} members", written + 3)), "{told}");
    service.stop();
    installed.done(&["export", "members", "before.json", "--everything"]);
    let key = std::fs::read(installed.data().join("key")).expect("the key");
    let folder = folder_with_key(&installed, "restored", Some(&key));
    let mut restore = installed.command(&["restore", "quiet.db"]);
    let told = said(restore.env("MATRIKEL_DATA_DIR", &folder)).done();
    assert!(told.contains(&format!("{} members are restored", written + 3)), "{told}");
    let mut export = installed.command(&["export", "members", "after.json", "--everything"]);
    said(export.env("MATRIKEL_DATA_DIR", &folder)).done();
    assert_eq!(installed.read("after.json"), installed.read("before.json"));
    let folder = folder_with_key(&installed, "restored-under-load", Some(&key));
    said(installed.command(&["restore", "under-load.db"]).env("MATRIKEL_DATA_DIR", &folder)).done();
    // The restored register goes on where the old one stopped: tokens, numbers, audit.
    let mut list = installed.command(&["token", "list"]);
    assert!(said(list.env("MATRIKEL_DATA_DIR", &folder)).done().contains("registrar"));
}

#[actix_web::test]
async fn a_backup_holds_the_register_in_one_file_that_only_its_owner_reads_and_no_key() {
    let installed = register().await;
    installed.done(&["search", "anna"]);
    installed.done(&["backup", "backup.db"]);
    assert!(!names(&installed.path("")).iter().any(|name| name.starts_with("backup.db") && name != "backup.db"));
    let mode = std::fs::metadata(installed.path("backup.db")).expect("the backup").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "special-category data");
    let key = String::from_utf8(std::fs::read(installed.data().join("key")).expect("the key")).expect("hex digits");
    let backup = installed.read("backup.db");
    assert!(!backup.windows(64).any(|window| window == key.trim().as_bytes()));
    let folder = folder_with_key(&installed, "restored", Some(key.as_bytes()));
    said(installed.command(&["restore", "backup.db"]).env("MATRIKEL_DATA_DIR", &folder)).done();
    for name in ["matrikel.db", "matrikel-audit.db"] {
        let mode = std::fs::metadata(folder.join(name)).expect("the register").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} is nobody else's");
    }
    assert!(installed.read("backup.db") == backup, "restoring leaves the backup as it was");
}

#[actix_web::test]
async fn a_register_restored_beside_another_key_is_not_opened() {
    let installed = register().await;
    installed.done(&["backup", "backup.db"]);
    for (name, key) in [("other", Some("5b".repeat(32))), ("none", None)] {
        let folder = folder_with_key(&installed, name, key.as_ref().map(String::as_bytes));
        let refused = said(installed.command(&["restore", "backup.db"]).env("MATRIKEL_DATA_DIR", &folder)).refused();
        assert!(refused.contains("restored, but cannot be opened yet") && refused.contains("put"), "{refused}");
        let mut export = installed.command(&["export", "members", "out.json"]);
        let refused = said(export.env("MATRIKEL_DATA_DIR", &folder)).refused();
        assert!(refused.contains("key"), "{refused}");
        // With the right one it is opened at once.
        std::fs::copy(installed.data().join("key"), folder.join("key")).expect("the key");
        let mut export = installed.command(&["export", "members", &format!("{name}.json")]);
        said(export.env("MATRIKEL_DATA_DIR", &folder)).done();
    }
}

#[actix_web::test]
async fn nothing_that_is_there_is_written_over() {
    let installed = register().await;
    let file = installed.file("backup.db", "mine");
    let refused = installed.run(&["backup", file]).refused();
    assert!(refused.contains("exists already") && installed.read(file) == b"mine", "{refused}");
    installed.done(&["backup", "good.db"]);
    let refused = installed.run(&["restore", "good.db"]).refused();
    assert!(refused.contains("matrikel.db exists already"), "{refused}");
    assert!(installed.done(&["export", "members", "out.json", "--everything"]).contains(": 3."));
}

#[actix_web::test]
async fn what_is_no_backup_leaves_nothing_behind() {
    let installed = register().await;
    installed.done(&["backup", "good.db"]);
    let mut bytes = installed.read("good.db");
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    installed.file("half.db", bytes);
    installed.file("text.db", "no database at all, but long enough to be read as one".repeat(100));
    installed.file("empty.db", "");
    for name in ["half.db", "text.db", "empty.db", "nowhere.db"] {
        let folder = installed.path(&format!("from-{name}"));
        let refused = said(installed.command(&["restore", name]).env("MATRIKEL_DATA_DIR", &folder)).refused();
        assert!(refused.starts_with("matrikel: "), "{refused}");
        assert!(!names(&folder).iter().any(|left| left.contains(".db")), "{name}: {:?}", names(&folder));
    }
    let empty = Installation::empty(Engine::Sqlite).await;
    let refused = empty.run(&["backup", "backup.db"]).refused();
    assert!(refused.contains("matrikel.db is not there"), "{refused}");
    assert!(!empty.path("backup.db").exists() && !empty.data().exists());
}

#[actix_web::test]
async fn on_postgres_the_way_is_told() {
    let installed = Installation::empty(Engine::Postgres).await;
    installed.done(&["migrate"]);
    let refused = installed.run(&["backup", "backup.db"]).refused();
    assert!(refused.contains("pg_dump"), "{refused}");
    let refused = installed.run(&["restore", text(&installed.path("backup.db"))]).refused();
    assert!(refused.contains("pg_restore"), "{refused}");
}
