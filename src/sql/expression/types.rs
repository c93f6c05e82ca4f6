//! The types of expressions: Django's `output_field`.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::base::{Span, Spanned};
use crate::ir::field::TypeText;
use crate::ir::project::NO_FILE;
use crate::ir::value::Choices;
use crate::ir::{Field, FieldKind, Known, Unknown, Value};
use crate::sql::value::{internal_type, unknown};
use crate::sql::{Server, own};

/// An `output_field`. Whoever builds one knows the field's kind.
#[derive(Debug, Clone)]
pub(super) struct Type {
    pub(super) kind: FieldKind,
    pub(super) field: Arc<Field>,
    /// What a foreign key refers to in the end.
    pub(super) target: Option<Arc<Field>>,
}

impl Type {
    pub(super) fn of(field: &Arc<Field>) -> Result<Self, Unknown> {
        match &field.kind {
            Known::Yes(kind) => Ok(Self {
                kind: *kind,
                field: Arc::clone(field),
                target: None,
            }),
            Known::No(why) => Err(why.clone()),
        }
    }

    /// `CharField()`.
    pub(super) fn plain(kind: FieldKind) -> Self {
        Self::with(kind, &[], None)
    }

    /// `ArrayField(inner)`.
    pub(super) fn array(inner: &Self) -> Self {
        let inner = Box::new((*inner.field).clone());
        Self::with(FieldKind::ArrayField, &[], Some(inner))
    }

    pub(super) fn with(
        kind: FieldKind,
        options: &[(&'static str, i64)],
        inner: Option<Box<Field>>,
    ) -> Self {
        let span = Span::file_start(NO_FILE);
        let options = options.iter().map(|(name, value)| {
            let value = Spanned::new(Value::Int(*value), span);
            (SmolStr::new_static(name), value)
        });
        let field = Field {
            kind: Known::Yes(kind),
            extends: None,
            class: SmolStr::new(FieldKind::model_path(kind.as_str()).unwrap_or_default()),
            span,
            options: options.collect(),
            base_options: None,
            inner,
            generated: None,
            db_default: None,
            own: None,
        };
        Self {
            kind,
            field: Arc::new(field),
            target: None,
        }
    }

    /// The type of what an array or a range holds.
    pub(super) fn base(&self) -> Result<Self, Unknown> {
        use FieldKind as Kind;
        if self.kind == Kind::ArrayField {
            return match &self.field.inner {
                Some(inner) => Self::of(&Arc::new((**inner).clone())),
                None => unknown(self.field.span, "what the array holds is not known"),
            };
        }
        Ok(Self::plain(match self.kind {
            Kind::IntegerRangeField => Kind::IntegerField,
            Kind::BigIntegerRangeField => Kind::BigIntegerField,
            Kind::DecimalRangeField => Kind::DecimalField,
            Kind::DateRangeField => Kind::DateField,
            Kind::DateTimeRangeField => Kind::DateTimeField,
            _ => return unknown(self.field.span, "it is neither an array nor a range"),
        }))
    }

    pub(super) fn internal(&self) -> FieldKind {
        internal_type(self.kind)
    }

    /// The field whose values these are: a foreign key's are those of its target.
    pub(super) fn valued(&self) -> &Field {
        self.target.as_deref().unwrap_or(&self.field)
    }

    pub(super) fn is(&self, class: FieldKind) -> bool {
        is_a(self.kind, class)
    }

    /// A geometry or a raster, which has lookups of its own.
    pub(super) fn is_spatial(&self) -> bool {
        use FieldKind as Kind;
        matches!(
            self.kind,
            Kind::GeometryField
                | Kind::PointField
                | Kind::LineStringField
                | Kind::PolygonField
                | Kind::MultiPointField
                | Kind::MultiLineStringField
                | Kind::MultiPolygonField
                | Kind::GeometryCollectionField
                | Kind::RasterField
        )
    }

    pub(super) fn is_range(&self) -> bool {
        use FieldKind as Kind;
        matches!(
            self.kind,
            Kind::IntegerRangeField
                | Kind::BigIntegerRangeField
                | Kind::DecimalRangeField
                | Kind::DateRangeField
                | Kind::DateTimeRangeField
        )
    }

    pub(super) fn is_relation(&self) -> bool {
        matches!(self.kind, FieldKind::ForeignKey | FieldKind::OneToOneField)
    }
}

/// `issubclass` of Django's field classes.
pub(super) fn is_a(kind: FieldKind, class: FieldKind) -> bool {
    let mut at = Some(kind);
    while let Some(kind) = at {
        if kind == class {
            return true;
        }
        at = base_class(kind);
    }
    false
}

fn base_class(kind: FieldKind) -> Option<FieldKind> {
    use FieldKind as Kind;
    Some(match kind {
        Kind::BigIntegerField
        | Kind::SmallIntegerField
        | Kind::PositiveIntegerField
        | Kind::PositiveSmallIntegerField
        | Kind::AutoField
        | Kind::OrderWrt => Kind::IntegerField,
        Kind::BigAutoField | Kind::PositiveBigIntegerField => Kind::BigIntegerField,
        Kind::SmallAutoField => Kind::SmallIntegerField,
        Kind::DateTimeField => Kind::DateField,
        Kind::EmailField
        | Kind::SlugField
        | Kind::URLField
        | Kind::CommaSeparatedIntegerField
        | Kind::CICharField => Kind::CharField,
        Kind::CIEmailField => Kind::EmailField,
        Kind::CITextField => Kind::TextField,
        Kind::NullBooleanField => Kind::BooleanField,
        Kind::ImageField => Kind::FileField,
        Kind::OneToOneField => Kind::ForeignKey,
        _ => return None,
    })
}

impl Server {
    /// `Field.db_type(connection)`.
    pub(super) fn db_type(&self, ty: &Type) -> Result<String, Unknown> {
        let kind = match &ty.target {
            Some(target) => {
                let target = Type::of(target)?;
                let related = self.dialect.types.related.iter();
                let kind = related
                    .filter(|(from, _)| *from == target.internal())
                    .map(|(_, to)| *to)
                    .next();
                return match kind {
                    Some(kind) => self.db_type(&Type::plain(kind)),
                    None => self.db_type(&target),
                };
            }
            None => ty.kind,
        };
        if let Some(own) = ty.field.own.as_ref().and_then(|own| own.db_type.as_ref()) {
            return self.own_type(ty, own);
        }
        self.inherited_type(kind, &ty.field)
    }

    /// The type that Django's class of a field gives.
    fn inherited_type(&self, kind: FieldKind, field: &Field) -> Result<String, Unknown> {
        let template = self.column_type(internal_type(kind));
        self.type_of(kind, field, template)
    }

    /// The type that a field's own class gives.
    fn own_type(
        &self,
        ty: &Type,
        choices: &Known<Choices<Known<Option<TypeText>>>>,
    ) -> Result<String, Unknown> {
        let text = self.choose(&ty.field, choices)?.as_ref();
        let inherited = || {
            self.inherited_type(ty.kind, &ty.field)
                .map(|it| Some(it.into()))
        };
        let of = |field: &Field| {
            let ty = Type::of(&Arc::new(field.clone()))?;
            self.db_type(&ty).map(|it| Some(it.into()))
        };
        match own::filled(text, &inherited, &of)? {
            Some(db_type) => Ok(db_type.to_string()),
            None => unknown(ty.field.span, "the field has no column on this database"),
        }
    }

    /// `Field.cast_db_type(connection)`.
    pub(super) fn cast_db_type(&self, ty: &Type) -> Result<String, Unknown> {
        if let Some(target) = &ty.target {
            return self.cast_db_type(&Type::of(target)?);
        }
        // `Field.cast_db_type` asks `db_type` where the dialect has no cast of its own.
        if let Some(own) = ty.field.own.as_ref().and_then(|own| own.db_type.as_ref())
            && self.dialect.types.cast(ty.internal()).is_none()
        {
            return self.own_type(ty, own);
        }
        if ty.kind == FieldKind::ArrayField {
            let inner = self.cast_db_type(&ty.base()?)?;
            return Ok(format!("{inner}[{}]", array_size(&ty.field)?));
        }
        if ty.is(FieldKind::CharField) && is_unlimited(&ty.field) {
            return Ok(self.dialect.expressions.unlimited_cast().to_owned());
        }
        let cast = self.dialect.types.cast(ty.internal());
        match cast {
            Some(template) => self.type_of(ty.kind, &ty.field, Some(template)),
            None => self.db_type(ty),
        }
    }

    fn type_of(
        &self,
        kind: FieldKind,
        field: &Field,
        template: Option<&str>,
    ) -> Result<String, Unknown> {
        use FieldKind as Kind;
        let own = match kind {
            Kind::ArrayField => {
                let Some(inner) = &field.inner else {
                    return unknown(field.span, "what the array holds is not known");
                };
                let inner = self.db_type(&Type::of(&Arc::new((**inner).clone()))?)?;
                return Ok(format!("{inner}[{}]", array_size(field)?));
            }
            Kind::HStoreField => "hstore",
            Kind::CICharField | Kind::CIEmailField | Kind::CITextField => "citext",
            Kind::SearchVectorField => "tsvector",
            Kind::SearchQueryField => "tsquery",
            Kind::IntegerRangeField => "int4range",
            Kind::BigIntegerRangeField => "int8range",
            Kind::DecimalRangeField => "numrange",
            Kind::DateRangeField => "daterange",
            Kind::DateTimeRangeField => "tstzrange",
            _ => "",
        };
        if !own.is_empty() {
            return Ok(own.to_owned());
        }
        if is_a(kind, Kind::CharField)
            && is_unlimited(field)
            && let Some(unlimited) = self.dialect.types.unlimited_char
        {
            return Ok(unlimited.to_owned());
        }
        let Some(template) = template else {
            return unknown(
                field.span,
                format!("the column type of {} is not known", kind.as_str()),
            );
        };
        let mut out = template.to_owned();
        for name in ["max_length", "max_digits", "decimal_places"] {
            let placeholder = format!("%({name})s");
            if out.contains(&placeholder) {
                out = out.replace(&placeholder, &number(field, name)?);
            }
        }
        Ok(out)
    }
}

fn is_unlimited(field: &Field) -> bool {
    let length = field.option("max_length").map(|length| &length.value);
    matches!(length, None | Some(Value::None)) && default_length(field).is_none()
}

/// The `max_length` that a class has of its own.
fn default_length(field: &Field) -> Option<i64> {
    Some(match field.kind.known()? {
        FieldKind::EmailField | FieldKind::CIEmailField => 254,
        FieldKind::URLField => 200,
        FieldKind::SlugField => 50,
        FieldKind::FileField | FieldKind::ImageField | FieldKind::FilePathField => 100,
        _ => return None,
    })
}

fn number(field: &Field, name: &str) -> Result<String, Unknown> {
    match field.option(name).map(|value| (&value.value, value.span)) {
        Some((Value::Int(number), _)) => Ok(number.to_string()),
        Some((Value::Str(text), _)) => Ok(text.to_string()),
        None | Some((Value::None, _)) => Ok(match default_length(field) {
            Some(length) if name == "max_length" => length.to_string(),
            _ => "None".to_owned(),
        }),
        Some((_, span)) => unknown(span, format!("`{name}` is not known")),
    }
}

fn array_size(field: &Field) -> Result<String, Unknown> {
    match field.option("size").map(|size| (&size.value, size.span)) {
        None | Some((Value::None | Value::Int(0), _)) => Ok(String::new()),
        Some((Value::Int(size), _)) => Ok(size.to_string()),
        Some((_, span)) => unknown(span, "the size of the array is not known"),
    }
}
