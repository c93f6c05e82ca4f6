//! `dangling-relation`: a relation or base class names a model that does not exist.
//!
//! ```text
//! models.ForeignKey(to="blog.pots", on_delete=models.CASCADE)
//! ```

use smol_str::SmolStr;

use crate::diag::{Diagnostic, Level};
use crate::ir::{Migration, OperationKind};
use crate::lint::context::Context;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::schema::{Fault, Role};

use super::{finding, gone_or_meant, label, operation};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "dangling-relation",
    summary: "a relation or a base names a model that does not exist",
    page: include_str!("../../../../docs/rules/dangling-relation.md"),
    category: Category::State,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Project(check),
};

/// The names of all models that an app's migrations make, at any time.
fn models_made(ctx: &Context<'_>, app: &str) -> Vec<SmolStr> {
    let migrations = ctx.app(app).into_iter().flat_map(|app| &app.migrations);
    let operations = migrations.flat_map(Migration::walk_operations);
    let made = operations.filter_map(|operation| match &operation.kind {
        OperationKind::CreateModel(create) => Some(&create.name),
        OperationKind::RenameModel { new_name, .. } => Some(new_name),
        _ => None,
    });
    made.map(|name| SmolStr::new(name.as_str())).collect()
}

fn check(ctx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (migration, error) in ctx.replay_errors() {
        match &error.fault {
            Fault::DanglingRelation {
                model,
                role,
                target,
                gone,
            } => {
                let end = if gone.is_some() {
                    "any more"
                } else {
                    "by then"
                };
                let message = match role {
                    Role::Field(field) => format!(
                        "field `{field}` of `{model}` in `{}` refers to `{target}`, which does \
                         not exist {end}",
                        migration.id
                    ),
                    Role::Base => format!(
                        "`{model}` in `{}` extends `{target}`, which does not exist {end}",
                        migration.id
                    ),
                };
                let mut found = finding(&RULE, migration, error, message);
                let later = ctx.creation(target).filter(|_| gone.is_none());
                if let Some((creator, span)) = later {
                    found = label(found, span, format!("`{target}` is created here"));
                    if creator.id != migration.id {
                        found = found.note(format!("`{}` runs later", creator.id));
                    }
                } else {
                    let what = format!("`{target}`");
                    let made = models_made(ctx, target.app());
                    found = gone_or_meant(found, &what, target.name(), gone.as_ref(), &made);
                }
                out.push(found);
            }
            Fault::DeletedTarget {
                model,
                role,
                target,
                relation,
            } => {
                let who = match role {
                    Role::Field(field) => {
                        format!("field `{field}` of `{model}` still refers to it")
                    }
                    Role::Base => format!("`{model}` still inherits from it"),
                };
                let message = format!(
                    "{} of `{}` takes `{target}` away, but {who}",
                    operation(error),
                    migration.id
                );
                let found = finding(&RULE, migration, error, message);
                let first = match role {
                    Role::Field(_) => "remove the field or point it elsewhere first",
                    Role::Base => "delete the model that inherits first",
                };
                out.push(label(found, *relation, "it is named here".to_owned()).help(first));
            }
            _ => {}
        }
    }
}
