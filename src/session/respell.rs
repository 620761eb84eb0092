//! Fields of structs under the names a table has for them: BigQuery's names ignore case, Arrow's do not.

use std::sync::Arc;

use arrow::array::{Array, ArrayData, ArrayRef, make_array};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use arrow::error::ArrowError;

/// `stored` with the names that `read` spells otherwise as it does; none if it spells all of them alike.
pub(super) fn respelled(stored: &DataType, read: &DataType) -> Option<DataType> {
    let named = named(stored, read);
    (named != *stored).then_some(named)
}

fn named(stored: &DataType, read: &DataType) -> DataType {
    use DataType::{LargeList, List, Struct};
    match (stored, read) {
        (Struct(stored), Struct(read)) => Struct(fields(stored, read)),
        (List(stored), List(read)) => List(under(stored, stored.name(), read)),
        (LargeList(stored), LargeList(read)) => LargeList(under(stored, stored.name(), read)),
        _ => stored.clone(),
    }
}

fn fields(stored: &Fields, read: &Fields) -> Fields {
    let known = |name: &str| stored.iter().any(|f| f.name() == name);
    let field = |field: &FieldRef| {
        let exact = read.iter().find(|r| r.name() == field.name());
        // A file that holds both `a` and `A` keeps them apart.
        let alike = || {
            let mut alike = read.iter().filter(|r| !known(r.name()));
            alike.find(|r| r.name().eq_ignore_ascii_case(field.name()))
        };
        match exact.or_else(alike) {
            Some(read) => under(field, read.name(), read),
            None => Arc::clone(field),
        }
    };
    stored.iter().map(field).collect()
}

fn under(stored: &FieldRef, name: &str, read: &Field) -> FieldRef {
    let data_type = named(stored.data_type(), read.data_type());
    Arc::new(
        stored
            .as_ref()
            .clone()
            .with_name(name)
            .with_data_type(data_type),
    )
}

/// The array as one of a type that differs from its own in names alone.
pub(super) fn respell(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    Ok(make_array(data(array.to_data(), to)?))
}

fn data(array: ArrayData, to: &DataType) -> Result<ArrayData, ArrowError> {
    let children = array.child_data().iter().cloned();
    let children = match to {
        DataType::Struct(fields) => children
            .zip(fields)
            .map(|(child, field)| data(child, field.data_type()))
            .collect::<Result<_, _>>()?,
        DataType::List(field) | DataType::LargeList(field) => children
            .map(|child| data(child, field.data_type()))
            .collect::<Result<_, _>>()?,
        _ => children.collect(),
    };
    let builder = array.into_builder().data_type(to.clone());
    builder.child_data(children).build()
}
