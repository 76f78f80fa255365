//! People who have signed in.

use std::sync::Arc;

use entity::account::{self, AccountRole, Roles};
use entity::appointment::{self, AppointmentRole};
use entity::session::Method;
use jobs::history::Actor;
use matrikel::access::pledge;
use matrikel::access::sessions::{self, Subject};
use matrikel::access::sign_in::Mailer;
use matrikel::members::phone;
use serde_json::json;
use uuid::Uuid;

use crate::app::TestApp;
use crate::client::{Browser, Client};
use crate::mails::Mail;

impl Mail {
    /// The six digits in it.
    pub(crate) fn code(&self) -> String {
        let digits = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
        self.text.split_whitespace().find(digits).expect("a code").to_owned()
    }

    /// The secret of the link in it.
    pub(crate) fn secret(&self) -> String {
        let link = self.text.split_whitespace().find(|word| word.contains("/sign-in/link/")).expect("a link");
        link.rsplit('/').next().expect("its last part").to_owned()
    }
}

impl TestApp {
    /// An account in these roles that nobody can sign in to yet: its id.
    pub(crate) async fn account(&self, roles: &[AccountRole]) -> Uuid {
        let id = self.store().clock().new_id();
        self.insert::<account::Entity>(account::Model {
            id,
            email: format!("{id}@example.org"),
            name: "Berit Ek".into(),
            roles: Roles::new(roles.to_vec()),
            language: None,
            created_at: self.store().clock().now(),
            ended_at: None,
        })
        .await;
        id
    }

    /// Somebody who has signed in with a new account in these roles, and has given the pledge.
    pub(crate) async fn signed_in(&self, roles: &[AccountRole]) -> Client {
        let subject = Subject::Account(self.account(roles).await);
        self.give_pledge(subject).await;
        self.session(subject, Method::Password).await
    }

    /// A member who has signed in by mailed link and has given the pledge, should she need it.
    pub(crate) async fn signed_in_member(&self, member: Uuid) -> Client {
        self.give_pledge(Subject::Member(member)).await;
        self.session(Subject::Member(member), Method::Link).await
    }

    /// A browser in which nobody has signed in.
    pub(crate) fn new_browser(&self) -> Client {
        self.browser(Browser::default())
    }

    /// Answers the requests to sign in that are due, and gives the mails sent since the last time, in their order.
    pub(crate) async fn sign_in_mails(&self) -> Vec<Mail> {
        let country = self.state.config.default_country.clone();
        let mailer = Mailer {
            store: self.store().clone(),
            keys: self.state.keys.clone(),
            outbox: self.state.outbox.clone(),
            as_phone: Arc::new(move |text| phone::as_stored(text, &country)),
        };
        mailer.run().await.expect("requests can be answered");
        let mails = self.mails().await;
        let seen = self.mails_seen.replace(mails.len());
        mails.into_iter().skip(seen).collect()
    }

    /// A browser in which `subject` has signed in just now.
    pub(crate) async fn session(&self, subject: Subject, method: Method) -> Client {
        let actor = Actor::system();
        let begun = self.store().write(&actor, async |write| sessions::begin(write, subject, method, "a test").await);
        let (_, text) = begun.await.expect("a session can be begun");
        let client = self.browser(Browser { cookies: [("matrikel".to_owned(), text)].into(), csrf_token: None });
        client.get("/api/v1/session").await.expect(200);
        client
    }

    /// Lets `subject` give the pledge.
    pub(crate) async fn give_pledge(&self, subject: Subject) {
        let given = self.store().write(&Actor::system(), async |write| pledge::give(write, subject).await).await;
        given.expect("the pledge can be given");
    }

    /// A member, and one who is the shop steward of her workplace: made once, found again after that.
    pub(crate) async fn member_and_representative(&self) -> (Uuid, Uuid) {
        if let Some(known) = *self.people.borrow() {
            return known;
        }
        let workplace = self.workplace("Lasarettet").await;
        let member = self.member_with("Anna Åkesson", json!({"workplace_ids": [workplace]})).await;
        let representative = self.member("Rut Ek").await;
        self.appoint(representative.id, |row| row.workplace_id = Some(workplace)).await;
        self.people.replace(Some((member.id, representative.id)));
        (member.id, representative.id)
    }

    /// Appoints `member` as shop steward without end; `change` says where, and what is different.
    pub(crate) async fn appoint(&self, member: Uuid, change: impl FnOnce(&mut appointment::Model)) -> Uuid {
        let mut row = appointment::Model {
            id: self.store().clock().new_id(),
            member_id: member,
            role: AppointmentRole::ShopSteward,
            workplace_id: None,
            school_id: None,
            local_branch_id: None,
            valid_from: None,
            valid_until: None,
            absent_from: None,
            absent_until: None,
            deputy_member_id: None,
            version: 1,
        };
        change(&mut row);
        let id = row.id;
        self.insert::<appointment::Entity>(row).await;
        id
    }
}
