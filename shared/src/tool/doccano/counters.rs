//! What doccano counts: confirmed tasks and labels by user, without a word on when.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Doccano;
use super::account::User;
use super::call::body;
use super::project::DoccanoProject;
use crate::http::{Element, Listing, UnreadableElement, UnreadableElements};
use crate::ids::MemberId;
use crate::lenient;
use crate::tool::{Counters, ToolError};

#[derive(Deserialize)]
struct MemberProgress {
    #[serde(deserialize_with = "lenient::whole")]
    total: i64,
    progress: Listing<Progress>,
}

#[derive(Deserialize)]
struct Progress {
    #[serde(deserialize_with = "lenient::exact")]
    user: String,
    #[serde(deserialize_with = "lenient::whole")]
    done: i64,
}

impl Element for Progress {
    const KIND: &'static str = "member progress";
    /// A user name is an e-mail address.
    const ID: &'static [&'static str] = &[];
}

/// Labels by user name, over all kinds.
type Distribution = BTreeMap<String, Labels>;

/// One user's labels; nothing when a count can't be read.
struct Labels(Option<i64>);

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let Value::Object(kinds) = Value::deserialize(d)? else {
            return Ok(Self(None));
        };
        let add = |sum: i64, count: &Value| sum.checked_add(lenient::whole(count).ok()?);
        Ok(Self(kinds.values().try_fold(0, add)))
    }
}

impl DoccanoProject {
    /// The distributions that tell of this kind of project's labels; none where doccano counts none.
    fn distributions(&self) -> &'static [&'static str] {
        match self.project_type.as_str() {
            "DocumentClassification" | "ImageClassification" => &["category-distribution"],
            "SequenceLabeling" if self.use_relation => {
                &["span-distribution", "relation-distribution"]
            }
            "SequenceLabeling" => &["span-distribution"],
            "IntentDetectionAndSlotFilling" => &["category-distribution", "span-distribution"],
            _ => &[],
        }
    }
}

impl Doccano {
    /// Everybody's counters now, of people who have left too.
    pub(super) async fn counters(&self, project: &DoccanoProject) -> Result<Counters, ToolError> {
        let asked_at = self.clock.now();
        let progress = self.progress(project).await?;
        let mut unreadable = UnreadableElements::default();
        let labels = self.labels(project, &mut unreadable).await?;
        let users: Listing<User> = self.get(&["users"], &[]).await?;
        unreadable.extend(users.unreadable().clone());
        let (done, odd) = progress.progress.into_parts();
        unreadable.extend(odd);
        let ids: BTreeMap<_, _> = users
            .readable()
            .iter()
            .map(|user| (user.username.as_str(), user.id))
            .collect();
        // A user whose account was deleted has no id any more, and no work either.
        let by_id = |counts: BTreeMap<String, i64>| {
            let known = |(name, count): (String, i64)| {
                Some((MemberId::new(ids.get(name.as_str())?.to_string()), count))
            };
            counts.into_iter().filter_map(known).collect()
        };
        let done = done.into_iter();
        Ok(Counters {
            asked_at,
            size: progress.total,
            tasks: by_id(done.map(|it| (it.user, it.done)).collect()),
            labels: labels.map(by_id),
            unreadable,
        })
    }

    /// Whether a user has finished a task in the project: then they got in.
    pub(super) async fn has_worked(&self, project: &DoccanoProject, user: i64) -> bool {
        let user = MemberId::new(user.to_string());
        let seen = self.counters(project).await;
        let seen = seen.inspect_err(
            |error| tracing::warn!(reason = %error, "whether an account is in use could not be read"),
        );
        let over_zero =
            |counts: &BTreeMap<MemberId, i64>| counts.get(&user).is_some_and(|it| *it > 0);
        seen.is_ok_and(|seen| over_zero(&seen.tasks) || seen.labels.as_ref().is_some_and(over_zero))
    }

    /// `GET …/metrics/member-progress`. "Done" is a task that the user has confirmed.
    async fn progress(&self, project: &DoccanoProject) -> Result<MemberProgress, ToolError> {
        let path = ["projects", &project.segment(), "metrics", "member-progress"];
        self.get(&path, &[]).await
    }

    /// Labels by user name, over all kinds that the project has; nothing when one of them can't be told.
    async fn labels(
        &self,
        project: &DoccanoProject,
        unreadable: &mut UnreadableElements,
    ) -> Result<Option<BTreeMap<String, i64>>, ToolError> {
        let kinds = project.distributions();
        if kinds.is_empty() {
            return Ok(None);
        }
        let mut labels: BTreeMap<String, i64> = BTreeMap::new();
        for kind in kinds {
            let path = ["projects", &project.segment(), "metrics", kind];
            let answer = self.call(Method::GET, &path, &[], None).await?;
            // Once somebody has left who labelled, doccano fails here until they are back (KeyError).
            if answer.status.as_u16() == 500 {
                tracing::warn!(
                    project.id = project.id,
                    kind,
                    "doccano can't tell labels since somebody has left who made some; their last values are kept"
                );
                return Ok(None);
            }
            self.accept(&answer)?;
            for (user, counts) in body::<Distribution>(&answer)? {
                let sum = labels.entry(user).or_default();
                match counts.0.and_then(|count| sum.checked_add(count)) {
                    Some(count) => *sum = count,
                    None => {
                        unreadable.add(odd_labels(kind));
                        return Ok(None);
                    }
                }
            }
        }
        Ok(Some(labels))
    }
}

/// A user's labels that could not be read; the user's name is an e-mail address.
fn odd_labels(kind: &str) -> UnreadableElement {
    UnreadableElement {
        name: format!("a user of {kind}"),
        reason: "each count of labels should be a whole number; all labels keep their last values"
            .to_owned(),
    }
}
