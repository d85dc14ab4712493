//! Adapters of the annotation tools: any tool that implements the members contract (REST), Label Studio, doccano, CVAT.

mod cvat;
mod doccano;
mod label_studio;
mod notice_block;
mod outcome;
mod rest;
mod settings;

pub use cvat::{Cvat, CvatOptions};
pub use doccano::{Doccano, DoccanoOptions, DoccanoRole};
pub use label_studio::{Admin, LabelStudio, LabelStudioOptions};
pub use outcome::no_answer;
pub use rest::RestTool;
pub use settings::settings;
