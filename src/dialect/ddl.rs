//! The columns of a CREATE TABLE statement.

use super::error::SqlError;
use super::syntax::ast::{Type, TypeKind};
use super::syntax::{Fault, Parser};
use crate::schema::BqType;

/// The columns of exactly one CREATE TABLE statement, with their types.
pub fn parse_create_table(sql: &str) -> Result<Vec<(String, BqType)>, SqlError> {
    columns(sql).map_err(|fault| SqlError::of(fault, sql))
}

fn columns(sql: &str) -> Result<Vec<(String, BqType)>, Fault> {
    let mut parser = Parser::new(sql)?;
    let table = parser.only_table()?;
    if let (true, Some(name)) = (table.columns.is_empty(), table.path.first()) {
        return Err(Fault::new(name.span, "the statement lists no columns")
            .help("write them in brackets after the table's name"));
    }
    table
        .columns
        .iter()
        .map(|(name, of)| Ok((name.text.clone(), bq_type(of)?)))
        .collect()
}

fn bq_type(of: &Type) -> Result<BqType, Fault> {
    match &of.kind {
        TypeKind::Array(element) => Ok(BqType::Array(Box::new(bq_type(element)?))),
        TypeKind::Struct(fields) => {
            let fields = fields.iter().map(|field| {
                let name = field.name.as_ref().map(|n| n.text.clone());
                Ok((name.unwrap_or_default(), bq_type(&field.of)?))
            });
            Ok(BqType::Struct(fields.collect::<Result<_, Fault>>()?))
        }
        TypeKind::Simple(name, parameters) => {
            let text = if parameters.is_empty() {
                name.clone()
            } else {
                let digits: Vec<String> = parameters.iter().map(i64::to_string).collect();
                format!("{name}({})", digits.join(", "))
            };
            text.parse().map_err(|e: crate::diagnostic::Diagnostic| {
                let fault = Fault::new(of.span, e.message);
                match e.help {
                    Some(help) => fault.help(help),
                    None => fault,
                }
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse_create_table;

    fn read(sql: &str) -> String {
        match parse_create_table(sql) {
            Ok(columns) => columns
                .into_iter()
                .map(|(name, of)| format!("{name} {of}"))
                .collect::<Vec<_>>()
                .join("; "),
            Err(error) => format!("error {error}"),
        }
    }

    #[test]
    fn columns_among_all_that_a_statement_may_say() {
        let sql = "CREATE OR REPLACE TABLE IF NOT EXISTS `my-project.ds`.t (
              id INTEGER NOT NULL PRIMARY KEY NOT ENFORCED OPTIONS (description = 'the id, not null'),
              `day` DATE DEFAULT CURRENT_DATE() NOT NULL,
              price NUMERIC(4, 1) DEFAULT -1.5, -- a comment, with a comma
              name STRING(500) COLLATE 'und:ci' CONSTRAINT fk REFERENCES ds.names(name) NOT ENFORCED,
              raw BYTES(16),
              tags ARRAY<STRING> OPTIONS(),
              parts ARRAY<STRUCT<a INT64 NOT NULL OPTIONS(description='x'), `b c` STRUCT<d BIGNUMERIC>>>,
              PRIMARY KEY (id, `day`) NOT ENFORCED,
              CONSTRAINT fk2 FOREIGN KEY (id) REFERENCES ds.other(id) NOT ENFORCED,
            )
            DEFAULT COLLATE ''
            PARTITION BY DATE_TRUNC(`day`, MONTH)
            CLUSTER BY id, name
            OPTIONS (expiration_timestamp = TIMESTAMP '2030-01-01', labels = [('a', 'b')]);";
        assert_eq!(
            read(sql),
            "id INT64; day DATE; price NUMERIC(4, 1); name STRING; raw BYTES; tags ARRAY<STRING>; \
             parts ARRAY<STRUCT<a INT64, b c STRUCT<d BIGNUMERIC>>>"
        );
        assert_eq!(
            read("create temp table t(a int64) as select 1 as a"),
            "a INT64"
        );
    }

    #[test]
    fn what_is_wrong_with_its_place() {
        for (sql, want) in [
            ("SELECT 1", "error 1:1: expected CREATE, found `SELECT`"),
            (
                "CREATE VIEW v AS SELECT 1",
                "error 1:1: CREATE of anything but a table is not supported",
            ),
            (
                "CREATE TABLE t (a INT64\n  b DATE)",
                "error 2:3: expected , or ), found `b`",
            ),
            (
                "CREATE TABLE t (a INT65)",
                "error 1:19: `INT65` is not a BigQuery type",
            ),
            (
                "CREATE TABLE t (\n  a NUMERIC(39, 1))",
                "error 2:5: `NUMERIC(39, 1)` is not a BigQuery type",
            ),
            (
                "CREATE TABLE t (a STRUCT<INT64>)",
                "error 1:31: expected a name, found `>`",
            ),
            (
                "CREATE TABLE t AS SELECT 1",
                "error 1:14: the statement lists no columns",
            ),
            (
                "CREATE TABLE t (a INT64); DROP TABLE t",
                "error 1:27: expected the end of the statement, found `DROP`",
            ),
            (
                "CREATE TABLE t (",
                "error 1:17: expected a name, found the end",
            ),
        ] {
            let said = read(sql);
            assert!(
                said.starts_with(want),
                "{sql}\n said: {said}\n want: {want}"
            );
        }
    }
}
