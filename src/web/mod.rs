//! HTTP: the only folder that knows actix-web. Every route is one line in [`routes`].
//!
//! A handler's parameters say who may call it ([`extract::Allowed`]), its answer is in the read audit before it is given
//! ([`answer`]), and what goes wrong becomes a problem in one place ([`problem`]).

pub mod answer;
pub mod api;
pub mod cookies;
pub mod extract;
pub mod health;
pub mod observe;
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod recognise;
pub mod routes;

use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use utoipa_actix_web::AppExt as _;

use crate::state::State;
use observe::InFlight;

/// How long a request that runs may go on after SIGTERM.
const SHUTDOWN: Duration = Duration::from_secs(25);
/// How long a client may take to send its headers.
const HEADERS: Duration = Duration::from_secs(5);

/// The application, as served and as tested.
pub fn app(
    state: State,
    in_flight: InFlight,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let (app, document) = App::new()
        .into_utoipa_app()
        .openapi(openapi::base())
        .app_data(Data::new(state))
        .app_data(Data::new(in_flight))
        .configure(routes::routes)
        .split_for_parts();
    app.configure(routes::pages)
        .configure(|config| openapi::serve(config, document))
        .wrap(from_fn(recognise::recognise))
        .wrap(from_fn(observe::observe))
        .wrap(from_fn(pages::errors::as_page))
}

/// Answers on `listener` until SIGTERM or Ctrl-C, then finishes what runs.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(state: State, listener: TcpListener) -> std::io::Result<Server> {
    let in_flight = InFlight::default();
    let connections = state.config.max_requests.saturating_mul(2);
    let server = HttpServer::new(move || app(state.clone(), in_flight.clone()))
        .client_request_timeout(HEADERS)
        .shutdown_timeout(SHUTDOWN.as_secs())
        .max_connections(connections)
        .listen(listener)?;
    Ok(server.run())
}
