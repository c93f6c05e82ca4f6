//! Indexes and constraints.

use smol_str::SmolStr;

use super::super::names::INDEX_CLASSES;
use super::super::tree::{
    Args, Clause, ClauseKind, Expr, ExprKind, Key, Name, Order, Part, PartKind,
};
use super::Lowering;
use super::build::keyword;
use super::expression::Position;
use crate::base::TextRange;
use crate::diag::wording::did_you_mean;
use crate::parse::SyntaxError;
use crate::python::eval::object::{Item, Obj};

/// An index or a constraint as an object, and what its operation must be.
pub(super) struct LoweredPart<'t> {
    pub(super) item: Item,
    pub(super) is_index: bool,
    /// Its name, if it was written as one.
    pub(super) name: Option<Name<'t>>,
    pub(super) concurrently: Option<TextRange>,
    pub(super) not_valid: Option<TextRange>,
}

/// What kind a part is, for clauses that only some have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Index,
    Unique,
    Check,
    Exclude,
    Class,
}

impl Of {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Unique => "unique",
            Self::Check => "check",
            Self::Exclude => "exclude",
            Self::Class => "class",
        }
    }
}

/// What the clauses of a part say.
#[derive(Default)]
struct Clauses {
    keywords: Vec<(SmolStr, Item)>,
    class: Option<&'static str>,
    class_path: Option<SmolStr>,
    concurrently: Option<TextRange>,
    not_valid: Option<TextRange>,
}

impl Lowering<'_> {
    pub(super) fn part<'t>(&mut self, part: &Part<'t>) -> LoweredPart<'t> {
        let of = match &part.kind {
            PartKind::Index { .. } => Of::Index,
            PartKind::Unique { .. } => Of::Unique,
            PartKind::Check { .. } => Of::Check,
            PartKind::Exclude { .. } => Of::Exclude,
            PartKind::IndexClass(_) | PartKind::ConstraintClass(_) => Of::Class,
        };
        let mut clauses = self.clauses(part.clauses, of);
        let range = part.range;
        let mut positional = Vec::new();
        let mut keywords = Vec::new();
        let (class, callee, name): (SmolStr, TextRange, Option<&Name>) = match &part.kind {
            PartKind::Index { name, keys } => {
                self.keys(keys, &mut positional, &mut keywords);
                let class = match (clauses.class, clauses.class_path.take()) {
                    (Some(class), _) => SmolStr::new_static(class),
                    (None, Some(path)) => path,
                    (None, None) => SmolStr::new_static("django.db.models.Index"),
                };
                (class, name.range, Some(name))
            }
            PartKind::Unique { name, keys } => {
                self.keys(keys, &mut positional, &mut keywords);
                let class = SmolStr::new_static("django.db.models.UniqueConstraint");
                (class, name.range, Some(name))
            }
            PartKind::Check { name, condition } => {
                let condition = self.condition(condition);
                keywords.push(keyword("condition", condition));
                let class = SmolStr::new_static("django.db.models.CheckConstraint");
                (class, name.range, Some(name))
            }
            PartKind::Exclude { name, using, keys } => {
                let pairs = self.exclusions(keys);
                keywords.push(keyword("expressions", pairs));
                if let Some(method) = using {
                    let upper = method.text.to_uppercase();
                    let method = self.string(upper, method.range);
                    keywords.push(keyword("index_type", method));
                }
                let class =
                    SmolStr::new_static("django.contrib.postgres.constraints.ExclusionConstraint");
                (class, name.range, Some(name))
            }
            PartKind::IndexClass(call) | PartKind::ConstraintClass(call) => {
                let class = self.full_path(&call.callee);
                (positional, keywords) = self.arguments(call.args.list, Position::Value);
                (class, call.callee.range, None)
            }
        };
        if let Some(name) = name {
            let name = self.string(name.text, name.range);
            keywords.push(keyword("name", name));
        }
        keywords.append(&mut clauses.keywords);
        let item = self.call(class, callee, positional, keywords, range);
        LoweredPart {
            item,
            is_index: matches!(part.kind, PartKind::Index { .. } | PartKind::IndexClass(_)),
            name: name.copied(),
            concurrently: clauses.concurrently,
            not_valid: clauses.not_valid,
        }
    }

    fn clauses(&mut self, clauses: &[&Clause], of: Of) -> Clauses {
        let mut out = Clauses::default();
        for clause in clauses {
            let name = clause_name(&clause.kind);
            if !allows(of, &clause.kind) {
                self.wrong_clause(of, name, clause.range);
                continue;
            }
            let range = clause.range;
            let (key, item) = match &clause.kind {
                ClauseKind::Using { method, args } => {
                    self.using(method, args.as_ref(), &mut out);
                    continue;
                }
                ClauseKind::Where(condition) => ("condition", self.condition(condition)),
                ClauseKind::Include(fields) => {
                    let fields = self.names(fields, range);
                    ("include", fields)
                }
                ClauseKind::Tablespace(text) => {
                    ("db_tablespace", self.string(text.text, text.range))
                }
                ClauseKind::Deferrable { is_deferred } => {
                    let member = if *is_deferred {
                        "DEFERRED"
                    } else {
                        "IMMEDIATE"
                    };
                    let path = format!("django.db.models.Deferrable.{member}");
                    ("deferrable", self.reference(path, range))
                }
                ClauseKind::NullsDistinct(value) => ("nulls_distinct", self.boolean(*value, range)),
                ClauseKind::Error(text) => ("violation_error_message", self.value(text)),
                ClauseKind::Code(text) => {
                    ("violation_error_code", self.string(text.text, text.range))
                }
                ClauseKind::NotValid => {
                    out.not_valid = Some(range);
                    continue;
                }
                ClauseKind::Concurrently => {
                    out.concurrently = Some(range);
                    continue;
                }
                ClauseKind::Online => {
                    self.not_compiled(range, "`online`");
                    continue;
                }
            };
            if out.keywords.iter().any(|(known, _)| known == key) {
                self.mistake(
                    SyntaxError::new(range, format!("`{name}` stands twice"))
                        .with_label("the second time"),
                );
                continue;
            }
            out.keywords.push(keyword(key, item));
        }
        out
    }

    fn wrong_clause(&mut self, of: Of, name: &str, range: TextRange) {
        let head = TextRange::new(
            range.start,
            range.start + super::length(name).min(range.len()),
        );
        let error = SyntaxError::new(
            head,
            format!("`{name}` cannot stand behind `{}`", of.as_str()),
        )
        .with_label("not for this kind of index or constraint");
        self.mistake(match (of, name) {
            (Of::Check, "where") => {
                error.with_help("join the condition: `check name: a > 0 and b > 0`")
            }
            (Of::Class, _) => error.with_help("give it as an argument in the parentheses"),
            (Of::Unique, "using") => error.with_help("a unique constraint has no kind of index"),
            _ => error,
        });
    }

    /// `using gin(fastupdate=false)`, or a class by its path.
    fn using(
        &mut self,
        method: &super::super::tree::Dotted,
        args: Option<&Args>,
        out: &mut Clauses,
    ) {
        match method.word() {
            Some(word) => match INDEX_CLASSES.iter().find(|(own, _)| *own == word.text) {
                Some((_, class)) => out.class = Some(class),
                None => {
                    let lower = word.text.to_lowercase();
                    let near = did_you_mean(&lower, INDEX_CLASSES.iter().map(|(own, _)| *own));
                    let error = SyntaxError::new(
                        word.range,
                        format!("there is no kind of index `{}`", word.text),
                    )
                    .with_label("not known");
                    self.mistake(match near {
                        Some(near) => error.with_help(format!("did you mean `{near}`?")),
                        None => error.with_help(
                            "kinds are `btree`, `gin`, `gist`, `brin`, `hash`, `spgist` and \
                             `bloom`, or the path of an index class",
                        ),
                    });
                }
            },
            None => out.class_path = Some(self.full_path(method)),
        }
        if let Some(args) = args {
            let (_, keywords) = self.arguments(args.list, Position::Value);
            if let Some(unnamed) = args.list.iter().find(|arg| arg.name.is_none()) {
                self.mistake(
                    SyntaxError::new(unnamed.value.range, "options of an index have names")
                        .with_help("write `using gin(fastupdate=false)`"),
                );
            }
            out.keywords.extend(keywords);
        }
    }

    /// Keys of an index or a unique constraint: names only make `fields`, anything
    /// else makes expressions of all.
    fn keys(
        &mut self,
        keys: &[&Key],
        positional: &mut Vec<Item>,
        keywords: &mut Vec<(SmolStr, Item)>,
    ) {
        if let Some(key) = keys.iter().find(|key| key.with.is_some()) {
            self.mistake(
                SyntaxError::new(key.range, "`with` only stands in the keys of `exclude`")
                    .with_label("an operator for excluding"),
            );
        }
        let range = keys.iter().fold(
            keys.first().map_or(TextRange::default(), |key| key.range),
            |range, key| range.cover(key.range),
        );
        if keys.iter().all(|key| plain_name(key).is_some()) {
            let fields = keys
                .iter()
                .map(|key| {
                    let name = plain_name(key).unwrap_or_default();
                    let sign = if key.is_negative { "-" } else { "" };
                    self.string(format!("{sign}{name}"), key.range)
                })
                .collect();
            keywords.push(keyword("fields", self.list(fields, range)));
            if keys.iter().any(|key| key.op.is_some()) {
                let classes = keys
                    .iter()
                    .map(|key| match &key.op {
                        Some(op) => self.string(op.text, op.range),
                        None => self.string("", key.range),
                    })
                    .collect();
                keywords.push(keyword("opclasses", self.list(classes, range)));
            }
            return;
        }
        for key in keys {
            let item = self.key_expression(key, Position::Right);
            positional.push(item);
        }
    }

    /// A key as an expression with its operator class and order.
    fn key_expression(&mut self, key: &Key, position: Position) -> Item {
        let range = key.range;
        let value = match &key.value.kind {
            // In parentheses, so that it counts as an expression.
            ExprKind::Group(inner) => self.expression(inner, position),
            _ => self.expression(key.value, position),
        };
        let mut item = match &key.op {
            Some(op) => {
                let name = self.string(op.text, op.range);
                self.call(
                    "django.contrib.postgres.indexes.OpClass",
                    range,
                    vec![value],
                    vec![keyword("name", name)],
                    range,
                )
            }
            None => value,
        };
        let descends = key.is_negative || key.order == Some(Order::Descending);
        if key.is_negative && key.order.is_some() {
            self.mistake(
                SyntaxError::new(range, "the key has two orders")
                    .with_label("both `-` and a word")
                    .with_help("keep one of the two"),
            );
        }
        if descends || key.order.is_some() || key.nulls_first.is_some() {
            let mut keywords = Vec::new();
            if descends {
                keywords.push(keyword("descending", self.boolean(true, range)));
            }
            if let Some(first) = key.nulls_first {
                let name = if first { "nulls_first" } else { "nulls_last" };
                keywords.push(keyword(name, self.boolean(true, range)));
            }
            item = self.call(
                "django.db.models.expressions.OrderBy",
                range,
                vec![item],
                keywords,
                range,
            );
        }
        item
    }

    /// `[("room", "="), (F("during"), "&&")]`.
    fn exclusions(&mut self, keys: &[&Key]) -> Item {
        let mut pairs = Vec::with_capacity(keys.len());
        let mut range = keys.first().map_or(TextRange::default(), |key| key.range);
        for key in keys {
            range = range.cover(key.range);
            let Some(with) = &key.with else {
                self.mistake(
                    SyntaxError::new(
                        TextRange::empty(key.range.end),
                        "a key of `exclude` needs an operator",
                    )
                    .with_label("expected `with` and an operator")
                    .with_help("write `(room with \"=\", during with \"&&\")`"),
                );
                continue;
            };
            let operator = self.value(with);
            let expression = self.key_expression(key, Position::Argument);
            pairs.push(self.item(Obj::tuple(vec![expression, operator]), key.range));
        }
        self.list(pairs, range)
    }

    /// Names as a list of strings.
    pub(super) fn names(&self, names: &[Name], range: TextRange) -> Item {
        let items = names
            .iter()
            .map(|name| self.string(name.text, name.range))
            .collect();
        self.list(items, range)
    }
}

/// The name, of a key that is one, with at most a sign and an operator class.
fn plain_name<'t>(key: &Key<'t>) -> Option<&'t str> {
    let Expr {
        kind: ExprKind::Name(path),
        ..
    } = &key.value
    else {
        return None;
    };
    let is_plain = key.order.is_none() && key.nulls_first.is_none();
    path.word().filter(|_| is_plain).map(|word| word.text)
}

const fn clause_name(kind: &ClauseKind) -> &'static str {
    match kind {
        ClauseKind::Using { .. } => "using",
        ClauseKind::Where(_) => "where",
        ClauseKind::Include(_) => "include",
        ClauseKind::Tablespace(_) => "tablespace",
        ClauseKind::Deferrable { .. } => "deferrable",
        ClauseKind::NullsDistinct(_) => "nulls",
        ClauseKind::Error(_) => "error",
        ClauseKind::Code(_) => "code",
        ClauseKind::NotValid => "not valid",
        ClauseKind::Concurrently => "concurrently",
        ClauseKind::Online => "online",
    }
}

/// Whether a kind of part takes a clause.
const fn allows(of: Of, clause: &ClauseKind) -> bool {
    match clause {
        ClauseKind::Using { .. } => matches!(of, Of::Index),
        ClauseKind::Where(_) | ClauseKind::Include(_) => {
            matches!(of, Of::Index | Of::Unique | Of::Exclude)
        }
        ClauseKind::Tablespace(_) => matches!(of, Of::Index),
        ClauseKind::Deferrable { .. } => matches!(of, Of::Unique | Of::Exclude),
        ClauseKind::NullsDistinct(_) => matches!(of, Of::Unique),
        ClauseKind::Error(_) | ClauseKind::Code(_) => {
            matches!(of, Of::Unique | Of::Check | Of::Exclude)
        }
        ClauseKind::NotValid => matches!(of, Of::Check | Of::Class),
        ClauseKind::Concurrently => matches!(of, Of::Index | Of::Class),
        ClauseKind::Online => true,
    }
}
