//! Credits and pending payments.

use serde_json::{Value, json};

use super::{
    access::{PublicCall, PublicGroup},
    caller::Caller,
    views::number,
};
use crate::{
    http::{
        bodies::TOP_UP,
        operation::{Body, Group},
        page::{CURSOR, page},
        param::{Above, Param},
    },
    kit::{
        clock::iso,
        refusal::Refusal,
        reply::{Answer, created, ok},
        schema::Rule,
        shape::{Reply, Shape, has, or_null},
    },
    market::{
        Market,
        data::{
            feature::Feature,
            money::{ENTRY, Entry, InvoiceStatus, TOP_UP_VIEW, cents},
            scope::TokenScope,
        },
    },
};

const READ: &[TokenScope] = &[TokenScope::PaymentsRead];
const WRITE: &[TokenScope] = &[TokenScope::PaymentsWrite];

pub(super) const GROUP: PublicGroup = Group {
    tag: "Credits and payments",
    calls: &[
        PublicCall::token(
            "getCredits",
            ("GET", "/credits"),
            "Read the available and the reserved credits",
            read,
        )
        .scope(READ)
        .feature(Feature::Credits)
        .answers(&[Reply::ok(CREDITS)]),
        PublicCall::token(
            "listCreditEntries",
            ("GET", "/credits/ledger"),
            "List the entries of the credit ledger, newest first",
            ledger,
        )
        .scope(READ)
        .feature(Feature::Credits)
        .query(&[Param::limit(50, (100, Above::Refused)), CURSOR])
        .answers(&[Reply::ok(LEDGER)]),
        PublicCall::token(
            "createTopUp",
            ("POST", "/credits/top-ups"),
            "Ask a human to buy credits",
            top_up,
        )
        .scope(WRITE)
        .feature(Feature::Credits)
        .claimed()
        .body(Body::Json(&TOP_UP))
        .rule(Rule::ExactlyOne(&["amountUsd", "amount"]))
        .answers(&[Reply::created(NEW_TOP_UP)]),
        PublicCall::token(
            "getTopUp",
            ("GET", "/credits/top-ups/{topUpId}"),
            "Read a top-up",
            read_top_up,
        )
        .scope(READ)
        .feature(Feature::Credits)
        .answers(&[Reply::ok(Shape::Object(&[has("topUp", TOP_UP_VIEW)]))]),
        PublicCall::token(
            "listPendingPayments",
            ("GET", "/payments/pending"),
            "List the invoices that wait for the employer, newest first",
            pending,
        )
        .scope(READ)
        .answers(&[Reply::ok(PENDING)]),
    ],
};

const CREDITS: Shape = Shape::Object(&[has(
    "credits",
    Shape::Object(&[
        has("availableCents", Shape::Whole),
        has("reservedCents", Shape::Whole),
        has("currency", Shape::OneOf(&["usd"])),
        has("recentEntries", Shape::List(&ENTRY)),
    ]),
)]);
const LEDGER: Shape = Shape::Object(&[
    has("entries", Shape::List(&ENTRY)),
    or_null("nextCursor", Shape::Text),
]);
const NEW_TOP_UP: Shape = Shape::Object(&[
    has("topUpId", Shape::Text),
    has("checkoutUrl", Shape::Url),
    has("expiresAt", Shape::Time),
    has("topUp", TOP_UP_VIEW),
    has("message", Shape::Text),
]);
const JOB: Shape = Shape::Object(&[has("id", Shape::Text), has("title", Shape::Text)]);
const MILESTONE: Shape = Shape::Object(&[has("id", Shape::Text), has("name", Shape::Text)]);
const PAYMENT: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has(
        "status",
        Shape::OneOf(&["PENDING_FUNDING", "PENDING_PAYOUT"]),
    ),
    has("invoiceKind", Shape::OneOf(&["MILESTONE"])),
    has("viewerRole", Shape::OneOf(&["EMPLOYER"])),
    has("amountUsd", Shape::Number),
    has("createdAt", Shape::Time),
    has("invoiceNumber", Shape::Text),
    has("job", JOB),
    or_null("milestone", MILESTONE),
]);
const PENDING: Shape = Shape::Object(&[has("payments", Shape::List(&PAYMENT))]);

fn read(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let organization = caller.organization();
    let (available, reserved) = market.credits(organization);
    let recent = market.entries_of(organization).rev().take(10);
    let recent: Vec<&Entry> = recent.collect();
    ok(json!({"credits": {
        "availableCents": available,
        "reservedCents": reserved,
        "currency": "usd",
        "recentEntries": recent,
    }}))
}

fn ledger(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let newest = market.entries_of(caller.organization()).rev();
    let (entries, next) = page(&caller.request, newest, |own: &&Entry| &own.id)?;
    ok(json!({"entries": entries, "nextCursor": next}))
}

fn top_up(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let body = caller.request.body()?;
    let amount = body.number("amountUsd").or(body.number("amount"));
    let amount = amount.unwrap_or_default();
    let id = market.top_up(caller.organization(), cents(amount), caller.now());
    let checkout = format!("{}/checkout/{id}", market.world.origin);
    let own = market.read_top_up(caller.organization(), &id, caller.now())?;
    created(json!({
        "topUpId": id,
        "checkoutUrl": checkout,
        "expiresAt": iso(own.expires),
        "topUp": own.view(),
        "message": "A human must pay at checkoutUrl.",
    }))
}

fn read_top_up(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let own = market.read_top_up(caller.organization(), caller.id(), caller.now())?;
    ok(json!({"topUp": own.view()}))
}

fn pending(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let newest = market.invoices.iter().rev();
    let own = newest.filter(|own| {
        own.organization == caller.organization() && own.status != InvoiceStatus::Settled
    });
    let payments: Result<Vec<Value>, Refusal> = own
        .map(|own| {
            let contract = market.world.contract(&own.contract)?;
            let job = market.world.job(&contract.job_id)?;
            let mut milestones = contract.milestones.iter();
            let milestone = milestones.find(|it| it.id == own.milestone);
            Ok(json!({
                "id": own.id,
                "status": own.status,
                "invoiceKind": "MILESTONE",
                "viewerRole": "EMPLOYER",
                "amountUsd": number(own.amount_usd),
                "createdAt": iso(own.created),
                "invoiceNumber": own.id.replace("inv_", "SANDBOX-"),
                "job": {"id": job.id, "title": job.title},
                "milestone": milestone.map(|it| json!({"id": it.id, "name": it.name})),
            }))
        })
        .collect();
    ok(json!({"payments": payments?}))
}
