//! `bridge employer messages`.

use shared::model::ids::{ConversationId, ProposalId};
use shared::opentrain::public::{Conversation, Message};

use super::args::MessagesArgs;
use super::jobs::query;
use super::print::{cell, json, page, time};
use super::session::Session;
use crate::exit::CliError;
use crate::paint::{GOOD, paint};

pub(super) async fn run(args: MessagesArgs, session: &Session) -> Result<(), CliError> {
    let id = match (&args.conversation, &args.proposal) {
        (Some(id), _) => ConversationId::from(id.as_str()),
        (None, Some(id)) => {
            let id = ProposalId::from(id.as_str());
            session
                .client
                .start_conversation(&id)
                .await?
                .conversation_id
        }
        (None, None) if args.send.is_some() => {
            let text = "--send needs a conversation, or --proposal to start one";
            return Err(CliError::Usage(text.into()));
        }
        (None, None) => return list(&args, session).await,
    };
    match &args.send {
        Some(content) => send(&id, content, session).await,
        None => show(&id, &args, session).await,
    }
}

async fn list(args: &MessagesArgs, session: &Session) -> Result<(), CliError> {
    let found = session
        .client
        .conversations(&query(None, &args.page))
        .await?;
    let columns = ["conversation", "about", "unread", "last message", "updated"];
    let empty =
        "No conversation. Start one with `bridge employer messages --proposal ID --send TEXT`.";
    page(&found, session.json, (columns, empty), conversation)
}

fn conversation(own: &Conversation) -> [comfy_table::Cell; 5] {
    let proposal = own.proposal_id.as_ref().map(ToString::to_string);
    let about = proposal.or_else(|| own.job_id.as_ref().map(ToString::to_string));
    let last = own.last_message.as_ref();
    [
        cell(&own.id),
        cell(about.unwrap_or_default()),
        cell(own.unread_count),
        cell(last.map_or("", |it| it.content.expose())),
        cell(time(own.updated_at)),
    ]
}

async fn show(id: &ConversationId, args: &MessagesArgs, session: &Session) -> Result<(), CliError> {
    let found = session
        .client
        .messages(id, &query(None, &args.page))
        .await?;
    let columns = ["time", "from", "message"];
    page(&found, session.json, (columns, "No message yet."), message)
}

fn message(own: &Message) -> [comfy_table::Cell; 3] {
    let from = match own.is_from_viewer {
        true => "you",
        false => "trainer",
    };
    [
        cell(time(own.created_at)),
        cell(from),
        cell(own.content.expose()),
    ]
}

async fn send(id: &ConversationId, content: &str, session: &Session) -> Result<(), CliError> {
    let sent = session.client.send_message(id, content).await?;
    if session.json {
        return json(&sent);
    }
    anstream::println!("{} in the conversation {id}", paint(GOOD, "Sent"));
    Ok(())
}
