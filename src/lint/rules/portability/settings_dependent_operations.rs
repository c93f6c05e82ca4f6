//! `settings-dependent-operations`: a setting decides what a migration does.
//!
//! ```text
//! if settings.WITH_ARCHIVE:
//!     operations.append(migrations.CreateModel("Archive", [...]))
//! ```

use crate::diag::{Diagnostic, Level};
use crate::ir::Migration;
use crate::ir::migration::{Decided, Switch};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "settings-dependent-operations",
    summary: "a setting decides what a migration does",
    page: include_str!("../../../../docs/rules/settings-dependent-operations.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Migration(check),
};

fn check(_: &Context<'_>, migration: &Migration, out: &mut Vec<Diagnostic>) {
    for Switch {
        setting,
        span,
        decides,
    } in &migration.switches
    {
        let (message, help) = match decides {
            Decided::Operations => (
                format!("setting `{setting}` decides what the migration does"),
                "write the operations for all, and ask for the setting where the models are used"
                    .to_owned(),
            ),
            Decided::Option(name) => (
                format!("setting `{setting}` decides `{name}` of a column"),
                format!("write the value of `{name}`; a migration of its own changes it"),
            ),
        };
        let finding = RULE
            .finding(migration, *span, message)
            .note(
                "a database that was migrated under another value keeps what that made, and no \
                 migration tells of the difference",
            )
            .help(help);
        out.push(finding);
    }
}
