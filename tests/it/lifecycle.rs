//! Lifecycle automation as the union sees it: who gets which list when, and what becomes of it when data is late or changes.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::appointment::{self, AppointmentRole};
use entity::follow_up::{self, FollowUpStatus};
use entity::member::Protection;
use entity::{employer_domain, lifecycle_run, read_audit, workplace};
use jobs::lifecycle::run::Done;
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Member, TestApp};
use crate::mails::Mail;

pub(crate) const RULE: &str = "graduate-follow-up";
pub(crate) const FOLLOW_UPS: &str = "/api/v1/follow-ups";

/// A workplace with a shop steward, in a register whose rule was switched on with the tests' clock.
pub(crate) struct Union {
    pub(crate) app: TestApp,
    pub(crate) workplace: Uuid,
    pub(crate) rut: Member,
    /// Rut's appointment.
    pub(crate) appointment: Uuid,
}

impl Union {
    pub(crate) async fn new(app: TestApp) -> Self {
        let workplace = app.workplace("Norrlands universitetssjukhus").await;
        let rut = app.member_with("Rut Ek", json!({"email": "rut@example.org", "language": "sv"})).await;
        let appointment = app.appoint_as(rut.id, AppointmentRole::ShopSteward, |row| row.workplace_id = Some(workplace)).await;
        Self { app, workplace, rut, appointment }
    }

    /// A student at the workplace since 2023 with this graduation date.
    pub(crate) async fn student(&self, name: &str, graduation: &str) -> Member {
        self.student_with(name, json!({"graduation_date": graduation})).await
    }

    pub(crate) async fn student_with(&self, name: &str, fields: Value) -> Member {
        let mut all = json!({"membership_type": "student", "joined_on": "2023-09-01", "workplace_ids": [self.workplace],
            "email": format!("{}@example.org", name.split(' ').next().expect("it is there").to_lowercase()), "phone": "+46701740605"});
        all.as_object_mut().expect("it is there").extend(fields.as_object().expect("it is there").clone());
        self.app.member_with(name, all).await
    }

    /// At this moment everything that is due is run.
    pub(crate) async fn at(&self, moment: &str) -> Vec<Done> {
        self.app.store().clock().set(moment.parse::<DateTime<Utc>>().expect("it is there"));
        self.app.state.automation().tick().await.expect("the rules can be followed")
    }

    /// Every notice from the day of the clock to `last`, at 07:30 local time, and what was listed by each run of `slot`.
    pub(crate) async fn live_until(&self, last: &str) {
        let last: NaiveDate = last.parse().expect("it is there");
        while self.app.store().clock().today() < last {
            let tomorrow = self.app.store().clock().today().succ_opt().expect("it is there");
            self.at(&format!("{tomorrow}T06:30:00Z")).await;
        }
    }

    pub(crate) async fn change(&self, member: &Member, fields: Value) {
        self.app.registrar().await.patch(&member.path, "*", fields).await.expect(200);
    }

    pub(crate) async fn leave(&self, member: &Member, reason: &str) {
        let etag = self.app.registrar().await.get(&member.path).await.etag();
        let today = self.app.store().clock().today();
        let request = crate::client::Request::new("POST", &format!("{}/leave", member.path)).header("If-Match", etag);
        let body = json!({"left_on": today, "leave_reason": reason});
        self.app.registrar().await.send(request.json(&body)).await.expect(200);
    }

    pub(crate) async fn follow_ups(&self, member: &Member) -> Vec<follow_up::Model> {
        let rows =
            follow_up::Entity::find().filter(follow_up::Column::MemberId.eq(member.id)).order_by_asc(follow_up::Column::Id);
        rows.all(self.app.store().database()).await.expect("it is there")
    }

    pub(crate) async fn one(&self, member: &Member) -> follow_up::Model {
        let mut rows = self.follow_ups(member).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }

    /// Records something of the only follow-up of a member, as staff.
    pub(crate) async fn record(&self, member: &Member, fields: Value) -> Value {
        let path = format!("{FOLLOW_UPS}/{}", self.one(member).await.id);
        let staff = self.app.staff().await;
        let etag = staff.get(&path).await.expect(200).etag();
        staff.patch(&path, &etag, fields).await.expect(200).body
    }

    /// Mails whose slot begins with this.
    pub(crate) async fn mails(&self, slot: &str) -> Vec<Mail> {
        let mut mails = self.app.mails().await;
        mails.retain(|mail| mail.header("X-Matrikel-Slot").is_some_and(|it| it.starts_with(slot)));
        mails
    }

    pub(crate) async fn appointment(&self, set: impl FnOnce(&mut appointment::ActiveModel)) {
        let mut row = appointment::ActiveModel { id: ActiveValue::Unchanged(self.appointment), ..Default::default() };
        set(&mut row);
        row.update(self.app.store().database()).await.expect("it is there");
    }
}

impl TestApp {
    /// Appoints a member; `place` says for what.
    pub(crate) async fn appoint_as(
        &self,
        member: Uuid,
        role: AppointmentRole,
        place: impl FnOnce(&mut appointment::Model),
    ) -> Uuid {
        let mut row = appointment::Model {
            id: self.store().clock().new_id(),
            member_id: member,
            role,
            workplace_id: None,
            school_id: None,
            local_branch_id: None,
            valid_from: Some(day("2025-01-01")),
            valid_until: None,
            absent_from: None,
            absent_until: None,
            deputy_member_id: None,
            version: 1,
        };
        place(&mut row);
        let id = row.id;
        self.insert::<appointment::Entity>(row).await;
        id
    }
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("it is there")
}

/// Which of `names` a mail holds.
fn named(mail: &Mail, names: &[&str]) -> BTreeSet<String> {
    let both = |name: &&&str| mail.text.contains(**name) && mail.html.contains(**name);
    names.iter().filter(both).map(|name| (*name).to_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

on_both_engines!(the_list_of_next_month_comes_on_the_20th_at_seven_once);
async fn the_list_of_next_month_comes_on_the_20th_at_seven_once(app: TestApp) {
    let union = Union::new(app).await;
    let anna = union.student("Anna Åkesson", "2026-07-01").await;
    union.student("Bo Berg", "2026-07-31").await;
    union.student("Cia Dahl", "2026-06-30").await;
    union.student("Dag Elm", "2026-08-01").await;
    let professional = json!({"graduation_date": "2026-07-10", "membership_type": "professional"});
    union.student_with("Eva Frost", professional).await;
    assert!(!union.at("2026-12-20T05:59:59Z").await.iter().any(|done| done.run.slot == "2027-01"), "not a second early");
    let done = union.at("2026-12-20T06:00:00Z").await;
    let list = done.iter().find(|done| done.run.slot == "2027-01").expect("the list");
    assert_eq!((list.run.due, list.run.listed, list.run.mailed, list.run.expected_mails, list.run.failed), (2, 2, 1, 1, 0));
    assert_eq!((list.run.caught_up, list.run.by_hand, list.run.error.as_deref()), (false, false, None));
    let mails = union.mails("graduate-follow-up/month_ahead/2027-01").await;
    let [mail] = mails.as_slice() else { panic!("one mail: {mails:?}") };
    assert_eq!(mail.to.1, "rut@example.org");
    assert_eq!(mail.subject, "Att kontakta i januari 2027: 2 medlemmar");
    assert_eq!(named(mail, &["Anna Åkesson", "Bo Berg", "Cia Dahl", "Dag Elm", "Eva Frost"]), set(&["Anna Åkesson", "Bo Berg"]));
    assert!(mail.text.contains("/follow-ups?period=2027-01") && mail.text.contains("31 januari 2027"), "{}", mail.text);
    assert!(!mail.text.contains("anna@example.org") && !mail.text.contains("+4670"), "no contact details: {}", mail.text);
    assert_eq!(mail.header("List-Unsubscribe"), None);
    let readings = read_audit::Entity::find().filter(read_audit::Column::Operation.eq("lifecycle_mail"));
    let readings = readings.all(&union.app.state.audit_database).await.expect("it is there");
    assert!(readings.iter().any(|row| row.actor_id == Some(union.rut.id) && row.members == 2), "{readings:?}");
    assert!(union.at("2026-12-20T06:01:00Z").await.is_empty(), "nothing runs twice");
    union.at("2026-12-20T09:00:00Z").await;
    assert_eq!(union.mails("graduate-follow-up/month_ahead").await.len(), 1);
    let row = union.one(&anna).await;
    assert_eq!(
        (row.due_on, row.status, row.responsible_member_id),
        (day("2027-01-01"), FollowUpStatus::Open, Some(union.rut.id))
    );
}

on_both_engines!(on_the_due_day_those_not_contacted_are_told_again);
async fn on_the_due_day_those_not_contacted_are_told_again(app: TestApp) {
    let union = Union::new(app).await;
    let anna = union.student("Anna Åkesson", "2026-07-15").await;
    let bo = union.student("Bo Berg", "2026-07-15").await;
    union.at("2026-12-20T06:00:00Z").await;
    union.record(&anna, json!({"status": "contacted"})).await;
    // Entered after the list, due in its month.
    let cia = union.student("Cia Dahl", "2026-07-15").await;
    union.live_until("2027-01-15").await;
    let mails = union.mails("graduate-follow-up/on_the_day/").await;
    let [mail] = mails.as_slice() else { panic!("one mail: {mails:?}") };
    assert_eq!(mail.header("X-Matrikel-Slot"), Some("graduate-follow-up/on_the_day/2027-01-15"));
    assert_eq!(named(mail, &["Anna Åkesson", "Bo Berg", "Cia Dahl"]), set(&["Bo Berg", "Cia Dahl"]));
    assert!(!union.one(&cia).await.late);
    union.record(&bo, json!({"outcome": "stays", "note": "Bytt till yrkesverksam."})).await;
    union.live_until("2027-01-22").await;
    assert_eq!(union.mails("graduate-follow-up/on_the_day/").await.len(), 1, "told once");
}

on_both_engines!(what_stays_open_is_reminded_of_and_then_handed_to_the_office);
async fn what_stays_open_is_reminded_of_and_then_handed_to_the_office(app: TestApp) {
    let union = Union::new(app).await;
    let anna = union.student("Anna Åkesson", "2026-07-04").await;
    let bo = union.student("Bo Berg", "2026-07-05").await;
    union.at("2026-12-20T06:00:00Z").await;
    union.record(&bo, json!({"outcome": "reached"})).await;
    union.live_until("2027-02-20").await;
    let mails = union.mails("graduate-follow-up/still_open/").await;
    let [reminder, escalation] = mails.as_slice() else { panic!("two mails: {mails:?}") };
    // Mondays.
    assert_eq!(reminder.header("X-Matrikel-Slot"), Some("graduate-follow-up/still_open/2027-01-18"));
    assert_eq!(
        (reminder.to.1.as_str(), named(reminder, &["Anna Åkesson", "Bo Berg"])),
        ("rut@example.org", set(&["Anna Åkesson"]))
    );
    assert_eq!(escalation.header("X-Matrikel-Slot"), Some("graduate-follow-up/still_open/2027-02-01"));
    assert_eq!(escalation.to.1, "matrikel@localhost");
    assert!(escalation.text.contains("Anna Åkesson") && escalation.text.contains("Rut Ek"), "{}", escalation.text);
    let row = union.one(&anna).await;
    assert_eq!((row.responsible_member_id, row.escalated_on), (Some(union.rut.id), Some(day("2027-02-01"))));
}

on_both_engines!(a_date_entered_late_joins_the_next_list_but_not_for_ever);
async fn a_date_entered_late_joins_the_next_list_but_not_for_ever(app: TestApp) {
    let union = Union::new(app).await;
    let old = union.student("Old Öberg", "2026-05-01").await;
    union.at("2026-12-20T06:00:00Z").await;
    assert!(union.follow_ups(&old).await.is_empty(), "the first list has no late entries");
    union.at("2027-01-10T06:30:00Z").await;
    // Eight months after her graduation, two after her day.
    let late = union.student("Lea Late", "2026-05-10").await;
    let too_late = union.student("Tove Toolate", "2026-01-10").await;
    // A date that is corrected counts as entered now.
    let corrected = union.student_with("Cora Correct", json!({})).await;
    union.change(&corrected, json!({"graduation_date": "2026-06-20"})).await;
    let soon = union.student("Sol Soon", "2026-07-25").await;
    union.at("2027-01-20T06:00:00Z").await;
    for (member, listed, late) in
        [(&late, true, true), (&too_late, false, false), (&corrected, true, true), (&soon, true, true), (&old, false, false)]
    {
        let rows = union.follow_ups(member).await;
        assert_eq!(rows.iter().map(|row| row.late).collect::<Vec<_>>(), if listed { vec![late] } else { vec![] }, "{member:?}");
    }
    let mails = union.mails("graduate-follow-up/month_ahead/2027-02").await;
    assert_eq!(
        named(&mails[0], &["Lea Late", "Tove Toolate", "Cora Correct", "Sol Soon"]),
        set(&["Lea Late", "Cora Correct", "Sol Soon"])
    );
    assert!(mails[0].text.contains("Datumet kom in sent"));
    union.at("2027-02-20T06:00:00Z").await;
    assert_eq!(union.follow_ups(&late).await.len(), 1, "once");
}

on_both_engines!(a_date_that_moves_takes_the_open_follow_up_along);
async fn a_date_that_moves_takes_the_open_follow_up_along(app: TestApp) {
    let union = Union::new(app).await;
    let later = union.student("Anna Åkesson", "2026-07-01").await;
    let earlier = union.student("Bo Berg", "2026-07-20").await;
    let before = union.student("Cia Dahl", "2026-07-20").await;
    let contacted = union.student("Dag Elm", "2026-07-20").await;
    let back = union.student("Eva Frost", "2026-07-20").await;
    union.change(&before, json!({"graduation_date": "2026-08-20"})).await;
    union.at("2026-12-20T06:00:00Z").await;
    assert!(union.follow_ups(&before).await.is_empty(), "moved before the list");
    union.record(&contacted, json!({"status": "contacted"})).await;
    union.change(&later, json!({"graduation_date": "2026-08-15"})).await;
    union.change(&earlier, json!({"graduation_date": "2026-06-25"})).await;
    union.change(&contacted, json!({"graduation_date": "2026-08-15"})).await;
    union.change(&back, json!({"graduation_date": "2026-10-15"})).await;
    union.at("2026-12-21T06:30:00Z").await;
    for member in [&later, &earlier, &back] {
        assert_eq!(union.one(member).await.status, FollowUpStatus::Superseded, "at the next daily look");
    }
    union.change(&back, json!({"graduation_date": "2026-07-20"})).await;
    union.live_until("2027-01-20").await;
    let rows = union.follow_ups(&later).await;
    assert_eq!(rows.iter().map(|row| row.status).collect::<Vec<_>>(), [FollowUpStatus::Superseded, FollowUpStatus::Open]);
    assert_eq!((rows[0].superseded_by, rows[1].due_on), (Some(rows[1].id), day("2027-02-15")));
    let rows = union.follow_ups(&earlier).await;
    assert_eq!((rows.len(), rows[1].due_on, rows[1].late), (2, day("2026-12-25"), false), "told on its day");
    assert_eq!(union.one(&contacted).await.status, FollowUpStatus::Contacted, "no second is made");
    let row = union.one(&back).await;
    assert_eq!((row.status, row.superseded_by), (FollowUpStatus::Open, None), "back where it was, it is opened again on its day");
}

on_both_engines!(who_left_or_died_is_not_listed_and_what_was_open_is_closed);
async fn who_left_or_died_is_not_listed_and_what_was_open_is_closed(app: TestApp) {
    let union = Union::new(app).await;
    let left = union.student("Anna Åkesson", "2026-07-15").await;
    let died = union.student("Bo Berg", "2026-07-15").await;
    let leaves_after = union.student("Cia Dahl", "2026-07-15").await;
    union.leave(&left, "moved").await;
    union.leave(&died, "deceased").await;
    let done = union.at("2026-12-20T06:00:00Z").await;
    let list = done.iter().find(|done| done.run.slot == "2027-01").expect("it is there");
    assert_eq!((list.run.due, list.run.listed), (3, 1));
    assert_eq!(list.run.left_out, json!({"left": 1, "deceased": 1}));
    union.at("2027-01-02T06:30:00Z").await;
    union.leave(&leaves_after, "changed_union").await;
    union.live_until("2027-01-16").await;
    assert_eq!(union.one(&leaves_after).await.status, FollowUpStatus::Closed);
    assert!(union.mails("graduate-follow-up/on_the_day").await.is_empty());
}

on_both_engines!(a_protected_identity_goes_to_the_privacy_officer_without_a_name);
async fn a_protected_identity_goes_to_the_privacy_officer_without_a_name(app: TestApp) {
    let union = Union::new(app).await;
    let protected = union.student("Hedvig Hemlig", "2026-07-15").await;
    let later = union.student("Siv Senare", "2026-07-16").await;
    union.app.protect(protected.id, Some(Protection::Marked)).await;
    union.at("2026-12-20T06:00:00Z").await;
    assert_eq!(union.mails(RULE).await.len(), 2, "the list of before, and the privacy officer's");
    union.app.protect(later.id, Some(Protection::Turvakielto)).await;
    union.live_until("2027-01-17").await;
    let mails = union.app.mails().await;
    let rut: Vec<_> = mails.iter().filter(|mail| mail.to.1 == "rut@example.org").collect();
    assert!(rut.iter().all(|mail| !mail.text.contains("Hedvig")) && rut.len() == 1, "only the list of before");
    let office: Vec<_> = mails.iter().filter(|mail| mail.to.1 == "matrikel@localhost").collect();
    assert_eq!(office.len(), 3, "the list, and each on her day");
    assert!(office.iter().all(|mail| !mail.text.contains("Hedvig") && !mail.text.contains("Siv")), "{office:?}");
    assert_eq!(union.one(&later).await.rerouted.as_deref(), Some("protected_identity"));
    let period = format!("{FOLLOW_UPS}?period=2027-01");
    for client in [union.app.staff().await, union.app.registrar().await] {
        assert!(client.get(&period).await.expect(200).members().is_empty());
        client.get(&format!("{FOLLOW_UPS}/{}", union.one(&later).await.id)).await.expect(404);
    }
    let officer = union.app.privacy_officer().await;
    assert_eq!(officer.get(&period).await.expect(200).members(), BTreeSet::from([protected.id, later.id]));
}

on_both_engines!(a_hidden_membership_does_not_go_to_the_own_workplace);
async fn a_hidden_membership_does_not_go_to_the_own_workplace(app: TestApp) {
    let union = Union::new(app).await;
    let branch = union.app.local_branch("Umeå").await;
    let gun = union.app.member_with("Gun Gren", json!({"email": "gun@example.org", "language": "fi"})).await;
    union.app.appoint_as(gun.id, AppointmentRole::ChiefShopSteward, |row| row.local_branch_id = Some(branch)).await;
    let hidden = union.student_with("Dolly Dold", json!({"graduation_date": "2026-07-15", "local_branch_id": branch})).await;
    let officer = union.app.privacy_officer().await;
    officer
        .send(
            crate::client::Request::new("PUT", &format!("{}/protection", hidden.path))
                .header("If-Match", "*")
                .json(&json!({"protection": null, "hidden": true})),
        )
        .await
        .expect(200);
    union.at("2026-12-20T06:00:00Z").await;
    let mails = union.mails(RULE).await;
    let [mail] = mails.as_slice() else { panic!("one mail: {mails:?}") };
    assert_eq!((mail.to.1.as_str(), mail.subject.as_str()), ("gun@example.org", "Ota yhteyttä tammikuussa 2027: 1 jäsen"));
    assert_eq!(union.one(&hidden).await.rerouted.as_deref(), Some("hidden_membership"));
}

on_both_engines!(the_list_marks_who_is_a_professional_already_and_whose_graduation_is_not_confirmed);
async fn the_list_marks_who_is_a_professional_already_and_whose_graduation_is_not_confirmed(app: TestApp) {
    let union = Union::new(app).await;
    let anna = union.student("Anna Åkesson", "2026-07-15").await;
    let confirmed = json!({"graduation_date": "2026-07-16", "graduation_confirmed_on": "2026-07-16"});
    union.student_with("Bo Berg", confirmed).await;
    let etag = union.app.registrar().await.get(&anna.path).await.etag();
    let request = crate::client::Request::new("POST", &format!("{}/change-type", anna.path)).header("If-Match", etag);
    let body = json!({"membership_type": "professional", "from": "2026-09-01"});
    union.app.registrar().await.send(request.json(&body)).await.expect(200);
    union.at("2026-12-20T06:00:00Z").await;
    let mail = union.mails(RULE).await.remove(0);
    let (about_anna, about_bo) = mail.text.split_once("Bo Berg").expect("it is there");
    assert!(about_anna.contains("Är redan yrkesverksam") && about_anna.contains("inte bekräftad"), "{}", mail.text);
    assert!(!about_bo.contains("yrkesverksam") && !about_bo.contains("bekräftad"), "{}", mail.text);
    let items = union.app.staff().await.get(&format!("{FOLLOW_UPS}?period=2027-01")).await.expect(200).body["items"].clone();
    assert_eq!(items[0]["already_professional"], true);
    assert_eq!((&items[1]["already_professional"], &items[1]["graduation_confirmed"]), (&json!(false), &json!(true)));
}

on_both_engines!(whoever_is_no_longer_responsible_is_told_nothing);
async fn whoever_is_no_longer_responsible_is_told_nothing(app: TestApp) {
    let union = Union::new(app).await;
    let anna = union.student("Anna Åkesson", "2026-07-15").await;
    let dea = union.app.member_with("Dea Deputy", json!({"email": "dea@example.org", "language": "en"})).await;
    union.at("2026-12-20T06:00:00Z").await;
    assert_eq!(union.one(&anna).await.responsible_member_id, Some(union.rut.id));
    // Absent with a deputy: the deputy is told.
    union
        .appointment(|row| {
            row.absent_from = ActiveValue::Set(Some(day("2027-01-01")));
            row.deputy_member_id = ActiveValue::Set(Some(dea.id));
        })
        .await;
    union.live_until("2027-01-15").await;
    let mail = union.mails("graduate-follow-up/on_the_day").await.remove(0);
    assert_eq!((mail.to.1.as_str(), mail.subject.as_str()), ("dea@example.org", "Today: 1 member to contact"));
    assert!(mail.text.contains("You are the deputy"));
    let row = union.one(&anna).await;
    assert_eq!((row.responsible_member_id, row.rerouted.as_deref()), (Some(dea.id), Some("deputy_stands_in")));
    // The term ends: the office gets the reminder.
    union.appointment(|row| row.valid_until = ActiveValue::Set(Some(day("2027-01-20")))).await;
    union.live_until("2027-02-01").await;
    let mail = union.mails("graduate-follow-up/still_open").await.remove(0);
    assert_eq!(mail.to.1, "matrikel@localhost");
    assert!(mail.text.contains("Ingen förtroendevald hittades"), "{}", mail.text);
    assert_eq!(union.one(&anna).await.rerouted.as_deref(), Some("term_ended nobody_found"));
}

on_both_engines!(nobody_follows_up_herself_and_who_left_the_union_is_passed_over);
async fn nobody_follows_up_herself_and_who_left_the_union_is_passed_over(app: TestApp) {
    let union = Union::new(app).await;
    let school = union.app.school("Umeå universitet").await;
    let stina = union
        .student_with("Stina Student", json!({"graduation_date": "2026-07-15", "school_id": school, "workplace_ids": []}))
        .await;
    let friend = union
        .student_with("Frida Friend", json!({"graduation_date": "2026-07-15", "school_id": school, "workplace_ids": []}))
        .await;
    union.app.appoint_as(stina.id, AppointmentRole::StudentRepresentative, |row| row.school_id = Some(school)).await;
    let other = union.student("Otto Other", "2026-07-15").await;
    union.leave(&union.rut, "retired").await;
    union.at("2026-12-20T06:00:00Z").await;
    let row = union.one(&stina).await;
    assert_eq!((row.responsible_member_id, row.rerouted.as_deref()), (None, Some("herself nobody_found")));
    assert_eq!(union.one(&friend).await.responsible_member_id, Some(stina.id));
    assert_eq!(union.one(&other).await.rerouted.as_deref(), Some("left_the_union nobody_found"));
    let to: Vec<String> = union.mails(RULE).await.into_iter().map(|mail| mail.to.1).collect();
    assert_eq!(
        to.iter().collect::<BTreeSet<_>>(),
        BTreeSet::from([&"matrikel@localhost".to_owned(), &"stina@example.org".to_owned()])
    );
    assert_eq!(to.len(), 2, "one mail for each recipient");
}

on_both_engines!(missed_months_are_made_up_for_oldest_first_and_say_so);
async fn missed_months_are_made_up_for_oldest_first_and_say_so(app: TestApp) {
    let union = Union::new(app).await;
    union.student("Anna Åkesson", "2026-07-15").await;
    union.student("Bo Berg", "2026-08-15").await;
    union.student("Cia Dahl", "2026-06-15").await;
    let done = union.at("2027-01-25T12:00:00Z").await;
    let lists: Vec<_> =
        done.iter().filter(|done| done.run.slot.len() == 7).map(|done| (done.run.slot.as_str(), done.run.caught_up)).collect();
    assert_eq!(lists, [("2027-01", true), ("2027-02", true)], "nothing from before it was switched on");
    let mails = union.mails("graduate-follow-up/month_ahead").await;
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().all(|mail| mail.text.contains("Listan kommer för sent")), "{}", mails[0].text);
    assert!(union.at("2027-01-25T12:01:00Z").await.is_empty());
    // The day that was missed is made up for by the next daily notice.
    let late = union.mails("graduate-follow-up/on_the_day/2027-01-25").await;
    assert_eq!(named(&late[0], &["Anna Åkesson", "Bo Berg", "Cia Dahl"]), set(&["Anna Åkesson", "Cia Dahl"]));
}

on_both_engines!(a_rule_is_looked_at_rehearsed_and_run_by_hand);
async fn a_rule_is_looked_at_rehearsed_and_run_by_hand(app: TestApp) {
    let union = Union::new(app).await;
    let anna = union.student("Anna Åkesson", "2026-06-15").await;
    let automation = union.app.state.automation();
    let preview = format!("/api/v1/lifecycle-rules/{RULE}/preview?period=2026-12");
    let seen = union.app.registrar().await.get(&preview).await.expect(200);
    assert_eq!((&seen.body["due"], &seen.body["listed"], &seen.body["mails"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(seen.members(), BTreeSet::from([anna.id, union.rut.id]));
    let blind = union.app.administrator().await.get(&preview).await.expect(200);
    assert_eq!((&blind.body["listed"], blind.members()), (&json!(1), BTreeSet::new()), "no member data by this role");
    union.app.registrar().await.get(&preview.replace("2026-12", "December")).await.expect(422);
    let as_of = day("2026-11-20");
    let rehearsed = automation.run_by_hand(RULE, as_of, true).await.expect("it is there");
    let list = rehearsed.iter().find(|done| done.run.slot == "2026-12").expect("it is there");
    assert_eq!((list.run.listed, list.run.mailed), (1, 1));
    assert!(union.follow_ups(&anna).await.is_empty() && union.app.outbox().await.is_empty(), "a rehearsal writes nothing");
    let done = automation.run_by_hand(RULE, as_of, false).await.expect("it is there");
    let list = done.iter().find(|done| done.run.slot == "2026-12").expect("it is there");
    assert!(list.run.by_hand && list.now && list.mails.len() == 1);
    assert!(union.mails("graduate-follow-up/month_ahead/2026-12").await[0].text.contains("Listan har tagits fram för hand"));
    let again = automation.run_by_hand(RULE, as_of, false).await.expect("it is there");
    assert!(again.iter().all(|done| !done.now && done.mails.is_empty()));
    assert_eq!(union.app.outbox().await.len(), 1);
    // From then on the rule answers for December.
    let bo = union.student("Bo Berg", "2026-06-02").await;
    union.live_until("2026-12-03").await;
    assert_eq!(union.one(&bo).await.due_on, day("2026-12-02"));
}

on_both_engines!(a_paused_rule_does_nothing_until_it_is_switched_on);
async fn a_paused_rule_does_nothing_until_it_is_switched_on(app: TestApp) {
    let union = Union::new(app).await;
    union.student("Anna Åkesson", "2026-07-15").await;
    let bo = union.student("Bo Berg", "2026-08-15").await;
    let administrator = union.app.administrator().await;
    let path = format!("/api/v1/lifecycle-rules/{RULE}");
    let etag = administrator.get(&path).await.expect(200).etag();
    administrator.patch(&path, &etag, json!({"paused": true})).await.expect(200);
    assert!(union.at("2026-12-20T06:00:00Z").await.is_empty());
    let etag = administrator.get(&path).await.etag();
    let rule = administrator.patch(&path, &etag, json!({"paused": false})).await.expect(200).body;
    assert_eq!(rule["active_from"], "2026-12-20T06:00:00Z");
    administrator.patch(&path, &etag, json!({"paused": true})).await.expect(412);
    union.live_until("2027-01-20").await;
    let lists = union.mails("graduate-follow-up/month_ahead").await;
    assert_eq!(lists.len(), 1, "January's list was due before");
    assert_eq!(union.one(&bo).await.due_on, day("2027-02-15"));
}

on_both_engines!(an_appointment_that_ends_is_told_to_its_holder_the_chief_and_the_office);
async fn an_appointment_that_ends_is_told_to_its_holder_the_chief_and_the_office(app: TestApp) {
    let union = Union::new(app).await;
    let administrator = union.app.administrator().await;
    let path = "/api/v1/lifecycle-rules/appointment-ending";
    let etag = administrator.get(path).await.expect(200).etag();
    administrator.patch(path, &etag, json!({"paused": false})).await.expect(200);
    let chief = union.app.member_with("Kia Chief", json!({"email": "kia@example.org"})).await;
    union.app.appoint_as(chief.id, AppointmentRole::ChiefShopSteward, |row| row.workplace_id = Some(union.workplace)).await;
    union.change(&union.rut, json!({"workplace_ids": [union.workplace]})).await;
    union.appointment(|row| row.valid_until = ActiveValue::Set(Some(day("2027-01-30")))).await;
    union.live_until("2026-12-10").await;
    let mails = union.mails("appointment-ending/on_the_day/2026-12-01").await;
    let mut to: Vec<&str> = mails.iter().map(|mail| mail.to.1.as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, ["kia@example.org", "matrikel@localhost", "rut@example.org"]);
    assert!(mails.iter().all(|mail| mail.text.contains("30 januari 2027")), "{mails:?}");
    assert_eq!(union.one(&union.rut).await.status, FollowUpStatus::Told);
    let run = lifecycle_run::Entity::find()
        .filter(lifecycle_run::Column::Slot.eq("2026-12-01"))
        .filter(lifecycle_run::Column::RuleKey.eq("appointment-ending"));
    let run = run.one(union.app.store().database()).await.expect("it is there").expect("it is there");
    assert_eq!((run.mailed, run.expected_mails, run.error), (3, 3, None));
    assert_eq!(union.mails("appointment-ending").await.len(), 3, "once");
}

on_both_engines!(a_student_past_her_date_is_asked_whether_she_has_graduated);
async fn a_student_past_her_date_is_asked_whether_she_has_graduated(app: TestApp) {
    let union = Union::new(app).await;
    let administrator = union.app.administrator().await;
    let path = "/api/v1/lifecycle-rules/student-still-studying";
    let etag = administrator.get(path).await.expect(200).etag();
    administrator.patch(path, &etag, json!({"paused": false})).await.expect(200);
    union.student("Anna Åkesson", "2026-11-30").await;
    union.student_with("Bo Berg", json!({"graduation_date": "2026-11-30", "graduation_confirmed_on": "2026-11-22"})).await;
    union.live_until("2026-12-05").await;
    let mails = union.mails("student-still-studying").await;
    let [mail] = mails.as_slice() else { panic!("one mail: {mails:?}") };
    assert_eq!((mail.to.1.as_str(), mail.subject.as_str()), ("anna@example.org", "Har du tagit examen?"));
    assert_eq!(mail.header("X-Matrikel-Slot"), Some("student-still-studying/on_the_day/2026-12-01"));
}

on_both_engines!(an_employer_never_reads_a_name);
async fn an_employer_never_reads_a_name(app: TestApp) {
    let union = Union::new(app).await;
    let place = union.app.workplace_of("Region Västerbotten", "Lycksele lasarett").await;
    let employer = workplace::Entity::find_by_id(place)
        .one(union.app.store().database())
        .await
        .expect("it is there")
        .expect("it is there")
        .employer_id
        .expect("it is there");
    let path = format!("/api/v1/employers/{employer}/mail-domains");
    let registrar = union.app.registrar().await;
    let put = |domains: Value| crate::client::Request::new("PUT", &path).json(&json!({"domains": domains}));
    registrar.send(put(json!(["not a domain", "x"]))).await.expect(422);
    registrar.send(put(json!(["Example.ORG"]))).await.expect(200);
    assert_eq!(registrar.get(&path).await.expect(200).body, json!({"domains": ["example.org"]}));
    assert_eq!(employer_domain::Entity::find().all(union.app.store().database()).await.expect("it is there").len(), 1);
    let administrator = union.app.administrator().await;
    let rule = format!("/api/v1/lifecycle-rules/{RULE}");
    let etag = administrator.get(&rule).await.etag();
    administrator.patch(&rule, &etag, json!({"content": "full"})).await.expect(200);
    union.change(&union.rut, json!({"email": "rut@lasarettet.example.org"})).await;
    union.student("Anna Åkesson", "2026-07-15").await;
    let gun = union.app.member_with("Gun Gren", json!({"email": "gun@example.net"})).await;
    let branch = union.app.local_branch("Umeå").await;
    union.app.appoint_as(gun.id, AppointmentRole::ShopSteward, |row| row.local_branch_id = Some(branch)).await;
    let other = json!({"graduation_date": "2026-07-15", "workplace_ids": [], "local_branch_id": branch});
    union.student_with("Bo Berg", other).await;
    union.at("2026-12-20T06:00:00Z").await;
    let mails = union.mails(RULE).await;
    let to = |address: &str| mails.iter().find(|mail| mail.to.1 == address).expect("it is there");
    let (link, full) = (to("rut@lasarettet.example.org"), to("gun@example.net"));
    assert!(
        !link.text.contains("Anna")
            && !link.html.contains("Anna")
            && link.text.contains("1 medlem") | link.text.contains("En medlem"),
        "{}",
        link.text
    );
    assert!(
        full.text.contains("Bo Berg") && full.text.contains("bo@example.org") && full.text.contains("+46701740605"),
        "{}",
        full.text
    );
}

on_both_engines!(a_rule_is_made_by_an_administrator_and_every_mistake_is_told);
async fn a_rule_is_made_by_an_administrator_and_every_mistake_is_told(app: TestApp) {
    let administrator = app.administrator().await;
    let rules = "/api/v1/lifecycle-rules";
    let listed = administrator.get(rules).await.expect(200).body;
    let state: Vec<_> = listed["items"]
        .as_array()
        .expect("it is there")
        .iter()
        .map(|rule| (rule["key"].as_str().expect("it is there"), rule["paused"] == true))
        .collect();
    assert_eq!(state, [("appointment-ending", true), ("graduate-follow-up", false), ("student-still-studying", true)]);
    let good = json!({"key": "second-call", "title": "Call once more after a year", "anchor": "graduation_date", "offset": "P1Y",
        "audience": "students_at_anchor", "recipients": ["responsible"], "notices": ["month_ahead"], "template": "graduates"});
    let made = administrator.post(rules, good.clone()).await.expect(201);
    assert_eq!(
        (&made.body["paused"], &made.body["look_back"], made.header("Location")),
        (&json!(true), &json!("P6M"), "/api/v1/lifecycle-rules/second-call")
    );
    administrator.post(rules, good.clone()).await.expect(409);
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body["key"] = json!("other");
        body[field] = value;
        body
    };
    for (body, pointer) in [
        (with("key", json!("Second Call")), "/key"),
        (with("offset", json!("6 months")), "/offset"),
        (with("offset", json!("PT1H")), "/offset"),
        (with("look_back", json!("-P6M")), "/look_back"),
        (with("recipients", json!([])), "/recipients"),
        (with("recipients", json!(["office"])), "/recipients"),
        (with("recipients", json!(["responsible", "responsible"])), "/recipients"),
        (with("notices", json!(["still_open"])), "/notices"),
        (with("anchor", json!("appointment_end")), "/anchor"),
        (with("audience", json!("appointment_holders")), "/audience"),
        (with("title", Value::Null), "/title"),
        (with("no_such", json!(1)), "/no_such"),
    ] {
        assert_eq!(administrator.post(rules, body).await.expect(422).pointers(), [pointer]);
    }
    administrator.get(&format!("{rules}/no-such")).await.expect(404);
}

on_both_engines!(an_outcome_is_recorded_once_seen_and_can_be_taken_back);
async fn an_outcome_is_recorded_once_seen_and_can_be_taken_back(app: TestApp) {
    let union = Union::new(app).await;
    let anna = union.student("Anna Åkesson", "2026-07-15").await;
    union.at("2026-12-20T06:00:00Z").await;
    let staff = union.app.staff().await;
    let listed = staff.get(&format!("{FOLLOW_UPS}?period=2027-01&status=open&rule={RULE}")).await.expect(200);
    assert_eq!(listed.members(), BTreeSet::from([anna.id, union.rut.id]));
    assert!(staff.get(&format!("{FOLLOW_UPS}?period=2027-02")).await.expect(200).members().is_empty());
    staff.get(&format!("{FOLLOW_UPS}?period=2027-2")).await.expect(422);
    let path = format!("{FOLLOW_UPS}/{}", union.one(&anna).await.id);
    let etag = staff.get(&path).await.expect(200).etag();
    let answer = staff.patch(&path, &etag, json!({"outcome": "no_answer"})).await.expect(200);
    assert_eq!((&answer.body["status"], &answer.body["outcome"]), (&json!("contacted"), &json!("no_answer")));
    staff.patch(&path, &etag, json!({"outcome": "stays"})).await.expect(412);
    let answer = staff.patch(&path, &answer.etag(), json!({"outcome": "stays", "note": "Ringde.\nTrivs."})).await.expect(200);
    assert_eq!(answer.body["status"], "outcome");
    let answer = staff.patch(&path, &answer.etag(), json!({"outcome": null, "note": null})).await.expect(200);
    assert_eq!((&answer.body["status"], &answer.body["note"]), (&json!("contacted"), &Value::Null));
    for (body, pointer) in [
        (json!({"status": "open"}), "/status"),
        (json!({"note": " "}), "/note"),
        (json!({"outcome": "yes"}), "/outcome"),
        (json!({"x": 1}), "/x"),
    ] {
        assert_eq!(staff.patch(&path, "*", body).await.expect(422).pointers(), [pointer]);
    }
    let history = union.app.history_of(anna.id).await;
    let last = history.last().expect("it is there");
    assert_eq!(last.subject_type, entity::history::Subject::FollowUp);
    assert!(!history.iter().any(|row| row.changes.as_ref().is_some_and(|changes| changes.to_string().contains("Trivs"))));
    union.leave(&anna, "moved").await;
    union.live_until("2026-12-23").await;
    assert_eq!(union.one(&anna).await.status, FollowUpStatus::Contacted, "what was begun stays");
}
