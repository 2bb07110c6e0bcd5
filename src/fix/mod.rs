//! Fixes: what cures findings, and how it is written down.

pub mod render;
