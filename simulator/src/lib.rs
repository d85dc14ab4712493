#![doc = include_str!("../README.md")]

mod cvat;
mod kit;
mod opentrain;
mod post;
mod tool;

pub use cvat::{Cvat, CvatEvent, Kind as CvatKind};
pub use kit::clock::{Clock, system_clock};
pub use kit::fault::{Fault, On, What};
pub use kit::progress::TimedOut;
pub use kit::violation::Violation;
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
pub use tool::{
    AnnotationPlatform,
    member::{Member, MemberStatus, Writes},
    notice::{Notice, NoticeLevel},
    project::ToolMisuse,
    route::ToolCall,
    work::Work,
};
