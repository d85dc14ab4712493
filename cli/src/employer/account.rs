//! `bridge employer me`, `capabilities` and `team`.

use serde_json::Value;
use shared::opentrain::public::Other;

use super::print::{cell, json, members, own, plain, table, text};
use super::session::Session;
use crate::exit::CliError;
use crate::paint::{DIM, GOOD, paint};

pub(super) async fn me(session: &Session) -> Result<(), CliError> {
    let me = session.client.me().await?;
    if session.json {
        return json(&me);
    }
    let exposed = |it: &Option<shared::opentrain::public::Private>| {
        text(it.as_ref().map(|it| it.expose().to_owned()))
    };
    members([
        ("organization", text(me.account.organization_id)),
        ("role", text(me.account.member_role)),
        ("user", me.actor.user_id),
        ("name", exposed(&me.actor.full_name)),
        ("e-mail", exposed(&me.actor.email)),
        ("token", format!("{} {}", me.token.id, text(me.token.label))),
        ("scopes", me.token.scopes.join(", ")),
    ]);
    Ok(())
}

pub(super) async fn capabilities(session: &Session) -> Result<(), CliError> {
    let read = session.client.capabilities().await?;
    if session.json {
        return json(&read);
    }
    let mut rows = table(["capability", "state"]);
    for (name, enabled) in &read.capabilities {
        let state = match enabled {
            true => paint(GOOD, "enabled"),
            false => paint(DIM, "not enabled for this account"),
        };
        rows.add_row([cell(name), own(state)]);
    }
    anstream::println!("{rows}");
    let mut rows = table(["field of a draft", "values"]);
    for key in &read.draft.update_keys {
        let values = read.draft.enums.get(key);
        rows.add_row([
            cell(key),
            cell(values.map_or_else(String::new, |it| it.join(", "))),
        ]);
    }
    anstream::println!("{rows}");
    Ok(())
}

pub(super) async fn team(session: &Session) -> Result<(), CliError> {
    let team = session.client.team().await?;
    if session.json {
        return json(&team);
    }
    let member = |it: &Other, name: &str| {
        let value = it.get(name).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    anstream::println!("{}", plain(member(&team.organization, "name")));
    let mut rows = table(["user", "name", "e-mail", "role"]);
    for person in &team.members {
        rows.add_row(["userId", "name", "email", "role"].map(|it| cell(member(person, it))));
    }
    for invite in &team.invites {
        rows.add_row([
            cell(""),
            cell(""),
            cell(member(invite, "email")),
            cell("invited"),
        ]);
    }
    anstream::println!("{rows}");
    Ok(())
}
