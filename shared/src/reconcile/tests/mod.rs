//! The pure parts, and random histories.
