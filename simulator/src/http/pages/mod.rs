//! Pages for people: the human's pages, to which URLs in the APIs' answers lead, and the desk, which shows all state.
//!
//! Pages are rendered here and work without JavaScript. Each button sends a form, which becomes the JSON call below
//! `/sandbox` that the page prints beside it.

use axum::response::Response;

use super::{
    operation::{Group, Operation, Request, find},
    page::CURSOR,
    param::Param,
    sandbox::webhooks,
    shared::Shared,
};
use crate::kit::{call::Call, control::local, refusal::Refusal, schema::Kind};
use html::{Page, Section};
use visit::Visit;

mod act;
mod assets;
mod desk;
mod errors;
mod form;
mod html;
mod json_call;
mod lists;
pub(crate) mod outcome;
mod parts;
mod people;
mod visit;
mod words;

/// A page to show.
type Show = fn(&Visit<'_>) -> Result<Page, Refusal>;
type Route = Operation<Option<Section>, Show>;

const fn page(path: &'static str, section: Option<Section>, show: Show) -> Route {
    Route::new(path, ("GET", path), "", section, show).query(&[RESULT])
}

/// A parameter without a rule of its own.
const fn plain(name: &'static str) -> Param {
    Param::new(name, "", Kind::Any)
}

/// Id of the result of the form that led here.
const RESULT: Param = plain("result");

/// Every page.
static PAGES: &[Group<Option<Section>, Show>] = &[Group {
    tag: "Pages",
    calls: &[
        page("/desk", Some(Section::Start), desk::start::show),
        page("/desk/jobs", Some(Section::Jobs), desk::jobs::list).query(&[
            RESULT,
            Param::status(&desk::jobs::STATUSES),
            CURSOR,
        ]),
        page("/desk/jobs/{jobId}", Some(Section::Jobs), desk::job::show).query(&[RESULT, CURSOR]),
        page(
            "/desk/contracts",
            Some(Section::Contracts),
            desk::contracts::list,
        )
        .query(&[RESULT, Param::status(&desk::contracts::STATUSES), CURSOR]),
        page(
            "/desk/contracts/{contractId}",
            Some(Section::Contracts),
            desk::contract::show,
        ),
        page(
            "/desk/approvals",
            Some(Section::Approvals),
            desk::approvals::list,
        )
        .query(&[RESULT, Param::status(&desk::approvals::STATUSES), CURSOR]),
        page(
            "/desk/installs",
            Some(Section::Installs),
            desk::installs::show,
        )
        .query(&[RESULT, CURSOR]),
        page(
            "/desk/endpoints",
            Some(Section::Endpoints),
            desk::endpoints::list,
        )
        .query(&[RESULT, Param::status(&desk::endpoints::STATUSES), CURSOR]),
        page(
            "/desk/endpoints/{endpointId}",
            Some(Section::Endpoints),
            desk::endpoints::show,
        ),
        page(
            "/desk/deliveries",
            Some(Section::Deliveries),
            desk::deliveries::list,
        )
        .query(&[
            RESULT,
            Param::status(&webhooks::STATUSES),
            plain("endpointId"),
            CURSOR,
        ]),
        page(
            "/desk/deliveries/{deliveryId}",
            Some(Section::Deliveries),
            desk::delivery::show,
        ),
        page("/desk/calls", Some(Section::Calls), desk::calls::list).query(&[
            RESULT,
            Param::new("api", "", Kind::OneOf(&desk::calls::APIS)),
            Param::new("answer", "", Kind::OneOf(&desk::calls::ANSWERS)),
            CURSOR,
        ]),
        page("/desk/limits", Some(Section::Limits), desk::limits::show),
        page("/approvals/{approvalId}", None, people::approval::show).query(&[
            RESULT,
            plain("approvalId"),
            plain("_next"),
            plain("paymentMethod"),
            plain("milestone.name"),
            plain("milestone.description"),
            plain("milestone.amount"),
            plain("milestone.dueDate"),
        ]),
        page("/claim", None, people::claim::show).query(&[RESULT, plain("attempt")]),
        page(
            "/integrations/{appSlug}/connect",
            None,
            people::consent::show,
        )
        .query(&[
            RESULT,
            plain("declined"),
            plain("external_project_id"),
            plain("redirect_uri"),
            plain("state"),
        ]),
        page("/checkout/{topUpId}", None, people::checkout::show),
        page("/billing", None, people::billing::show).query(&[RESULT, plain("organizationId")]),
        page("/jobs/drafts", None, people::draft::show).query(&[RESULT, plain("jobId")]),
        page("/jobs/{jobId}", None, people::job::show),
        page("/jobs/{jobId}/apply", None, people::job::apply),
        page("/freelancers/{slug}", None, people::freelancer::show),
    ],
}];

/// Answers a request for a page, a form or an asset; `None` for any other path.
pub(super) async fn serve(shared: &Shared, call: &Call) -> Option<Response> {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let below = match segments[..] {
        [""] => vec!["desk"],
        _ => segments,
    };
    let answer = match below[..] {
        ["favicon.ico"] => Ok(assets::icon()),
        ["assets", name] => local(call).and_then(|()| assets::serve(name)),
        ["do", operation] => match local(call) {
            Ok(()) => act::act(shared, call, operation).await,
            Err(refusal) => Err(refusal),
        },
        // HEAD is a GET whose body is not sent.
        _ => match find(PAGES, "GET", &below) {
            Ok((route, ids)) => local(call).and_then(|()| show(shared, call, route, ids)),
            Err(_) if below.first() == Some(&"desk") => Err(Refusal::not_found("page")),
            Err(_) => return None,
        },
    };
    let now = (shared.clock)();
    Some(answer.unwrap_or_else(|refusal| errors::page(&refusal, None, now)))
}

fn show(
    shared: &Shared,
    call: &Call,
    route: &'static Route,
    ids: Vec<&str>,
) -> Result<Response, Refusal> {
    if !matches!(call.method.as_str(), "GET" | "HEAD") {
        return Err(Refusal::not_found("page"));
    }
    let request = Request::new(call, route, ids, (shared.clock)());
    let request = request.map_err(errors::in_address)?;
    let result = request.query("result");
    let outcome = result.map(|id| shared.outcomes.take(id));
    let visit = Visit {
        shared,
        section: route.access,
        outcome,
        request,
    };
    Ok((route.handler)(&visit)?.response())
}
