//! `lakeaudit reconcile`: its arguments, and where its report goes.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::args::{OutputFormat, RequestArgs};
use super::progress::{self, Progress};
use super::{Exit, WIDTH, no_color, print};
use crate::command::{self, reconcile::Asked};
use crate::diagnostic::Diagnostic;
use crate::report::{self, Format};

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct ReconcileArgs {
    /// The dataset.table with the JSON
    name: String,
    /// Other tables whose columns are compared with it, too
    #[arg(long, value_name = "TABLE", value_delimiter = ',', num_args = 1..)]
    with: Vec<String>,
    /// The columns that join them: a name in both, or OURS=THEIRS; suggested by default
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', num_args = 1..)]
    key: Vec<String>,
    #[command(flatten)]
    request: RequestArgs,
    /// How the reconciliation is printed
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
    /// Write the checks to this new file instead of printing them
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Write the pairs to this Parquet file, too
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
    /// Show more rows, and all keys without a column
    #[arg(long, short)]
    verbose: bool,
}

pub(super) async fn reconcile(args: ReconcileArgs) -> Result<Exit, Diagnostic> {
    let progress = Progress::new();
    progress.say("listing the lake");
    let opened = command::open(&args.request.into()).await?;
    let asked = Asked {
        table: args.name,
        with: args.with,
        key: args.key,
    };
    let say = |what: &str| progress.say(what);
    let found = command::reconcile::reconcile(&opened, &asked, &say).await?;
    progress.end();
    if let Some(file) = &args.write {
        command::reconcile::keep(file, &found.checks)?;
    }
    if let Some(path) = &args.parquet {
        let failed =
            |why: String| Diagnostic::new(format!("failed to write {}: {why}", path.display()));
        let bytes = report::reconcile::parquet(&found).map_err(|e| failed(e.to_string()))?;
        std::fs::write(path, bytes).map_err(|e| failed(e.to_string()))?;
    }
    let text = match args.format.into() {
        Format::Json => report::reconcile::json(&found),
        Format::Text => {
            let style = report::text::Style {
                color: std::io::stdout().is_terminal() && !no_color(),
                width: progress::width().unwrap_or(WIDTH),
                verbose: args.verbose,
                exit_code: None,
            };
            report::reconcile::text(&found, style, args.write.as_deref())
        }
    };
    print(&text)?;
    Ok(match found.disagrees() {
        true => Exit::Findings,
        false => Exit::Clean,
    })
}
