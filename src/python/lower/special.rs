//! `RunSQL`, `RunPython` and collations.

use std::sync::Arc;

use smol_str::SmolStr;

use super::super::body::analyse as analyse_body;
use super::super::django;
use super::super::eval::object::{Item, Obj};
use super::Lowering;
use super::operation::Parameters;
use super::value::Follow;
use crate::base::{Span, Spanned, TextRange};
use crate::ir::body::Function;
use crate::ir::operation::{Collation, RunPython, RunSql, Sql, SqlStatement};
use crate::ir::{Known, Unknown, Value};

impl Lowering<'_> {
    pub(super) fn run_sql(
        &mut self,
        args: &Parameters<'_>,
        not_understood: &mut Vec<Unknown>,
    ) -> Result<RunSql, Unknown> {
        let sql = self.sql(&args.require("sql")?.clone());
        let reverse_sql = match args.get("reverse_sql") {
            Some(item) if !matches!(item.obj, Obj::None) => Some(self.sql(&item.clone())),
            _ => None,
        };
        not_understood.extend(sql.unknown().cloned());
        if let Some(Known::No(unknown)) = &reverse_sql {
            not_understood.push(unknown.clone());
        }
        let state_operations = match args.get("state_operations") {
            Some(item) => self.nested_operations(&item.clone())?,
            None => Vec::new(),
        };
        let hints = args.get("hints").cloned();
        Ok(RunSql {
            sql,
            reverse_sql,
            state_operations,
            hints: hints.map(|item| self.value(&item, Follow::No)),
            elidable: self.elidable(args),
        })
    }

    pub(super) fn elidable(&mut self, args: &Parameters<'_>) -> bool {
        args.get("elidable")
            .cloned()
            .is_some_and(|item| self.boolean(&item).unwrap_or(false))
    }

    pub(super) fn sql(&mut self, item: &Item) -> Known<Sql> {
        if let Obj::Ref(path) = &item.obj
            && django::is_noop(path)
        {
            return Known::Yes(Sql::Text(Spanned::new(SmolStr::default(), item.span)));
        }
        let value = self.value(item, Follow::Yes);
        match value.value {
            Value::Str(text) => {
                let span = self.verbatim(&text, item.span);
                Known::Yes(Sql::Text(Spanned::new(text, span)))
            }
            Value::Bytes(bytes) => match std::str::from_utf8(&bytes) {
                Ok(text) => Known::Yes(Sql::Text(Spanned::new(SmolStr::new(text), item.span))),
                Err(_) => Known::No(Unknown::new(item.span, "the bytes are not UTF-8")),
            },
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => {
                let mut statements = Vec::with_capacity(items.len());
                for element in items {
                    match sql_statement(element.value, element.span) {
                        Ok(mut statement) => {
                            let text = &mut statement.text;
                            text.span = self.verbatim(&text.value, text.span);
                            statements.push(statement);
                        }
                        Err(unknown) => return Known::No(unknown),
                    }
                }
                Known::Yes(Sql::List(statements))
            }
            Value::Unknown(unknown) => Known::No(*unknown),
            Value::Path(path) => Known::No(Unknown::new(
                item.span,
                format!("`{path}` could not be read: no source was found for it"),
            )),
            Value::Object(object) => Known::No(Unknown::new(
                item.span,
                format!("what `{}(...)` returns is not known", object.path),
            )),
            Value::Conditional(_) => Known::No(Unknown::new(
                item.span,
                "the text depends on a condition that is not decided",
            )),
            _ => Known::No(Unknown::new(item.span, "the text could not be read")),
        }
    }

    /// The place of a text alone, where its literal holds it as it is; else that of the
    /// literal. So places within the text are places in the file.
    fn verbatim(&self, text: &str, literal: Span) -> Span {
        let source = self.evaluator.resolver.modules.files.text(literal.file);
        let start = literal.range.start as usize;
        let within = source.get(start..literal.range.end as usize);
        // Nearly always it stands behind one quote or three.
        let find = |within: &str| {
            let starts = |at: &usize| within.get(*at..).is_some_and(|it| it.starts_with(text));
            (0..4).find(starts).or_else(|| within.find(text))
        };
        let Some(at) = within.and_then(find) else {
            return literal;
        };
        let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let range = TextRange::new(place(start + at), place(start + at + text.len()));
        Span::new(literal.file, range)
    }

    pub(super) fn run_python(&mut self, args: &Parameters<'_>) -> Result<RunPython, Unknown> {
        let code = args.require("code")?.clone();
        let reverse = args.get("reverse_code").cloned();
        let atomic = args.get("atomic").cloned();
        let hints = args.get("hints").cloned();
        let is_noop = matches!(&code.obj, Obj::Ref(path) if django::is_noop(path));
        let forwards = self.body(&code);
        let backwards = reverse.as_ref().and_then(|item| self.body(item));
        Ok(RunPython {
            code: self.value(&code, Follow::No),
            is_noop,
            reverse_code: reverse
                .filter(|item| !matches!(item.obj, Obj::None))
                .map(|item| self.value(&item, Follow::No)),
            atomic: match atomic {
                Some(item) if !matches!(item.obj, Obj::None) => self.boolean(&item).ok(),
                _ => None,
            },
            hints: hints.map(|item| self.value(&item, Follow::No)),
            elidable: self.elidable(args),
            forwards,
            backwards,
        })
    }

    /// What a function does, where that was asked for.
    fn body(&mut self, code: &Item) -> Option<Arc<Function>> {
        if !self.with_bodies {
            return None;
        }
        analyse_body(&mut self.evaluator, code).map(Arc::new)
    }

    pub(super) fn collation(&mut self, args: &Parameters<'_>) -> Result<Collation, Unknown> {
        let provider = self.optional_text(args.get("provider"))?;
        let deterministic = match args.get("deterministic") {
            Some(item) => self.boolean(&item.clone())?,
            None => true,
        };
        Ok(Collation {
            name: self.text(args.require("name")?)?,
            locale: self.text(args.require("locale")?)?,
            provider: provider.unwrap_or(SmolStr::new_static("libc")),
            deterministic,
        })
    }
}

fn sql_statement(value: Value, span: Span) -> Result<SqlStatement, Unknown> {
    match value {
        Value::Str(text) => Ok(SqlStatement {
            text: Spanned::new(text, span),
            params: None,
        }),
        Value::Tuple(parts) | Value::List(parts) => {
            let mut parts = parts.into_iter();
            match (parts.next(), parts.next(), parts.next()) {
                (Some(text), params, None) => match text.value {
                    Value::Str(sql) => Ok(SqlStatement {
                        text: Spanned::new(sql, text.span),
                        params: params.filter(|params| params.value != Value::None),
                    }),
                    Value::Unknown(unknown) => Err(*unknown),
                    _ => Err(Unknown::new(text.span, "the statement could not be read")),
                },
                _ => Err(Unknown::new(span, "it is not a pair of SQL and parameters")),
            }
        }
        Value::Unknown(unknown) => Err(*unknown),
        _ => Err(Unknown::new(span, "the statement could not be read")),
    }
}
