//! Conversations with trainers.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Listed, Other, Page, PageQuery, Private, PublicClient};
use crate::model::ids::{ConversationId, JobId, ProposalId};
use crate::model::json::Element;
use crate::model::lenient;
use crate::opentrain::OpenTrainError;
use crate::opentrain::call::Call;

/// A conversation and its last message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    pub id: ConversationId,
    /// `job` or `proposal`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub bucket: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub job_id: Option<JobId>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub proposal_id: Option<ProposalId>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub updated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_message: Option<LastMessage>,
    #[serde(default, deserialize_with = "lenient::whole_or_default")]
    pub unread_count: u64,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastMessage {
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content: Private,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_from_viewer: bool,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_from_viewer: bool,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content: Private,
    #[serde(flatten)]
    pub other: Other,
}

/// A conversation about a proposal, new or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    pub conversation_id: ConversationId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created: bool,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Deserialize)]
struct Sent {
    message: Message,
}

impl Element for Conversation {
    const KIND: &'static str = "conversation";
}

impl Listed for Conversation {
    const KEY: &'static str = "conversations";
}

impl Element for Message {
    const KIND: &'static str = "message";
}

impl Listed for Message {
    const KEY: &'static str = "messages";
}

const MISSING: &str = "such conversation";

static LIST: Call = Call::read(MISSING);
static START: Call = Call::write(Method::POST, super::proposals::MISSING);
static SEND: Call = Call::write(Method::POST, MISSING);

impl PublicClient {
    /// The conversations, the one with the latest message first. `status` of the query is not used.
    pub async fn conversations(
        &self,
        query: &PageQuery,
    ) -> Result<Page<Conversation>, OpenTrainError> {
        let request = self.ask(&LIST, &["messages"])?;
        request.query_owned(&query.pairs()).read().await
    }

    /// The messages of a conversation, newest first.
    pub async fn messages(
        &self,
        conversation: &ConversationId,
        query: &PageQuery,
    ) -> Result<Page<Message>, OpenTrainError> {
        let mut pairs = query.pairs();
        pairs.push(("conversationId", conversation.as_str().to_owned()));
        let request = self.ask(&LIST, &["messages"])?;
        request.query_owned(&pairs).read().await
    }

    /// Starts the conversation about a proposal, or returns the existing one.
    pub async fn start_conversation(&self, id: &ProposalId) -> Result<Started, OpenTrainError> {
        let request = self.ask(&START, &["proposals", id.as_str(), "conversation"])?;
        request.read().await
    }

    /// Sends a text of up to 10 000 characters.
    pub async fn send_message(
        &self,
        conversation: &ConversationId,
        content: &str,
    ) -> Result<Message, OpenTrainError> {
        let body = json!({ "conversationId": conversation, "content": content });
        let request = self.ask(&SEND, &["messages"])?;
        Ok(request.body(body).read::<Sent>().await?.message)
    }
}
