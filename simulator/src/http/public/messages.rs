//! Conversations and messages.

use serde_json::{Value, json};

use super::{
    access::{PublicCall, PublicGroup},
    caller::Caller,
};
use crate::{
    http::{
        bodies::MESSAGE,
        operation::{Body, Group},
        page::{CURSOR, page},
        param::{Above, Param},
    },
    kit::{
        clock::iso,
        refusal::Refusal,
        reply::{Answer, created, ok},
        schema::Kind,
        shape::{Refused, Reply, Shape, has, or_null},
    },
    market::{
        Market,
        data::{
            feature::Feature,
            message::{Bucket, Conversation, Message},
            scope::TokenScope,
        },
    },
};

pub(super) const GROUP: PublicGroup = Group {
    tag: "Messages",
    calls: &[
        PublicCall::token(
            "startConversation",
            ("POST", "/proposals/{proposalId}/conversation"),
            "Start the conversation about a proposal, or return it",
            start,
        )
        .scope(WRITE)
        .feature(Feature::MessagingWrites)
        .claimed()
        .answers(&[Reply::created(STARTED), Reply::ok(STARTED)])
        .refuses(&[Refused::conflict(&["proposal_not_ready_for_messaging"])]),
        PublicCall::token(
            "listMessages",
            ("GET", "/messages"),
            "List conversations, or with conversationId the messages of one",
            list,
        )
        .scope(READ)
        .query(&[
            Param::new("conversationId", "Messages of this one.", ID),
            Param::limit(20, (100, Above::Refused)),
            CURSOR,
            Param::new(
                "direction",
                "Order; older by default.",
                Kind::OneOf(&["older", "newer"]),
            ),
            Param::new(
                "filter",
                "Kind of conversations; all by default.",
                Kind::OneOf(&["all", "job", "proposal"]),
            ),
            Param::new(
                "unreadOnly",
                "Only conversations with unread messages.",
                Kind::OneOf(&["true", "1", "false", "0"]),
            ),
        ])
        .answers(&[
            Reply::ok(CONVERSATIONS),
            Reply::new(200, "With conversationId.", MESSAGES),
        ])
        .refuses(&[Refused::not_found()]),
        PublicCall::token(
            "sendMessage",
            ("POST", "/messages"),
            "Write in a conversation",
            send,
        )
        .scope(WRITE)
        .feature(Feature::MessagingWrites)
        .claimed()
        .body(Body::Json(&MESSAGE))
        .answers(&[Reply::created(SENT)])
        .refuses(&[
            Refused::forbidden(&["message_policy_blocked"]),
            Refused::not_found(),
            Refused::conflict(&["read_only_conversation"]),
        ]),
    ],
};

const READ: &[TokenScope] = &[TokenScope::MessagesRead];
const WRITE: &[TokenScope] = &[TokenScope::MessagesWrite];
const ID: Kind = Kind::MaybeEmpty { most: 64 };
const STARTED: Shape = Shape::Object(&[
    has("ok", Shape::Flag),
    has("conversationId", Shape::Text),
    has("proposalId", Shape::Text),
    has("jobId", Shape::Text),
    has("created", Shape::Flag),
]);
const LAST_MESSAGE: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("content", Shape::Text),
    has("senderUserId", Shape::Text),
    has("isFromViewer", Shape::Flag),
    has("createdAt", Shape::Time),
]);
const CONVERSATION: Shape = Shape::Named(
    "Conversation",
    &[&[
        has("id", Shape::Text),
        has("type", Shape::OneOf(&["JOB_DM", "PROPOSAL"])),
        has("bucket", Shape::OneOf(&["job", "proposal"])),
        has("jobId", Shape::Text),
        or_null("proposalId", Shape::Text),
        or_null("channelName", Shape::Text),
        has("updatedAt", Shape::Time),
        or_null("lastMessage", LAST_MESSAGE),
        has("unreadCount", Shape::Whole),
        has("needsReplyCount", Shape::Whole),
    ]],
);
const MESSAGE_BODY: Shape = Shape::Named(
    "Message",
    &[&[
        has("id", Shape::Text),
        has("createdAt", Shape::Time),
        has("updatedAt", Shape::Time),
        has("conversationId", Shape::Text),
        has("jobId", Shape::Text),
        has("senderUserId", Shape::Text),
        has("isFromViewer", Shape::Flag),
        has("content", Shape::Text),
        has("messageType", Shape::OneOf(&["TEXT"])),
        has("system", Shape::Flag),
        has("hasUnreadFlag", Shape::Flag),
        has("attachmentCount", Shape::Whole),
        has("hasAudio", Shape::Flag),
        or_null("editedAt", Shape::Time),
        has("reactionCount", Shape::Whole),
    ]],
);
const CONVERSATIONS: Shape = Shape::Object(&[
    has("conversations", Shape::List(&CONVERSATION)),
    or_null("nextCursor", Shape::Text),
]);
const MESSAGES: Shape = Shape::Object(&[
    has("messages", Shape::List(&MESSAGE_BODY)),
    or_null("nextCursor", Shape::Text),
]);
const SENT: Shape = Shape::Object(&[has("ok", Shape::Flag), has("message", MESSAGE_BODY)]);

fn start(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let proposal = caller.id();
    let (id, is_new) = market.start_conversation(caller.organization(), proposal, caller.now())?;
    let job = &market.proposal(proposal)?.job;
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

fn list(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let request = &caller.request;
    let newer = request.query("direction") == Some("newer");
    let bucket = match request.query("filter") {
        Some("job") => Some(Bucket::Job),
        Some("proposal") => Some(Bucket::Proposal),
        _ => None,
    };
    let unread = matches!(request.query("unreadOnly"), Some("true" | "1"));
    match request.query("conversationId") {
        Some(id) => messages(caller, market, id, newer),
        None => conversations(caller, market, (bucket, unread), newer),
    }
}

fn conversations(
    caller: &Caller<'_>,
    market: &Market,
    (bucket, unread): (Option<Bucket>, bool),
    newer: bool,
) -> Answer {
    let all = market.conversations.iter();
    let own = all.filter(|own| {
        let wanted = bucket.is_none_or(|bucket| bucket == own.bucket);
        let wanted = wanted && (!unread || own.unanswered() > 0);
        wanted && own.organization == caller.organization()
    });
    let mut own: Vec<&Conversation> = own.collect();
    own.sort_by_key(|own| own.updated);
    let found = ordered(caller, own, |own| own.id.as_str(), newer)?;
    let conversations: Vec<Value> = found.0.into_iter().map(conversation_body).collect();
    ok(json!({"conversations": conversations, "nextCursor": found.1}))
}

fn messages(caller: &Caller<'_>, market: &Market, id: &str, newer: bool) -> Answer {
    let own = market.own_conversation(caller.organization(), id)?;
    let all: Vec<&Message> = own.messages.iter().collect();
    let (found, next) = ordered(caller, all, |own| own.id.as_str(), newer)?;
    let messages: Vec<Value> = found.into_iter().map(|it| message_body(own, it)).collect();
    ok(json!({"messages": messages, "nextCursor": next}))
}

/// A page of `rows`, which are oldest first. The page is newest first, unless `newer` is set.
fn ordered<'a, T>(
    caller: &Caller<'_>,
    mut rows: Vec<&'a T>,
    id: impl Fn(&T) -> &str,
    newer: bool,
) -> Result<(Vec<&'a T>, Option<String>), Refusal> {
    if !newer {
        rows.reverse();
    }
    page(&caller.request, rows.into_iter(), |row| id(row))
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

fn send(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let body = caller.request.body()?;
    let id = body.get("conversationId");
    market.own_conversation(caller.organization(), id)?;
    let written = (caller.actor.user.as_str(), body.get("content"));
    let message = market.write(id, written, caller.now())?;
    let own = market.own_conversation(caller.organization(), id)?;
    created(json!({"ok": true, "message": message_body(own, &message)}))
}
