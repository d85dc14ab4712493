//! Plays a story: sets the world up, acts, lets it settle, and checks what the bridge promises.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use shared::connection::Webhook;
use shared::model::ConnectionName;
use shared::model::event::EventType;
use shared::model::ids::{JobId, ProjectId};
use shared::model::progress::unwatched;
use shared::model::signature::WebhookSecret;
use shared::opentrain::{NewProjectLink, NewWebhookEndpoint, ProvisioningMode};
use shared::reconcile::Wish;
use simulator::{ConsentOptions, ContractStatus, JobOptions, TrainerOptions};

use crate::hub::Hub;
use crate::story::{Act, Story};
use crate::weather::Weather;
use crate::world::World;
use crate::{post, source, truth};

/// Result of a run.
pub struct Outcome {
    pub violations: Vec<String>,
    pub trace: Vec<String>,
    /// SHA-256 of the trace.
    pub digest: String,
    pub attempts: usize,
    pub accepted: usize,
}

/// A step of the set-up that cannot fail in calm weather.
type Done<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

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
        reason = "a runtime without I/O needs no resource that could lack"
    )]
    let runtime = runtime.expect("a runtime");
    runtime.block_on(tokio::task::unconstrained(async {
        let hub = Arc::new(Hub::new(seed));
        let world = World::new(Arc::clone(&hub), story.shape.clone());
        let mut play = Play {
            world: Arc::clone(&world),
            jobs: Vec::new(),
        };
        if let Err(error) = play.whole(story).await {
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

struct Play {
    world: Arc<World>,
    jobs: Vec<String>,
}

fn connection(customer: usize) -> Done<ConnectionName> {
    Ok(ConnectionName::parse(&format!("c{customer}")).map_err(|_| "a bad name")?)
}

impl Play {
    async fn whole(&mut self, story: &Story) -> Done<()> {
        self.set_up().await?;
        let hub = Arc::clone(self.world.hub());
        hub.set_weather(story.weather.clone());
        for step in &story.steps {
            tokio::time::sleep(step.after).await;
            hub.note(|| format!("{:?}", step.act));
            self.act(step.act);
            hub.changed.notify_one();
        }
        self.settle().await?;
        truth::check(&self.world).await;
        Ok(())
    }

    async fn set_up(&mut self) -> Done<()> {
        let world = Arc::clone(&self.world);
        for _ in 0..2 {
            world.start();
        }
        for trainer in 0..world.shape.trainers {
            let id = format!("usr_{trainer}");
            let work_email = Some(format!("{id}@opentrain.work"));
            let options = TrainerOptions {
                id: Some(id),
                work_email,
                ..TrainerOptions::default()
            };
            world
                .around
                .opentrain
                .create_trainer(options)
                .map_err(|it| format!("{it:?}"))?;
        }
        for customer in 0..world.shape.customers {
            self.join(customer).await?;
        }
        tokio::spawn(Arc::clone(&world).supervise());
        tokio::spawn(post::carry(Arc::clone(&world)));
        for _ in 0..2 {
            tokio::spawn(source::poll(Arc::clone(&world)));
        }
        Ok(())
    }

    /// A customer consents; the operator connects, subscribes and links.
    async fn join(&mut self, customer: usize) -> Done<()> {
        let around = &self.world.around;
        let organization = format!("org_{customer}");
        let consent = ConsentOptions {
            organization: organization.clone(),
            ..ConsentOptions::default()
        };
        let grant = around.opentrain.consent(consent);
        let token = grant.token.as_str().into();
        let name = connection(customer)?;
        let platform = self.world.operator.client.with_token(&token)?;
        let url = format!("http://127.0.0.1:1/hooks/{name}");
        let event_types = EventType::known().map(Into::into).collect();
        let created = platform
            .create_endpoint(&NewWebhookEndpoint { url, event_types })
            .await?;
        let secret = WebhookSecret::new(created.secret.expose_secret()).ok_or("an empty secret")?;
        around.keeper.change(&name, |own| {
            own.token = Some(token);
            own.organization = Some(organization.clone());
            own.webhooks = vec![Webhook {
                endpoint: Some(created.endpoint.id.clone()),
                secret,
            }];
        });
        for _ in 0..self.world.shape.jobs {
            let job = around.opentrain.create_job(JobOptions {
                organization: organization.clone(),
                ..JobOptions::default()
            });
            let project = format!("p{}", self.jobs.len());
            let new = NewProjectLink {
                external_project_id: ProjectId::new(project),
                external_project_name: None,
                external_project_url: None,
                job_id: Some(JobId::new(job.clone())),
                provisioning_mode: ProvisioningMode::PartnerWebhook,
            };
            platform.create_link(&new).await?;
            self.jobs.push(job);
        }
        Ok(())
    }

    fn act(&mut self, act: Act) {
        let opentrain = &self.world.around.opentrain;
        match act {
            Act::Hire { job, trainer } => {
                let job = &self.jobs[job % self.jobs.len()];
                let trainer = format!("usr_{}", trainer % self.world.shape.trainers);
                let _hired = opentrain.hire(job, &trainer);
            }
            Act::End(nth) => {
                let all = opentrain.contracts();
                let active = all.iter().filter(|it| it.status == ContractStatus::Active);
                let active: Vec<_> = active.collect();
                if let Some(contract) = pick(&active, nth) {
                    let _ended = opentrain.end_contract(&contract.id);
                }
            }
            Act::Lose(count) => opentrain.lose_events(count),
            Act::Replay(nth) => {
                let all = opentrain.deliveries();
                if let Some(delivery) = pick(&all, nth) {
                    let _replayed = opentrain.replay(&delivery.id);
                }
            }
            Act::Reconcile => self.reconcile(),
            Act::Deploy => self.world.deploy(),
        }
    }

    /// Starts a scheduled reconcile in one of the processes.
    fn reconcile(&self) {
        let Some(process) = self.world.any() else {
            return;
        };
        tokio::spawn(async move {
            let run = async {
                let (jobs, _) = process.reconciler.plan().await?;
                for job in jobs {
                    process.reconciler.job(&job).await?;
                }
                Ok::<_, shared::model::failure::Failure>(())
            };
            let _done = process.life.run(run).await;
        });
    }

    /// All works, and time passes; then reconciles repair what events did not.
    async fn settle(&self) -> Done<()> {
        let hub = self.world.hub();
        hub.note(|| "all works from now on".to_owned());
        hub.set_weather(Weather::calm());
        self.world.correct_clocks();
        self.quiet().await?;
        // An absence counts at the second look; removals are looked at twice.
        for wait in [0, 11, 11, 16] {
            tokio::time::sleep(Duration::from_secs(wait * 60)).await;
            for customer in 0..self.world.shape.customers {
                let wish = Wish {
                    force: true,
                    connection: Some(connection(customer)?),
                    ..Wish::default()
                };
                let run = self.world.operator.reconciler.run(&wish, &unwatched).await;
                let outcome = run.map_err(|it| it.to_string())?;
                hub.note(|| format!("reconciled: {:?}", outcome.drift));
                if let Err(reason) = outcome.all_done() {
                    hub.note(|| format!("reconcile is not done: {reason}"));
                }
            }
            self.quiet().await?;
        }
        Ok(())
    }

    /// Waits until OpenTrain has nothing to deliver and the queue is empty.
    async fn quiet(&self) -> Done<()> {
        let opentrain = &self.world.around.opentrain;
        for _ in 0..2000 {
            self.world.hub().changed.notify_one();
            tokio::time::sleep(Duration::from_secs(30)).await;
            if opentrain.next_due().is_none()
                && opentrain.is_idle()
                && self.world.around.messages.is_empty()
            {
                return Ok(());
            }
        }
        Err("it never settles".into())
    }
}

fn pick<T>(all: &[T], nth: usize) -> Option<&T> {
    match all.len() {
        0 => None,
        len => all.get(nth % len),
    }
}
