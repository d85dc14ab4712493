//! `bridge employer tokens`.

use serde_json::json;
use shared::model::ids::TokenId;
use shared::opentrain::public::{NewToken, Token};

use super::args::{CreateTokenArgs, TokenAction, TokensArgs};
use super::print::{cell, json, own, page, text, time};
use super::session::{Session, own as own_account, store, tell_precedence};
use crate::confirm::confirm;
use crate::exit::CliError;
use crate::new_file::NewFile;
use crate::paint::{DIM, GOOD, paint};

pub(super) async fn run(args: TokensArgs, session: &Session) -> Result<(), CliError> {
    match args.action {
        None => list(session).await,
        Some(TokenAction::Create(args)) => create(args, session).await,
        Some(TokenAction::Revoke { id, yes }) => {
            let question = format!("Revoke token {id} for good?");
            confirm(&question, "the token was not revoked", yes)?;
            let id = TokenId::from(id.as_str());
            let revoked = session.client.revoke_token(&id).await?;
            if session.json {
                return json(&json!({ "token": revoked }));
            }
            anstream::println!("{} {id}", paint(GOOD, "Revoked:"));
            Ok(())
        }
    }
}

async fn list(session: &Session) -> Result<(), CliError> {
    let found = session.client.tokens().await?;
    let columns = ["token", "name", "status", "scopes", "last used", "expires"];
    page(&found, session.json, (columns, "No token."), row)
}

fn row(token: &Token) -> [comfy_table::Cell; 6] {
    let status = text(token.status.as_deref());
    let style = if status == "active" { GOOD } else { DIM };
    [
        cell(&token.id),
        cell(text(token.name.as_deref())),
        own(paint(style, &status)),
        cell(token.scopes.join(", ")),
        cell(time(token.last_used_at)),
        cell(time(token.expires_at)),
    ]
}

async fn create(args: CreateTokenArgs, session: &Session) -> Result<(), CliError> {
    let settings = &session.settings;
    // Both must be usable before OpenTrain makes the token, which it shows only once.
    let file = args.goes.to.as_deref();
    let file = file.map(|to| NewFile::create(to, "--to")).transpose()?;
    if args.goes.is_used {
        own_account(settings)?;
        settings.file.lock()?;
    }
    let new = NewToken {
        name: args.name,
        scopes: args.scopes,
        expires_at: args.expires,
    };
    let made = session.client.create_token(&new).await?;
    let place = match (file, &args.goes.to) {
        (Some(file), Some(to)) => {
            file.write_secret(&made.secret)?;
            to.display().to_string()
        }
        _ => {
            store(settings, made.secret, |_| {})?;
            tell_precedence(settings);
            settings.file.path().display().to_string()
        }
    };
    if session.json {
        return json(&json!({ "metadata": made.metadata, "secretIn": place }));
    }
    let id = &made.metadata.id;
    anstream::println!(
        "{} {id}. Its secret is in {place}.",
        paint(GOOD, "Created:")
    );
    Ok(())
}
