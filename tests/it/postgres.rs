//! Databases on the PostgreSQL server that `MATRIKEL_TEST_POSTGRES` names: a migrated template, cloned for each test.

use std::time::UNIX_EPOCH;

use jobs::Clock;
use matrikel::config::Config;
use matrikel::database::{self, Purpose};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tokio::sync::OnceCell;

/// The template of this test binary; other binaries of the same moment (nextest runs one per test) share it.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();
/// What the names of all templates begin with.
const TEMPLATE_PREFIX: &str = "matrikel_template_";
/// Held while the template is made ("Template" in ASCII).
const TEMPLATE_LOCK: i64 = 0x5465_6d70_6c61_7465;

/// A database of one test. Dropped with it, whatever happened.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    name: String,
}

impl TestDatabase {
    /// A clone of the migrated template.
    pub(crate) async fn migrated() -> Self {
        let template = TEMPLATE.get_or_init(make_template).await;
        Self::create(&format!("TEMPLATE \"{template}\"")).await
    }

    /// With nothing in it.
    pub(crate) async fn empty() -> Self {
        Self::create("TEMPLATE template0").await
    }

    /// A clone of this one, to which nobody may be connected.
    pub(crate) async fn copy(&self) -> Self {
        Self::create(&format!("TEMPLATE \"{}\"", self.name)).await
    }

    async fn create(how: &str) -> Self {
        let name = format!("matrikel_test_{}", Clock::system(chrono_tz::UTC).new_id().simple());
        let server = connect(&admin_url()).await;
        server.execute_unprepared(&format!("CREATE DATABASE \"{name}\" {how}")).await.expect("a database could not be made");
        server.close().await.expect("the connection could not be closed");
        Self { name }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        url_of(&self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name);
        // A thread of its own: the test's runtime may be unwinding.
        let dropped = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async { connect(&admin_url()).await.execute_unprepared(&drop).await.is_ok() })
        });
        if !matches!(dropped.join(), Ok(true)) {
            eprintln!("the database {} could not be dropped", self.name);
        }
    }
}

async fn make_template() -> String {
    let binary = std::env::current_exe().and_then(std::fs::metadata).and_then(|metadata| metadata.modified());
    let made = binary.expect("the test binary has a date").duration_since(UNIX_EPOCH).expect("it is later than 1970").as_nanos();
    let template = format!("{TEMPLATE_PREFIX}{made:x}");
    let server = connect(&admin_url()).await;
    let execute = async |sql: String| server.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    execute(format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let templates = templates(&server).await;
    if !templates.contains(&template) {
        for old in templates {
            execute(format!("DROP DATABASE \"{old}\" WITH (FORCE)")).await;
        }
        let draft = format!("matrikel_draft_{made:x}");
        execute(format!("DROP DATABASE IF EXISTS \"{draft}\" WITH (FORCE)")).await;
        execute(format!("CREATE DATABASE \"{draft}\" TEMPLATE template0")).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = Config {
            data_dir: folder.path().into(),
            key_file: Some(crate::app::write_key(folder.path())),
            database_url: Some(url_of(&draft)),
            ..Config::default()
        };
        // As the tests' clocks stand: the rules that come with the program are switched on now.
        let opened = database::open(&config, Purpose::Upgrade, crate::app::clock(&config)).await;
        opened.expect("the template could not be migrated").audit.close().await.expect("the template could not be closed");
        execute(format!("ALTER DATABASE \"{draft}\" RENAME TO \"{template}\"")).await;
    }
    server.close().await.expect("the connection could not be closed");
    template
}

async fn templates(server: &DatabaseConnection) -> Vec<String> {
    let sql = format!("SELECT datname FROM pg_database WHERE starts_with(datname, '{TEMPLATE_PREFIX}')");
    let rows = server.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect("the databases' names");
    rows.iter().map(|row| row.try_get_by_index(0).expect("a name")).collect()
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    // One connection, so that the template's lock and what is done under it are one session's.
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.expect("the server that MATRIKEL_TEST_POSTGRES names does not answer")
}

fn url_of(database: &str) -> String {
    let admin = admin_url();
    let (server, _) = admin.rsplit_once('/').expect("MATRIKEL_TEST_POSTGRES ends with /DATABASE");
    format!("{server}/{database}")
}

#[expect(clippy::disallowed_methods, reason = "what only tests need is no setting of the service")]
fn admin_url() -> String {
    std::env::var("MATRIKEL_TEST_POSTGRES")
        .expect("MATRIKEL_TEST_POSTGRES is not set: use tests/run, which starts a PostgreSQL of its own and sets it")
}
