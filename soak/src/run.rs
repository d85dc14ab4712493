//! Plays a story: sets the world up, acts, lets it settle, and checks what the bridge promises.

use std::sync::Arc;
use std::time::Duration;

use shared::model::ids::ProjectId;
use shared::model::progress::unwatched;
use shared::reconcile::Wish;
use shared::usage::Options;
use simulator::{JobOptions, TrainerOptions};

use crate::acts::{Done, connection};
use crate::books::Job;
use crate::hub::Hub;
use crate::story::Story;
use crate::weather::Weather;
use crate::world::World;
use crate::{post, source, truth};

/// Result of a run.
pub struct Outcome {
    /// The promises that are broken.
    pub violations: Vec<String>,
    /// What happened.
    pub trace: Vec<String>,
    /// SHA-256 of the trace.
    pub digest: String,
    /// Attempts of deliveries.
    pub attempts: usize,
    /// Those that were answered with a 2xx.
    pub accepted: usize,
}

/// Maximum number of waits of 30 seconds until the world is quiet. A grant is retried for a day.
const MOST_ROUNDS: usize = 3_000;

/// Plays a story in this thread.
pub fn play(story: &Story) -> Outcome {
    let seed = story.shape.seed;
    shared::model::chance::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    #[allow(
        clippy::expect_used,
        reason = "a runtime without I/O needs no resource that could be missing"
    )]
    let runtime = runtime.expect("a runtime");
    runtime.block_on(tokio::task::unconstrained(async {
        let hub = Arc::new(Hub::new(seed));
        let world = World::new(Arc::clone(&hub), story.shape.clone());
        if let Err(error) = whole(&world, story).await {
            hub.violation(format!("the run could not be played: {error}"));
        }
        world.close();
        let (attempts, accepted) = world.deliveries();
        Outcome {
            violations: hub.violations(),
            trace: hub.trace(),
            digest: hub.digest(),
            attempts,
            accepted,
        }
    }))
}

async fn whole(world: &Arc<World>, story: &Story) -> Done<()> {
    set_up(world).await?;
    let hub = world.hub();
    hub.set_weather(story.weather.clone());
    for step in &story.steps {
        tokio::time::sleep(step.after).await;
        hub.note(|| format!("{:?}", step.act));
        world.act(step.act).await?;
        hub.changed.notify_one();
    }
    hub.note(|| "all works from now on".to_owned());
    world.around.opentrain.release();
    hub.set_weather(Weather::calm());
    world.correct_clocks();
    quiet(world).await?;
    truth::nothing_lost(world);
    settle(world).await?;
    truth::check(world).await;
    Ok(())
}

/// A customer with jobs, whose links lead to projects of their own.
async fn add_customer(world: &World, customer: usize) -> Done<()> {
    let mut own = Vec::new();
    for _ in 0..world.shape.jobs {
        let id = world.around.opentrain.create_job(JobOptions {
            organization: format!("org_{customer}"),
            ..JobOptions::default()
        });
        let mut entries = world.books().entries();
        let project = format!("p{}", entries.jobs.len());
        let job = Job {
            id,
            customer,
            project,
            is_cut: false,
        };
        entries.jobs.push(job.clone());
        own.push(job);
    }
    world.join(customer).await?;
    if world.shape.customers > 1 {
        let projects = own.iter().map(|job| ProjectId::new(job.project.clone()));
        let projects = projects.collect();
        let keeper = &world.around.keeper;
        keeper.change(&connection(customer)?, |it| it.projects = Some(projects));
    }
    for job in own {
        world.link(&job, &job.project, false).await?;
    }
    Ok(())
}

async fn set_up(world: &Arc<World>) -> Done<()> {
    for _ in 0..2 {
        world.start();
    }
    let opentrain = &world.around.opentrain;
    opentrain.withhold_email_from_events(world.shape.withholds_email);
    for trainer in 0..world.shape.trainers {
        let id = format!("usr_{trainer}");
        let work_email = Some(format!("{id}@opentrain.work"));
        let options = TrainerOptions {
            id: Some(id),
            work_email,
            ..TrainerOptions::default()
        };
        opentrain
            .create_trainer(options)
            .map_err(|it| format!("{it:?}"))?;
    }
    for customer in 0..world.shape.customers {
        add_customer(world, customer).await?;
    }
    tokio::spawn(Arc::clone(world).supervise());
    tokio::spawn(post::carry(Arc::clone(world)));
    for _ in 0..2 {
        tokio::spawn(source::poll(Arc::clone(world)));
    }
    Ok(())
}

/// Reconciles repair what events did not, and reports send what is left, with time between them.
async fn settle(world: &Arc<World>) -> Done<()> {
    let hub = world.hub();
    // An absence counts at the second look; a removal is checked again after 15 minutes.
    for wait in [0, 11, 16] {
        tokio::time::sleep(Duration::from_secs(wait * 60)).await;
        for customer in 0..world.shape.customers {
            let wish = Wish {
                force: true,
                connection: Some(connection(customer)?),
                ..Wish::default()
            };
            let run = world.operator.reconciler.run(&wish, &unwatched).await;
            let outcome = run.map_err(|it| it.to_string())?;
            let (drift, done) = (outcome.drift.len(), outcome.all_done());
            hub.note(|| format!("reconciled c{customer}: {drift} differences, {done:?}"));
        }
        quiet(world).await?;
        let reporter = world.operator.provisioner().reporter();
        let options = Options {
            by_hand: true,
            ..Options::default()
        };
        let report = reporter
            .report(&options, &unwatched)
            .await
            .map_err(|it| it.to_string())?;
        hub.note(|| {
            format!(
                "reported: {} entries, {:?}",
                report.entries(),
                report.all_done()
            )
        });
        quiet(world).await?;
    }
    Ok(())
}

/// Waits until OpenTrain has nothing to deliver and the queue is empty.
async fn quiet(world: &World) -> Done<()> {
    let opentrain = &world.around.opentrain;
    for _ in 0..MOST_ROUNDS {
        world.hub().changed.notify_one();
        tokio::time::sleep(Duration::from_secs(30)).await;
        let is_sent = opentrain.next_due().is_none() && opentrain.is_idle();
        if is_sent && world.around.messages.is_empty() {
            return Ok(());
        }
    }
    Err("deliveries or messages are left after 25 hours".into())
}
