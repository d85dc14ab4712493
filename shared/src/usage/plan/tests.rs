use jiff::Timestamp;

use super::*;

fn link(id: &str, job: &str, project: &str) -> (At, Link) {
    let link = Link {
        id: id.into(),
        job: Some(job.into()),
        project: Some(project.into()),
        project_name: None,
        managed: false,
        install: None,
        removed: false,
        absent: false,
        at: Timestamp::UNIX_EPOCH,
    };
    ((ConnectionName::default(), id.into()), link)
}

fn set(id: usize, people: usize) -> Set {
    let trainer = |number| TrainerId::new(format!("usr_{id}_{number}"));
    Set {
        links: vec![(ConnectionName::default(), LinkId::new(id.to_string()))],
        trainers: (0..people).map(trainer).collect(),
    }
}

#[test]
fn links_that_share_a_job_or_a_project_stay_together() {
    let links = [
        link("1", "a", "p"),
        link("2", "b", "q"),
        link("3", "a", "r"),
        link("4", "c", "s"),
        link("5", "d", "r"),
    ];
    let sets = sets(links.iter().map(|(at, link)| (at, link)));
    let ids: Vec<Vec<_>> = sets
        .iter()
        .map(|set| set.iter().map(|(_, id)| id.as_str()).collect())
        .collect();
    assert_eq!(ids, [vec!["1", "3", "5"], vec!["2"], vec!["4"]]);
}

#[test]
fn small_sets_share_a_job_and_a_large_one_has_its_own() {
    let jobs = packed(vec![set(1, 150), set(2, 250), set(3, 1), set(4, 9_000)]);
    let named = |set: &JobSet| set.trainers.as_ref().map(BTreeSet::len);
    let sizes: Vec<Vec<_>> = jobs
        .iter()
        .map(|job| job.sets.iter().map(named).collect())
        .collect();
    let expected = [vec![Some(150), Some(250)], vec![Some(1)], vec![None]];
    assert_eq!(sizes, expected);
}

#[test]
fn a_job_fits_into_a_message() {
    let jobs = packed(vec![set(1, MOST_NAMED)]);
    let size = serde_json::to_string(&jobs[0]).unwrap().len();
    assert!(size < 250_000, "{size} bytes");
}
