//! Statements that create and drop indexes and constraints.
//!
//! Source: `Index.create_sql`, `CheckConstraint`, `UniqueConstraint`,
//! `ExclusionConstraint` and the `_create_*_sql` methods of the schema editor, 5.2.

use std::sync::Arc;

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::editor::Editor;
use super::expressions;
use super::field::Resolved;
use super::model::{Head, Table};
use super::{Planned, Setup};
use crate::base::Span;
use crate::ir::constraint::{Constraint as Written, ConstraintKind as WrittenKind};
use crate::ir::expression::{Expression, ExpressionKind};
use crate::ir::index::Index;
use crate::ir::value::SpannedValue;
use crate::ir::{FieldName, Unknown, Value};
use crate::sql::ddl::{
    ColumnName, Constraint, ConstraintClass, ConstraintKind, CreateIndex, Deferrable, Indexed,
    IndexedColumn, Name, Statement, Suffix, TableName,
};
use crate::sql::names;

/// What a constraint becomes when its table is created.
pub(in crate::sql) enum Inline {
    /// Part of the table's definition.
    Within(Constraint),
    Later(Box<Statement>),
    /// The database has nothing like it.
    Unsupported,
}

impl CreateIndex {
    /// An index on columns, with a name to be made.
    pub(in crate::sql) fn on(
        table: &TableName,
        columns: Vec<ColumnName>,
        suffix: &'static str,
    ) -> Self {
        Self {
            table: table.clone(),
            name: Name::Generated(Suffix::Text(suffix)),
            is_unique: false,
            concurrently: false,
            method: None,
            indexed: Indexed::Columns(columns.into_iter().map(plain_column).collect()),
            include: Vec::new(),
            nulls_distinct: None,
            parameters: Vec::new(),
            tablespace: None,
            condition: None,
        }
    }
}

fn plain_column(name: ColumnName) -> IndexedColumn {
    IndexedColumn {
        name,
        opclass: None,
        is_descending: false,
    }
}

/// `_create_unique_sql` of `unique_together` and of `unique=True`.
pub(in crate::sql) fn unique(
    setup: Setup<'_>,
    table: &TableName,
    columns: Vec<ColumnName>,
) -> Statement {
    if setup.server.features.unique_constraint_is_index {
        let mut index = CreateIndex::on(table, columns, "_uniq");
        index.is_unique = true;
        return Statement::CreateIndex(Arc::new(index));
    }
    Statement::AddConstraint {
        table: table.clone(),
        constraint: Constraint {
            name: Some(Name::Generated(Suffix::Text("_uniq"))),
            kind: ConstraintKind::Unique {
                columns,
                nulls_distinct: None,
                deferrable: None,
            },
        },
        not_valid: false,
    }
}

/// `_create_index_sql` for plain fields.
pub(in crate::sql) fn plain(
    setup: Setup<'_>,
    head: &Head<'_>,
    fields: &[&Resolved<'_>],
    suffix: &'static str,
) -> Planned<CreateIndex> {
    let columns = fields
        .iter()
        .map(|field| Ok(field.column_name()?.clone()))
        .collect::<Planned<Vec<_>>>()?;
    let mut index = CreateIndex::on(&head.name, columns, suffix);
    index.tablespace = tablespace(setup, head, fields);
    Ok(index)
}

/// `_get_index_tablespace_sql`.
fn tablespace(setup: Setup<'_>, head: &Head<'_>, fields: &[&Resolved<'_>]) -> Option<SmolStr> {
    if let [field] = fields
        && let Some(tablespace) = &field.tablespace
    {
        return Some(tablespace.clone());
    }
    setup
        .settings
        .default_index_tablespace
        .clone()
        .or_else(|| head.tablespace.clone())
}

/// `_model_indexes_sql`.
pub(in crate::sql) fn of_model(editor: &Editor<'_>, table: &Table<'_>) -> Planned<Vec<Statement>> {
    let mut indexes = Vec::new();
    for field in &table.fields {
        of_field(editor, &table.head, field, &mut indexes)?;
    }
    for index in &table.indexes {
        if !is_index_supported(editor.setup, index) {
            continue;
        }
        let index = create_index(editor.setup, &table.head, &table.fields, index)?;
        indexes.push(Statement::CreateIndex(Arc::new(index)));
    }
    Ok(indexes)
}

/// Whether Django makes an index at all.
pub(in crate::sql) fn is_index_supported(setup: Setup<'_>, index: &Index) -> bool {
    index.expressions.is_empty() || setup.server.features.supports_expression_indexes
}

/// The field that an index or a unique constraint begins with.
pub(in crate::sql) fn first_field(
    setup: Setup<'_>,
    fields: &[SmolStr],
    expressions: &[Expression],
) -> Option<SmolStr> {
    if let Some(name) = fields.first() {
        return Some(SmolStr::new(name.trim_start_matches('-')));
    }
    match &expressions.first()?.kind {
        ExpressionKind::Field(path)
            if path.transforms.is_empty() && setup.server.features.supports_expression_indexes =>
        {
            Some(SmolStr::new(path.field.as_str()))
        }
        _ => None,
    }
}

/// The index of a field alone. A table that is made anew has the same one as before.
fn own_index(setup: Setup<'_>, head: &Head<'_>, field: &Resolved<'_>) -> Planned<Arc<CreateIndex>> {
    if let Some(known) = field.index.get()
        && known.table == head.name
        && known.tablespace == tablespace(setup, head, &[field])
    {
        return Ok(Arc::clone(known));
    }
    let index = Arc::new(plain(setup, head, &[field], "")?);
    // Another table than the first one has its field's index made each time.
    let _ = field.index.set(Arc::clone(&index));
    Ok(index)
}

/// `_field_indexes_sql`.
pub(in crate::sql) fn of_field(
    editor: &Editor<'_>,
    head: &Head<'_>,
    field: &Resolved<'_>,
    indexes: &mut Vec<Statement>,
) -> Planned<()> {
    let setup = editor.setup;
    let procedures = setup.server.dialect.procedures;
    if field.is_spatially_indexed() {
        indexes.push(spatial(setup, head, field)?);
    } else if procedures.is_indexed(setup, field)? {
        indexes.push(Statement::CreateIndex(own_index(setup, head, field)?));
    }
    if let Some(index) = procedures.extra_index(editor, head, field)? {
        indexes.push(Statement::CreateIndex(index));
    }
    Ok(())
}

/// `PostGISSchemaEditor._create_spatial_index_sql`.
pub(in crate::sql) fn spatial(
    setup: Setup<'_>,
    head: &Head<'_>,
    field: &Resolved<'_>,
) -> Planned<Statement> {
    let mut index = plain(setup, head, &[field], "_id")?;
    index.method = Some("GIST".into());
    let column = field.column_name()?;
    if field.kind == crate::ir::FieldKind::RasterField {
        let name = names::index_name(
            head.name.as_str(),
            &[column.as_str()],
            "_id",
            setup.server.features.max_name_length,
        );
        index.name = Name::Given(name.into());
        let quoted = setup.server.quoting.name(column.as_str());
        index.indexed = Indexed::Expressions(crate::sql::ddl::Fragment {
            sql: format!("ST_ConvexHull({quoted})"),
            columns: vec![column.clone()],
        });
    } else if field.dimension() > 2 && field.field().flag("geography", false) != Some(true) {
        index.indexed = Indexed::Columns(vec![IndexedColumn {
            name: column.clone(),
            opclass: Some("GIST_GEOMETRY_OPS_ND".into()),
            is_descending: false,
        }]);
    }
    Ok(Statement::CreateIndex(Arc::new(index)))
}

fn texts(value: Option<&SpannedValue>) -> Planned<Vec<SmolStr>> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    if value.value == Value::None {
        return Ok(Vec::new());
    }
    let texts = value.value.items().map(|items| {
        items
            .iter()
            .map(|item| item.value.as_str().map(SmolStr::new))
            .collect::<Option<Vec<_>>>()
    });
    texts
        .flatten()
        .ok_or_else(|| Unknown::new(value.span, "the names are not known"))
}

fn text(value: Option<&SpannedValue>) -> Planned<Option<SmolStr>> {
    match value.map(|value| (&value.value, value.span)) {
        None | Some((Value::None, _)) => Ok(None),
        Some((Value::Str(text), _)) => Ok(Some(text.clone())),
        Some((_, span)) => Err(Unknown::new(span, "it is not a text")),
    }
}

fn names_of(names: &[SmolStr]) -> Vec<FieldName> {
    names.iter().cloned().map(FieldName::new).collect()
}

/// A field of a table in the making, else of the model.
fn field_of<'s>(
    setup: Setup<'_>,
    head: &Head<'s>,
    fields: &[Resolved<'s>],
    name: &str,
) -> Planned<Resolved<'s>> {
    match fields.iter().find(|field| field.name().as_str() == name) {
        Some(field) => Ok(field.clone()),
        None => head.field(setup, name),
    }
}

fn columns_of<'s>(
    setup: Setup<'_>,
    head: &Head<'s>,
    fields: &[Resolved<'s>],
    names: &[FieldName],
) -> Planned<Vec<ColumnName>> {
    names
        .iter()
        .map(|name| {
            let field = field_of(setup, head, fields, name.as_str())?;
            Ok(field.column_name()?.clone())
        })
        .collect()
}

/// `Index.create_sql` and its overrides in `contrib.postgres`. `fields` are those of a
/// table in the making.
pub(in crate::sql) fn create_index<'s>(
    setup: Setup<'_>,
    head: &Head<'s>,
    fields: &[Resolved<'s>],
    index: &Index,
) -> Planned<CreateIndex> {
    let class = class_of(index)?;
    let opclasses = texts(index.option("opclasses"))?;
    let mut resolved = Vec::new();
    let indexed = if index.expressions.is_empty() {
        let mut columns = Vec::new();
        for (at, name) in index.fields().into_iter().enumerate() {
            let (name, is_descending) = match name.strip_prefix('-') {
                Some(name) => (name, true),
                None => (name, false),
            };
            let field = field_of(setup, head, fields, name)?;
            columns.push(IndexedColumn {
                name: field.column_name()?.clone(),
                opclass: opclasses.get(at).cloned(),
                is_descending,
            });
            resolved.push(field);
        }
        let features = setup.server.features;
        for column in &mut columns {
            column.is_descending &= features.supports_index_column_ordering;
            if !features.supports_operator_classes {
                column.opclass = None;
            }
        }
        Indexed::Columns(columns)
    } else {
        Indexed::Expressions(expressions::indexed(setup, head, &index.expressions)?)
    };
    let condition = match &index.condition {
        Some(condition) => Some(expressions::condition(setup, head, condition)?.sql),
        None => None,
    };
    let include = names_of(&texts(index.option("include"))?);
    let own = text(index.option("db_tablespace"))?;
    let resolved: Vec<&Resolved<'_>> = resolved.iter().collect();
    Ok(CreateIndex {
        table: head.name.clone(),
        name: Name::Given(index_name(setup, head, fields, index)?),
        is_unique: false,
        concurrently: false,
        method: class.method.map(SmolStr::new_static),
        indexed,
        include: columns_of(setup, head, fields, &include)?,
        nulls_distinct: None,
        parameters: parameters(index, class)?,
        tablespace: own.or_else(|| tablespace(setup, head, &resolved)),
        condition,
    })
}

/// A class of index: its method and its parameters in the order of `get_with_params`.
#[derive(Debug, Clone, Copy)]
struct IndexClass {
    method: Option<&'static str>,
    parameters: &'static [&'static str],
}

fn class_of(index: &Index) -> Planned<IndexClass> {
    let name = index.class.rsplit('.').next().unwrap_or_default();
    let (method, parameters): (_, &[&str]) = match name {
        _ if !index.class.starts_with("django.") => (None, &[]),
        "Index" => {
            return Ok(IndexClass {
                method: None,
                parameters: &[],
            });
        }
        "BloomIndex" => (Some("bloom"), &["length", "columns"]),
        "BrinIndex" => (Some("brin"), &["autosummarize", "pages_per_range"]),
        "BTreeIndex" => (Some("btree"), &["fillfactor", "deduplicate_items"]),
        "GinIndex" => (Some("gin"), &["gin_pending_list_limit", "fastupdate"]),
        "GistIndex" => (Some("gist"), &["buffering", "fillfactor"]),
        "HashIndex" => (Some("hash"), &["fillfactor"]),
        "SpGistIndex" => (Some("spgist"), &["fillfactor"]),
        _ => (None, &[]),
    };
    if method.is_none() {
        let reason = format!("what SQL `{}` makes was not read", index.class);
        return Err(Unknown::new(index.span, reason));
    }
    Ok(IndexClass { method, parameters })
}

fn parameters(index: &Index, class: IndexClass) -> Planned<Vec<String>> {
    let mut parameters = Vec::new();
    for name in class.parameters {
        let Some(value) = index.option(name) else {
            continue;
        };
        match &value.value {
            Value::None => {}
            Value::Bool(is_on) => {
                let state = if *is_on { "on" } else { "off" };
                parameters.push(format!("{name} = {state}"));
            }
            Value::Int(number) => parameters.push(format!("{name} = {number}")),
            Value::List(bits) | Value::Tuple(bits) if *name == "columns" => {
                for (at, bit) in bits.iter().enumerate() {
                    let Value::Int(bit) = bit.value else {
                        return Err(Unknown::new(bit.span, "the length is not known"));
                    };
                    parameters.push(format!("col{} = {bit}", at + 1));
                }
            }
            _ => {
                let reason = format!("the value of `{name}` is not known");
                return Err(Unknown::new(value.span, reason));
            }
        }
    }
    Ok(parameters)
}

/// The name as given, or as Django makes it for an index of a model's options.
/// Source: `Index.set_name_with_model`, 5.2.
pub(in crate::sql) fn index_name<'s>(
    setup: Setup<'_>,
    head: &Head<'s>,
    fields: &[Resolved<'s>],
    index: &Index,
) -> Planned<SmolStr> {
    if let Some(name) = text(index.option("name"))?.filter(|name| !name.is_empty()) {
        return Ok(name);
    }
    let method = class_of(index)?.method.unwrap_or("idx");
    // The table that SQLite makes anew has another name, the index has not.
    let table = super::field::table_of(setup, &head.model)?;
    let (_, table) = names::split_identifier(table.as_str());
    let mut parts = vec![table.to_owned()];
    let mut first = None;
    for name in index.fields() {
        let (name, is_descending) = match name.strip_prefix('-') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let column = field_of(setup, head, fields, name)?.column_name()?.clone();
        let order = if is_descending { "-" } else { "" };
        parts.push(format!("{order}{}", column.as_str()));
        first.get_or_insert(column);
    }
    let Some(first) = first else {
        return Err(Unknown::new(index.span, "the index has no name"));
    };
    parts.push(method.to_owned());
    let cut = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    let digest = names::digest(parts.iter().map(String::as_str), 6);
    let name = format!(
        "{}_{}_{digest}_{method}",
        cut(table, 11),
        cut(first.as_str(), 7)
    );
    Ok(match name.chars().next() {
        Some(start) if start == '_' || start.is_ascii_digit() => {
            format_smolstr!("D{}", &name[1..])
        }
        _ => name.to_smolstr(),
    })
}

fn deferrable(constraint: &Written) -> Planned<Option<Deferrable>> {
    let Some(value) = constraint.option("deferrable") else {
        return Ok(None);
    };
    // A member of `Deferrable` is read as a path or as its value.
    let member = match &value.value {
        Value::None => return Ok(None),
        Value::Path(path) => path.rsplit('.').next().map(str::to_ascii_lowercase),
        Value::Str(text) => Some(text.to_string()),
        _ => None,
    };
    match member.as_deref() {
        Some("deferred") => Ok(Some(Deferrable::Deferred)),
        Some("immediate") => Ok(Some(Deferrable::Immediate)),
        _ => Err(Unknown::new(
            value.span,
            "the value of `deferrable` is not known",
        )),
    }
}

fn nulls_distinct(constraint: &Written) -> Planned<Option<bool>> {
    match constraint
        .option("nulls_distinct")
        .map(|it| (&it.value, it.span))
    {
        None | Some((Value::None, _)) => Ok(None),
        Some((Value::Bool(distinct), _)) => Ok(Some(*distinct)),
        Some((_, span)) => Err(Unknown::new(
            span,
            "the value of `nulls_distinct` is not known",
        )),
    }
}

pub(in crate::sql) fn constraint_name(constraint: &Written) -> Planned<SmolStr> {
    match text(constraint.option("name"))? {
        Some(name) => Ok(name),
        None => Err(Unknown::new(constraint.span, "the constraint has no name")),
    }
}

/// What makes a unique constraint an index: a condition, included columns, expressions
/// or operator classes.
pub(in crate::sql) fn is_unique_index(constraint: &Written) -> bool {
    let is_given = |name: &str| {
        constraint
            .option(name)
            .and_then(|value| value.value.items())
            .is_some_and(|items| !items.is_empty())
    };
    constraint.condition.is_some()
        || !constraint.expressions.is_empty()
        || is_given("include")
        || is_given("opclasses")
}

/// `_unique_supported`.
fn is_supported(setup: Setup<'_>, constraint: &Written) -> Planned<bool> {
    let features = setup.server.features;
    let includes = !texts(constraint.option("include"))?.is_empty();
    Ok(
        (constraint.condition.is_none() || features.supports_partial_indexes)
            && (deferrable(constraint)?.is_none()
                || features.supports_deferrable_unique_constraints)
            && (!includes || features.supports_covering_indexes)
            && (constraint.expressions.is_empty() || features.supports_expression_indexes)
            && (nulls_distinct(constraint)?.is_none()
                || features.supports_nulls_distinct_unique_constraints),
    )
}

fn foreign_class(span: Span, class: &str) -> Unknown {
    Unknown::new(span, format!("what SQL `{class}` makes was not read"))
}

/// `_create_unique_sql` of a unique constraint; `None` if the database has nothing
/// like it.
fn create_unique<'s>(
    setup: Setup<'_>,
    head: &Head<'s>,
    fields: &[Resolved<'s>],
    constraint: &Written,
) -> Planned<Option<Statement>> {
    if !is_supported(setup, constraint)? {
        return Ok(None);
    }
    let name = Name::Given(constraint_name(constraint)?);
    let own = names_of(&texts(constraint.option("fields"))?);
    let columns = columns_of(setup, head, fields, &own)?;
    let nulls_distinct = nulls_distinct(constraint)?;
    if !is_unique_index(constraint) && !setup.server.features.unique_constraint_is_index {
        return Ok(Some(Statement::AddConstraint {
            table: head.name.clone(),
            constraint: Constraint {
                name: Some(name),
                kind: ConstraintKind::Unique {
                    columns,
                    nulls_distinct,
                    deferrable: deferrable(constraint)?,
                },
            },
            not_valid: false,
        }));
    }
    let mut index = CreateIndex::on(&head.name, columns, "");
    index.name = name;
    index.is_unique = true;
    index.nulls_distinct = nulls_distinct;
    let opclasses = texts(constraint.option("opclasses"))?;
    if let Indexed::Columns(columns) = &mut index.indexed
        && setup.server.features.supports_operator_classes
    {
        for (column, opclass) in columns.iter_mut().zip(opclasses) {
            column.opclass = Some(opclass);
        }
    }
    if !constraint.expressions.is_empty() {
        let indexed = expressions::indexed(setup, head, &constraint.expressions)?;
        index.indexed = Indexed::Expressions(indexed);
    }
    let include = names_of(&texts(constraint.option("include"))?);
    index.include = columns_of(setup, head, fields, &include)?;
    if let Some(condition) = &constraint.condition {
        index.condition = Some(expressions::condition(setup, head, condition)?.sql);
    }
    Ok(Some(Statement::CreateIndex(Arc::new(index))))
}

fn check(setup: Setup<'_>, head: &Head<'_>, constraint: &Written) -> Planned<Constraint> {
    let Some(condition) = &constraint.condition else {
        return Err(Unknown::new(constraint.span, "the check has no condition"));
    };
    let condition = expressions::condition(setup, head, condition)?;
    let kind = ConstraintKind::Check(condition);
    Ok(Constraint::named(constraint_name(constraint)?, kind))
}

fn exclusion<'s>(
    setup: Setup<'_>,
    head: &Head<'s>,
    fields: &[Resolved<'s>],
    constraint: &Written,
) -> Planned<Constraint> {
    let include = names_of(&texts(constraint.option("include"))?);
    let method = text(constraint.option("index_type"))?.filter(|method| !method.is_empty());
    let condition = match &constraint.condition {
        Some(condition) => Some(expressions::condition(setup, head, condition)?.sql),
        None => None,
    };
    let kind = ConstraintKind::Exclusion {
        method: method.unwrap_or_else(|| "GIST".into()),
        expressions: expressions::excluding(
            setup,
            head,
            &constraint.expressions,
            &constraint.operators,
        )?,
        include: columns_of(setup, head, fields, &include)?,
        condition,
        deferrable: deferrable(constraint)?,
    };
    Ok(Constraint::named(constraint_name(constraint)?, kind))
}

/// `BaseConstraint.constraint_sql`.
pub(in crate::sql) fn inline_constraint<'s>(
    setup: Setup<'_>,
    head: &Head<'s>,
    fields: &[Resolved<'s>],
    constraint: &Written,
) -> Planned<Inline> {
    Ok(match constraint.kind {
        WrittenKind::Check => Inline::Within(check(setup, head, constraint)?),
        WrittenKind::Exclusion => Inline::Within(exclusion(setup, head, fields, constraint)?),
        WrittenKind::Unique => {
            if !is_supported(setup, constraint)? {
                return Ok(Inline::Unsupported);
            }
            if is_unique_index(constraint) || nulls_distinct(constraint)?.is_some() {
                return Ok(match create_unique(setup, head, fields, constraint)? {
                    Some(statement) => Inline::Later(Box::new(statement)),
                    None => Inline::Unsupported,
                });
            }
            let own = names_of(&texts(constraint.option("fields"))?);
            let kind = ConstraintKind::Unique {
                columns: columns_of(setup, head, fields, &own)?,
                nulls_distinct: None,
                deferrable: deferrable(constraint)?,
            };
            Inline::Within(Constraint::named(constraint_name(constraint)?, kind))
        }
        WrittenKind::Other => return Err(foreign_class(constraint.span, &constraint.class)),
    })
}

/// `BaseConstraint.create_sql`; `None` if the database has nothing like it.
pub(in crate::sql) fn create_constraint<'s>(
    setup: Setup<'_>,
    head: &Head<'s>,
    fields: &[Resolved<'s>],
    constraint: &Written,
) -> Planned<Option<Statement>> {
    let made = match constraint.kind {
        WrittenKind::Unique => return create_unique(setup, head, fields, constraint),
        WrittenKind::Check if !setup.server.features.supports_table_check_constraints => {
            return Ok(None);
        }
        WrittenKind::Check => check(setup, head, constraint)?,
        WrittenKind::Exclusion => exclusion(setup, head, fields, constraint)?,
        WrittenKind::Other => return Err(foreign_class(constraint.span, &constraint.class)),
    };
    Ok(Some(Statement::AddConstraint {
        table: head.name.clone(),
        constraint: made,
        not_valid: false,
    }))
}

pub(in crate::sql) fn add_constraint(
    editor: &mut Editor<'_>,
    head: &Head<'_>,
    constraint: &Written,
) -> Planned<()> {
    if let Some(statement) = create_constraint(editor.setup, head, &[], constraint)? {
        editor.execute(statement);
    }
    Ok(())
}

/// `BaseConstraint.remove_sql`.
pub(in crate::sql) fn remove_constraint(
    editor: &mut Editor<'_>,
    head: &Head<'_>,
    constraint: &Written,
) -> Planned<()> {
    let name = constraint_name(constraint)?;
    if constraint.kind == WrittenKind::Other {
        return Err(foreign_class(constraint.span, &constraint.class));
    }
    let mut class = ConstraintClass::Exclusion;
    if constraint.kind == WrittenKind::Check {
        if !editor
            .setup
            .server
            .features
            .supports_table_check_constraints
        {
            return Ok(());
        }
        class = ConstraintClass::Check;
    }
    if constraint.kind == WrittenKind::Unique {
        if !is_supported(editor.setup, constraint)? {
            return Ok(());
        }
        class = ConstraintClass::Unique;
        let fields = texts(constraint.option("fields"))?;
        let first = first_field(editor.setup, &fields, &constraint.expressions);
        let procedures = editor.setup.server.dialect.procedures;
        procedures.release_index(editor, head, first.as_deref())?;
        if is_unique_index(constraint) || editor.setup.server.features.unique_constraint_is_index {
            // Django does not look at what waits to be made here.
            editor.execute(Statement::DropIndex {
                table: head.name.clone(),
                name,
                concurrently: false,
            });
            return Ok(());
        }
    }
    editor.execute(Statement::DropConstraint {
        table: head.name.clone(),
        name,
        class,
    });
    Ok(())
}
