//! The command line: files in and out, searching, serving, the demo.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::Engine;
use crate::program::{GRACE, Installation, names, said};

/// Makes two tests of an `async fn name(engine: Engine)`.
macro_rules! installed_on_both_engines {
    ($name:ident) => {
        mod $name {
            #[actix_web::test]
            async fn on_sqlite() {
                super::$name($crate::app::Engine::Sqlite).await;
            }

            #[actix_web::test]
            async fn on_postgres() {
                super::$name($crate::app::Engine::Postgres).await;
            }
        }
    };
}

const MEMBERS: &str = "Medlemsnummer;Förnamn;Efternamn;Ort;Arbetsplats;Skyddad;Personnummer;Skostorlek\n\
                       104711;Maarit Helena;Karlsson;Umeå;Umeå sjukhus;;19900101-1239;38\n\
                       104712;Anna;Ek;Lund;;;;\n104713;Hemlig;Karlsson;;;1;;\n";

installed_on_both_engines!(a_register_is_taken_in_searched_and_given_out);
async fn a_register_is_taken_in_searched_and_given_out(engine: Engine) {
    let installed = Installation::empty(engine).await;
    let file = installed.file("members.csv", MEMBERS);
    let dry = installed.done(&["import", "members", file, "--dry-run"]);
    assert!(
        dry.contains("Rows: 3; 3 new, 0 changed, 0 unchanged") && dry.ends_with("Nothing was written (--dry-run).\n"),
        "{dry}"
    );
    let first = installed.done(&["import", "members", file]);
    for line in [
        "Efternamn = surname",
        "not known: Skostorlek",
        "Rows: 3; 3 new, 0 changed",
        "local branches and schools: 1",
        "Note: new members without membership_type",
    ] {
        assert!(first.contains(line), "{line}: {first}");
    }
    let again = installed.done(&["import", "members", file]);
    assert!(again.contains("Rows: 3; 0 new, 0 changed, 3 unchanged"), "{again}");
    let changed = installed.file("changed.csv", MEMBERS.replace("Lund", "Ystad").replace("Umeå;", "Luleå;"));
    let changed = installed.done(&["import", "members", changed, "--mode", "overwrite"]);
    assert!(changed.contains("0 new, 2 changed, 1 unchanged") && changed.contains("  city: 2\n"), "{changed}");
    let audited = installed.done(&["audit", "verify"]);
    assert!(audited.ends_with("Faults: 0.\n"), "{audited}");
    let steward = installed.file("reps.csv", "member_number;role;workplace\n104711;arbetsplatsombud;Umeå sjukhus\n");
    let steward = installed.done(&["import", "representatives", steward]);
    assert!(steward.contains("Rows: 1; 1 new"), "{steward}");
    let found = installed.done(&["search", "marit carlson"]);
    assert!(found.contains("Maarit Helena Karlsson") && found.contains("carlson sounds like Karlsson"), "{found}");
    assert!(!found.contains("Hemlig") && found.contains("Like carlson: Karlsson (1)"), "{found}");
    let found: Value = serde_json::from_str(&installed.done(&["search", "marit carlson", "--json"])).expect("JSON");
    assert_eq!((&found["items"][0]["member_number"], &found["items"][0]["city"]), (&json!("104711"), &json!("Luleå")));
    let similar = installed.done(&["names", "similar", "--part", "surname", "Carlsson", "--json"]);
    let similar: Value = serde_json::from_str(&similar).expect("JSON");
    assert_eq!((&similar["spellings"][0]["spelling"], &similar["spellings"][0]["members"]), (&json!("Karlsson"), &json!(1)));
    assert!(installed.done(&["search", "zzzzzz"]).contains("Nobody was found"));
    for name in ["out.csv", "out.json", "out.xlsx"] {
        let told = installed.done(&["export", "members", name]);
        assert!(told.starts_with(&format!("Members written to {name}: 2")) && told.contains("--everything"), "{told}");
        let refused = installed.run(&["export", "members", name]).refused();
        assert!(refused.contains(&format!("{name} exists already")), "{refused}");
    }
    assert!(!String::from_utf8_lossy(&installed.read("out.csv")).contains("Hemlig"));
    assert!(installed.done(&["export", "members", "all.json", "--everything"]).contains(": 3."));
    assert!(String::from_utf8_lossy(&installed.read("all.json")).contains("SE:199001011239"));
    assert!(installed.run(&["export", "members", "out.txt"]).refused().contains(".xlsx, .csv or .json"));
    let kept = installed.done(&["import", "members", "out.xlsx", "--mode", "overwrite"]);
    assert!(kept.contains("Rows: 2; 0 new, 0 changed, 2 unchanged"), "{kept}");
}

installed_on_both_engines!(a_file_with_faults_is_refused_with_every_place);
async fn a_file_with_faults_is_refused_with_every_place(engine: Engine) {
    let installed = Installation::empty(engine).await;
    let file = installed.file("members.csv", "member_number;given_names;surname;birth_date\n1;Anna;Ek;31.2.1984\n2;;Ek;\n");
    for arguments in [&["import", "members", file][..], &["import", "members", file, "--dry-run"]] {
        let refused = installed.run(arguments);
        assert_eq!(refused.status.code(), Some(1));
        let lines: Vec<&str> = refused.error.lines().collect();
        assert_eq!(lines.len(), 3, "{}", refused.error);
        assert!(lines[0].starts_with("line 2, column birth_date: \"31.2.1984\" is no date"), "{}", lines[0]);
        assert!(lines[1].starts_with("line 3, column given_names: is empty"), "{}", lines[1]);
        assert_eq!(lines[2], "Nothing was written. Put the file right and import it again.");
    }
    assert!(installed.done(&["search", "ek"]).contains("Nobody was found"));
    let nowhere = installed.run(&["import", "members", "nowhere.csv"]).refused();
    assert!(nowhere.starts_with("matrikel: nowhere.csv: "), "{nowhere}");
    assert_eq!(installed.run(&["import", "members", file, "--mode", "erase"]).status.code(), Some(2));
}

installed_on_both_engines!(the_service_answers_and_ends_when_what_runs_is_done);
async fn the_service_answers_and_ends_when_what_runs_is_done(engine: Engine) {
    let installed = Installation::empty(engine).await;
    let service = installed.serve(&[]);
    assert_eq!(service.get("/healthz", ""), (200, json!("ok\n")));
    assert_eq!(service.get("/readyz", "").0, 200);
    assert_eq!(service.get("/api/v1/members", "").0, 401);
    assert!(service.greeting[1].ends_with(&format!("http://{}/api/docs/", service.address)), "{:?}", service.greeting);
    let token = installed.token("registrar");
    let anna = json!({"given_names": "Anna", "surname": "Ek", "membership_type": "professional"});
    let running = service.begin("POST", "/api/v1/members", &token, &anna.to_string());
    let asked = Instant::now();
    service.ask_to_end();
    let address = service.address;
    while std::net::TcpStream::connect(address).is_ok() {
        assert!(asked.elapsed() < GRACE, "it still listens");
        std::thread::sleep(Duration::from_millis(10));
    }
    let (status, card) = running.answer();
    assert_eq!(status, 201, "{card}");
    assert!(service.ended().success());
    assert!(asked.elapsed() < GRACE);
    assert!(installed.done(&["search", "ek"]).contains("Anna Ek"));
}

installed_on_both_engines!(what_a_command_takes_in_is_found_by_the_service_beside_it);
async fn what_a_command_takes_in_is_found_by_the_service_beside_it(engine: Engine) {
    let installed = Installation::empty(engine).await;
    let service = installed.serve(&[]);
    let token = installed.token("staff");
    let file = installed.file("members.csv", MEMBERS);
    installed.done(&["import", "members", file]);
    let began = Instant::now();
    loop {
        let (status, found) = service.post("/api/v1/members/search", &token, &json!({"q": "marit carlson"}));
        if status == 200 && found["items"][0]["member_number"] == "104711" {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(2), "{status} {found}");
        std::thread::sleep(Duration::from_millis(20));
    }
    service.stop();
}

installed_on_both_engines!(a_token_is_listed_and_revoked);
async fn a_token_is_listed_and_revoked(engine: Engine) {
    let installed = Installation::empty(engine).await;
    installed.done(&["migrate"]);
    let made = installed.run(&["token", "create", "--role", "staff", "--label", "case handling", "--days", "30"]);
    let token = made.done();
    assert_eq!((token.lines().count(), token.starts_with("matrikel_")), (1, true), "the token alone");
    let service = installed.serve(&[]);
    assert_eq!(service.get("/api/v1/members", token.trim()).0, 200);
    let list = installed.done(&["token", "list"]);
    assert!(list.contains("staff") && list.contains("case handling") && list.contains("valid until"), "{list}");
    assert!(!list.contains(token.trim()));
    let id = list.split_whitespace().next().expect("an id");
    installed.done(&["token", "revoke", id]);
    assert_eq!(service.get("/api/v1/members", token.trim()).0, 401);
    assert!(installed.done(&["token", "list"]).contains("revoked"));
    let nobody = "01900000-0000-7000-8000-000000000000";
    installed.run(&["token", "revoke", nobody]).refused();
    service.stop();
}

#[actix_web::test]
async fn the_demo_fills_an_empty_register_once() {
    let installed = Installation::empty(Engine::Sqlite).await;
    let pages = |service: &crate::program::Service, token: &str| {
        let (mut ids, mut query) = (Vec::new(), "?limit=200".to_owned());
        loop {
            let (status, page) = service.get(&format!("/api/v1/members{query}"), token);
            assert_eq!(status, 200, "{page}");
            ids.extend(page["items"].as_array().expect("items").iter().map(|item| item["id"].clone()));
            let Some(next) = page["next"].as_str() else { return ids };
            query = format!("?limit=200&after={next}");
        }
    };
    let service = installed.serve(&["--demo"]);
    let token = service.greeting.last().expect("a token").clone();
    let first = pages(&service, &token);
    assert!((1_900..2_000).contains(&first.len()), "{} of 2,000 are not protected", first.len());
    let appointments = service.get("/api/v1/appointments?limit=200", &token).1;
    assert!(appointments["items"].as_array().is_some_and(|items| items.len() > 20));
    service.stop();
    let service = installed.serve(&["--demo"]);
    let newer = service.greeting.last().expect("a token").clone();
    assert_eq!(pages(&service, &newer), first, "a second start keeps the data");
    assert_eq!(service.get("/api/v1/members", &token).0, 401, "one start's token is enough");
    service.stop();
    let mut elsewhere = installed.command(&["serve", "--demo"]);
    let refused = said(elsewhere.env("MATRIKEL_LISTEN", "0.0.0.0:0").env("MATRIKEL_LOG_LEVEL", "error")).refused();
    assert!(refused.contains("on this machine only"), "{refused}");
}

installed_on_both_engines!(the_demo_leaves_a_register_of_real_members_alone);
async fn the_demo_leaves_a_register_of_real_members_alone(engine: Engine) {
    let installed = Installation::empty(engine).await;
    let file = installed.file("members.csv", MEMBERS);
    installed.done(&["import", "members", file]);
    let mut demo = installed.command(&["serve", "--demo"]);
    let refused = said(demo.env("MATRIKEL_LISTEN", "127.0.0.1:0").env("MATRIKEL_LOG_LEVEL", "error")).refused();
    assert!(refused.contains("members that are not the demo's"), "{refused}");
    assert!(installed.done(&["export", "members", "out.json", "--everything"]).contains(": 3."));
}

#[actix_web::test]
async fn an_invented_register_is_the_same_from_the_same_seed_and_can_be_taken_in() {
    let installed = Installation::empty(Engine::Sqlite).await;
    let invent = |seed: &str, out: &str, representatives: &str| {
        installed.done(&["demo-register", "--members", "60", "--seed", seed, "--out", out, "--representatives", representatives])
    };
    invent("1", "one.csv", "reps.csv");
    invent("1", "same.csv", "same-reps.csv");
    invent("2", "other.csv", "other-reps.csv");
    assert_eq!(installed.read("one.csv"), installed.read("same.csv"));
    assert_eq!(installed.read("reps.csv"), installed.read("same-reps.csv"));
    assert_ne!(installed.read("one.csv"), installed.read("other.csv"));
    assert_eq!(names(&installed.data()), Vec::<String>::new(), "no register is touched");
    for kind in [["members", "one.csv"], ["representatives", "reps.csv"]] {
        let first = installed.done(&["import", kind[0], kind[1]]);
        assert!(first.contains(" new, 0 changed, 0 unchanged") && first.contains("Done."), "{first}");
        let again = installed.done(&["import", kind[0], kind[1], "--mode", "overwrite"]);
        assert!(again.contains(" 0 new, 0 changed, "), "{again}");
    }
}
