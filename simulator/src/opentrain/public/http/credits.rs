//! Credits and pending payments.

use serde_json::{Value, json};

use super::{
    caller::Caller,
    page::{Above, limit, page},
};
use crate::{
    clock::iso,
    opentrain::{
        public::{
            market::views::number,
            money::{Entry, InvoiceStatus, cents},
            schema::at,
        },
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, created, ok},
};

pub(super) fn read(caller: &Caller<'_>, world: &mut World) -> Answer {
    let organization = caller.organization();
    let (available, reserved) = world.credits(organization);
    let recent = world.entries_of(organization).rev().take(10);
    let recent: Vec<&Entry> = recent.collect();
    ok(json!({"credits": {
        "availableCents": available,
        "reservedCents": reserved,
        "currency": "usd",
        "recentEntries": recent,
    }}))
}

pub(super) fn ledger(caller: &Caller<'_>, world: &mut World) -> Answer {
    let limit = limit(&caller.request, 50, (100, Above::Refused))?;
    let newest = world.entries_of(caller.organization()).rev();
    let (entries, next) = page(&caller.request, newest, |own: &&Entry| &own.id, limit)?;
    ok(json!({"entries": entries, "nextCursor": next}))
}

pub(super) fn top_up(caller: &Caller<'_>, world: &mut World) -> Answer {
    let body = caller.request.body()?;
    let amount = match (body.number("amountUsd"), body.number("amount")) {
        (Some(amount), None) | (None, Some(amount)) => amount,
        _ => return Err(at("amountUsd", "is required once")),
    };
    if !(10.0..=10_000.0).contains(&amount) {
        return Err(at("amountUsd", "must be 10 to 10000"));
    }
    let id = world.top_up(caller.organization(), cents(amount), caller.now());
    let checkout = format!("{}/checkout/{id}", world.public.origin);
    let own = world.read_top_up(caller.organization(), &id, caller.now())?;
    created(json!({
        "topUpId": id,
        "checkoutUrl": checkout,
        "expiresAt": iso(own.expires),
        "topUp": own.view(),
        "message": "A human must pay at checkoutUrl.",
    }))
}

pub(super) fn read_top_up(caller: &Caller<'_>, world: &mut World) -> Answer {
    let own = world.read_top_up(caller.organization(), caller.id(), caller.now())?;
    ok(json!({"topUp": own.view()}))
}

pub(super) fn pending(caller: &Caller<'_>, world: &mut World) -> Answer {
    let newest = world.public.invoices.iter().rev();
    let own = newest.filter(|own| {
        own.organization == caller.organization() && own.status != InvoiceStatus::Settled
    });
    let payments: Result<Vec<Value>, Refusal> = own
        .map(|own| {
            let contract = world.contract(&own.contract)?;
            let job = world.job(&contract.job_id)?;
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
