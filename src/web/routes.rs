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
        .service(api::search::search_members)
        .service(api::search::similar_names)
        .service(api::members::list_members)
        .service(api::members::create_member)
        .service(api::members::read_member)
        .service(api::members::change_member)
        .service(api::memberships::list_periods)
        .service(api::memberships::join_member)
        .service(api::memberships::change_membership_type)
        .service(api::memberships::let_member_leave)
        .service(api::memberships::verify_details)
        .service(api::changes::list_history)
        .service(api::protection::read_identity_number)
        .service(api::protection::set_protection)
        .service(api::changes::list_changes)
        .service(api::tokens::list_tokens)
        .service(api::tokens::create_token)
        .service(api::tokens::revoke_token);
}
