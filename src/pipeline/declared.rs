//! Models of a state as the operations that would create them, to be written in a
//! language of migrations.

use smol_str::SmolStr;

use crate::base::{Span, Spanned};
use crate::ir::operation::Base;
use crate::ir::value::{Object, SpannedValue};
use crate::ir::{Field, MigrationId, Unknown, Value};
use crate::mig;
use crate::python::{Written, WrittenOperation};
use crate::schema::{Model, ModelState, Together};
use crate::sql::ddl::Statement;

/// A model as a `create model` block.
///
/// # Errors
/// What of it cannot be written.
pub fn declared_model(model: &Model<'_>) -> Result<String, Vec<Unknown>> {
    if let Some(unknown) = model.why_uncertain() {
        return Err(vec![(*unknown).clone()]);
    }
    let state = model.state();
    write(create_model(state)?, state.app.as_str(), state.origin)
}

/// An extension or a collation as a statement of `.mig`; `None` for what else stands
/// before all tables.
#[must_use]
pub fn declared_groundwork(statement: &Statement, span: Span) -> Option<String> {
    let name_value = |name: &SmolStr| Spanned::new(Value::Str(name.clone()), span);
    let (class, kwargs) = match statement {
        Statement::CreateExtension { name } => {
            ("CreateExtension", vec![("name", name_value(name))])
        }
        Statement::CreateCollation {
            name,
            locale,
            provider,
            is_deterministic,
        } => {
            let mut kwargs = vec![("name", name_value(name)), ("locale", name_value(locale))];
            if let Some(provider) = provider {
                kwargs.push(("provider", name_value(provider)));
            }
            if !is_deterministic {
                kwargs.push(("deterministic", Spanned::new(Value::Bool(false), span)));
            }
            ("CreateCollation", kwargs)
        }
        _ => return None,
    };
    let path = format!("django.contrib.postgres.operations.{class}");
    write(call(&path, kwargs, span), "", span).ok()
}

fn write(operation: SpannedValue, app: &str, span: Span) -> Result<String, Vec<Unknown>> {
    let mut written = Written::new(MigrationId::new(app, ""), "", span);
    written.operations.push(WrittenOperation {
        value: operation,
        condition: None,
    });
    mig::write(&written).map(|written| written.text)
}

fn call(path: &str, kwargs: Vec<(&str, SpannedValue)>, span: Span) -> SpannedValue {
    let kwargs = kwargs.into_iter();
    let object = Object {
        path: SmolStr::new(path),
        args: Vec::new(),
        kwargs: kwargs
            .map(|(name, value)| (SmolStr::new(name), value))
            .collect(),
    };
    Spanned::new(Value::Object(Box::new(object)), span)
}

fn create_model(model: &ModelState) -> Result<SpannedValue, Vec<Unknown>> {
    let at = |value: Value| Spanned::new(value, model.origin);
    let text = |text: &str| at(Value::Str(SmolStr::new(text)));
    let fields = model.fields.values().map(|state| {
        let field = field(&state.field);
        at(Value::Tuple(vec![text(state.name.as_str()), field]))
    });
    let mut given = vec![
        ("name", text(model.name.as_str())),
        ("fields", at(Value::List(fields.collect()))),
    ];
    let options = options(model);
    if !options.is_empty() {
        given.push(("options", at(Value::Dict(options))));
    }
    if !model.bases.is_empty() {
        let mut bases = Vec::with_capacity(model.bases.len());
        for base in model.bases.iter() {
            bases.push(match base {
                Base::Model { app, name, .. } if app.is_empty() => text(name.as_str()),
                Base::Model { app, name, .. } => text(&format!("{app}.{name}")),
                Base::Class { path, .. } => at(Value::Path(path.clone())),
                Base::Unknown(unknown) => return Err(vec![unknown.clone()]),
            });
        }
        given.push(("bases", at(Value::Tuple(bases))));
    }
    if !model.managers.is_empty() {
        given.push(("managers", at(Value::List(model.managers.to_vec()))));
    }
    Ok(call(
        "django.db.migrations.CreateModel",
        given,
        model.origin,
    ))
}

/// A field's call, with its positional arguments where they were.
fn field(field: &Field) -> SpannedValue {
    let mut object = Object {
        path: field.class.clone(),
        args: Vec::new(),
        kwargs: Vec::new(),
    };
    for (name, value) in &field.options {
        match (&value.value, name.as_str()) {
            (Value::Tuple(names), "field_names") => object.args.extend(names.iter().cloned()),
            _ if name.bytes().all(|byte| byte.is_ascii_digit()) => object.args.push(value.clone()),
            _ => object.kwargs.push((name.clone(), value.clone())),
        }
    }
    Spanned::new(Value::Object(Box::new(object)), field.span)
}

fn options(model: &ModelState) -> Vec<(SpannedValue, SpannedValue)> {
    let at = |value: Value| Spanned::new(value, model.origin);
    let key = |name: &str| at(Value::Str(SmolStr::new(name)));
    let named = model.options.iter();
    let mut options: Vec<(SpannedValue, SpannedValue)> = named
        .map(|(name, value)| (key(name), (**value).clone()))
        .collect();
    let sets = [
        ("unique_together", &model.unique_together),
        ("index_together", &model.index_together),
    ];
    for (name, together) in sets {
        if let Some(groups) = together.as_ref().filter(|groups| !groups.is_empty()) {
            options.push((key(name), at(groups_of(groups, model.origin))));
        }
    }
    let indexes = model.indexes.values().map(|state| {
        let index = &state.index;
        let object = index.written.as_deref().cloned().unwrap_or_else(|| Object {
            path: index.class.clone(),
            args: index.args.clone(),
            kwargs: index.options.clone(),
        });
        Spanned::new(Value::Object(Box::new(object)), index.span)
    });
    let constraints = model.constraints.values().map(|state| {
        let constraint = &state.constraint;
        let written = constraint.written.as_deref().cloned();
        let object = written.unwrap_or_else(|| Object {
            path: constraint.class.clone(),
            args: constraint.args.clone(),
            kwargs: constraint.options.clone(),
        });
        Spanned::new(Value::Object(Box::new(object)), constraint.span)
    });
    let lists: [(&str, Vec<SpannedValue>); 2] = [
        ("indexes", indexes.collect()),
        ("constraints", constraints.collect()),
    ];
    for (name, list) in lists {
        if !list.is_empty() {
            options.push((key(name), at(Value::List(list))));
        }
    }
    options
}

fn groups_of(groups: &Together, span: Span) -> Value {
    let group = |names: &std::sync::Arc<[crate::ir::FieldName]>| {
        let names = names.iter();
        let names = names.map(|name| Spanned::new(Value::Str(SmolStr::new(name.as_str())), span));
        Spanned::new(Value::Tuple(names.collect()), span)
    };
    Value::Set(groups.iter().map(group).collect())
}
