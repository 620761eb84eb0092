//! How far two distributions are apart.
//!
//! | distance | unit | of what | symmetric |
//! |---|---|---|---|
//! | [`order::Apart::kolmogorov_smirnov`] | share, 0 to 1 | values in order, infinities included | yes |
//! | [`order::Apart::wasserstein`] | the column's | finite values | yes |
//! | [`classes::Classes::psi`] | none, 0 to infinity | shares of bins or categories | for categories |
//! | [`classes::Classes::jensen_shannon`] | none, 0 to 1 | shares of bins or categories | for categories |
//! | [`classes::Classes::total_variation`] | share, 0 to 1 | shares of bins or categories | for categories |
//!
//! Distances of order leave NULL and NaN out: what share of rows they are is a question of its own
//! ([`super::shift::share_change`]). Distances of shares take them as classes. All are 0 between a distribution and
//! itself, and all depend on shares only, never on how many rows there are, but for the smoothing that PSI needs.
//!
//! **Bounds.** A cell `lo..=hi` of `count` values puts the distribution function at each place between "all of the cell
//! is above" and "all is below". The figure is computed as if values were spread evenly over the cell; its bounds are the
//! extremes over all ways the values can lie. Where both sides were counted value by value the bounds are equal.

pub mod classes;
pub mod order;

pub use classes::{BINS, Bins, Classes, Psi};
pub use order::{Apart, apart};
