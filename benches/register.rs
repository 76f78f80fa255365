//! What the register's everyday work costs: an import of 100,000 members, a member read with her row in the read audit, a
//! member changed with her history, a page of a list.
//!
//! ```text
//! cargo bench --bench register                  # measure
//! cargo bench --bench register -- SQLite        # measure one engine
//! cargo bench --bench register -- --test        # each once over a small register: do they still run?
//! ```
//!
//! On SQLite always; on PostgreSQL too when `MATRIKEL_TEST_POSTGRES` holds the address of a server on which databases may
//! be made (`postgres://postgres@127.0.0.1:5432/postgres`). Requests pass through the real router, middleware and all, but
//! through no socket: for requests per second see `benches/http.sh`, for a million members `benches/import.sh`.

use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_MATCH};
use actix_web::test::{self, TestRequest};
use chrono::{DateTime, Utc};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use entity::api_token::TokenRole;
use entity::import_batch::{ImportKind, ImportMode};
use entity::member;
use entity::visibility::Viewer;
use jobs::Clock;
use jobs::history::Actor;
use matrikel::access::tokens;
use matrikel::config::Config;
use matrikel::database::{self, Opened, Purpose};
use matrikel::demo;
use matrikel::members::import::{Import, ImportFile};
use matrikel::state::State;
use matrikel::web::{self, observe::InFlight};
use sea_orm::{ColumnTrait, ConnectOptions, ConnectionTrait, Database, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// How many members are imported.
const IMPORTED: usize = 100_000;
/// How many members the register has that requests are sent to.
const HELD: usize = 20_000;
/// How many there are instead when nothing is measured.
const TRIED: usize = 200;
/// From which the demo registers are made.
const SEED: u64 = 1;
/// The day on which they are made, so that every run imports the same bytes.
const NOON: &str = "2026-11-22T12:00:00Z";
/// How many of them are read and changed in turn.
const IN_TURN: u64 = 10_000;
/// How far it is from one to the next; a prime, so that the steps come to all.
const STEP: u64 = 7_919;

criterion_group!(benches, import, requests);
criterion_main!(benches);

/// A member file in memory, compared with an empty register and written to it.
fn import(criterion: &mut Criterion) {
    let runtime = runtime();
    let members = if is_measured() { IMPORTED } else { TRIED };
    let file = member_file(members);
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(members as u64));
    for engine in Engine::at_hand() {
        let file = &file;
        group.bench_function(BenchmarkId::new(format!("{members} members"), engine.name()), |bencher| {
            bencher.to_async(&runtime).iter_custom(|times| {
                let engine = engine.clone();
                async move {
                    let mut taken = Duration::ZERO;
                    for _ in 0..times {
                        let place = Place::new(&engine).await;
                        let opened = place.open(Purpose::Upgrade).await;
                        let file = file.clone();
                        let began = Instant::now();
                        take_in(&opened, file).await;
                        taken += began.elapsed();
                        place.remove(opened).await;
                    }
                    taken
                }
            });
        });
    }
    group.finish();
}

/// Requests, one after the other, to a register that holds members.
fn requests(criterion: &mut Criterion) {
    let runtime = runtime();
    let file = member_file(if is_measured() { HELD } else { TRIED });
    for engine in Engine::at_hand() {
        let (place, opened, app) = runtime.block_on(async {
            let place = Place::new(&engine).await;
            let opened = place.open(Purpose::Serve).await;
            take_in(&opened, file.clone()).await;
            let app = App::start(&place, &opened).await;
            (place, opened, app)
        });
        let app = &app;
        let mut group = criterion.benchmark_group("request");
        group.bench_function(BenchmarkId::new("read a member", engine.name()), |bencher| {
            bencher.to_async(&runtime).iter_custom(|times| app.read_members(times));
        });
        group.bench_function(BenchmarkId::new("change a member", engine.name()), |bencher| {
            bencher.to_async(&runtime).iter_custom(|times| app.change_members(times));
        });
        group.bench_function(BenchmarkId::new("list 50 members", engine.name()), |bencher| {
            bencher.to_async(&runtime).iter_custom(|times| app.list_pages(times));
        });
        group.finish();
        runtime.block_on(place.remove(opened));
    }
}

/// As `main` has it: what writes the read audit runs beside what answers.
fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

/// Whether this run measures: `cargo bench` says so to every bench, and `--test` takes it back.
fn is_measured() -> bool {
    let says = |word: &str| std::env::args().any(|argument| argument == word);
    says("--bench") && !says("--test")
}

fn noon() -> DateTime<Utc> {
    NOON.parse().expect("a time")
}

fn member_file(members: usize) -> Vec<u8> {
    let mut file = Vec::new();
    demo::write_members(&mut file, members, SEED, noon().date_naive()).expect("memory can be written to");
    file
}

/// What `matrikel import members` does.
async fn take_in(opened: &Opened, file: Vec<u8>) {
    let import = Import {
        store: &opened.store,
        keys: &opened.keys,
        default_country: "SE",
        viewer: Viewer::Everyone,
        actor: Actor::system(),
        mode: ImportMode::Fill,
        id: opened.store.clock().new_id(),
    };
    let file = Arc::new(ImportFile::read(ImportKind::Members, file, "the demo register").expect("the demo register can be read"));
    let (_, plan) = import.compare(&file, &|_, _| {}).await.expect("the register can be read");
    let plan = plan.expect("nothing is wrong with the demo register");
    import.apply(&file, &plan, &|_, _| {}).await.expect("the register can be written");
}

/// What a register is kept in.
#[derive(Clone, Debug)]
enum Engine {
    /// Files.
    Sqlite,
    /// The server with this address.
    Postgres(String),
}

impl Engine {
    fn at_hand() -> Vec<Self> {
        #[expect(clippy::disallowed_methods, reason = "what only benches and tests need is no setting of the service")]
        let server = std::env::var("MATRIKEL_TEST_POSTGRES").ok().filter(|server| !server.is_empty());
        [Self::Sqlite].into_iter().chain(server.map(Self::Postgres)).collect()
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

/// A folder for a register and, on PostgreSQL, a database of its own.
struct Place {
    config: Config,
    /// The server and the database on it.
    database: Option<(String, String)>,
    _folder: TempDir,
}

impl Place {
    async fn new(engine: &Engine) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        let mut config = Config { data_dir: folder.path().into(), ..Config::default() };
        let mut database = None;
        if let Engine::Postgres(server) = engine {
            let name = format!("matrikel_bench_{}", Clock::system(config.time_zone).new_id().simple());
            tell(server, &format!("CREATE DATABASE \"{name}\" TEMPLATE template0")).await;
            let (host, _) = server.rsplit_once('/').expect("MATRIKEL_TEST_POSTGRES ends with /DATABASE");
            config.database_url = Some(format!("{host}/{name}"));
            database = Some((server.clone(), name));
        }
        Self { config, database, _folder: folder }
    }

    async fn open(&self, purpose: Purpose) -> Opened {
        let clock = Clock::stopped(self.config.time_zone, noon());
        database::open(&self.config, purpose, clock).await.expect("the register opens")
    }

    /// Closes the register and drops its database; the folder goes with `self`.
    async fn remove(self, opened: Opened) {
        opened.close().await.expect("the register can be closed");
        if let Some((server, name)) = &self.database {
            tell(server, &format!("DROP DATABASE \"{name}\" WITH (FORCE)")).await;
        }
    }
}

async fn tell(server: &str, sql: &str) {
    let mut options = ConnectOptions::new(server);
    options.max_connections(1).sqlx_logging(false);
    let server = Database::connect(options).await.expect("the server that MATRIKEL_TEST_POSTGRES names answers");
    server.execute_unprepared(sql).await.expect("the server does as it is told");
    server.close().await.expect("the connection can be closed");
}

/// What a request comes to: the headers and the body of a good answer.
type Answered = Pin<Box<dyn Future<Output = (HeaderMap, Vec<u8>)>>>;

/// The running service, and whom it is asked about.
struct App {
    call: Box<dyn Fn(TestRequest) -> Answered>,
    token: String,
    members: Vec<Uuid>,
}

impl App {
    async fn start(place: &Place, opened: &Opened) -> Self {
        let state = State::new(place.config.clone(), opened);
        let service = Rc::new(test::init_service(web::app(state, InFlight::default())).await);
        let call = Box::new(move |request: TestRequest| -> Answered {
            let service = service.clone();
            Box::pin(async move {
                let response = test::call_service(&*service, request.to_request()).await;
                let (status, headers) = (response.status(), response.headers().clone());
                let body = test::read_body(response).await.to_vec();
                assert!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
                (headers, body)
            })
        });
        let token = opened
            .store
            .write(&Actor::system(), async |write| Ok(tokens::create(write, TokenRole::Registrar, "bench", None).await?.1))
            .await
            .expect("a token can be made");
        let members = member::Entity::find()
            .select_only()
            .column(member::Column::Id)
            // Members with a protected identity are not for everybody with a token.
            .filter(member::Column::Protection.is_null())
            .limit(IN_TURN)
            .into_tuple()
            .all(opened.store.database())
            .await
            .expect("the members can be listed");
        Self { call, token, members }
    }

    /// The address of the card that it is the turn of.
    fn member(&self, turn: u64) -> String {
        let at = turn.wrapping_mul(STEP) % self.members.len() as u64;
        format!("/api/v1/members/{}", self.members[at as usize])
    }

    async fn send(&self, request: TestRequest) -> (HeaderMap, Vec<u8>) {
        (self.call)(request.insert_header((AUTHORIZATION, format!("Bearer {}", self.token)))).await
    }

    /// A card and one row in the read audit.
    async fn read_members(&self, times: u64) -> Duration {
        let began = Instant::now();
        for turn in 0..times {
            black_box(self.send(TestRequest::get().uri(&self.member(turn))).await);
        }
        began.elapsed()
    }

    /// A change of the address, checked against the ETag, with one row in the history.
    async fn change_members(&self, times: u64) -> Duration {
        let mut taken = Duration::ZERO;
        for turn in 0..times {
            let path = self.member(turn);
            let (headers, card) = self.send(TestRequest::get().uri(&path)).await;
            let card: Value = serde_json::from_slice(&card).expect("a card");
            let street = if card["street"] == "Storgatan 1" { "Storgatan 2" } else { "Storgatan 1" };
            let change = TestRequest::patch()
                .uri(&path)
                .insert_header((IF_MATCH, headers.get(ETAG).expect("a card has an ETag").clone()))
                .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
                .set_payload(json!({"street": street}).to_string());
            let began = Instant::now();
            black_box(self.send(change).await);
            taken += began.elapsed();
        }
        taken
    }

    /// Page after page, from the start again after the last one; each with one row in the read audit.
    async fn list_pages(&self, times: u64) -> Duration {
        let mut path = "/api/v1/members?limit=50".to_owned();
        let mut taken = Duration::ZERO;
        for _ in 0..times {
            let began = Instant::now();
            let (_, page) = black_box(self.send(TestRequest::get().uri(&path)).await);
            taken += began.elapsed();
            let page: Value = serde_json::from_slice(&page).expect("a page");
            path = match page["next"].as_str() {
                Some(next) => format!("/api/v1/members?limit=50&after={next}"),
                None => "/api/v1/members?limit=50".to_owned(),
            };
        }
        taken
    }
}
