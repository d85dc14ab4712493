//! Number of calls of a removal, compared with docs/tools.md.

use shared::model::person::Email;
use shared::tool::{AnnotationTool, Membership, Person, Proof, Removed};
use simulator::CvatKind;

use super::stage::{TEAM, TOKEN, adapter};

const DOCS: &str = include_str!("../../../../docs/tools.md");

/// The calls of one removal of a member with this number of assigned jobs and tasks.
async fn calls(jobs: usize, tasks: usize) -> usize {
    let cvat = simulator::Cvat::start(TOKEN, TEAM).await.unwrap();
    let project = cvat.create_project("Streets", "Draw boxes.");
    let email = "ann@opentrain.work";
    cvat.create_user("ann", email);
    let tool = adapter(&cvat, false);
    let person = Person {
        trainer: "usr_ann".into(),
        email: Email::parse(email).unwrap(),
        display_name: None,
        country: None,
        profile_url: None,
        accounts: Vec::new(),
        returns: false,
    };
    let id = project.to_string();
    let granted = tool.grant(&id.as_str().into(), &person).await.unwrap();
    for (kind, count) in [(CvatKind::Job, jobs), (CvatKind::Task, tasks)] {
        for _ in 0..count {
            cvat.assign(kind, project, email).unwrap();
        }
    }
    let before = cvat.calls();
    let member = Membership {
        trainer: person.trainer,
        accounts: vec![granted.member.unwrap()],
        emails: vec![person.email],
        let_in: true,
        witnessed: true,
        keeps: Vec::new(),
    };
    let removed = tool.remove(&id.as_str().into(), &member).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::Account)));
    let calls = cvat.calls() - before;
    cvat.shutdown().await;
    calls
}

#[tokio::test]
async fn a_removal_takes_the_calls_that_the_documentation_states() {
    let (none, one, two, both) = (
        calls(0, 0).await,
        calls(1, 0).await,
        calls(2, 0).await,
        calls(2, 1).await,
    );
    let each = two - one;
    let kind = one - none - each;
    assert_eq!(both - two, each + kind, "another kind");
    let row = format!(
        "| `cvat` | {none}; {each} for each assigned job, task and project, and {kind} more for each kind of them |"
    );
    assert!(DOCS.contains(&row), "{row}");
}
