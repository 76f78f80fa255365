//! Import of the member file: what is understood, and what is said of the rest.

use std::collections::BTreeSet;

use entity::import_batch::ImportMode;
use matrikel::members::import::Report;
use serde_json::json;

use crate::app::TestApp;
use crate::files::{counts, places, problems, workbook};

on_both_engines!(one_bad_row_keeps_the_whole_file_out_and_every_problem_is_told);
async fn one_bad_row_keeps_the_whole_file_out_and_every_problem_is_told(app: TestApp) {
    app.import(ImportMode::Fill, "member_number;given_names;surname\n1;Anna;Ek\n").await;
    let (before, history) = (app.everything().await, app.history().await);
    let file = "member_number;given_names;surname;birth_date;personal_identity_number;email;country;membership_type;joined_on;left_on;leave_reason\n\
                1;Anna;Berg;1984-02-29;;anna@example.org;SE;professional;2020-01-01;;\n\
                ;;Ek;;;;;;;;\n\
                å1;Bo;-;31.2.1984;;;;;;;\n\
                3;Li;Ng;2027-01-01;19900101-1230;li@;Atlantis;boss;2028-01-01;;\n\
                4;Eva;Öst;;;;;;2026-02-01;2026-01-31;\n\
                5;Ida;Ek;;;;;;;;retired\n";
    let report = app.preview(ImportMode::Overwrite, file).await;
    assert_eq!(
        places(&report),
        [
            (3, "member_number"),
            (3, "given_names"),
            (4, "member_number"),
            (4, "surname"),
            (4, "birth_date"),
            (5, "country"),
            (5, "birth_date"),
            (5, "personal_identity_number"),
            (5, "email"),
            (5, "membership_type"),
            (5, "joined_on"),
            (6, "left_on"),
            (7, "leave_reason"),
        ]
    );
    let todo =
        ["needed", "accepted", "letter", "write it as", "write its two letters", "future", "check each of them", "write it as"];
    let todo = todo.iter().chain(&["write one of", "year ahead", "put one of them right", "clear the reason"]);
    let told: Vec<&str> = problems(&report).into_iter().map(|(_, _, message)| message).collect();
    for words in todo {
        assert!(told.iter().any(|message| message.contains(words)), "{words}: {told:#?}");
    }
    assert!(!told.iter().any(|message| message.contains("1230")), "a personal identity number is not repeated");
    assert_eq!(app.everything().await, before);
    assert_eq!(app.history().await, history);
}

on_both_engines!(a_number_that_stands_twice_is_told_with_its_first_line);
async fn a_number_that_stands_twice_is_told_with_its_first_line(app: TestApp) {
    let file = "member_number;given_names;surname;personal_identity_number;country\n\
                7;Anna;Ek;19900101-1239;SE\n8;Bo;Ek;;\n7;Li;Ng;;\n9;Eva;Öst;900101-1239;SE\n8;Ida;Ek;SE:199001011239;FI\n";
    let report = app.preview(ImportMode::Fill, file).await;
    assert_eq!(
        places(&report),
        [(4, "member_number"), (5, "personal_identity_number"), (6, "member_number"), (6, "personal_identity_number")]
    );
    let lines: Vec<bool> = problems(&report).iter().map(|(.., message)| message.contains("line 2")).collect();
    assert_eq!(lines, [true, true, false, true], "{:?}", problems(&report));
}

on_both_engines!(an_identity_number_of_another_member_is_told);
async fn an_identity_number_of_another_member_is_told(app: TestApp) {
    let headers = "member_number;given_names;surname;personal_identity_number\n";
    app.import(ImportMode::Fill, format!("{headers}1;Anna;Ek;19900101-1239\n2;Bo;Ek;\n")).await;
    let report = app.preview(ImportMode::Overwrite, format!("{headers}2;Bo;Ek;19900101-1239\n3;Li;Ng;19900202-2383\n")).await;
    assert_eq!(places(&report), [(2, "personal_identity_number")]);
    assert!(problems(&report)[0].2.contains("another member in the register"), "{:?}", problems(&report));
    // Her own is none.
    let report = app.import(ImportMode::Overwrite, format!("{headers}1;Anna;Ek;9001011239\n")).await;
    assert_eq!(counts(&report), (0, 0, 1));
}

on_both_engines!(headers_are_understood_in_every_language_and_order_and_the_others_are_named);
async fn headers_are_understood_in_every_language_and_order_and_the_others_are_named(app: TestApp) {
    let swedish = "Ort;Skostorlek;Efternamn;Förnamn;Medlemsnr;E-post;Avdelning;Examensdatum;Inträdesdatum\n\
                   Umeå;38;Karlsson;Maarit;1;maarit@example.org;Norr;2026-06-05;2020-01-31\n";
    let finnish = "Valmistumispäivä;Sukunimi;Etunimet;Jäsennumero;Kaupunki;Sähköposti;Yhdistys;Kengännumero;Liittymispäivä\n\
                   5.6.2026;Karlsson;Maarit;1;Umeå;maarit@example.org;Norr;38;31.1.2020\n";
    let columns = |report: &Report| report.columns.iter().map(|column| column.column.clone()).collect::<BTreeSet<_>>();
    let report = app.import(ImportMode::Fill, swedish).await;
    assert_eq!((counts(&report), report.unknown_columns.as_slice()), ((1, 0, 0), &["Skostorlek".to_owned()][..]));
    let email = report.columns.iter().find(|column| column.header == "E-post").expect("it is shown");
    assert_eq!(email.column, "email");
    let member = app.exported("1").await;
    let facts = ["surname", "given_names", "city", "local_branch", "graduation_date"].map(|field| member[field].clone());
    assert_eq!(facts, ["Karlsson", "Maarit", "Umeå", "Norr", "2026-06-05"].map(serde_json::Value::from));
    let again = app.import(ImportMode::Overwrite, finnish).await;
    assert_eq!((counts(&again), again.unknown_columns.as_slice()), ((0, 0, 1), &["Kengännumero".to_owned()][..]));
    assert_eq!(columns(&report), columns(&again));
}

on_both_engines!(a_missing_column_and_one_that_stands_twice_are_told_before_any_row);
async fn a_missing_column_and_one_that_stands_twice_are_told_before_any_row(app: TestApp) {
    let report = app.preview(ImportMode::Fill, "Medlemsnummer;Förnamn;Ort;Postort\n1;Anna;Lund;Lund\n").await;
    assert_eq!(places(&report), [(1, "city"), (1, "surname")]);
    for (file, words) in [
        ("", "empty"),
        ("member_number;given_names;surname\n", "no row"),
        ("1;Anna;Ek\n2;Bo;Ek\n", "must name the columns"),
        ("member_number;given_names;surname\n1;Anna\n", "add the missing delimiters"),
    ] {
        let report = app.preview(ImportMode::Fill, file).await;
        assert!(problems(&report).iter().any(|(.., message)| message.contains(words)), "{file}: {:?}", problems(&report));
    }
}

on_both_engines!(the_same_file_says_the_same_in_every_form);
async fn the_same_file_says_the_same_in_every_form(app: TestApp) {
    let rows = [
        ["member_number", "given_names", "surname", "city", "phone", "birth_date"],
        ["1", "Åsa Örjana", "Ängström", "Malmö; Ö", "+46701740605", "1984-02-29"],
        ["2", "Bo \"Bosse\"", "Ek", "a, b", "", ""],
    ];
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let text = |delimiter: &str, end: &str| rows.iter().map(|row| row.map(quoted).join(delimiter) + end).collect::<String>();
    let latin: Vec<u8> = text(";", "\r\n").chars().map(|letter| u8::try_from(u32::from(letter)).expect("Latin-1")).collect();
    let slices: Vec<&[&str]> = rows.iter().map(|row| &row[..]).collect();
    app.import(ImportMode::Fill, text(",", "\n")).await;
    assert_eq!(app.exported("1").await["surname"], "Ängström");
    assert_eq!(app.exported("2").await["given_names"], "Bo \"Bosse\"");
    let forms = [
        ("semicolon, Windows-1252, CR LF", latin),
        ("comma, mark", format!("\u{feff}{}", text(",", "\n")).into_bytes()),
        ("tab", text("\t", "\n").into_bytes()),
        (
            "UTF-16",
            text(";", "\n").encode_utf16().fold(vec![0xff, 0xfe], |mut bytes, unit| {
                bytes.extend(unit.to_le_bytes());
                bytes
            }),
        ),
        ("XLSX", workbook(&slices)),
    ];
    for (form, bytes) in forms {
        assert_eq!(counts(&app.import(ImportMode::Overwrite, bytes).await), (0, 0, 2), "{form}");
    }
}

on_both_engines!(a_row_of_a_workbook_is_told_by_its_number);
async fn a_row_of_a_workbook_is_told_by_its_number(app: TestApp) {
    let report = app
        .preview(
            ImportMode::Fill,
            workbook(&[
                &["Medlemsnummer", "Förnamn", "Efternamn", "Född"],
                &["1", "Anna", "Ek", ""],
                &["2", "Bo", "Ek", "i fjol"],
            ]),
        )
        .await;
    assert_eq!(places(&report), [(3, "birth_date")]);
    assert!(problems(&report)[0].2.contains("\"i fjol\" is no date; write it as"), "{:?}", problems(&report));
}

on_both_engines!(of_a_thousand_problems_two_hundred_are_listed_and_the_rest_is_counted);
async fn of_a_thousand_problems_two_hundred_are_listed_and_the_rest_is_counted(app: TestApp) {
    let rows: String = (1..=1_000).map(|number| format!("{number};Anna;Ek;nowhere\n")).collect();
    let report = app.preview(ImportMode::Fill, format!("member_number;given_names;surname;email\n{rows}")).await;
    assert_eq!(report.problems.len(), 201);
    let (line, _, message) = problems(&report)[200];
    assert!(line == 0 && message.contains("800 more problems"), "{message}");
}

on_both_engines!(a_json_file_that_breaks_rules_is_told_by_line);
async fn a_json_file_that_breaks_rules_is_told_by_line(app: TestApp) {
    let whole = |number: &str, surname: &str, periods: serde_json::Value| {
        json!({"member_number": number, "given_names": "Anna", "surname": surname, "memberships": periods}).to_string()
    };
    let period = |from: &str, until: Option<&str>| json!({"membership_type": "professional", "valid_from": from, "valid_until": until, "leave_reason": until.map(|_| "other")});
    let over = json!([period("2020-01-01", Some("2021-01-01")), period("2021-01-01", None)]);
    let open = json!([period("2020-01-01", None), period("2021-01-01", None)]);
    let backwards = json!([period("2020-01-01", Some("2019-01-01"))]);
    let members = [whole("1", "Ek", json!([])), whole("2", "Ek", over), whole("3", "", open), whole("4", "Ek", backwards)];
    let file = format!("{{\"format\":\"matrikel-members-1\",\"members\":[\n{}\n]}}\n", members.join(",\n"));
    let report = app.preview(ImportMode::Fill, file).await;
    assert_eq!(places(&report), [(3, "joined_on"), (4, "surname"), (4, "joined_on"), (5, "joined_on")]);
    for (file, words) in [
        ("{\"format\":\"matrikel-members-1\",\n\"members\":[{\"colour\":1}]}", "unknown field"),
        ("{\"format\":\"matrikel-members-2\",\"members\":[]}", "the format is not matrikel-members-1"),
        ("{\"format\":", "cannot be read"),
    ] {
        let report = app.preview(ImportMode::Fill, file).await;
        assert!(problems(&report)[0].2.contains(words), "{:?}", problems(&report));
    }
}
