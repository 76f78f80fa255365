//! The register as a test sees it: running, empty, its clock stopped.

use std::cell::{Cell, OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use actix_web::test::{self, TestRequest};
use chrono::{DateTime, Duration, Utc};
use entity::api_token::TokenRole;
use entity::member::Protection;
use entity::{employer, history, local_branch, member, read_audit, school, workplace};
use jobs::history::Actor;
use jobs::{Clock, Store};
use matrikel::access::tokens;
use matrikel::config::Config;
use matrikel::database::{self, Opened, Purpose};
use matrikel::state::State;
use matrikel::web::{self, observe::InFlight};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::client::{Answered, Browser, Client, Response, Service};
use crate::log;
use crate::postgres::TestDatabase;

/// Where the clock stands when a test begins: a Sunday at one o'clock in Stockholm.
const NOON: &str = "2026-11-22T12:00:00Z";
/// The files of a migrated SQLite register, made once in a process and written out for each test.
static SQLITE_TEMPLATE: tokio::sync::OnceCell<Vec<(PathBuf, Vec<u8>)>> = tokio::sync::OnceCell::const_new();

/// What the register is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Two files in a folder.
    Sqlite,
    /// A database on the server of `MATRIKEL_TEST_POSTGRES`.
    Postgres,
}

/// A place for a register: a folder with a key and, on PostgreSQL, a database.
#[derive(Debug)]
pub(crate) struct Place {
    /// What is in force there.
    pub(crate) config: Config,
    /// Of what kind it is.
    pub(crate) engine: Engine,
    folder: TempDir,
    // Dropped with the place.
    database: Option<TestDatabase>,
}

impl Place {
    /// With nothing in it: no tables, no key.
    pub(crate) async fn empty(engine: Engine) -> Self {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(TestDatabase::empty().await),
        };
        Self::of(engine, database)
    }

    /// With a copy of the database, if it has one, and an empty folder.
    pub(crate) async fn copy(&self) -> Self {
        let database = match &self.database {
            None => None,
            Some(database) => Some(database.copy().await),
        };
        Self::of(self.engine, database)
    }

    /// With empty tables.
    pub(crate) async fn migrated(engine: Engine) -> Self {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(TestDatabase::migrated().await),
        };
        let place = Self::of(engine, database);
        write_key(place.folder.path());
        if engine == Engine::Sqlite {
            for (name, bytes) in SQLITE_TEMPLATE.get_or_init(sqlite_template).await {
                std::fs::write(place.folder.path().join(name), bytes).expect("the template can be written out");
            }
        }
        place
    }

    fn of(engine: Engine, database: Option<TestDatabase>) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        let config = Config {
            data_dir: folder.path().into(),
            database_url: database.as_ref().map(TestDatabase::url),
            // None of the tests waits for so many at once; a server takes a hundred.
            database_connections: 6,
            ..Config::default()
        };
        Self { config, engine, folder, database }
    }

    /// Opens the register, as one more process would.
    pub(crate) async fn open(&self, purpose: Purpose) -> Result<Opened, database::OpenError> {
        database::open(&self.config, purpose, clock(&self.config)).await
    }

    /// The program itself, to be run here: with the settings of this place and no others.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        // One that wrongly goes on is ended, and its test with it.
        let mut command = Command::new("timeout");
        command.args(["30", env!("CARGO_BIN_EXE_matrikel")]);
        // Of a register on this machine, and of the tests themselves.
        for name in ["DATABASE_URL", "KEY_FILE", "CONFIG", "TEST_POSTGRES", "TEST_LONG"] {
            command.env_remove(format!("MATRIKEL_{name}"));
        }
        command.args(arguments).current_dir(self.folder()).env("MATRIKEL_DATA_DIR", self.folder()).stdin(Stdio::null());
        if let Some(url) = &self.config.database_url {
            command.env("MATRIKEL_DATABASE_URL", url);
        }
        command
    }

    /// The folder with the files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

async fn sqlite_template() -> Vec<(PathBuf, Vec<u8>)> {
    let place = Place::of(Engine::Sqlite, None);
    write_key(place.folder.path());
    let opened = place.open(Purpose::Upgrade).await.expect("the template can be migrated");
    let register = opened.store.database().clone();
    drop(opened.store);
    register.close().await.expect("the template can be closed");
    opened.audit.close().await.expect("the template can be closed");
    ["matrikel.db", "matrikel-audit.db"]
        .map(|name| (name.into(), std::fs::read(place.folder.path().join(name)).expect("the template is there")))
        .into()
}

/// Writes the key that all registers of the tests share, and gives its file.
pub(crate) fn write_key(folder: &Path) -> PathBuf {
    let path = folder.join("key");
    std::fs::write(&path, "5a".repeat(32)).expect("the key can be written");
    path
}

/// A clock that stands where a test begins.
pub(crate) fn clock(config: &Config) -> Clock {
    Clock::stopped(config.time_zone, noon())
}

fn noon() -> DateTime<Utc> {
    NOON.parse().expect("a time")
}

/// The register, running.
pub(crate) struct TestApp {
    /// What its parts work with, for what no route shows.
    pub(crate) state: State,
    service: Service,
    registrar: OnceCell<Client>,
    /// A member and a representative, once they are made (`people`).
    pub(crate) people: RefCell<Option<(Uuid, Uuid)>>,
    /// How many mails `people` has looked at.
    pub(crate) mails_seen: Cell<usize>,
    _serving: Option<std::fs::File>,
    /// Where it is kept. The last field: dropped after what uses it.
    pub(crate) place: Place,
}

/// A member that a test has registered.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Her id.
    pub(crate) id: Uuid,
    /// The address of her card.
    pub(crate) path: String,
    /// The card's ETag when she was registered.
    pub(crate) etag: String,
    /// The card when she was registered.
    pub(crate) card: Value,
}

impl TestApp {
    /// On SQLite files of its own.
    pub(crate) async fn sqlite() -> Self {
        Self::on(Engine::Sqlite).await
    }

    /// On a PostgreSQL database of its own.
    pub(crate) async fn postgres() -> Self {
        Self::on(Engine::Postgres).await
    }

    /// On `engine`, empty.
    pub(crate) async fn on(engine: Engine) -> Self {
        Self::at(Place::migrated(engine).await).await
    }

    /// At `place`, with what is in it.
    pub(crate) async fn at(place: Place) -> Self {
        log::keep();
        let opened = place.open(Purpose::Serve).await.expect("the register opens");
        let state = State::new(place.config.clone(), &opened);
        let service = Rc::new(test::init_service(web::app(state.clone(), InFlight::default())).await);
        let call = move |request: TestRequest| -> Answered {
            let service = service.clone();
            Box::pin(async move {
                match test::try_call_service(&*service, request.to_request()).await {
                    Ok(response) => Response::read(response).await,
                    Err(error) => panic!("the service gave no answer: {error}"),
                }
            })
        };
        let service = Service::new(call, opened.audit.clone());
        Self {
            state,
            service,
            registrar: OnceCell::new(),
            people: RefCell::default(),
            mails_seen: Cell::default(),
            _serving: opened.serving,
            place,
        }
    }

    /// Ends the service and leaves what it was kept in.
    pub(crate) fn stop(self) -> Place {
        self.place
    }

    /// The register itself.
    pub(crate) fn store(&self) -> &Store {
        &self.state.store
    }

    /// What it is kept in.
    pub(crate) fn engine(&self) -> Engine {
        self.place.engine
    }

    /// Moves the clock on.
    pub(crate) fn pass(&self, time: Duration) {
        let clock = self.store().clock();
        clock.set(clock.now() + time);
    }

    /// Whoever has no token.
    pub(crate) fn nobody(&self) -> Client {
        Client::new(self.service.clone(), None)
    }

    /// Whoever has a browser that keeps this.
    pub(crate) fn browser(&self, kept: Browser) -> Client {
        Client::with_browser(self.service.clone(), kept)
    }

    /// Whoever says that she has `token`.
    pub(crate) fn bearer(&self, token: &str) -> Client {
        Client::new(self.service.clone(), Some(token.to_owned()))
    }

    /// Somebody with a new token of `role`.
    pub(crate) async fn role(&self, role: TokenRole) -> Client {
        self.bearer(&self.token(role, None).await.1)
    }

    /// A new token of `role`: its id and text.
    pub(crate) async fn token(&self, role: TokenRole, expires_at: Option<DateTime<Utc>>) -> (Uuid, String) {
        let actor = Actor::system();
        let made = self.store().write(&actor, async |write| tokens::create(write, role, "test", expires_at).await).await;
        let (row, text) = made.expect("a token can be made");
        (row.id, text)
    }

    /// Staff.
    pub(crate) async fn staff(&self) -> Client {
        self.role(TokenRole::Staff).await
    }

    /// A registrar.
    pub(crate) async fn registrar(&self) -> Client {
        self.role(TokenRole::Registrar).await
    }

    /// A privacy officer.
    pub(crate) async fn privacy_officer(&self) -> Client {
        self.role(TokenRole::PrivacyOfficer).await
    }

    /// An administrator.
    pub(crate) async fn administrator(&self) -> Client {
        self.role(TokenRole::Administrator).await
    }

    /// A system that follows the changes.
    pub(crate) async fn feed(&self) -> Client {
        self.role(TokenRole::Feed).await
    }

    /// Registers a professional by name, the last word of which is the surname.
    pub(crate) async fn member(&self, name: &str) -> Member {
        self.member_with(name, json!({})).await
    }

    /// Registers a professional by name with `fields` of `POST /api/v1/members`.
    pub(crate) async fn member_with(&self, name: &str, fields: Value) -> Member {
        if self.registrar.get().is_none() {
            let registrar = self.registrar().await;
            // Set already if two members are registered at once.
            let _ = self.registrar.set(registrar);
        }
        let registrar = self.registrar.get().expect("it was set above");
        Member::from(registrar.post("/api/v1/members", new_member(name, fields)).await.expect(201))
    }

    /// Gives a member a protected identity, or takes it away.
    pub(crate) async fn protect(&self, id: Uuid, protection: Option<Protection>) {
        let changed = self
            .store()
            .write(&Actor::system(), async |write| {
                let row = member::ActiveModel {
                    id: sea_orm::ActiveValue::Unchanged(id),
                    protection: sea_orm::ActiveValue::Set(protection),
                    ..Default::default()
                };
                Ok(member::Entity::update(row).exec(write.database()).await?)
            })
            .await;
        changed.expect("the member can be changed");
    }

    /// A new workplace, of no employer.
    pub(crate) async fn workplace(&self, name: &str) -> Uuid {
        let id = self.store().clock().new_id();
        self.insert::<workplace::Entity>(workplace::Model {
            id,
            employer_id: None,
            parent_id: None,
            name: name.into(),
            version: 1,
        })
        .await;
        id
    }

    /// A new workplace of a new employer.
    pub(crate) async fn workplace_of(&self, employer: &str, name: &str) -> Uuid {
        let (employer_id, id) = (self.store().clock().new_id(), self.store().clock().new_id());
        self.insert::<employer::Entity>(employer::Model { id: employer_id, name: employer.into(), version: 1 }).await;
        self.insert::<workplace::Entity>(workplace::Model {
            id,
            employer_id: Some(employer_id),
            parent_id: None,
            name: name.into(),
            version: 1,
        })
        .await;
        id
    }

    /// A new local branch.
    pub(crate) async fn local_branch(&self, name: &str) -> Uuid {
        let id = self.store().clock().new_id();
        self.insert::<local_branch::Entity>(local_branch::Model { id, parent_id: None, name: name.into(), version: 1 }).await;
        id
    }

    /// A new school.
    pub(crate) async fn school(&self, name: &str) -> Uuid {
        let id = self.store().clock().new_id();
        self.insert::<school::Entity>(school::Model { id, name: name.into(), version: 1 }).await;
        id
    }

    /// Puts a row into its table.
    pub(crate) async fn insert<E: EntityTrait>(&self, row: E::Model)
    where
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let inserted = E::insert(row.into_active_model()).exec_without_returning(self.store().database()).await;
        inserted.expect("the row can be inserted");
    }

    /// The whole history, in its order.
    pub(crate) async fn history(&self) -> Vec<history::Model> {
        let rows = history::Entity::find().order_by_asc(history::Column::Number).all(self.store().database()).await;
        rows.expect("the history can be read")
    }

    /// The history of one member.
    pub(crate) async fn history_of(&self, member: Uuid) -> Vec<history::Model> {
        let rows = history::Entity::find().filter(history::Column::MemberId.eq(member)).order_by_asc(history::Column::Number);
        rows.all(self.store().database()).await.expect("the history can be read")
    }

    /// What the read audit says of one request.
    pub(crate) async fn audit_of(&self, request: Uuid) -> Vec<read_audit::Model> {
        let rows = read_audit::Entity::find().filter(read_audit::Column::RequestId.eq(request));
        rows.all(&self.state.audit_database).await.expect("the audit can be read")
    }

    /// The API's documentation.
    pub(crate) async fn openapi(&self) -> Value {
        self.nobody().get("/api/openapi.json").await.expect(200).body
    }
}

impl From<Response> for Member {
    /// From an answer that is a card.
    fn from(answer: Response) -> Self {
        let id: Uuid = answer.body["id"].as_str().and_then(|id| id.parse().ok()).expect("a card has an id");
        Self { id, path: format!("/api/v1/members/{id}"), etag: answer.etag(), card: answer.body }
    }
}

/// The body of `POST /api/v1/members` for a professional of this name, with `fields` beside it.
pub(crate) fn new_member(name: &str, fields: Value) -> Value {
    let (given_names, surname) = name.rsplit_once(' ').expect("given names and a surname");
    let mut body = json!({"given_names": given_names, "surname": surname, "membership_type": "professional"});
    if let (Value::Object(body), Value::Object(fields)) = (&mut body, fields) {
        body.extend(fields);
    }
    body
}
