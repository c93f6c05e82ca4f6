//! The SQL of migrations with what each statement locks, for reports that show it.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::effects;
use crate::ir::MigrationId;
use crate::sql::Server;
use crate::sql::plan::Line;

/// SQL for some servers.
#[derive(Debug, Default)]
pub struct Explained {
    /// How people name the servers: `PostgreSQL 16`.
    pub servers: Vec<String>,
    /// A script for each server, in their order.
    pub scripts: FxHashMap<MigrationId, Vec<Script>>,
}

/// What one migration is on one server, as `whimbrel sql --locks` prints it.
pub type Script = Vec<Piece>;

/// A statement, a comment, or what begins or ends a transaction.
#[derive(Debug, Serialize)]
pub struct Piece {
    pub text: String,
    /// What it does to tables that were there before the migration, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<String>,
}

impl Piece {
    fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            locks: Vec::new(),
        }
    }
}

/// The lines of one migration as a script.
#[must_use]
pub fn script(lines: &[Line], in_transaction: bool) -> Script {
    let in_transaction = in_transaction && !lines.is_empty();
    let begin = in_transaction.then(|| Piece::plain("BEGIN;"));
    let end = in_transaction.then(|| Piece::plain("COMMIT;"));
    let explained = effects::explained(lines).into_iter();
    let pieces = explained.map(|(locks, line)| Piece {
        text: line.text().to_owned(),
        locks,
    });
    begin.into_iter().chain(pieces).chain(end).collect()
}

/// How people name a server.
#[must_use]
pub fn title(server: &Server) -> String {
    format!("{} {}", server.dialect.title, server.version)
}
