//! doccano's counters: confirmed tasks and labels by user, without times.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use reqwest::Method;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Doccano;
use super::account::User;
use super::call::body;
use super::member::Member;
use super::project::DoccanoProject;
use shared::model::ids::MemberId;
use shared::model::json::{Element, Listing, UnreadableElement, UnreadableElements};
use shared::model::lenient;
use shared::tool::{Count, Counters, DayTotal, Days, ToolError, Window, Worker};

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

/// One user's labels, and their types.
struct Labels {
    /// `None` if the count is unreadable.
    count: Option<i64>,
    types: BTreeSet<String>,
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let types = match Value::deserialize(d)? {
            Value::Object(types) => types,
            _ => {
                return Ok(Self {
                    count: None,
                    types: BTreeSet::new(),
                });
            }
        };
        let add = |sum: i64, count: &Value| sum.checked_add(lenient::whole(count).ok()?);
        Ok(Self {
            count: types.values().try_fold(0, add),
            types: types.into_iter().map(|(name, _)| name).collect(),
        })
    }
}

/// Content of a project's distributions.
enum Told {
    /// Labels by user name, and their types.
    Labels(BTreeMap<String, i64>, BTreeSet<String>),
    /// doccano does not count labels of this kind of project, or a count is unreadable.
    Nothing,
    /// doccano fails, because an account that is not a member has labelled (KeyError).
    Frozen,
}

impl DoccanoProject {
    /// The distributions with the labels of this kind of project; empty if doccano does not count them.
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
    /// Current counters of all people, including former members.
    pub(super) async fn counters(&self, project: &DoccanoProject) -> Result<Counters, ToolError> {
        let asked_at = self.clock.now();
        let progress = self.progress(project).await?;
        let mut unreadable = UnreadableElements::default();
        let told = self.labels(project, &mut unreadable).await?;
        let frozen = matches!(told, Told::Frozen);
        let (labels, types) = match told {
            Told::Labels(labels, types) => (Some(labels), types),
            Told::Nothing | Told::Frozen => (None, BTreeSet::new()),
        };
        let users: Listing<User> = self.get(&["users"], &[]).await?;
        unreadable.extend(users.unreadable().clone());
        let (done, odd) = progress.progress.into_parts();
        unreadable.extend(odd);
        let ids: BTreeMap<_, _> = users
            .readable()
            .iter()
            .map(|user| (user.username.as_str(), user.id))
            .collect();
        // A user whose account was deleted has no id and no work.
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
            types,
            frozen,
            unreadable,
        })
    }

    /// Reason why labels can't be counted, with the accounts that must be members again.
    pub(super) async fn frozen(
        &self,
        project: &DoccanoProject,
        labelled: impl Iterator<Item = &MemberId>,
    ) -> String {
        let members = self.members(project).await.ok();
        let members = members.map(|it| it.readable().iter().map(Member::account).collect());
        let members: Option<BTreeSet<_>> = members;
        let missing = labelled.filter(|it| members.as_ref().is_some_and(|all| !all.contains(it)));
        let missing: Vec<_> = missing.map(ToString::to_string).collect();
        let whom = match missing.is_empty() {
            true => "an account that labelled and is no member, such as a superuser".to_owned(),
            false => format!("the accounts {}", missing.join(", ")),
        };
        format!(
            "doccano can't count labels (500) while an account that labelled is no member; the last values stay reported, \
             and new labels are not. Make {whom} members of project {} again, with any role",
            project.id
        )
    }

    /// Whether a user has finished a task in the project, which proves that they could log in.
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

    /// Labels by user name, over all kinds in the project.
    async fn labels(
        &self,
        project: &DoccanoProject,
        unreadable: &mut UnreadableElements,
    ) -> Result<Told, ToolError> {
        let kinds = project.distributions();
        if kinds.is_empty() {
            return Ok(Told::Nothing);
        }
        let (mut labels, mut types) = (BTreeMap::new(), BTreeSet::new());
        for kind in kinds {
            let path = ["projects", &project.segment(), "metrics", kind];
            let answer = self.call(Method::GET, &path, &[], None).await?;
            if answer.status.as_u16() == 500 {
                return Ok(Told::Frozen);
            }
            self.accept(&answer)?;
            for (user, counts) in body::<Distribution>(&answer)? {
                let sum: &mut i64 = labels.entry(user).or_default();
                match counts.count.and_then(|count| sum.checked_add(count)) {
                    Some(count) => *sum = count,
                    None => {
                        unreadable.add(odd_labels(kind));
                        return Ok(Told::Nothing);
                    }
                }
                types.extend(counts.types.into_iter().map(|it| format!("{kind}/{it}")));
            }
        }
        Ok(Told::Labels(labels, types))
    }
}

/// A user's unreadable labels. The user's name is an e-mail address, so it is not shown.
fn odd_labels(kind: &str) -> UnreadableElement {
    UnreadableElement::of(
        format!("a user of {kind}"),
        "each count of labels should be a whole number; all labels keep their last values",
    )
}

/// The days as totals of a window. Counters contain no seconds.
pub(super) fn day_totals(
    days: Days,
    unreadable: UnreadableElements,
    window: Window,
) -> Listing<DayTotal> {
    let asked = |day: &Date| window.from <= *day && *day <= window.to;
    let row = |member: &MemberId, day: Date, count: Count| DayTotal {
        worker: Worker::Member(member.clone()),
        work_date: day,
        total_seconds: None,
        tasks_completed: Some(count.tasks),
        labels_completed: count.labels,
        disputed: u64::try_from(count.fell).unwrap_or_default(),
        in_part: false,
    };
    let mut totals = Vec::new();
    for (member, days) in days {
        let days = days.into_iter().filter(|(day, _)| asked(day));
        totals.extend(days.map(|(day, count)| row(&member, day, count)));
    }
    Listing::new(totals, unreadable)
}
