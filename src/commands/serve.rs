//! `matrikel serve` and `migrate`.

use std::net::TcpListener;
use std::sync::Arc;

use chrono::Duration;
use entity::api_token::{self, TokenRole};
use entity::import_batch::{ImportKind, ImportMode};
use entity::visibility::Viewer;
use entity::{member, register};
use jobs::Store;
use jobs::history::Actor;
use matrikel::access::assurance::LinkShows;
use matrikel::access::tokens;
use matrikel::config::Config;
use matrikel::database::{Opened, Purpose, sqlite_file};
use matrikel::members::import::{Import, ImportFile};
use matrikel::members::upkeep::Upkeep;
use matrikel::state::State;
use matrikel::{demo, web};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use tokio::sync::oneshot;
use tokio::task::LocalSet;

use super::work::{automation, courier, mailer, run_jobs};
use super::{Failure, open, start_log};

/// How many members the demo register has, and from which seed.
const DEMO_MEMBERS: usize = 2_000;
const DEMO_SEED: u64 = 1;
/// What the demo's tokens are called.
const DEMO_LABEL: &str = "demo";

pub(crate) async fn serve(config: Config, with_demo: bool, with_jobs: bool) -> Result<(), Failure> {
    start_log(&config);
    if !with_jobs && sqlite_file(&config.database_url())?.is_some() {
        return Err("--no-jobs is for PostgreSQL: on SQLite no other process could do them".into());
    }
    let opened = open(&config, Purpose::Serve).await?;
    web::health::gather_metrics();
    let listener = TcpListener::bind(config.listen).map_err(|error| format!("{}: {error}", config.listen))?;
    let address = listener.local_addr()?;
    let token = if with_demo {
        if !address.ip().is_loopback() {
            return Err("--demo answers on this machine only: set MATRIKEL_LISTEN to 127.0.0.1:8080".into());
        }
        Some(prepare_demo(&opened).await?)
    } else {
        None
    };
    let (courier, automation) = (courier(&config, &opened)?, automation(&config, &opened)?);
    println!("Matrikel answers on http://{address}");
    println!("Documentation of the API: http://{address}/api/docs/");
    if let Some(token) = token {
        println!("A registrar's token for the demo, valid for a day:\n{token}");
    }
    let upkeep = Upkeep::new(&config, &opened);
    forget_again(&upkeep).await?;
    let mailer = mailer(&config, &opened)?;
    // Nobody in the demo exists, and everything is there to be looked at.
    let link_shows = if with_demo { LinkShows::Full } else { config.link_shows };
    let state = State { demo: with_demo, ..State::new(Config { link_shows, ..config }, &opened) };
    let (stop, stopped) = oneshot::channel::<()>();
    let jobs = LocalSet::new();
    let running = with_jobs.then(|| {
        jobs.spawn_local(run_jobs(automation, courier, upkeep, mailer, async {
            // Dropped or sent, it means the same.
            let _ = stopped.await;
        }))
    });
    let server = web::serve(state, listener)?;
    jobs.run_until(async {
        let served = server.await;
        drop(stop);
        if let Some(running) = running {
            running.await.map_err(std::io::Error::other)?;
        }
        served
    })
    .await?;
    Ok(())
}

/// A restored backup holds members again who were erased since.
async fn forget_again(upkeep: &Upkeep) -> Result<(), Failure> {
    let erased = upkeep.erasures.bring_together(&upkeep.store).await?;
    if erased > 0 {
        tracing::warn!(erased, "Members who were erased before came back with a backup and were erased again");
    }
    Ok(())
}

pub(crate) async fn migrate(config: &Config) -> Result<(), Failure> {
    open(config, Purpose::Upgrade).await?;
    println!("The tables are up to date.");
    Ok(())
}

/// Fills an empty register and gives a token. A register with real members is left alone.
async fn prepare_demo(opened: &Opened) -> Result<String, Failure> {
    let store = &opened.store;
    let is_demo = register::Entity::find_by_id(register::ID).one(store.database()).await?.is_some_and(|row| row.demo);
    if !is_demo {
        if member::Entity::find().count(store.database()).await? > 0 {
            return Err("this register holds members that are not the demo's: start without --demo, or set MATRIKEL_DATA_DIR to an empty folder".into());
        }
        let today = store.clock().today();
        let (mut members, mut representatives) = (Vec::new(), Vec::new());
        demo::write_members(&mut members, DEMO_MEMBERS, DEMO_SEED, today)?;
        demo::write_representatives(&mut representatives, DEMO_MEMBERS, DEMO_SEED, today)?;
        take_in(opened, ImportKind::Members, members).await?;
        take_in(opened, ImportKind::Representatives, representatives).await?;
        mark_as_demo(store).await?;
    }
    let expires_at = store.clock().now() + Duration::days(1);
    let text = store
        .write(&Actor::system(), async |write| {
            // One start's token is enough.
            api_token::Entity::update_many()
                .col_expr(api_token::Column::RevokedAt, write.now().into())
                .filter(api_token::Column::Label.eq(DEMO_LABEL))
                .filter(api_token::Column::RevokedAt.is_null())
                .exec(write.database())
                .await?;
            Ok(tokens::create(write, TokenRole::Registrar, DEMO_LABEL, Some(expires_at)).await?.1)
        })
        .await?;
    Ok(text)
}

async fn take_in(opened: &Opened, kind: ImportKind, file: Vec<u8>) -> Result<(), Failure> {
    let import = Import {
        store: &opened.store,
        keys: &opened.keys,
        default_country: "SE",
        viewer: Viewer::Everyone,
        actor: Actor::system(),
        mode: ImportMode::Fill,
        id: opened.store.clock().new_id(),
    };
    let file = ImportFile::read(kind, file, "the demo register").map_err(|problems| format!("{problems:?}"))?;
    let file = Arc::new(file);
    match import.compare(&file, &|_, _| {}).await? {
        (_, Some(plan)) => Ok(import.apply(&file, &plan, &|_, _| {}).await?),
        (report, None) => Err(format!("the demo register: {:?}", report.problems).into()),
    }
}

async fn mark_as_demo(store: &Store) -> Result<(), Failure> {
    store
        .write(&Actor::system(), async |write| {
            register::Entity::update_many()
                .col_expr(register::Column::Demo, true.into())
                .filter(register::Column::Id.eq(register::ID))
                .exec(write.database())
                .await?;
            Ok(())
        })
        .await?;
    Ok(())
}
