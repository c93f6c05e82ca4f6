//! `redundant-index`: an index that another one does the work of.
//!
//! ```text
//! models.Index(fields=["customer"], name="by_customer")    # a foreign key has one
//! ```

use smol_str::SmolStr;

use crate::diag::wording::list;
use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Execution, Site};
use crate::lint::rule::{AtEnd, Category, Check, Group, Rule};
use crate::sql::catalog::{Catalog, Entry, EntryKind};
use crate::sql::ddl::{ColumnName, Indexed, Name, Statement, TableName};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "redundant-index",
    summary: "an index that another one does the work of",
    page: include_str!("../../../../docs/rules/redundant-index.md"),
    category: Category::Data,
    level: Level::Info,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::AtEnd(check),
};

fn check<'p>(_: &Context<'_>, execution: &Execution<'p>, out: &mut Vec<AtEnd<'p>>) {
    for (action, statement, _) in execution.statements() {
        let Statement::CreateIndex(index) = statement else {
            continue;
        };
        let (Name::Given(name), Indexed::Columns(columns)) = (&index.name, &index.indexed) else {
            continue;
        };
        let is_plain = !index.is_unique
            && index.condition.is_none()
            && index.method.is_none()
            && index.include.is_empty()
            && columns
                .iter()
                .all(|it| it.opclass.is_none() && !(it.is_descending && columns.len() > 1));
        if !is_plain {
            continue;
        }
        // SQLite makes indexes again with their table.
        let known = execution.server.quoting.introspected(name);
        if execution.catalog.named(&index.table, &known).is_some() {
            continue;
        }
        let site = execution.site(action);
        let (table, name) = (index.table.clone(), name.clone());
        out.push(Box::new(move |at_end| {
            let other = other(at_end, &table, &known)?;
            Some(finding(site, (&table, &name), &other))
        }));
    }
}

/// Another index that begins with the columns of the named one, both still there when all
/// migrations have run.
fn other(at_end: &Catalog, table: &TableName, name: &str) -> Option<Entry> {
    if at_end.why_doubtful(table).is_some() {
        return None;
    }
    let entries = at_end.entries(table);
    let at = entries.iter().position(|entry| entry.name == name)?;
    let own = entries.get(at)?;
    if !is_plain(own) || own.columns.is_empty() {
        return None;
    }
    let mut others = entries.iter().enumerate().filter(|(place, entry)| {
        let is_longer = entry.columns.len() > own.columns.len();
        // Of two that are alike, the later one is too much.
        let is_alike = entry.columns.len() == own.columns.len() && *place < at;
        *place != at
            && is_plain(entry)
            && entry.columns.starts_with(&own.columns)
            && (is_alike || is_longer && is_key(entry))
    });
    others.next().map(|(_, entry)| entry.clone())
}

/// Whether values can be looked up by the columns from the first on, for all rows.
fn is_plain(entry: &Entry) -> bool {
    let has_columns = match entry.kind {
        EntryKind::Index { is_plain, .. } => is_plain,
        _ => is_key(entry),
    };
    has_columns && entry.detail.uses.is_empty() && !entry.detail.has_opclass
}

fn is_key(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::PrimaryKey | EntryKind::Unique)
}

fn finding(site: Site<'_>, (table, name): (&TableName, &SmolStr), other: &Entry) -> Diagnostic {
    let columns: Vec<&str> = other.columns.iter().map(ColumnName::as_str).collect();
    let message = format!(
        "index `{name}` of `{}` adds nothing to `{}`",
        table.as_str(),
        other.name
    );
    let finding = RULE.on_site(site, message).note(format!(
        "`{}` is on {}, and serves the same searches; every write keeps up both",
        other.name,
        list(&columns)
    ));
    advise(
        finding,
        site.migration,
        Advice::alike("leave this index out"),
    )
}
