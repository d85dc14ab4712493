//! The bridge with the simulated OpenTrain and a simulated CVAT. The simulator follows CVAT's published API, is strict
//! and has state: a real CVAT needs a stack of containers.

mod access;
mod calls;
mod check;
mod hidden;
mod invitations;
mod stage;
mod work;
