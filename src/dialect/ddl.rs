//! The columns of a CREATE TABLE statement.

use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::dialect::BigQueryDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Span;

use super::error::SqlError;

/// The columns of exactly one CREATE TABLE statement and their types, as BigQuery writes them.
pub fn parse_create_table(sql: &str) -> Result<Vec<(String, String)>, SqlError> {
    let mut statements = Parser::parse_sql(&BigQueryDialect {}, sql)?;
    match (statements.pop(), statements.is_empty()) {
        (Some(Statement::CreateTable(table)), true) => Ok(table
            .columns
            .into_iter()
            .map(|column| (column.name.value, column.data_type.to_string()))
            .collect()),
        _ => Err(SqlError::new(
            Span::empty(),
            "expected one CREATE TABLE statement",
        )),
    }
}
