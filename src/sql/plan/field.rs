//! A field as a database sees it: its column, its type, what it refers to.
//!
//! Source: `Field.db_type`, `db_parameters`, `rel_db_type` and what `contrib.postgres`
//! and `contrib.gis` make of them, 5.2.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustc_hash::FxHashMap;
use smol_str::{SmolStr, ToSmolStr as _, format_smolstr};

use super::Setup;
use super::{Planned, known};
use crate::ir::field::{Field, TypeText};
use crate::ir::value::Choices;
use crate::ir::{Expression, FieldKind, FieldName, Known, Unknown, Value};
use crate::schema::{FieldState, Model, ModelKey, ModelState, Target};
use crate::sql::Server;
use crate::sql::ddl::{Column, ColumnName, CreateIndex, TableName};
use crate::sql::names;
use crate::sql::own;
use crate::sql::template;
use crate::sql::value::{internal_type, kind_of};

/// A field of a model in a state.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Resolved<'s> {
    pub(in crate::sql) state: FieldState,
    /// The model that the field belongs to.
    pub(in crate::sql) model: Model<'s>,
    pub(in crate::sql) relation: Option<Arc<Relation>>,
    /// Shared by all states in which the field is the same.
    pub(in crate::sql) defined: Arc<Defined>,
}

impl Deref for Resolved<'_> {
    type Target = Defined;

    fn deref(&self) -> &Defined {
        &self.defined
    }
}

/// What a field's definition says of its column.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Defined {
    /// The field's own kind.
    pub(in crate::sql) kind: FieldKind,
    /// `get_internal_type()`.
    pub(in crate::sql) internal: FieldKind,
    /// `None` for a field without a column.
    pub(in crate::sql) column: Option<Typed>,
    pub(in crate::sql) is_null: bool,
    pub(in crate::sql) is_primary_key: bool,
    /// Unique, be it as the primary key.
    pub(in crate::sql) is_unique: bool,
    pub(in crate::sql) is_indexed: bool,
    /// The key is Django's own.
    pub(in crate::sql) is_auto_created: bool,
    pub(in crate::sql) comment: Option<SmolStr>,
    pub(in crate::sql) tablespace: Option<SmolStr>,
    /// As its table is created with it, where that shows in nothing but the definition.
    pub(in crate::sql) in_table: OnceLock<Column>,
    /// Of the column alone, on the table that had it first.
    pub(in crate::sql) index: OnceLock<Arc<CreateIndex>>,
}

/// What was found of fields before: a plan meets the same definition with every operation
/// on its table.
#[derive(Debug, Default)]
pub struct KnownFields {
    /// By the place of the definition in memory.
    by_place: Mutex<FxHashMap<usize, KnownField>>,
}

#[derive(Debug)]
struct KnownField {
    /// Keeps the place in memory, by which it is known, from being another field's.
    _field: Arc<Field>,
    name: FieldName,
    link: Option<Link>,
    defined: Arc<Defined>,
}

/// What a foreign key was found to lead to.
#[derive(Debug)]
struct Link {
    /// The model that has the key, in which `to` is understood.
    within: ModelKey,
    /// All that the column depends on besides.
    target: Arc<ModelState>,
    relation: Arc<Relation>,
}

/// More fields than this are not kept.
const MOST_KNOWN: usize = 8_192;

impl KnownFields {
    fn by_place(&self) -> MutexGuard<'_, FxHashMap<usize, KnownField>> {
        self.by_place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, model: &Model<'_>, state: &FieldState) -> Option<Found> {
        let known = self.by_place();
        let known = known.get(&Arc::as_ptr(&state.field).addr())?;
        if known.name != state.name {
            return None;
        }
        let relation = match &known.link {
            None => None,
            Some(link) => {
                let Relation { key, field, .. } = &*link.relation;
                let is_same = link.within == *model.key() && model.sees(key, &link.target, field);
                Some(is_same.then(|| Arc::clone(&link.relation))?)
            }
        };
        Some((relation, Arc::clone(&known.defined)))
    }

    fn add(&self, state: &FieldState, link: Option<Link>, defined: &Arc<Defined>) {
        let mut known = self.by_place();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        let field = KnownField {
            _field: Arc::clone(&state.field),
            name: state.name.clone(),
            link,
            defined: Arc::clone(defined),
        };
        known.insert(Arc::as_ptr(&state.field).addr(), field);
    }
}

type Found = (Option<Arc<Relation>>, Arc<Defined>);

/// A column's name and type.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Typed {
    pub(in crate::sql) name: ColumnName,
    pub(in crate::sql) db_type: SmolStr,
    pub(in crate::sql) collation: Option<SmolStr>,
    /// With the column's name in it.
    pub(in crate::sql) check: Option<String>,
    pub(in crate::sql) suffix: Option<&'static str>,
}

/// What a foreign key refers to.
#[derive(Debug)]
pub(in crate::sql) struct Relation {
    /// As named by the field, which may be a proxy.
    pub(in crate::sql) key: ModelKey,
    pub(in crate::sql) field: FieldName,
    pub(in crate::sql) to_table: TableName,
    pub(in crate::sql) to_column: ColumnName,
    /// `db_constraint`.
    pub(in crate::sql) is_constraint: bool,
}

impl Relation {
    fn of(
        setup: Setup<'_>,
        model: &Model<'_>,
        state: &FieldState,
        target: &Target<'_>,
    ) -> Planned<Self> {
        let key = known(model.related(state))?;
        let Some(column) = known(target.model.column(&target.field))? else {
            let reason = format!("`{key}.{}` has no column", target.field.name);
            return Err(Unknown::new(state.origin, reason));
        };
        Ok(Self {
            key,
            to_table: table_of(setup, &target.model)?,
            to_column: ColumnName::new(column),
            is_constraint: flag(&state.field, "db_constraint", true)?,
            field: target.field.name.clone(),
        })
    }
}

impl Link {
    /// `None` where the column depends on more than the model that the key names: a proxy,
    /// a key that Django adds, a key that is a foreign key itself, a setting that apps
    /// answer for.
    fn of(
        model: &Model<'_>,
        state: &FieldState,
        target: &Target<'_>,
        relation: &Arc<Relation>,
    ) -> Option<Self> {
        let is_named = match &state.field.to()?.value {
            Value::Str(_) => true,
            Value::Setting(name) => name == "AUTH_USER_MODEL",
            _ => false,
        };
        let written = target.model.state();
        let own = written.fields.get(target.field.name.as_str())?;
        let is_alone = is_named
            && relation.key == *target.model.key()
            && Arc::ptr_eq(&own.field, &target.field.field)
            && !is_to_one(kind_of(&own.field).ok()?);
        is_alone.then(|| Self {
            within: model.key().clone(),
            target: Arc::clone(written),
            relation: Arc::clone(relation),
        })
    }
}

const fn is_to_one(kind: FieldKind) -> bool {
    matches!(kind, FieldKind::ForeignKey | FieldKind::OneToOneField)
}

pub(in crate::sql) fn is_many_to_many(field: &FieldState) -> bool {
    field.field.kind.known() == Some(&FieldKind::ManyToManyField)
}

fn flag(field: &Field, name: &str, default: bool) -> Planned<bool> {
    field.flag(name, default).ok_or_else(|| {
        let span = field.option(name).map_or(field.span, |value| value.span);
        Unknown::new(span, format!("the value of `{name}` is not known"))
    })
}

impl<'s> Resolved<'s> {
    pub(in crate::sql) fn new(
        setup: Setup<'_>,
        model: &Model<'s>,
        state: FieldState,
    ) -> Planned<Self> {
        if let Some(unknown) = &state.uncertain {
            return Err((**unknown).clone());
        }
        let found = setup.known_fields.and_then(|it| it.get(model, &state));
        let (relation, defined) = match found {
            Some(found) => found,
            None => Self::look(setup, model, &state)?,
        };
        Ok(Self {
            model: model.clone(),
            state,
            relation,
            defined,
        })
    }

    /// As nobody has before.
    fn look(setup: Setup<'_>, model: &Model<'s>, state: &FieldState) -> Planned<Found> {
        let kind = kind_of(&state.field)?;
        if !is_to_one(kind) {
            let defined = Arc::new(Defined::of(setup, model, state, kind, None)?);
            if let Some(known) = setup.known_fields {
                known.add(state, None, &defined);
            }
            return Ok((None, defined));
        }
        let target = known(model.target(state))?;
        let relation = Arc::new(Relation::of(setup, model, state, &target)?);
        let link = Link::of(model, state, &target, &relation);
        let defined = Arc::new(Defined::of(setup, model, state, kind, Some(target))?);
        if let Some(known) = setup.known_fields
            && link.is_some()
        {
            known.add(state, link, &defined);
        }
        Ok((Some(relation), defined))
    }

    pub(in crate::sql) fn name(&self) -> &FieldName {
        &self.state.name
    }

    pub(in crate::sql) fn field(&self) -> &Field {
        &self.state.field
    }

    /// The relation if it is a constraint of the database.
    pub(in crate::sql) fn foreign_key(&self) -> Option<&Relation> {
        self.relation.as_deref().filter(|it| it.is_constraint)
    }

    pub(in crate::sql) fn is_generated(&self) -> bool {
        self.kind == FieldKind::GeneratedField
    }

    pub(in crate::sql) fn is_auto(&self) -> bool {
        matches!(
            self.internal,
            FieldKind::AutoField | FieldKind::BigAutoField | FieldKind::SmallAutoField
        )
    }

    pub(in crate::sql) fn db_default(&self) -> Option<&Expression> {
        self.state.field.db_default.as_deref()
    }

    pub(in crate::sql) fn is_geometry(&self) -> bool {
        geometry_name(self.kind).is_some()
    }

    /// `spatial_index`; false for anything but geometries and rasters.
    pub(in crate::sql) fn is_spatially_indexed(&self) -> bool {
        (self.is_geometry() || self.kind == FieldKind::RasterField)
            && self.field().flag("spatial_index", true) == Some(true)
    }

    pub(in crate::sql) fn dimension(&self) -> i64 {
        match self.field().option("dim").map(|value| &value.value) {
            Some(Value::Int(dimension)) => *dimension,
            _ => 2,
        }
    }

    /// The column; an error for a field without one.
    pub(in crate::sql) fn typed(&self) -> Planned<&Typed> {
        self.column.as_ref().ok_or_else(|| {
            let reason = format!("the field `{}` has no column", self.name());
            Unknown::new(self.state.origin, reason)
        })
    }

    pub(in crate::sql) fn column_name(&self) -> Planned<&ColumnName> {
        Ok(&self.typed()?.name)
    }
}

impl Defined {
    fn of(
        setup: Setup<'_>,
        model: &Model<'_>,
        state: &FieldState,
        kind: FieldKind,
        target: Option<Target<'_>>,
    ) -> Planned<Self> {
        let field = &*state.field;
        let typing = match kind {
            FieldKind::GeneratedField => match &field.inner {
                Some(inner) => inner,
                None => return Err(Unknown::new(field.span, "its `output_field` is not known")),
            },
            _ => field,
        };
        let internal = internal_type(kind_of(typing)?);
        let column = match known(model.column(state))? {
            None => None,
            Some(name) => {
                let typed = typed(setup, model, state, typing, target)?;
                typed
                    .map(|(db_type, collation)| -> Planned<Typed> {
                        let is_generated = kind == FieldKind::GeneratedField;
                        let types = &setup.server.dialect.types;
                        // The column of an `output_field` has no name.
                        let has_checks = setup.server.features.supports_table_check_constraints;
                        let check = check_of(setup, typing, internal)?;
                        let check = check.filter(|_| has_checks && !is_generated);
                        Ok(Typed {
                            db_type,
                            collation,
                            check: check.map(|check| {
                                let quoted = setup.server.quoting.name(&name);
                                check
                                    .replace("%(column)s", &name)
                                    .replace("%(qn_column)s", &quoted)
                            }),
                            suffix: types.suffix(internal),
                            name: ColumnName::new(name),
                        })
                    })
                    .transpose()?
            }
        };
        let is_primary_key = flag(field, "primary_key", false)?;
        let is_unique = kind == FieldKind::OneToOneField || flag(field, "unique", false)?;
        let is_indexed = is_to_one(kind) || kind == FieldKind::SlugField;
        Ok(Self {
            kind,
            internal,
            column,
            is_null: match kind {
                FieldKind::NullBooleanField => true,
                _ => flag(field, "null", false)?,
            },
            is_primary_key,
            is_unique: is_unique || is_primary_key,
            is_indexed: flag(field, "db_index", is_indexed)?,
            is_auto_created: field.flag("auto_created", false) == Some(true),
            comment: known(state.text("db_comment"))?,
            tablespace: known(state.text("db_tablespace"))?
                .or_else(|| setup.settings.default_index_tablespace.clone()),
            in_table: OnceLock::new(),
            index: OnceLock::new(),
        })
    }
}

/// The table of a model, as long as the database takes it.
pub(in crate::sql) fn table_of(setup: Setup<'_>, model: &Model<'_>) -> Planned<TableName> {
    Ok(table_on(setup.server, known(model.db_table())?))
}

/// A table by the name that a model gives it, as a server has it.
pub(in crate::sql) fn table_on(server: &Server, db_table: SmolStr) -> TableName {
    let longest = server.features.max_name_length;
    if longest.is_none_or(|longest| db_table.len() <= longest) {
        return TableName::new(db_table);
    }
    TableName::new(names::truncate(&db_table, longest))
}

type TypeAndCollation = Option<(SmolStr, Option<SmolStr>)>;

/// `db_type` and `db_collation` of a column; `None` if the field has no type here.
fn typed(
    setup: Setup<'_>,
    model: &Model<'_>,
    state: &FieldState,
    typing: &Field,
    target: Option<Target<'_>>,
) -> Planned<TypeAndCollation> {
    let kind = kind_of(typing)?;
    if is_to_one(kind) {
        let target = match target {
            Some(target) => known(target.typed_by(state.origin))?,
            None => known(model.typed_by(state))?,
        };
        if let Some(db_type) = related_type(setup, typing, &target.field.field)? {
            let collation = collation(setup, &target.field.field)?;
            return Ok(db_type.map(|db_type| (db_type, collation)));
        }
        let kind = kind_of(&target.field.field)?;
        let related = setup.server.dialect.types.related.iter();
        let mut related = related.filter(|(from, _)| *from == internal_type(kind));
        let db_type = match related.next() {
            Some((_, to)) => plain_type(setup, *to, &target.field.field)?,
            None => db_type(setup, &target.field.field)?,
        };
        let collation = collation(setup, &target.field.field)?;
        return Ok(db_type.map(|db_type| (db_type, collation)));
    }
    let collation = collation(setup, typing)?;
    Ok(db_type(setup, typing)?.map(|db_type| (db_type, collation)))
}

fn collation(setup: Setup<'_>, field: &Field) -> Planned<Option<SmolStr>> {
    match field.own.as_ref().and_then(|own| own.db_collation.as_ref()) {
        Some(found) => own_type(setup, field, found, &|| inherited_collation(field)),
        None => inherited_collation(field),
    }
}

fn inherited_collation(field: &Field) -> Planned<Option<SmolStr>> {
    let field = match (&field.kind, &field.inner) {
        (Known::Yes(FieldKind::ArrayField), Some(inner)) => inner,
        _ => field,
    };
    match field.option("db_collation") {
        None => Ok(None),
        Some(value) => match &value.value {
            Value::None => Ok(None),
            Value::Str(name) if name.is_empty() => Ok(None),
            Value::Str(name) => Ok(Some(name.clone())),
            _ => Err(Unknown::new(value.span, "the collation is not known")),
        },
    }
}

type OwnType = Known<Choices<Known<Option<TypeText>>>>;

/// The type that classes of the project give a column that refers to `target`: the
/// foreign key's own `db_type`, or `rel_db_type` of the field that it refers to; `None`
/// if Django's decide.
fn related_type(setup: Setup<'_>, key: &Field, target: &Field) -> Planned<Option<Option<SmolStr>>> {
    let of_key = key.own.as_ref().and_then(|own| own.db_type.as_ref());
    let of_target = target.own.as_ref().and_then(|own| own.rel_db_type.as_ref());
    let (field, found) = match (of_key, of_target) {
        (Some(found), _) => (key, found),
        (None, Some(found)) => (target, found),
        (None, None) => return Ok(None),
    };
    own_type(setup, field, found, &|| inherited_type(setup, target)).map(Some)
}

fn own_type(
    setup: Setup<'_>,
    field: &Field,
    found: &OwnType,
    inherited: &dyn Fn() -> Planned<Option<SmolStr>>,
) -> Planned<Option<SmolStr>> {
    let text = setup.server.choose(field, found)?.as_ref();
    own::filled(text, inherited, &|other| db_type(setup, other))
}

/// `db_check`, with `%(column)s`.
fn check_of(setup: Setup<'_>, field: &Field, internal: FieldKind) -> Planned<Option<SmolStr>> {
    let inherited = || Ok(setup.server.dialect.types.check(internal).map(SmolStr::new));
    match field.own.as_ref().and_then(|own| own.db_check.as_ref()) {
        Some(found) => own_type(setup, field, found, &inherited),
        None => inherited(),
    }
}

/// `Field.db_type`.
pub(in crate::sql) fn db_type(setup: Setup<'_>, field: &Field) -> Planned<Option<SmolStr>> {
    match field.own.as_ref().and_then(|own| own.db_type.as_ref()) {
        Some(found) => own_type(setup, field, found, &|| inherited_type(setup, field)),
        None => inherited_type(setup, field),
    }
}

/// `db_type` of Django's class of a field.
fn inherited_type(setup: Setup<'_>, field: &Field) -> Planned<Option<SmolStr>> {
    let kind = kind_of(field)?;
    if let Some(geometry) = geometry_name(kind) {
        return geometry_type(field, geometry).map(Some);
    }
    Ok(Some(match kind {
        FieldKind::ArrayField => {
            let Some(inner) = &field.inner else {
                return Err(Unknown::new(field.span, "its `base_field` is not known"));
            };
            let Some(inner) = db_type(setup, inner)? else {
                return Ok(None);
            };
            match field.option("size").map(|value| (&value.value, value.span)) {
                None | Some((Value::None, _)) => format_smolstr!("{inner}[]"),
                Some((Value::Int(size), _)) => format_smolstr!("{inner}[{size}]"),
                Some((_, span)) => return Err(Unknown::new(span, "its size is not known")),
            }
        }
        FieldKind::GeneratedField => match &field.inner {
            Some(inner) => return db_type(setup, inner),
            None => return Err(Unknown::new(field.span, "its `output_field` is not known")),
        },
        FieldKind::HStoreField => "hstore".into(),
        FieldKind::SearchVectorField => "tsvector".into(),
        FieldKind::SearchQueryField => "tsquery".into(),
        FieldKind::IntegerRangeField => "int4range".into(),
        FieldKind::BigIntegerRangeField => "int8range".into(),
        FieldKind::DecimalRangeField | FieldKind::FloatRangeField => "numrange".into(),
        FieldKind::DateTimeRangeField => "tstzrange".into(),
        FieldKind::DateRangeField => "daterange".into(),
        FieldKind::RasterField => "raster".into(),
        // What Django has no type for is no column.
        FieldKind::Field => return Ok(None),
        kind => return plain_type(setup, kind, field),
    }))
}

/// The type of a kind of the core, by the dialect's table.
fn plain_type(setup: Setup<'_>, kind: FieldKind, field: &Field) -> Planned<Option<SmolStr>> {
    let types = &setup.server.dialect.types;
    let Some(template) = setup.server.column_type(internal_type(kind)) else {
        return Ok(None);
    };
    if !template.contains('%') {
        return Ok(Some(SmolStr::new_static(template)));
    }
    let mut is_unlimited = false;
    let filled = template::fill(template, |name, out| {
        match number(field, kind, name)? {
            Some(number) => out.push_str(&number),
            None => {
                is_unlimited |= name == "max_length";
                out.push_str("None");
            }
        }
        Ok(())
    })?;
    Ok(Some(match types.unlimited_char {
        Some(unlimited) if is_unlimited => SmolStr::new_static(unlimited),
        _ => filled.into(),
    }))
}

/// A number that a type needs, as written or as Django's class has it. A text stands in
/// the type as it is: `max_length="200"`.
fn number(field: &Field, kind: FieldKind, name: &str) -> Planned<Option<SmolStr>> {
    match field.option(name) {
        None => {
            let number = match (kind, name) {
                (FieldKind::SlugField, "max_length") => "50",
                (FieldKind::EmailField | FieldKind::CIEmailField, "max_length") => "254",
                (FieldKind::URLField, "max_length") => "200",
                (
                    FieldKind::FileField | FieldKind::ImageField | FieldKind::FilePathField,
                    "max_length",
                ) => "100",
                _ => return Ok(None),
            };
            Ok(Some(SmolStr::new_static(number)))
        }
        Some(value) => match &value.value {
            Value::None => Ok(None),
            Value::Int(number) => Ok(Some(number.to_smolstr())),
            Value::Str(text) => Ok(Some(text.clone())),
            _ => {
                let reason = format!("the value of `{name}` is not known");
                Err(Unknown::new(value.span, reason))
            }
        },
    }
}

/// `geom_type`.
const fn geometry_name(kind: FieldKind) -> Option<&'static str> {
    Some(match kind {
        FieldKind::GeometryField => "GEOMETRY",
        FieldKind::PointField => "POINT",
        FieldKind::LineStringField => "LINESTRING",
        FieldKind::PolygonField => "POLYGON",
        FieldKind::MultiPointField => "MULTIPOINT",
        FieldKind::MultiLineStringField => "MULTILINESTRING",
        FieldKind::MultiPolygonField => "MULTIPOLYGON",
        FieldKind::GeometryCollectionField => "GEOMETRYCOLLECTION",
        _ => return None,
    })
}

/// Source: `PostGISOperations.geo_db_type`, 5.2.
fn geometry_type(field: &Field, geometry: &str) -> Planned<SmolStr> {
    let number = |name: &str, default: i64| match field.option(name) {
        None => Ok(default),
        Some(value) => match &value.value {
            Value::Int(number) => Ok(*number),
            _ => {
                let reason = format!("the value of `{name}` is not known");
                Err(Unknown::new(value.span, reason))
            }
        },
    };
    let third = if number("dim", 2)? == 3 { "Z" } else { "" };
    let srid = number("srid", 4326)?;
    let container = if flag(field, "geography", false)? {
        "geography"
    } else {
        "geometry"
    };
    Ok(format_smolstr!("{container}({geometry}{third},{srid})"))
}
