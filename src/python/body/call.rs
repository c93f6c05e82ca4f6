//! Calls: of what belongs to the migration, of functions that can be followed, and of
//! names with a meaning.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::eval::Frame;
use super::super::eval::object::{Decoration, Obj, name_text};
use super::super::formatted::value;
use super::super::stdlib::is_standard_library;
use super::super::tree::{ExprId, ExprKind, Keyword, List};
use super::Walker;
use super::known;
use super::thing::{Rows, Thing};
use crate::base::Span;
use crate::ir::body::{Act, ModelRef, Outside};

/// The arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Args {
    pub(super) positional: Vec<(Thing, Span)>,
    pub(super) named: Vec<(SmolStr, Thing, Span)>,
    /// `*args` or `**kwargs` of which not all is known.
    pub(super) has_more: bool,
}

impl Args {
    pub(super) fn named(&self, name: &str) -> Option<&Thing> {
        let mut named = self.named.iter();
        named.find(|(known, ..)| known == name).map(|it| &it.1)
    }

    /// An argument by place or name.
    pub(super) fn argument(&self, at: usize, name: &str) -> Option<&Thing> {
        let positional = self.positional.get(at).map(|(thing, _)| thing);
        positional.or_else(|| self.named(name))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.positional.is_empty() && self.named.is_empty() && !self.has_more
    }

    fn has_live(&self) -> bool {
        let positional = self.positional.iter().map(|(thing, _)| thing);
        let named = self.named.iter().map(|(_, thing, _)| thing);
        positional.chain(named).any(Thing::is_live)
    }

    fn is_plain(&self) -> bool {
        !self.has_more
            && self.positional.iter().all(|(thing, _)| thing.is_plain())
            && self.named.iter().all(|(_, thing, _)| thing.is_plain())
    }
}

impl Walker<'_, '_> {
    pub(super) fn call(
        &mut self,
        frame: &Frame,
        id: ExprId,
        function: ExprId,
        args: List<ExprId>,
        keywords: List<Keyword>,
    ) -> Thing {
        let tree = &*frame.tree;
        let callee = *tree.expr(function);
        if let ExprKind::Attribute { value, attribute } = callee.kind {
            let base = self.expr(frame, value);
            let name = name_text(&frame.module.text, attribute);
            let place = frame.span(attribute);
            let args = self.args(frame, args, keywords);
            return self.method(frame, id, base, &name, place, args);
        }
        let callee_thing = self.expr(frame, function);
        let args = self.args(frame, args, keywords);
        self.called(frame, id, callee_thing, frame.span(callee.range), args)
    }

    fn args(&mut self, frame: &Frame, args: List<ExprId>, keywords: List<Keyword>) -> Args {
        let tree = &*frame.tree;
        let mut out = Args::default();
        for id in tree.list(args) {
            let span = frame.span(tree.expr(*id).range);
            let thing = self.expr(frame, *id);
            if matches!(tree.expr(*id).kind, ExprKind::Starred(_)) {
                match thing {
                    Thing::Seq(items) => out.positional.extend(items.iter().cloned()),
                    _ => out.has_more = true,
                }
            } else {
                out.positional.push((thing, span));
            }
        }
        for keyword in tree.list(keywords) {
            let thing = self.expr(frame, keyword.value);
            match keyword.name {
                Some(name) => {
                    let text = name_text(&frame.module.text, name);
                    out.named.push((text, thing, frame.span(name)));
                }
                None => {
                    let known = match &thing {
                        Thing::Names(names) | Thing::Keys(names) => names.to_vec(),
                        other => self.keys(other),
                    };
                    out.has_more |= known.is_empty();
                    let known = known.into_iter();
                    out.named
                        .extend(known.map(|(name, span)| (name, Thing::Unknown, span)));
                }
            }
        }
        if out.named.iter().any(|(name, ..)| name == "using") {
            self.out.names_database = true;
        }
        out
    }

    fn method(
        &mut self,
        frame: &Frame,
        id: ExprId,
        base: Thing,
        name: &SmolStr,
        place: Span,
        args: Args,
    ) -> Thing {
        let span = frame.span(frame.tree.expr(id).range);
        if name == "raw" && matches!(base, Thing::Manager(..) | Thing::Rows(_)) {
            self.sql(frame, id, &args, span);
        }
        match base {
            Thing::Apps => match name.as_str() {
                "get_model" => self.get_model(&args, span, None),
                "get_app_config" => match args.argument(0, "app_label").and_then(Thing::text) {
                    Some(label) => Thing::AppConfig(SmolStr::new(label)),
                    None => Thing::Unknown,
                },
                _ => Thing::Unknown,
            },
            Thing::AppConfig(label) if name == "get_model" => {
                self.get_model(&args, span, Some(&label))
            }
            Thing::Editor => {
                if name == "execute" {
                    self.sql(frame, id, &args, span);
                } else if known::changes_schema(name) {
                    let method = name.clone();
                    self.note(Act::Schema { method }, span);
                }
                Thing::Unknown
            }
            Thing::Connection => match name.as_str() {
                "cursor" => Thing::Cursor,
                "schema_editor" => Thing::Editor,
                _ => Thing::Unknown,
            },
            Thing::Cursor => {
                if matches!(name.as_str(), "execute" | "executemany") {
                    self.sql(frame, id, &args, span);
                }
                // `with connection.cursor() as cursor` gives the cursor again.
                Thing::Unknown
            }
            Thing::Model(model) => {
                self.attribute(Thing::Model(model), name, place, true);
                Thing::Unknown
            }
            Thing::Manager(model, manager) => {
                let rows = Rows {
                    model: Some(model),
                    ..Rows::default()
                };
                if manager == "_meta" {
                    return Thing::Unknown;
                }
                self.query(rows, name, place, &args)
            }
            Thing::Rows(rows) => self.query(rows, name, place, &args),
            Thing::Row(model, path) => self.row_method(model, path, name, place, &args),
            Thing::Plain(Obj::Str(_)) if args.is_plain() => self.evaluated_call(frame, id),
            Thing::Plain(Obj::Str(_)) if name == "format" => formatted(frame, id),
            Thing::Plain(obj) => {
                if matches!(name.as_str(), "delay" | "apply_async")
                    && matches!(obj, Obj::Function(_) | Obj::Ref(_))
                {
                    let name =
                        SmolStr::new(format!("{}.{name}", path_of(&obj).unwrap_or_default()));
                    let effect = Outside::Task;
                    self.note(Act::Outside { effect, name }, span);
                    return Thing::Unknown;
                }
                let callee = self.attribute(Thing::Plain(obj), name, place, true);
                self.called(frame, id, callee, place, args)
            }
            _ => Thing::Unknown,
        }
    }

    fn evaluated_call(&mut self, frame: &Frame, id: ExprId) -> Thing {
        match self.evaluator.eval(frame, id) {
            Ok(Obj::Unknown(_)) | Err(_) => Thing::Unknown,
            Ok(obj) => Thing::Plain(obj),
        }
    }

    /// `apps.get_model("app", "Model")`, `apps.get_model("app.Model")`.
    fn get_model(&mut self, args: &Args, span: Span, label: Option<&str>) -> Thing {
        let mut text = |at: usize, name: &str| {
            let thing = args.argument(at, name)?.clone();
            match &thing {
                Thing::Plain(obj @ (Obj::Setting(_) | Obj::Ref(_))) => {
                    match self.evaluator.force(obj, span) {
                        Ok(Obj::Str(text)) => Some(text),
                        _ => None,
                    }
                }
                other => other.text().map(SmolStr::new),
            }
        };
        let named = match label {
            Some(label) => text(0, "model_name").map(|name| (SmolStr::new(label), name)),
            None => {
                let first = text(0, "app_label");
                let has_second = args.argument(1, "model_name").is_some();
                match (first, has_second) {
                    (Some(app), true) => text(1, "model_name").map(|name| (app, name)),
                    (Some(both), false) => both
                        .split_once('.')
                        .map(|(app, name)| (SmolStr::new(app), SmolStr::new(name))),
                    (None, _) => None,
                }
            }
        };
        match named {
            Some((app, name)) if !args.has_more => {
                let act = Act::GetModel {
                    app: app.clone(),
                    name: name.clone(),
                };
                self.note(act, span);
                Thing::Model(ModelRef::State { app, name })
            }
            _ => {
                self.not_analysed(span, "which model it gets is not known");
                Thing::Unknown
            }
        }
    }

    fn sql(&mut self, frame: &Frame, id: ExprId, args: &Args, span: Span) {
        let given = args.argument(0, "sql");
        let text = given.and_then(Thing::text).map(SmolStr::new);
        let formatted = match (given, frame.tree.expr(id).kind) {
            (Some(Thing::Formatted(span)), _) => Some(*span),
            (_, ExprKind::Call { args, .. }) if text.is_none() => {
                let first = frame.tree.list(args).first();
                let value = first.and_then(|first| value(&frame.tree, &frame.module.text, *first));
                value.map(|range| frame.span(range))
            }
            _ => None,
        };
        self.note(Act::Sql { text, formatted }, span);
    }

    fn called(
        &mut self,
        frame: &Frame,
        id: ExprId,
        callee: Thing,
        place: Span,
        args: Args,
    ) -> Thing {
        let span = frame.span(frame.tree.expr(id).range);
        match callee {
            Thing::Model(model) => {
                if let ModelRef::Code(path) = &model {
                    let path = path.clone();
                    self.note(Act::ImportedModel { path }, span);
                }
                self.fields(Some(&model), &args);
                let made = model.clone();
                self.note(Act::Make { model: made }, place);
                Thing::Row(Some(model), Vec::new())
            }
            Thing::Plain(Obj::Builtin(name)) => self.builtin(frame, id, name, args, span),
            Thing::Plain(Obj::Function(function)) => self.function(&function, args, span, place),
            Thing::Plain(Obj::Ref(path)) => self.path(&path, args, span, place),
            Thing::Plain(obj) => {
                if args.has_live() {
                    let name = path_of(&obj).unwrap_or_default();
                    self.not_followed(&name, span);
                }
                if args.is_plain() && matches!(obj, Obj::Method(..)) {
                    return self.evaluated_call(frame, id);
                }
                if let Some(path) = path_of(&obj) {
                    self.code(path, span);
                }
                Thing::Unknown
            }
            _ => {
                if args.has_live()
                    && args
                        .positional
                        .iter()
                        .any(|(it, _)| matches!(it, Thing::Apps))
                {
                    self.not_followed("", span);
                }
                Thing::Unknown
            }
        }
    }

    /// Code of the project that the migration's own functions call; what that calls in
    /// turn is its own affair.
    fn code(&mut self, path: SmolStr, span: Span) {
        if self.foreign == 0 {
            self.note(Act::Code { path }, span);
        }
    }

    fn not_followed(&mut self, name: &str, span: Span) {
        let reason = if name.is_empty() {
            "what is called is not known".to_owned()
        } else {
            format!("`{name}` was not followed")
        };
        self.not_analysed(span, reason);
    }

    /// A function whose source is at hand: followed if it stands beside the migration or
    /// is handed what belongs to it.
    fn function(
        &mut self,
        function: &Rc<super::super::eval::object::Function>,
        args: Args,
        span: Span,
        place: Span,
    ) -> Thing {
        self.out.makes_permissions |= known::makes_permissions(&function.path);
        let is_near = function.module.file == self.home || is_of_migrations(&function.module.name);
        if !is_near {
            let path = function.path.clone();
            self.code(path, place);
        }
        if !is_near && !args.has_live() {
            return Thing::Unknown;
        }
        if function.decoration != Decoration::None || args.has_more {
            self.not_followed(&function.name, span);
            return Thing::Unknown;
        }
        let positional = args.positional.into_iter().map(|(thing, _)| (None, thing));
        let named = args.named.into_iter();
        let named = named.map(|(name, thing, _)| (Some(name), thing));
        // Code of the project asks what it is given before it uses it.
        self.guards += u32::from(!is_near);
        self.foreign += u32::from(!is_near);
        let given = self.follow(function, positional.chain(named).collect(), span);
        self.guards -= u32::from(!is_near);
        self.foreign -= u32::from(!is_near);
        given
    }

    /// A call of something imported.
    fn path(&mut self, path: &SmolStr, args: Args, span: Span, place: Span) -> Thing {
        self.out.makes_permissions |= known::makes_permissions(path);
        if let Some(effect) = known::outside(path) {
            let name = path.clone();
            self.note(Act::Outside { effect, name }, span);
            return Thing::Unknown;
        }
        match path.as_str() {
            "django.contrib.auth.get_user_model" => {
                return Thing::Model(ModelRef::Code(SmolStr::new_static(
                    "django.contrib.auth.get_user_model()",
                )));
            }
            "django.apps.apps.get_model" => {
                let text = |at: usize| args.positional.get(at).and_then(|(it, _)| it.text());
                let name = match (text(0), text(1)) {
                    (Some(app), Some(name)) => format!("{app}.{name}"),
                    (Some(both), None) => both.to_owned(),
                    _ => return Thing::Unknown,
                };
                let path = SmolStr::new(format!("django.apps.apps.get_model({name})"));
                return Thing::Model(ModelRef::Code(path));
            }
            "django.core.management.call_command" => {
                let name = args.argument(0, "command_name").and_then(Thing::text);
                let name = name.map(SmolStr::new);
                self.note(Act::Command { name }, span);
                return Thing::Unknown;
            }
            "django.db.models.F" | "django.db.models.expressions.F" => {
                return match args.positional.first() {
                    Some((thing, span)) => match thing.text() {
                        Some(name) => Thing::Names(Rc::new(vec![(SmolStr::new(name), *span)])),
                        None => Thing::Unknown,
                    },
                    None => Thing::Unknown,
                };
            }
            _ => {}
        }
        let root = path.split('.').next().unwrap_or_default();
        if path.starts_with("django.db.models.") || path.starts_with("django.contrib.postgres.") {
            return self.expression(path, args);
        }
        if root == "django" || is_standard_library(root) {
            return Thing::Unknown;
        }
        match self.evaluator.resolve(path) {
            Obj::Function(function) => self.function(&function, args, span, place),
            Obj::Ref(other) if other != *path && other.starts_with("django.") => {
                self.path(&other, args, span, place)
            }
            _ => {
                let path = path.clone();
                if args.has_live() {
                    self.not_followed(&path, span);
                }
                self.code(path, place);
                Thing::Unknown
            }
        }
    }

    /// `Q(...)`, `When(...)`, `Coalesce(F("a"), ...)`: the names of fields inside.
    fn expression(&mut self, path: &str, args: Args) -> Thing {
        let class = path.rsplit('.').next().unwrap_or(path);
        // Names in these belong to another query.
        if matches!(class, "OuterRef" | "Exists" | "Subquery" | "Prefetch") {
            if let Some(name) = args.named("to_attr").and_then(Thing::text) {
                let name = name.to_owned();
                self.introduce(&name);
            }
            return Thing::Unknown;
        }
        let mut names = Vec::new();
        let has_lookups = matches!(class, "Q" | "When");
        for (thing, _) in &args.positional {
            if let Thing::Names(more) = thing {
                names.extend(more.iter().cloned());
            }
        }
        for (name, thing, span) in &args.named {
            if has_lookups
                && !matches!(
                    name.as_str(),
                    "then" | "condition" | "_connector" | "_negated"
                )
            {
                names.push((name.clone(), *span));
            }
            if let Thing::Names(more) = thing {
                names.extend(more.iter().cloned());
            }
        }
        Thing::Names(Rc::new(names))
    }

    fn builtin(
        &mut self,
        frame: &Frame,
        id: ExprId,
        name: &'static str,
        args: Args,
        span: Span,
    ) -> Thing {
        let first = args.positional.first().map(|(thing, _)| thing.clone());
        match (name, first) {
            ("open", _) => {
                let mode = args.argument(1, "mode").and_then(Thing::text);
                if mode.is_some_and(known::mode_writes) {
                    let name = SmolStr::new_static("open");
                    let effect = Outside::File;
                    self.note(Act::Outside { effect, name }, span);
                }
                Thing::Unknown
            }
            ("list" | "tuple" | "set" | "sorted" | "reversed" | "iter" | "filter", Some(first)) => {
                let at = usize::from(name == "filter");
                match args.positional.get(at).map(|(thing, _)| thing.clone()) {
                    Some(Thing::Rows(rows)) => Thing::Rows(Rows {
                        is_list: true,
                        ..rows
                    }),
                    Some(thing @ Thing::Seq(_)) => thing,
                    _ if first.is_plain() && args.is_plain() => self.evaluated_call(frame, id),
                    _ => Thing::Unknown,
                }
            }
            ("enumerate", Some(first)) => Thing::Numbered(Box::new(first)),
            ("getattr", Some(base)) => {
                let attribute = args.argument(1, "name").and_then(Thing::text);
                match (base, attribute) {
                    // A default stands in for what is missing.
                    (base, Some(name)) if args.positional.len() == 2 => {
                        let name = SmolStr::new(name);
                        self.attribute(base, &name, span, false)
                    }
                    _ => Thing::Unknown,
                }
            }
            ("setattr", Some(_)) => {
                match args.argument(1, "name").and_then(Thing::text) {
                    Some(name) => {
                        let name = name.to_owned();
                        self.introduce(&name);
                    }
                    None => self.out.introduces_unknown = true,
                }
                Thing::Unknown
            }
            ("dict", _) if !args.named.is_empty() => {
                let named = args.named.iter();
                Thing::Keys(Rc::new(
                    named.map(|(name, _, span)| (name.clone(), *span)).collect(),
                ))
            }
            ("next", Some(Thing::Rows(rows))) if !rows.is_light => {
                Thing::Row(rows.model, Vec::new())
            }
            _ if args.is_plain() && name != "print" => self.evaluated_call(frame, id),
            _ => Thing::Unknown,
        }
    }
}

/// A text with a value formatted into it, if it is SQL that takes one by itself.
pub(super) fn formatted(frame: &Frame, id: ExprId) -> Thing {
    match value(&frame.tree, &frame.module.text, id) {
        Some(range) => Thing::Formatted(frame.span(range)),
        None => Thing::Unknown,
    }
}

fn path_of(obj: &Obj) -> Option<SmolStr> {
    match obj {
        Obj::Ref(path) => Some(path.clone()),
        Obj::Function(function) => Some(function.path.clone()),
        Obj::Class(class) => Some(class.path.clone()),
        Obj::Bound(_, function) => Some(function.path.clone()),
        _ => None,
    }
}

/// Whether a module belongs to migrations: `blog.migrations._0002_fill`.
fn is_of_migrations(module: &str) -> bool {
    module.split('.').any(|part| part.contains("migration"))
}
