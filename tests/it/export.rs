//! Export: nothing is lost, nothing comes out that must not, and the audit knows.

use std::io::Read as _;

use entity::account::AccountRole;
use entity::api_token::TokenRole;
use entity::import_batch::ImportMode;
use entity::member::Protection;
use entity::read_audit::{self, Access};
use entity::visibility::Viewer;
use jobs::history::Actor;
use matrikel::access::audit::Reading;
use matrikel::access::caller::Caller;
use matrikel::members::export::{Export, Format};
use matrikel::members::files::{Headers, MemberColumn, Table};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::json;

use crate::app::TestApp;
use crate::files::{counts, fields, problems};

const FORMATS: [Format; 3] = [Format::Json, Format::Csv, Format::Xlsx];

/// The texts of a file: of a workbook, those of all its parts.
fn texts(format: Format, bytes: &[u8]) -> String {
    if format != Format::Xlsx {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook is a ZIP file");
    let mut texts = String::new();
    for at in 0..book.len() {
        let mut part = book.by_index(at).expect("a part");
        let mut text = Vec::new();
        part.read_to_end(&mut text).expect("a part can be unpacked");
        texts += &String::from_utf8_lossy(&text);
    }
    texts
}

/// What staff, registrars and the command line without `--everything` may give out.
fn unprotected() -> Viewer {
    Caller::command_line(TokenRole::Registrar).viewer()
}

on_both_engines!(no_protected_identity_and_no_identity_number_come_out_unasked);
async fn no_protected_identity_and_no_identity_number_come_out_unasked(app: TestApp) {
    let file = "member_number;given_names;surname;former_surname;personal_identity_number;email;phone;street;workplace;local_branch;protected\n\
                710001;Kanarieanna;Kanarieberg;Kanarieek;19900101-1239;kanarie@example.org;070-174 06 05;Kanariegatan 1;Huset;Norr;1\n\
                710002;Bo;Ek;;19900202-2383;bo@example.org;;Storgatan 1;Huset;Norr;\n";
    app.import(ImportMode::Fill, file).await;
    let forbidden = ["anarie", "710001", "46701740605", "19900101", "199001011239", "900101-1239", "19900202", "900202", "2383"];
    for format in FORMATS {
        let bytes = app.export_for(unprotected(), false, format).await;
        let texts = texts(format, &bytes);
        assert!(texts.contains("bo@example.org") && texts.contains("Storgatan 1"), "{format:?}: {texts}");
        for canary in forbidden {
            assert!(!texts.contains(canary), "{format:?} holds {canary}");
            let raw = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!raw, "{format:?} holds {canary}");
        }
        let everything = self::texts(format, &app.export(format).await);
        for wanted in ["Kanarieberg", "710001", "Kanariegatan 1", "SE:199001011239", "SE:199002022383", "marked"] {
            assert!(everything.contains(wanted), "{format:?} does not hold {wanted}");
        }
    }
}

on_both_engines!(what_a_spreadsheet_would_run_is_made_harmless_and_comes_back);
async fn what_a_spreadsheet_would_run_is_made_harmless_and_comes_back(app: TestApp) {
    let wicked = ["=HYPERLINK(\"http://evil\";1)", "+46A", "-1+1", "@SUM(A1)", "'=1+1", "'t Hooft", "＝1+1", "a,b\"c"];
    let registrar = app.registrar().await;
    for (at, text) in wicked.iter().enumerate() {
        let fields = json!({
            "given_names": text, "surname": text, "city": text, "occupation": text, "membership_type": "professional",
            "member_number": at.to_string(), "phone": "070-174 06 05", "former_surnames": [text.replace(';', ",")],
        });
        registrar.post("/api/v1/members", fields).await.expect(201);
    }
    let before = app.everything().await;
    let csv = app.export(Format::Csv).await;
    assert!(csv.starts_with("\u{feff}".as_bytes()), "Excel takes it for UTF-8");
    let mut reader = csv::Reader::from_reader(&csv[3..]);
    let mut cells = 0;
    for record in reader.records() {
        for cell in &record.expect("a row") {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '＝']), "{cell}");
            cells += usize::from(!cell.is_empty());
        }
    }
    assert!(cells > 8 * wicked.len());
    for format in [Format::Csv, Format::Xlsx] {
        let bytes = app.export(format).await;
        let report = app.preview(ImportMode::Overwrite, bytes.clone()).await;
        assert_eq!((problems(&report), counts(&report), fields(&report)), (vec![], (0, 0, wicked.len()), vec![]), "{format:?}");
        let table = Table::read(bytes, "export").expect("a table");
        let headers = Headers::<MemberColumn>::of(&table);
        let names: Vec<String> = table.rows().map(|row| headers.cell(&row, MemberColumn::GivenNames).to_owned()).collect();
        assert_eq!(names, wicked, "{format:?}");
    }
    assert_eq!(app.everything().await, before);
}

on_both_engines!(one_row_in_the_audit_says_who_exported_how_many);
async fn one_row_in_the_audit_says_who_exported_how_many(app: TestApp) {
    for name in ["Anna Ek", "Bo Ek", "Li Ng"] {
        app.member(name).await;
    }
    let (token, _) = app.token(TokenRole::Registrar, None).await;
    for (at, format) in FORMATS.into_iter().enumerate() {
        let reading = Reading { actor: Actor::new(&TokenRole::Registrar, token), operation: "export_members", request_id: None };
        let export = Export { reading, ..app.exporter(unprotected(), false) };
        let path = app.place.folder().join(format!("members-{at}"));
        assert_eq!(export.to_file(&path, format).await.expect("an export"), 3);
        let rows = read_audit::Entity::find().all(&app.state.audit_database).await.expect("the audit can be read");
        let exports: Vec<_> = rows.into_iter().filter(|row| row.operation == "export_members").collect();
        assert_eq!(exports.len(), at + 1);
        let row = exports.iter().max_by_key(|row| row.id).expect("a row");
        assert_eq!((row.actor_kind.as_str(), row.actor_id, row.access), ("registrar", Some(token), Access::Opened));
        assert_eq!((row.members, &row.member_ids, row.at), (3, &None, app.store().clock().now()));
    }
}

on_both_engines!(a_file_that_is_there_is_not_written_over);
async fn a_file_that_is_there_is_not_written_over(app: TestApp) {
    app.member("Anna Ek").await;
    let path = app.place.folder().join("members.csv");
    std::fs::write(&path, "mine").expect("a file");
    let refused = app.exporter(unprotected(), false).to_file(&path, Format::Csv).await;
    let message = refused.expect_err("the file is there").to_string();
    assert!(message.contains("exists already") && message.contains("choose another name"), "{message}");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), "mine");
    let nowhere = app.place.folder().join("not there").join("members.csv");
    let refused = app.exporter(unprotected(), false).to_file(&nowhere, Format::Csv).await;
    assert!(refused.expect_err("the folder is not there").to_string().contains("cannot be written"));
}

on_both_engines!(without_the_audit_there_is_no_file);
async fn without_the_audit_there_is_no_file(app: TestApp) {
    app.member("Anna Ek").await;
    app.state.audit_database.execute_unprepared("DROP TABLE read_audit").await.expect("the table can be dropped");
    for format in FORMATS {
        let folder = app.place.folder().join(format!("{format:?}"));
        std::fs::create_dir(&folder).expect("a folder");
        let refused = app.exporter(unprotected(), false).to_file(&folder.join("members"), format).await;
        assert!(matches!(refused, Err(jobs::Error::Busy(_))), "{refused:?}");
        assert_eq!(std::fs::read_dir(&folder).expect("the folder").count(), 0, "{format:?}: nothing is left behind");
    }
}

on_both_engines!(only_the_owner_reads_an_exported_file);
async fn only_the_owner_reads_an_exported_file(app: TestApp) {
    use std::os::unix::fs::PermissionsExt as _;
    app.member("Anna Ek").await;
    for format in FORMATS {
        let path = app.place.folder().join(format!("members-{format:?}"));
        app.exporter(unprotected(), false).to_file(&path, format).await.expect("an export");
        let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{format:?}");
    }
}

on_both_engines!(a_registrar_gets_the_members_as_a_file_after_a_fresh_second_factor);
async fn a_registrar_gets_the_members_as_a_file_after_a_fresh_second_factor(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"phone": "+46 70 174 06 05"})).await;
    let bo = app.member("Bo Ek").await;
    app.protect(bo.id, Some(Protection::Marked)).await;
    let registrar = app.signed_in(&[AccountRole::Registrar, AccountRole::PrivacyOfficer]).await;
    let order = |format: &str| registrar.post("/api/v1/exports", json!({"format": format}));
    let file = order("csv").await.expect(200);
    assert!(file.text.contains("Åkesson") && !file.text.contains("Ek,"), "{}", file.text);
    assert_eq!(file.header("Content-Disposition"), "attachment; filename=\"members-2026-11-22.csv\"");
    let noted = app.audit_of(file.request_id()).await;
    assert_eq!((noted.len(), noted[0].members, noted[0].actor_kind.as_str()), (1, 1, "registrar"));
    let left: Vec<_> =
        std::fs::read_dir(app.place.folder()).expect("the folder").map(|entry| entry.expect("a file").file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("export")), "{left:?}");
    assert_eq!(order("odt").await.expect(422).pointers(), ["/format"]);
    app.pass(chrono::Duration::minutes(10));
    assert_eq!(order("csv").await.expect(403).body["type"], "urn:matrikel:problem:step-up-needed");
}
