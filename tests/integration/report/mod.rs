//! One assessment in every format.

mod filter;
mod json;
mod sample;
mod terminal;
