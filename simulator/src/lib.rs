#![doc = include_str!("../README.md")]

mod call;
mod clock;
mod control;
mod cvat;
mod draw;
mod fault;
mod fields;
mod host;
mod opentrain;
mod post;
mod progress;
mod refusal;
mod reply;
mod server;
mod tool;
mod violation;

pub use clock::{Clock, system_clock};
pub use cvat::{Cvat, CvatEvent, Kind as CvatKind};
pub use fault::{Fault, On, What};
pub use opentrain::{
    Failures, OpenTrain, Options,
    budget::{Budget, BudgetState, Consumed},
    contract::{ContractStatus, ContractView},
    event::{EventType, EventView},
    http::Endpoint,
    install::{ConsentOptions, DEFAULT_ORGANIZATION, Grant, InstallStatus},
    job::{Job, JobOptions},
    link::{ProjectLink, ProvisioningMode},
    milestone::{Milestone, MilestoneStatus},
    payment::PaymentType,
    samples::Samples,
    scope::Scope,
    trainer::TrainerOptions,
    usage::UsageRow,
    world::Misuse,
};
pub use post::{
    delivery::{Attempt, DeliveryStatus, DeliveryView, Outcome},
    hold::Hold,
    hook::{EndpointStatus, WebhookEndpoint},
};
pub use progress::TimedOut;
pub use tool::{
    AnnotationPlatform,
    member::{Member, MemberStatus, Writes},
    notice::{Notice, NoticeLevel},
    project::ToolMisuse,
    route::ToolCall,
    work::Work,
};
pub use violation::Violation;
