//! Words a failure: what was expected, what stands there, and, where the text shows
//! a habit from Python, SQL or Prisma, how it is written here.

use super::super::names::type_habit;
use super::super::token::Kind;
use super::block::{Place, verbs};
use super::model::SETTINGS;
use super::part::CLAUSES;
use super::{Input, word};
use crate::base::TextRange;
use crate::diag::wording::did_you_mean;
use crate::parse::{Failure, Reason, SyntaxError};

/// Words that begin a line of `alter model`.
const CHANGES: &[&str] = &[
    "add", "change", "drop", "mirror", "rename", "unmirror", "validate",
];
const PARTS: &[&str] = &["check", "constraint", "exclude", "index", "unique"];
const RUNS: &[&str] = &[
    "atomic", "batch", "down", "elidable", "hints", "state", "up",
];
const BACKFILLS: &[&str] = &["batch", "down", "set", "where"];

/// The failure of the line that begins at `line`, worded.
pub(super) fn describe(line: Input, failure: Failure, place: Place) -> SyntaxError {
    let what = match failure.reason {
        Reason::Fault(error) => return *error,
        Reason::Expected(what) => what,
    };
    let here = line.jump(failure.at);
    let found = special(line, here, what)
        .or_else(|| sign(here))
        .or_else(|| {
            if failure.at == line.at() {
                first_word(line, place)
            } else {
                later_word(line, here, what, place)
            }
        });
    found.unwrap_or_else(|| plain(here, what))
}

/// Signs that mean something else in a certain place.
fn special(line: Input, here: Input, what: &str) -> Option<SyntaxError> {
    let source = here.context();
    let shown = source.shown(here.range());
    let told = |help: &str| {
        let message = format!("expected {what}, found `{shown}`");
        SyntaxError::new(here.range(), message)
            .with_label(format!("expected {what}"))
            .with_help(help)
    };
    match (what, shown.as_str()) {
        ("`->`", ",") => Some(told("a new name is written `old -> new`")),
        ("the end of the line", ":") => {
            let before = here.jump(here.at().saturating_sub(1));
            (word(before) == Some("lambda")).then(|| {
                SyntaxError::new(before.range(), "Python code cannot stand here")
                    .with_label("expected a value")
                    .with_help("write the path of a function: `module.function`")
            })
        }
        _ if here.at() == line.at() && source.shown(here.advance().range()) == ":=" => {
            let sign = here.advance().range();
            Some(
                SyntaxError::new(sign, "`:=` is not known")
                    .with_label("expected `:`")
                    .with_help("write `:` between the name and the type of a field"),
            )
        }
        _ => None,
    }
}

/// "expected X, found Y".
fn plain(here: Input, what: &str) -> SyntaxError {
    let source = here.context();
    let (range, found) = match here.kind() {
        Kind::Newline if source.text(here.range()) != ";" => (
            TextRange::empty(here.previous_end()),
            "the end of the line".to_owned(),
        ),
        Kind::EndOfFile => (
            TextRange::empty(here.previous_end()),
            "the end of the file".to_owned(),
        ),
        // Closed on behalf of the author, who was told.
        _ if here.range().is_empty() => (
            TextRange::empty(here.previous_end()),
            "the end of the line".to_owned(),
        ),
        _ => (here.range(), format!("`{}`", source.shown(here.range()))),
    };
    SyntaxError::new(range, format!("expected {what}, found {found}"))
        .with_label(format!("expected {what}"))
}

/// Signs that mean something elsewhere.
fn sign(here: Input) -> Option<SyntaxError> {
    let source = here.context();
    let range = here.range();
    let text = source.text(range);
    let error = |message: &str, label: &str, help: &str| {
        Some(
            SyntaxError::new(range, message)
                .with_label(label)
                .with_help(help),
        )
    };
    match (here.kind(), text) {
        (Kind::Comma, _) => match here.kind_after(1) {
            Kind::Newline | Kind::BlockClose | Kind::EndOfFile => error(
                "a line does not end with a comma",
                "the end of the line ends the statement",
                "remove the comma",
            ),
            _ => error(
                "a comma cannot stand here",
                "parts of a statement are separated by spaces",
                "remove the comma",
            ),
        },
        (Kind::Strange, "?") => error(
            "`?` is not known",
            "a field that may be null says so in a word",
            "write ` null` in place of `?`",
        ),
        (Kind::Strange, ":=") => error("`:=` is not known", "", "write `=`"),
        (Kind::Strange, "==" | "===") => error("equality is written with one `=`", "", "write `=`"),
        (Kind::Strange, "<>") => error("`<>` is not known", "", "write `!=`"),
        (Kind::Strange, "&" | "&&") => error(
            &format!("`{text}` is not known"),
            "conditions are joined by words",
            "write `and`",
        ),
        (Kind::Strange, "|" | "||") => error(
            &format!("`{text}` is not known"),
            "conditions are joined by words",
            "write `or`, or `concat(a, b)` to join texts",
        ),
        (Kind::Strange, "^") => error(
            "`^` is not known",
            "conditions are joined by words",
            "write `xor`, or `power(a, b)`",
        ),
        (Kind::Strange, "~" | "!") => error(
            &format!("`{text}` is not known"),
            "a condition is negated by a word",
            "write `not`",
        ),
        (Kind::Strange, "**") => error("`**` is not known", "", "write `power(a, b)`"),
        (Kind::Strange, "=>") => error("`=>` is not known", "", "write `:` between key and value"),
        (Kind::At, _) | (Kind::Strange, "@@") => Some(attribute(here)),
        (Kind::Strange, _) => Some(
            SyntaxError::new(range, format!("`{text}` means nothing here"))
                .with_label("not part of the language"),
        ),
        (Kind::BothArrow, _) => error(
            "`<->` only stands in `mirror` and `unmirror`",
            "",
            "write `->` to rename",
        ),
        (Kind::ParenClose | Kind::BracketClose, ")" | "]") => {
            let opener = if text == ")" { "(" } else { "[" };
            Some(
                SyntaxError::new(range, format!("`{text}` cannot stand here")).with_label(format!(
                    "something is missing before it, or no `{opener}` is open"
                )),
            )
        }
        _ => None,
    }
}

/// `@id`, `@@index([a])`, as Prisma has them.
fn attribute(here: Input) -> SyntaxError {
    let source = here.context();
    let name = word(here.advance()).unwrap_or_default();
    let range = here.range().cover(if name.is_empty() {
        here.range()
    } else {
        here.advance().range()
    });
    let help = match name {
        "id" => "write `pk`",
        "unique" if source.text(here.range()) == "@@" => "write `unique name (a, b)`",
        "unique" => "write `unique`",
        "default" => "write `default=value`",
        "index" => "write `index name (a, b)`",
        "map" => "write `table \"name\"` for a model, `column=\"name\"` for a field",
        "updatedAt" => "write `auto_now`",
        "relation" => "write `author: fk(app.Model, cascade)`",
        _ => "options of a field follow its type as words: `title: char(200) blank`",
    };
    SyntaxError::new(range, "attributes with `@` are not known")
        .with_label("not part of the language")
        .with_help(help)
}

/// The line begins with a word that begins nothing here.
fn first_word(line: Input, place: Place) -> Option<SyntaxError> {
    let range = line.range();
    let source = line.context();
    let Some(first) = word(line) else {
        return (line.kind() == Kind::BlockOpen).then(|| {
            SyntaxError::new(range, "a block needs a word before its `{`")
                .with_label(format!("expected {}", lines_of(place)))
        });
    };
    let next = line.advance();
    let told = |message: String, help: &str| {
        Some(
            SyntaxError::new(range, message)
                .with_label(format!("expected {}", lines_of(place)))
                .with_help(help),
        )
    };
    if let Some(error) = assignment(line, first, place) {
        return Some(error);
    }
    if line.kind_after(1) == Kind::Colon {
        // `title: char(200)` outside of a model.
        let help = match place {
            Place::Changes => "write `add` before a new field, `change` before one that is there",
            Place::Items => "fields stand in `create model NAME { ... }`",
            _ => return None,
        };
        return told(format!("the field `{first}` cannot stand here"), help);
    }
    if let Some(help) = foreign_word(line, first, place) {
        return told(
            format!("`{first}` does not begin {}", a_line_of(place)),
            help,
        );
    }
    let candidates = words_of(place);
    if let Some(near) = did_you_mean(first, candidates.iter().copied()) {
        return told(
            format!("`{first}` does not begin {}", a_line_of(place)),
            &format!("did you mean `{near}`?"),
        );
    }
    // A statement of the file, or of another block, in this one.
    if place == Place::Sides && verbs().contains(&first) {
        return told(
            format!("`{first}` cannot stand in `separate`"),
            "put it into `database { ... }` or `state { ... }`",
        );
    }
    if place != Place::Items && verbs().contains(&first) {
        return told(
            format!("`{first}` cannot stand in {}", block_of(place)),
            "move it behind the `}` of this block",
        );
    }
    if place == Place::Items && (PARTS.contains(&first) || SETTINGS.contains(&first)) {
        return told(
            format!("`{first}` cannot stand outside of a model"),
            "it belongs into `create model NAME { ... }` or `alter model NAME { ... }`",
        );
    }
    if place == Place::Items && CHANGES.contains(&first) {
        return told(
            format!("`{first}` cannot stand outside of a model"),
            "it belongs into `alter model NAME { ... }`",
        );
    }
    if place == Place::Members && CHANGES.contains(&first) {
        return told(
            format!("`{first}` cannot stand in `create model`"),
            "a new model lists its fields as `name: type`; changes belong into `alter model`",
        );
    }
    if matches!(place, Place::Members | Place::Changes)
        && matches!(next.kind(), Kind::Word(_) | Kind::Quoted)
    {
        let of = source.shown(next.range());
        let of = type_habit(&of).unwrap_or(&of);
        let add = if place == Place::Changes { "add " } else { "" };
        return Some(
            SyntaxError::new(
                TextRange::empty(range.end),
                format!("a `:` is missing behind the field `{first}`"),
            )
            .with_label("expected `:` and the type")
            .with_help(format!("write `{add}{first}: {of}`")),
        );
    }
    told(
        format!("`{first}` does not begin {}", a_line_of(place)),
        &format!("{} begins with {}", a_line_of(place), choices(place)),
    )
}

/// `dependencies = [...]`, `title = models.CharField(...)`.
fn assignment(line: Input, first: &str, place: Place) -> Option<SyntaxError> {
    if line.kind_after(1) != Kind::Equal {
        return None;
    }
    let help = match (place, first) {
        (Place::Items, "dependencies") => "write `after app.0001_name`",
        (Place::Items, "run_before" | "before") => "write `before app.0001_name`",
        (Place::Items, "replaces") => "write `replaces 0001_name, 0002_name`",
        (Place::Items, "operations") => "write the operations one below the other, without a list",
        (Place::Items, "initial") => "write `initial`, or `initial false`",
        (Place::Items, "atomic") | (Place::Runs, "atomic") => "write `atomic false`",
        (Place::Items, _) => "an attribute of the migration is written `attr name = value`",
        (Place::Members, "ordering" | "verbose_name" | "verbose_name_plural" | "managed") => {
            "write `options` before options of the model"
        }
        (Place::Members, "db_table") => "write `table \"name\"`",
        (Place::Members, _) => {
            "a field is written `name: type`, options of the model behind \
                                `options`"
        }
        (Place::Changes, _) => "write `add name: type` or `change name: type`",
        (Place::Runs, "code" | "sql") => "write `up`",
        (Place::Runs, "reverse_code" | "reverse_sql") => "write `down`",
        _ => return None,
    };
    let range = line.range().cover(line.advance().range());
    Some(
        SyntaxError::new(range, format!("`{first} =` cannot stand here"))
            .with_label(format!("expected {}", lines_of(place)))
            .with_help(help),
    )
}

/// Words with which other languages begin.
fn foreign_word(line: Input, first: &str, place: Place) -> Option<&'static str> {
    let lower = first.to_ascii_lowercase();
    let is_upper = first.len() > 1 && first.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_upper
        && matches!(
            lower.as_str(),
            "create"
                | "alter"
                | "drop"
                | "insert"
                | "update"
                | "delete"
                | "select"
                | "with"
                | "grant"
                | "truncate"
                | "begin"
                | "commit"
                | "comment"
                | "do"
                | "set"
        )
    {
        return Some("SQL stands in quotes behind `sql`: sql \"...\"");
    }
    Some(match (place, lower.as_str()) {
        (Place::Items, "model") => "write `create model NAME { ... }`",
        (Place::Items, "enum") => "write the choices at the field: choices={\"d\": \"Draft\"}",
        (Place::Items, "datasource" | "generator") => "connections are no part of a migration",
        (Place::Items, "class" | "import" | "from" | "def") => {
            "this is Python; a migration in Python has the extension `.py`"
        }
        (Place::Items, "migrations") | (Place::Changes, "migrations") => {
            operation_help(word(line.advance().advance()).unwrap_or_default())
        }
        (Place::Items, "depends" | "depends_on" | "dependencies" | "requires") => {
            "write `after app.0001_name`"
        }
        (Place::Items, "run_before") => "write `before app.0001_name`",
        (Place::Items, "delete" | "remove") => "write `drop model NAME`",
        (Place::Items, "table") => "write `create model NAME { ... }`",
        (Place::Items, "runsql" | "run_sql" | "execute") => "write sql \"...\"",
        (Place::Items, "runpython" | "run_python" | "call") => "write `python module:function`",
        (Place::Items, "else") => "`else` stands behind the `}` of an `on` block",
        (Place::Changes, "delete" | "remove") => "write `drop name`",
        (Place::Changes, "alter" | "modify" | "set" | "edit") => "write `change name: type`",
        (Place::Changes, "create") => "write `add name: type`, or `add index name (fields)`",
        (Place::Members, "primary") => "write `pk` behind the type of the field",
        (Place::Members, "foreign") => "write `name: fk(app.Model, cascade)`",
        (Place::Members, "class" | "meta") => "write `options` and the options of the model",
        (Place::Members, "constraints" | "indexes") => {
            "write each on a line: `index name (fields)`, `check name: condition`"
        }
        (Place::Runs, "code" | "sql" | "forwards" | "forward" | "do") => "write `up`",
        (Place::Runs, "reverse" | "backwards" | "backward" | "undo" | "rollback") => "write `down`",
        _ if operation_name(first) => operation_help(first),
        _ => return None,
    })
}

fn operation_name(name: &str) -> bool {
    matches!(
        name,
        "CreateModel"
            | "DeleteModel"
            | "RenameModel"
            | "AddField"
            | "RemoveField"
            | "AlterField"
            | "RenameField"
            | "AddIndex"
            | "RemoveIndex"
            | "RenameIndex"
            | "AddConstraint"
            | "RemoveConstraint"
            | "RunSQL"
            | "RunPython"
            | "SeparateDatabaseAndState"
            | "AlterModelOptions"
            | "AlterModelTable"
            | "AlterUniqueTogether"
            | "AlterIndexTogether"
            | "AlterModelManagers"
    )
}

/// How an operation of Django is written.
fn operation_help(name: &str) -> &'static str {
    match name {
        "CreateModel" => "write `create model NAME { ... }`",
        "DeleteModel" => "write `drop model NAME`",
        "RenameModel" => "write `rename model OLD -> NEW`",
        "AddField" => "write `alter model NAME { add field: type }`",
        "RemoveField" => "write `alter model NAME { drop field }`",
        "AlterField" => "write `alter model NAME { change field: type }`",
        "RenameField" => "write `alter model NAME { rename old -> new }`",
        "AddIndex" => "write `alter model NAME { add index name (fields) }`",
        "RemoveIndex" => "write `alter model NAME { drop index name }`",
        "RenameIndex" => "write `alter model NAME { rename index old -> new }`",
        "AddConstraint" => "write `alter model NAME { add check name: condition }`",
        "RemoveConstraint" => "write `alter model NAME { drop constraint name }`",
        "RunSQL" => "write `sql { ... }` with `up` and `down`",
        "RunPython" => "write `python { ... }` with `up` and `down`",
        "SeparateDatabaseAndState" => "write `separate { database { ... } state { ... } }`",
        "AlterModelOptions" => "write `alter model NAME { options key=value }`",
        "AlterModelTable" => "write `alter model NAME { table \"name\" }`",
        "AlterUniqueTogether" => "write `alter model NAME { unique_together (a, b) }`",
        "AlterIndexTogether" => "write `alter model NAME { index_together (a, b) }`",
        "AlterModelManagers" => "write `alter model NAME { managers { ... } }`",
        _ => "operations are statements, one a line: `alter model NAME { ... }`",
    }
}

/// A word or sign in the middle of a line.
fn later_word(line: Input, here: Input, what: &str, place: Place) -> Option<SyntaxError> {
    let source = here.context();
    let range = here.range();
    let shown = source.shown(range);
    let before = here.jump(here.at() - 1);
    let first = word(line).unwrap_or_default();
    let error = |message: String, help: String| {
        Some(
            SyntaxError::new(range, message)
                .with_label(format!("expected {what}"))
                .with_help(help),
        )
    };
    match (what, here.kind()) {
        ("`model`", Kind::Word(_)) => {
            let found = word(here).unwrap_or_default();
            if matches!(found, "table" | "class" | "type")
                || did_you_mean(found, ["model"]).is_some()
            {
                return error(
                    format!("expected `model`, found `{found}`"),
                    format!("write `{first} model`"),
                );
            }
            if matches!(found, "field" | "column" | "index" | "constraint") {
                return error(
                    format!("`{first} {found}` cannot stand outside of a model"),
                    "changes of a model stand in `alter model NAME { ... }`".to_owned(),
                );
            }
            error(
                format!("`model` is missing behind `{first}`"),
                format!("write `{first} model {found}`"),
            )
        }
        ("`model`, `extension` or `collation`", Kind::Word(_)) => {
            let found = word(here).unwrap_or_default();
            if matches!(found, "field" | "column" | "index" | "constraint") {
                return error(
                    format!("`drop {found}` cannot stand outside of a model"),
                    "it belongs into `alter model NAME { ... }`".to_owned(),
                );
            }
            if found == "table"
                || did_you_mean(found, ["model", "extension", "collation"]).is_some()
            {
                let near =
                    did_you_mean(found, ["model", "extension", "collation"]).unwrap_or("model");
                return error(
                    format!("expected {what}, found `{found}`"),
                    format!("write `drop {near}`"),
                );
            }
            error(
                "`model` is missing behind `drop`".to_owned(),
                format!("write `drop model {found}`"),
            )
        }
        ("`->`", Kind::Word(_)) if matches!(word(here), Some("to" | "as" | "into")) => error(
            format!("expected `->`, found `{shown}`"),
            format!("write `->` in place of `{shown}`"),
        ),
        ("`->`", Kind::Comma | Kind::Equal | Kind::Colon) => error(
            format!("expected `->`, found `{shown}`"),
            "a new name is written `old -> new`".to_owned(),
        ),
        ("`{`", Kind::Colon) => error(
            "expected `{`, found `:`".to_owned(),
            "blocks stand in braces; write `{` and, at the end, `}`".to_owned(),
        ),
        ("`true` or `false`", Kind::Word(_)) => match word(here) {
            Some("True" | "TRUE" | "yes" | "on") => error(
                format!("expected `true` or `false`, found `{shown}`"),
                "write `true`".to_owned(),
            ),
            Some("False" | "FALSE" | "no" | "off") => error(
                format!("expected `true` or `false`, found `{shown}`"),
                "write `false`".to_owned(),
            ),
            _ => None,
        },
        ("`true` or `false`", Kind::Equal) => error(
            format!("`{first} =` cannot stand here"),
            format!("write `{first} false`, without `=`"),
        ),
        (_, Kind::Word(_) | Kind::Quoted)
            if place == Place::Changes
                && matches!(first, "add" | "change")
                && here.at() == line.at() + 1 =>
        {
            missing_colon(line, here, first)
        }
        ("the end of the line", Kind::Word(_))
            if first == "drop" && matches!(word(before), Some("field" | "column")) =>
        {
            let noise = word(before).unwrap_or_default();
            Some(
                SyntaxError::new(before.range(), format!("`{noise}` is not needed here"))
                    .with_label("this is taken for the name of the field")
                    .with_help(format!("write `drop {shown}`")),
            )
        }
        ("the end of the line", Kind::Word(_)) => end_of_line_word(line, here, &shown),
        ("`->`", Kind::Quoted) | ("the end of the line", Kind::Quoted) => None,
        ("a clause such as `where` or the end of the line", Kind::Word(_)) => {
            let found = word(here).unwrap_or_default();
            let near = did_you_mean(found, CLAUSES.iter().copied());
            let help = match (found.to_ascii_lowercase().as_str(), near) {
                ("condition" | "if" | "when" | "filter", _) => "write `where`".to_owned(),
                ("name" | "fields" | "on", _) => {
                    "write the name, then the fields in parentheses: `index name (a, b)`".to_owned()
                }
                (_, Some(near)) => format!("did you mean `{near}`?"),
                _ => "clauses are `where`, `using`, `include`, `tablespace`, `deferrable`, \
                      `nulls`, `error`, `code`, `not valid` and `concurrently`"
                    .to_owned(),
            };
            Some(
                SyntaxError::new(
                    range,
                    format!("`{found}` is no clause of an index or constraint"),
                )
                .with_label("not known")
                .with_help(help),
            )
        }
        ("the end of the line", Kind::Equal) => {
            let name = source.shown(before.range());
            error(
                format!("`=` cannot stand behind `{name}`"),
                "options are written `name=value`".to_owned(),
            )
        }
        ("the end of the line", Kind::BlockOpen) => error(
            "no block can stand here".to_owned(),
            "only fields, models and the like have blocks".to_owned(),
        ),
        ("the type of the field", kind) if kind.is_string() => error(
            "expected the type of the field, found a string".to_owned(),
            "types are words such as `text` or `char(200)`".to_owned(),
        ),
        ("`:` and a condition", Kind::ParenOpen) => error(
            "expected `:` and a condition, found `(`".to_owned(),
            "write `check name: condition`".to_owned(),
        ),
        ("fields or expressions in parentheses", Kind::Colon) => error(
            format!("expected {what}, found `:`"),
            "write the fields in parentheses: `name (a, b)`".to_owned(),
        ),
        ("`:` and the function's name", _) => {
            Some(plain(here, what).with_help("a function is written `module:name`"))
        }
        ("a version such as `12` or `8.0`", kind) if kind.is_string() => error(
            "a version stands without quotes".to_owned(),
            "write `>= 12`".to_owned(),
        ),
        (
            "`,` or `)`" | "`,` or `]`" | "`,` or `}`",
            Kind::Word(_) | Kind::Str | Kind::Escaped | Kind::Int,
        ) => {
            let place = TextRange::empty(here.previous_end());
            Some(
                SyntaxError::new(place, format!("expected {what}, found `{shown}`"))
                    .with_label("a comma is missing here")
                    .with_help("separate the elements with commas"),
            )
        }
        _ => None,
    }
}

/// `add slug char(50)`, `add field slug: char(50)`.
fn missing_colon(line: Input, here: Input, first: &str) -> Option<SyntaxError> {
    let source = here.context();
    let found = source.shown(here.range());
    let next = here.advance();
    if matches!(found.as_str(), "field" | "column") && matches!(next.kind(), Kind::Word(_)) {
        let name = source.shown(next.range());
        return Some(
            SyntaxError::new(here.range(), format!("`{found}` is not needed here"))
                .with_label("expected the name of the field")
                .with_help(format!("write `{first} {name}: type`")),
        );
    }
    if let Some(near) = did_you_mean(&found, PARTS.iter().copied())
        && line.kind_after(3) != Kind::Newline
    {
        return Some(
            SyntaxError::new(here.range(), format!("`{found}` cannot be added"))
                .with_label("expected a field, an index or a constraint")
                .with_help(format!("did you mean `{near}`?")),
        );
    }
    matches!(next.kind(), Kind::Word(_)).then(|| {
        let of = source.shown(next.range());
        let of = type_habit(&of).unwrap_or(&of);
        SyntaxError::new(
            TextRange::empty(here.range().end),
            format!("a `:` is missing behind the field `{found}`"),
        )
        .with_label("expected `:` and the type")
        .with_help(format!("write `{first} {found}: {of}`"))
    })
}

/// A word where a line should end.
fn end_of_line_word(line: Input, here: Input, shown: &str) -> Option<SyntaxError> {
    let is_new_line = here.context().column(here.start()) == here.context().indent(here.start());
    if is_new_line {
        return None;
    }
    let first = word(line).unwrap_or_default();
    let help = match first {
        "after" | "before" | "replaces" => "separate several migrations with commas",
        _ => "write the next statement on a line of its own",
    };
    Some(
        SyntaxError::new(
            here.range(),
            format!("expected the end of the line, found `{shown}`"),
        )
        .with_label("the statement is complete before this")
        .with_help(help),
    )
}

/// Words that can begin a line.
fn words_of(place: Place) -> Vec<&'static str> {
    match place {
        Place::Items => verbs().to_vec(),
        Place::Members => [PARTS, SETTINGS].concat(),
        Place::Changes => [CHANGES, SETTINGS].concat(),
        Place::Runs => RUNS.to_vec(),
        Place::Backfill => BACKFILLS.to_vec(),
        Place::Sides => vec!["database", "state"],
        Place::FieldOptions | Place::Managers | Place::Migrations => Vec::new(),
    }
}

const fn lines_of(place: Place) -> &'static str {
    match place {
        Place::Items => "a statement",
        Place::Members => "a field, an index, a constraint or an option of the model",
        Place::Changes => "`add`, `change`, `drop`, `rename` or an option of the model",
        Place::Runs => "`up`, `down`, `state`, `hints`, `atomic`, `elidable` or `batch`",
        Place::Backfill => "`set`, `where`, `batch` or `down`",
        Place::Sides => "`database` or `state`",
        Place::FieldOptions => "an option as `name = value`",
        Place::Managers => "a manager as `name = value`",
        Place::Migrations => "the name of a migration",
    }
}

const fn a_line_of(place: Place) -> &'static str {
    match place {
        Place::Items => "a statement",
        Place::Members => "a line of `create model`",
        Place::Changes => "a line of `alter model`",
        Place::Runs => "a line of `sql` or `python`",
        Place::Backfill => "a line of `backfill`",
        Place::Sides => "a side of `separate`",
        Place::FieldOptions => "an option",
        Place::Managers => "a manager",
        Place::Migrations => "a migration",
    }
}

const fn block_of(place: Place) -> &'static str {
    match place {
        Place::Items => "a block of operations",
        Place::Members => "`create model`",
        Place::Changes => "`alter model`",
        Place::Runs => "`sql` or `python`",
        Place::Backfill => "`backfill`",
        Place::Sides => "`separate`",
        Place::FieldOptions => "the options of a field",
        Place::Managers => "`managers`",
        Place::Migrations => "`replaces`",
    }
}

const fn choices(place: Place) -> &'static str {
    match place {
        Place::Items => {
            "a word such as `create`, `alter`, `drop`, `rename`, `sql`, `python` or `after`"
        }
        Place::Members => "`name:`, `index`, `unique`, `check`, `exclude`, `table` or `options`",
        Place::Changes => "`add`, `change`, `drop`, `rename`, `table` or `options`",
        Place::Runs => "`up`, `down`, `state`, `hints`, `atomic` or `elidable`",
        Place::Backfill => "`set`, `where`, `batch` or `down`",
        Place::Sides => "`database` or `state`",
        Place::FieldOptions | Place::Managers => "a name and `=`",
        Place::Migrations => "its name",
    }
}
