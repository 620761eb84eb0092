//! No rows, no values, values of no order, and how each type is written.

use super::told;
#[test]
fn nothing_of_nothing() {
    assert_eq!(told(&[], []), Vec::<String>::new());
}
