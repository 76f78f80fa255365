//! The API's documentation: OpenAPI 3.1 at `/api/openapi.json`, made from the handlers, and Swagger UI at `/api/docs`.
//!
//! What holds for every route of a kind is added here and not repeated at each handler: the token, the errors, the headers
//! for versions and repeated requests.

use std::collections::BTreeSet;
use std::collections::HashMap;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, dev::ResourceDef};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{AdditionalProperties, SchemaType};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, Object, ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder, Schema, Type,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_swagger_ui::SwaggerUi;

use super::cookies;
use super::problem::{FieldError, Problem, ProblemDetails};

/// The names of the two ways to sign in to the API.
const TOKEN: &str = "token";
const SESSION: &str = "session";

/// Text without control characters.
const LINE: &str = r"^[^\x00-\x1F\x7F-\x9F]+$";

/// What stands above the routes.
pub fn base() -> OpenApi {
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A token made with `matrikel token create --role ROLE --label NAME`."))
        .build();
    let mut document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Matrikel")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "The membership register. Each operation names the scope that it needs under its security requirement.",
                ))
                .build(),
        )
        .build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(TOKEN, SecurityScheme::Http(scheme));
    let cookie = ApiKeyValue::with_description(
        cookies::SESSION,
        "The cookie of who has signed in with a browser; on https its name begins with `__Host-`. Whatever changes something \
         is sent with `csrf_token` of GET /api/v1/session in the header X-CSRF-Token.",
    );
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    components.schemas.insert(ProblemDetails::name().into_owned(), ProblemDetails::schema());
    components.schemas.insert(FieldError::name().into_owned(), FieldError::schema());
    document
}

/// Serves the document, its page, and an answer for every address that is no route.
pub fn serve(config: &mut ServiceConfig, mut document: OpenApi) {
    complete(&mut document);
    let addresses = Data::new(Addresses::of(&document));
    let json = serde_json::to_string(&document).unwrap_or_default();
    config
        .app_data(addresses.clone())
        .route(
            "/api/openapi.json",
            web::get().to(move || {
                let json = json.clone();
                async move { HttpResponse::Ok().content_type("application/json").body(json) }
            }),
        )
        .service(web::redirect("/api/docs", "/api/docs/"))
        .service(SwaggerUi::new("/api/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/api/openapi.json")))
        .default_service(web::to(move |request: actix_web::HttpRequest| {
            let refusal = addresses.no_route(request.path());
            async move { Err::<HttpResponse, Problem>(refusal) }
        }));
}

/// The addresses of the API and the methods that each takes.
#[derive(Debug)]
pub struct Addresses {
    fixed: HashMap<String, Vec<String>>,
    patterns: Vec<(ResourceDef, Vec<String>)>,
}

impl Addresses {
    fn of(document: &OpenApi) -> Self {
        let mut addresses =
            Self { fixed: HashMap::from([("/api/openapi.json".to_owned(), vec!["GET".to_owned()])]), patterns: Vec::new() };
        for (path, item) in &document.paths.paths {
            let methods = operations(item).map(|(method, _)| method.to_owned()).collect();
            if path.contains('{') {
                addresses.patterns.push((ResourceDef::new(path.as_str()), methods));
            } else {
                addresses.fixed.insert(path.clone(), methods);
            }
        }
        addresses
    }

    /// What an address that no route took is told: 405 where it takes other methods, else 404.
    fn no_route(&self, path: &str) -> Problem {
        match self.patterns.iter().find(|(pattern, _)| pattern.is_match(path)) {
            Some((_, methods)) if !self.fixed.contains_key(path) => Problem::Method(methods.clone()),
            _ => self.no_id(path),
        }
    }

    /// What an address is told in which something that is no id stands in an id's place: it may be an address of its own
    /// (`/members/search`) that takes other methods.
    pub fn no_id(&self, path: &str) -> Problem {
        self.fixed.get(path).map_or_else(|| jobs::Error::NotFound.into(), |methods| Problem::Method(methods.clone()))
    }
}

/// The operations at one path, by method.
pub fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn complete(document: &mut OpenApi) {
    close_bodies(document);
    for (path, item) in &mut document.paths.paths {
        if !path.starts_with("/api/v1") {
            continue;
        }
        for operation in [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten() {
            complete_operation(path, operation);
        }
    }
}

/// A body with a field that is not known is refused, so bodies are documented as closed. What a handler puts together from
/// parts becomes one object, because none of its parts can be closed by itself.
fn close_bodies(document: &mut OpenApi) {
    let operations = document.paths.paths.values().flat_map(operations);
    let bodies = operations.filter_map(|(_, operation)| stated(operation.request_body.as_ref()?));
    let contents = bodies.flat_map(|body| body.content.values()).filter_map(stated);
    let names = contents.filter_map(|content| match &content.schema {
        Some(RefOr::Ref(reference)) => reference.ref_location.rsplit('/').next().map(str::to_owned),
        _ => None,
    });
    let names: BTreeSet<String> = names.collect();
    let Some(components) = &mut document.components else { return };
    for name in names {
        if let Some(RefOr::T(schema)) = components.schemas.get_mut(&name) {
            close(schema);
        }
    }
}

/// What stands in its place and is not a reference to elsewhere.
fn stated<T>(part: &RefOr<T>) -> Option<&T> {
    match part {
        RefOr::T(part) => Some(part),
        RefOr::Ref(_) => None,
    }
}

fn close(schema: &mut Schema) {
    if let Schema::AllOf(parts) = schema
        && parts.items.iter().all(|part| matches!(part, RefOr::T(Schema::Object(_))))
    {
        let mut whole = Object::new();
        whole.description = parts.description.take();
        for part in std::mem::take(&mut parts.items) {
            if let RefOr::T(Schema::Object(part)) = part {
                whole.properties.extend(part.properties);
                whole.required.extend(part.required);
            }
        }
        *schema = whole.into();
    }
    if let Schema::Object(object) = schema {
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        object.properties.values_mut().for_each(as_line);
    }
}

/// A text in a body is one line that is not empty, unless its schema says more of it.
fn as_line(field: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(field)) = field else { return };
    let is_text = match &field.schema_type {
        SchemaType::Type(schema_type) => *schema_type == Type::String,
        SchemaType::Array(types) => types.contains(&Type::String),
        SchemaType::AnyValue => false,
    };
    if is_text && field.format.is_none() && field.pattern.is_none() && field.enum_values.is_none() {
        field.pattern = Some(LINE.to_owned());
        field.min_length = Some(1);
    }
}

/// What a token may do, a session in the same role may do.
fn by_session(requirement: &SecurityRequirement) -> Option<SecurityRequirement> {
    let requirement = serde_json::to_value(requirement).ok()?;
    let scopes = requirement.get(TOKEN)?.as_array()?.iter().filter_map(|scope| scope.as_str());
    Some(SecurityRequirement::new(SESSION, scopes))
}

fn complete_operation(path: &str, operation: &mut Operation) {
    let has_header = |name: &str| {
        operation.parameters.iter().flatten().any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == name))
    };
    let sessions: Vec<_> = operation.security.iter().flatten().filter_map(by_session).collect();
    if let Some(security) = &mut operation.security {
        security.extend(sessions);
    }
    let public = operation.security.is_none();
    let versioned = has_header("If-Match");
    let repeatable = has_header("Idempotency-Key");
    let takes_body = operation.request_body.is_some();
    let has_parameters = operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let mut problems = vec![
        ("500", "Something went wrong here; logged under the request id"),
        ("503", "Busy: come back after Retry-After seconds"),
    ];
    if public {
        problems.push(("403", "Not accepted: `type` says why"));
        problems.push(("429", "Too many attempts: come back after Retry-After seconds"));
    } else {
        problems.push(("401", "No valid token, nobody signed in"));
        problems.push((
            "403",
            "No role of the caller holds the scope; or step-up, pledge or CSRF token is missing: `type` says which",
        ));
    }
    if takes_body || has_parameters {
        problems.push(("400", "The request cannot be read"));
        problems.push(("422", "Some fields are not right; `errors` names each"));
    }
    if path.contains('{') {
        problems.push(("404", "There is no such thing, or it is not for you to see"));
    }
    if takes_body {
        problems.push(("413", "The body is too large"));
        problems.push(("415", "The body is of another content type"));
    }
    if versioned {
        problems.push(("412", "It was changed by someone else meanwhile"));
        problems.push(("428", "If-Match is missing"));
    }
    if versioned || repeatable {
        problems.push(("409", "It clashes with what the register holds"));
    }
    for (status, description) in problems {
        let responses = &mut operation.responses.responses;
        if !responses.contains_key(status) {
            responses.insert(status.to_owned(), problem(status, description).into());
        }
    }
    // What a handler says of its own problems is a description; the form is the same for all.
    for (status, response) in &mut operation.responses.responses {
        if status.starts_with(['4', '5'])
            && let RefOr::T(declared) = response
            && declared.content.is_empty()
        {
            *response = problem(status, &declared.description).into();
        }
    }
}

fn problem(status: &str, description: &str) -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemDetails::name()))).build();
    let mut response = ResponseBuilder::new().description(description).content("application/problem+json", content);
    let text = |description: &str| {
        HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).description(Some(description)).build()
    };
    match status {
        "401" => response = response.header("WWW-Authenticate", text("Bearer")),
        "429" | "503" => response = response.header("Retry-After", text("Seconds")),
        _ => {}
    }
    response.build()
}
