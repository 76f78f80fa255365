//! Every route, one line each.

use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{api, health, pages};

/// Everything but the API's documentation, which is made from this.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(health::healthz)
        .service(health::readyz)
        .service(health::metrics)
        .service(scope::scope("/api/v1").configure(api_v1));
}

/// The pages, which are for people and stand in no documentation.
pub fn pages(config: &mut actix_web::web::ServiceConfig) {
    config
        .service(pages::assets::asset)
        .service(pages::start::start)
        .service(pages::start::choose_language)
        .service(pages::sessions::list_sessions)
        .service(pages::sessions::end_session)
        .service(pages::sessions::sign_out)
        .service(pages::sessions::read_pledge)
        .service(pages::sessions::accept_pledge)
        .service(pages::demo::enter)
        .service(pages::desk::desk)
        .service(pages::desk::keep_search)
        .service(pages::desk::show_search)
        .service(pages::desk::show_hits)
        .service(pages::card::show_card)
        .service(pages::card::confirm)
        .service(pages::edit::edit_card)
        .service(pages::edit::save_card)
        .service(pages::edit::new_prospect)
        .service(pages::edit::register_prospect)
        .service(pages::me::show_me)
        .service(pages::me::edit_me)
        .service(pages::me::save_me)
        .service(pages::me::confirm_me)
        .service(pages::me::undo_me);
}

fn api_v1(config: &mut ServiceConfig<'_>) {
    config
        .service(api::session::read_session)
        .service(api::session::sign_out)
        .service(api::session::list_sessions)
        .service(api::session::end_session)
        .service(api::session::read_pledge)
        .service(api::session::accept_pledge)
        .service(api::search::search_members)
        .service(api::search::similar_names)
        .service(api::search::likely_duplicates)
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
        .service(api::protection::read_protection)
        .service(api::protection::set_protection)
        .service(api::held::list_held_entries)
        .service(api::held::resolve_held_entry)
        .service(api::erasure::erase_member)
        .service(api::changes::list_changes)
        .service(api::imports::upload_import)
        .service(api::imports::read_import)
        .service(api::imports::apply_import)
        .service(api::tokens::list_tokens)
        .service(api::tokens::create_token)
        .service(api::tokens::revoke_token)
        .service(api::mail::read_mail)
        .service(api::mail::start_mail)
        .service(api::mail::pause_mail)
        .service(api::mail::send_test_mail)
        .service(api::mail::list_outbox)
        .service(api::mail::retry_mail)
        .service(api::mail::list_undeliverable_addresses)
        .service(api::mail::resolve_undeliverable_address)
        .service(api::appointments::list_member_appointments)
        .service(api::organisation::employers::list_employers)
        .service(api::organisation::employers::create_employer)
        .service(api::organisation::employers::read_employer)
        .service(api::organisation::employers::change_employer)
        .service(api::organisation::employers::remove_employer)
        .service(api::organisation::workplaces::list_workplaces)
        .service(api::organisation::workplaces::create_workplace)
        .service(api::organisation::workplaces::read_workplace)
        .service(api::organisation::workplaces::change_workplace)
        .service(api::organisation::workplaces::remove_workplace)
        .service(api::organisation::local_branches::list_local_branches)
        .service(api::organisation::local_branches::create_local_branch)
        .service(api::organisation::local_branches::read_local_branch)
        .service(api::organisation::local_branches::change_local_branch)
        .service(api::organisation::local_branches::remove_local_branch)
        .service(api::organisation::schools::list_schools)
        .service(api::organisation::schools::create_school)
        .service(api::organisation::schools::read_school)
        .service(api::organisation::schools::change_school)
        .service(api::organisation::schools::remove_school)
        .service(api::appointments::list_appointments)
        .service(api::appointments::create_appointment)
        .service(api::appointments::read_appointment)
        .service(api::appointments::change_appointment)
        .service(api::appointments::remove_appointment);
}
