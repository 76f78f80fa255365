//! Every route, one line each.

use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{api, health};

/// Everything but the API's documentation, which is made from this.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(health::healthz)
        .service(health::readyz)
        .service(health::metrics)
        .service(scope::scope("/api/v1").configure(api_v1));
}

fn api_v1(config: &mut ServiceConfig<'_>) {
    config
        .service(api::members::list_members)
        .service(api::members::create_member)
        .service(api::members::read_member)
        .service(api::members::change_member);
}
