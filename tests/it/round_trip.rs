//! Export and import again, on registers made at random: nothing is lost and nothing is changed.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use entity::import_batch::ImportMode;
use matrikel::members::export::Format;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::app::{Engine, TestApp};
use crate::files::{counts, fields, problems};
use crate::property::cases;

const TYPES: [&str; 5] = ["student", "professional", "manager", "self_employed", "prospect"];
const REASONS: [&str; 3] = ["changed_union", "moved", "other"];
const PROTECTIONS: [&str; 3] = ["marked", "turvakielto", "no_6"];
const NUMBERS: [&str; 8] = [
    "SE:199001011239",
    "SE:199002022383",
    "SE:190911725810",
    "FI:230952+4877",
    "FI:131052-308T",
    "NO:06081839512",
    "NO:67110461205",
    "DK:1710707549",
];

property_on_both_engines!(json_gives_back_the_very_register_that_was_exported);
fn json_gives_back_the_very_register_that_was_exported(engine: Engine) {
    on_random_registers(|register| {
        actix_web::rt::System::new().block_on(async {
            let (first, second) = (TestApp::on(engine).await, TestApp::on(engine).await);
            let report = first.import(ImportMode::Fill, file_of(register)).await;
            assert_eq!(counts(&report), (register.len(), 0, 0));
            let exported = first.everything().await;
            let written: Value = serde_json::from_str(&exported).expect("JSON");
            for (member, sent) in written["members"].as_array().expect("members").iter().zip(register) {
                assert_eq!(member, sent);
            }
            second.import(ImportMode::Fill, exported.clone()).await;
            assert_eq!(second.everything().await, exported);
        });
    });
}

property_on_both_engines!(tables_taken_in_by_the_register_that_wrote_them_change_nothing);
fn tables_taken_in_by_the_register_that_wrote_them_change_nothing(engine: Engine) {
    on_random_registers(|register| {
        actix_web::rt::System::new().block_on(async {
            let app = TestApp::on(engine).await;
            app.import(ImportMode::Fill, file_of(register)).await;
            let before = app.everything().await;
            for format in [Format::Csv, Format::Xlsx, Format::Json] {
                let file = app.export(format).await;
                for mode in [ImportMode::Skip, ImportMode::Fill, ImportMode::Overwrite] {
                    let report = app.preview(mode, file.clone()).await;
                    assert_eq!(problems(&report), [], "{format:?} {mode:?}");
                    assert_eq!((counts(&report), fields(&report)), ((0, 0, register.len()), vec![]), "{format:?} {mode:?}");
                    assert_eq!(report.new_units, 0, "{format:?} {mode:?}");
                }
            }
            assert_eq!(app.everything().await, before);
        });
    });
}

/// Runs `test` on registers made at random; of one that fails, the smallest is shown.
fn on_random_registers(test: impl Fn(&[Value])) {
    let config = Config { cases: cases(8, 200), failure_persistence: None, max_shrink_iters: 30, ..Config::default() };
    TestRunner::new(config)
        .run(&registers(), |register| {
            test(&register);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// The lossless file of these members.
fn file_of(register: &[Value]) -> String {
    let mut file = String::from("{\"format\":\"matrikel-members-1\",\"members\":[");
    for (at, member) in register.iter().enumerate() {
        write!(file, "{}{member}", if at == 0 { "\n" } else { ",\n" }).expect("a string takes everything");
    }
    file + "\n]}\n"
}

/// Up to eight members whose numbers are their own.
fn registers() -> impl Strategy<Value = Vec<Value>> {
    vec(member(), 1..8).prop_map(|mut members| {
        for (at, member) in members.iter_mut().enumerate() {
            member["member_number"] = format!("{}", 500 + at).into();
            // A number belongs to one person.
            let number = NUMBERS.get(at).filter(|_| !member["personal_identity_number"].is_null());
            member["personal_identity_number"] = json!(number);
        }
        members
    })
}

fn member() -> impl Strategy<Value = Value> {
    let names = (name(), name(), btree_set(name(), 0..3));
    let contact = (
        option::of(select(vec!["sv", "fi", "en", "nb", "da", "de"])),
        option::of(select(vec!["a@example.org", "b.c@exämple.se"])),
        option::of(select(vec!["+46701740605", "+358401234567", "fråga Anna", "0"])),
        option::of(line()),
        option::of(select(vec!["903 26", "00100", "0-1"])),
        option::of(line()),
        option::of(select(vec!["SE", "FI", "NO", "DK", "DE"])),
        option::of(line()),
    );
    let places = (btree_set(workplace(), 0..3), option::of(select(vec!["Norr", "Söder; och Väster", "=1"])), option::of(name()));
    let dates = (option::of(day(1940..2008)), option::of(day(2020..2030)), option::of(day(2020..2026)));
    let guarded = (any::<bool>(), option::of(select(PROTECTIONS.to_vec())), any::<bool>());
    (names, contact, places, dates, guarded, memberships()).prop_map(|(names, contact, places, dates, guarded, memberships)| {
        let workplaces = places.0.into_iter().map(|(name, employer)| json!({"employer": employer, "name": name}));
        json!({
            "member_number": "", "given_names": names.0, "surname": names.1, "former_surnames": names.2, "birth_date": dates.0,
            "personal_identity_number": guarded.0.then_some(""), "language": contact.0, "email": contact.1, "phone": contact.2,
            "street": contact.3, "postal_code": contact.4, "city": contact.5, "country": contact.6, "occupation": contact.7,
            "workplaces": workplaces.collect::<Vec<_>>(), "local_branch": places.1, "school": places.2, "graduation_date": dates.1,
            "graduation_confirmed_on": dates.2, "protection": guarded.1, "hidden": guarded.2, "memberships": memberships,
        })
    })
}

/// Names that trouble other systems among them. No semicolon: in tables it stands between names.
fn name() -> impl Strategy<Value = String> {
    select(vec![
        "Anna",
        "Å",
        "O'Brien",
        "'t Hooft",
        "=Ek",
        "+Öst",
        "-1",
        "@b",
        "Null",
        "a, b",
        "a\"b",
        "af Ekenstam",
        "李",
        "👩 x",
        "0042",
    ])
    .prop_map(str::to_owned)
}

fn line() -> impl Strategy<Value = String> {
    select(vec!["Storgatan 1 B", "=1+1", "+46", "- Ö", "@", "'=x", "1984-02-01", "TRUE", "00123", "a;b,c\"d", "é\u{301}", "."])
        .prop_map(str::to_owned)
}

/// By name and employer, in whose order they stand in a card: some of one name under several employers and under none.
fn workplace() -> impl Strategy<Value = (&'static str, Option<&'static str>)> {
    (select(vec!["Huset", "Kiosken", "Tornet"]), option::of(select(vec!["Region Skåne", "Lunds kommun"])))
}

fn day(years: std::ops::Range<i32>) -> impl Strategy<Value = NaiveDate> {
    (years, 1..=365_u32).prop_map(|(year, day)| NaiveDate::from_yo_opt(year, day).expect("a day"))
}

/// A ledger: periods after each other, some of which go on as another type, the last of which may run or lie ahead.
fn memberships() -> impl Strategy<Value = Vec<Value>> {
    let spell = (select(TYPES.to_vec()), 0..700_u64, any::<bool>(), 1..400_u64, select(REASONS.to_vec()));
    (any::<bool>(), any::<bool>(), day(2023..2026), vec(spell, 1..4)).prop_map(|(from_memory, runs, start, spells)| {
        let latest = NaiveDate::from_ymd_opt(2027, 11, 1).expect("a day");
        let (mut periods, mut from): (Vec<Value>, _) = (Vec::new(), start);
        let last = spells.len() - 1;
        for (at, (membership_type, length, goes_on, gap, reason)) in spells.into_iter().enumerate() {
            let until = from + Days::new(length);
            let open = (at == last && runs) || until > latest;
            let continued = periods.last().is_some_and(|before| before["leave_reason"].is_null());
            let changes_type = goes_on && at < last && !open;
            periods.push(json!({
                "membership_type": membership_type,
                "valid_from": (at > 0 || from_memory).then_some(from),
                "valid_until": (!open).then_some(until),
                "continues_previous": continued,
                "leave_reason": (!open && !changes_type).then_some(reason),
            }));
            let next = until + Days::new(if changes_type { 1 } else { 1 + gap });
            if open || next > latest {
                break;
            }
            from = next;
        }
        // What was to go on must have an end of its own when nothing follows.
        if let Some(period) = periods.last_mut().filter(|period| !period["valid_until"].is_null()) {
            period["leave_reason"] = json!("other");
        }
        periods
    })
}
