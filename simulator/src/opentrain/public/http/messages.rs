//! Conversations and messages.

use serde_json::{Value, json};

use super::{
    caller::Caller,
    page::{Above, limit, page},
};
use crate::{
    clock::iso,
    opentrain::{
        public::{
            message::{Bucket, Conversation, Message},
            schema::at,
        },
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, created, ok},
};

pub(super) fn start(caller: &Caller<'_>, world: &mut World) -> Answer {
    let proposal = caller.id();
    let (id, is_new) = world.start_conversation(caller.organization(), proposal, caller.now())?;
    let job = &world.proposal(proposal)?.job;
    let body = json!({
        "ok": true,
        "conversationId": id,
        "proposalId": proposal,
        "jobId": job,
        "created": is_new,
    });
    match is_new {
        true => created(body),
        false => ok(body),
    }
}

pub(super) fn list(caller: &Caller<'_>, world: &mut World) -> Answer {
    let request = &caller.request;
    let limit = limit(request, 20, (100, Above::Refused))?;
    let newer = match request.query("direction") {
        None | Some("older") => false,
        Some("newer") => true,
        Some(_) => return Err(at("direction", "must be older or newer")),
    };
    let bucket = match request.query("filter") {
        None | Some("all") => None,
        Some("job") => Some(Bucket::Job),
        Some("proposal") => Some(Bucket::Proposal),
        Some(_) => return Err(at("filter", "must be all, job or proposal")),
    };
    let unread = match request.query("unreadOnly") {
        None | Some("false" | "0") => false,
        Some("true" | "1") => true,
        Some(_) => return Err(at("unreadOnly", "must be true or 1")),
    };
    match request.query("conversationId") {
        Some(id) => messages(caller, world, id, (newer, limit)),
        None => conversations(caller, world, (bucket, unread), (newer, limit)),
    }
}

fn conversations(
    caller: &Caller<'_>,
    world: &World,
    (bucket, unread): (Option<Bucket>, bool),
    (newer, limit): (bool, usize),
) -> Answer {
    let all = world.public.conversations.iter();
    let own = all.filter(|own| {
        let wanted = bucket.is_none_or(|bucket| bucket == own.bucket);
        let wanted = wanted && (!unread || own.unanswered() > 0);
        wanted && own.organization == caller.organization()
    });
    let mut own: Vec<&Conversation> = own.collect();
    own.sort_by_key(|own| own.updated);
    let found = ordered(caller, own, |own| own.id.as_str(), (newer, limit))?;
    let conversations: Vec<Value> = found.0.into_iter().map(conversation_body).collect();
    ok(json!({"conversations": conversations, "nextCursor": found.1}))
}

fn messages(caller: &Caller<'_>, world: &World, id: &str, order: (bool, usize)) -> Answer {
    let own = world.own_conversation(caller.organization(), id)?;
    let all: Vec<&Message> = own.messages.iter().collect();
    let (found, next) = ordered(caller, all, |own| own.id.as_str(), order)?;
    let messages: Vec<Value> = found.into_iter().map(|it| message_body(own, it)).collect();
    ok(json!({"messages": messages, "nextCursor": next}))
}

/// A page of rows that are oldest first: newest first unless newer ones are wanted.
fn ordered<'a, T>(
    caller: &Caller<'_>,
    mut rows: Vec<&'a T>,
    id: impl Fn(&T) -> &str,
    (newer, limit): (bool, usize),
) -> Result<(Vec<&'a T>, Option<String>), Refusal> {
    if !newer {
        rows.reverse();
    }
    page(&caller.request, rows.into_iter(), |row| id(row), limit)
}

fn conversation_body(own: &Conversation) -> Value {
    let last = own.messages.last().map(|last| {
        json!({
            "id": last.id,
            "content": last.content,
            "senderUserId": last.sender,
            "isFromViewer": last.from_employer,
            "createdAt": iso(last.sent),
        })
    });
    json!({
        "id": own.id,
        "type": own.bucket.kind(),
        "bucket": own.bucket.as_str(),
        "jobId": own.job,
        "proposalId": own.proposal,
        "channelName": null,
        "updatedAt": iso(own.updated),
        "lastMessage": last,
        "unreadCount": own.unanswered(),
        "needsReplyCount": own.unanswered(),
    })
}

fn message_body(conversation: &Conversation, own: &Message) -> Value {
    json!({
        "id": own.id,
        "createdAt": iso(own.sent),
        "updatedAt": iso(own.sent),
        "conversationId": conversation.id,
        "jobId": conversation.job,
        "senderUserId": own.sender,
        "isFromViewer": own.from_employer,
        "content": own.content,
        "messageType": "TEXT",
        "system": false,
        "hasUnreadFlag": false,
        "attachmentCount": 0,
        "hasAudio": false,
        "editedAt": null,
        "reactionCount": 0,
    })
}

pub(super) fn send(caller: &Caller<'_>, world: &mut World) -> Answer {
    let body = caller.request.body()?;
    let id = body.get("conversationId");
    world.own_conversation(caller.organization(), id)?;
    let written = (caller.actor.user.as_str(), body.get("content"));
    let message = world.write(id, written, caller.now())?;
    let own = world.own_conversation(caller.organization(), id)?;
    created(json!({"ok": true, "message": message_body(own, &message)}))
}
