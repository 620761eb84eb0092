//! Laws and golden figures of baselines, and how often they are wrong.

mod calendar;
mod draw;
mod edges;
mod golden;
mod laws;
mod seasons;
