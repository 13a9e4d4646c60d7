pub mod device;
pub mod error;
pub mod model;
pub mod data;
pub mod journal;
pub mod numerics;
pub mod learner;
