//! Effective access: who can do what with which bucket, over all requests.

mod actions;
mod approach;
mod becoming;
mod class;
mod compile;
mod decide;
mod deciding;
mod frame;
mod goal;
mod ground;
mod group;
mod known;
mod named;
mod reach;
mod residual;
mod single;
mod site;
mod subject;
mod witness;

pub use actions::{DataAction, OBJECT_KEY, actions_that, data_actions};
pub use approach::Approach;
pub use becoming::{Becoming, Becomings, How};
pub use class::{Class, Requests};
pub use decide::{Decider, Ladder};
pub use goal::{Answer, Cell, Found, Goal, Goals, Region};
pub use ground::Ground;
pub use group::{Group, groups};
pub use reach::Reach;
pub use residual::Library;
pub use site::{Door, Doubts, Site, Way};
pub use subject::{ASSUMED, Standing, Subject};
pub use witness::{USUAL_IP, Witness, replay, spelled};
