#![doc = include_str!("../README.md")]

mod cvat;
mod http;
mod kit;
mod market;
mod model;
mod opentrain;
mod tool;
mod world;

pub use cvat::{Cvat, CvatEvent, Kind as CvatKind};
pub use http::platform::endpoint::Endpoint;
pub use kit::clock::{Clock, system_clock};
pub use kit::fault::{Fault, On, What};
pub use kit::progress::TimedOut;
pub use kit::violation::Violation;
pub use market::data::samples::Samples;
pub use model::{
    budget::{Budget, BudgetState, Consumed},
    contract::{ContractStatus, ContractView},
    event::{EventType, EventView},
    install::{ConsentOptions, DEFAULT_ORGANIZATION, Grant, InstallStatus},
    job::{Job, JobOptions},
    link::{ProjectLink, ProvisioningMode},
    milestone::{Milestone, MilestoneStatus},
    misuse::Misuse,
    options::{Failures, Options},
    payment::PaymentType,
    scope::Scope,
    trainer::TrainerOptions,
    usage::UsageRow,
};
pub use model::{
    delivery::{Attempt, DeliveryStatus, DeliveryView, Outcome},
    hold::Hold,
    hook::{EndpointStatus, WebhookEndpoint},
};
pub use opentrain::{OpenTrain, in_process::Dispatch};
pub use tool::{
    AnnotationPlatform,
    member::{Member, MemberStatus, Writes},
    notice::{Notice, NoticeLevel},
    project::ToolMisuse,
    route::ToolCall,
    work::Work,
};
