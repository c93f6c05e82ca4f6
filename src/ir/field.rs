//! Model fields: the Django field that a class is or extends, and its options.

use smol_str::SmolStr;

use super::expression::Expression;
use super::options::Options;
use super::value::{Choices, Known, SpannedValue, Value};
use crate::base::Span;

/// A field as written in an operation.
#[derive(Debug, Clone)]
pub struct Field {
    /// Which Django field it is or extends.
    pub kind: Known<FieldKind>,
    /// Django's class behind it, where `get_internal_type` says another one.
    pub extends: Option<FieldKind>,
    /// Canonical dotted path of the class as written.
    pub class: SmolStr,
    /// The whole call.
    pub span: Span,
    /// Arguments by their names, positional ones named as Django's constructor
    /// names them, in the order written.
    pub options: Options,
    /// What the class's own constructor hands to Django's, where the class has one
    /// that could be followed: these decide the column, `options` is what was
    /// written.
    pub base_options: Option<Options>,
    /// The inner field of `ArrayField` and of GeneratedField's `output_field`.
    pub inner: Option<Box<Field>>,
    /// What `GeneratedField` computes.
    pub generated: Option<Box<Expression>>,
    /// The default that the database computes.
    pub db_default: Option<Box<Expression>>,
    /// What the class states itself in place of what Django's class would, and classes
    /// that it is handed.
    pub own: Option<Box<OwnMethods>>,
}

/// What methods of a field's own class give; `None` where Django's class decides.
#[derive(Debug, Clone, Default)]
pub struct OwnMethods {
    /// `db_type`; a `None` inside is a field without a column.
    pub db_type: Option<Known<Choices<Known<Option<TypeText>>>>>,
    /// `rel_db_type`: the type of columns that refer to the field.
    pub rel_db_type: Option<Known<Choices<Known<Option<TypeText>>>>>,
    /// `db_check`, also as a part of `db_parameters`.
    pub db_check: Option<Known<Choices<Known<Option<TypeText>>>>>,
    /// The collation, as a part of `db_parameters`.
    pub db_collation: Option<Known<Choices<Known<Option<TypeText>>>>>,
    /// The default, as `get_prep_value` and its like make it what is stored. What
    /// Django's class does to it comes after.
    pub default: Option<Known<Choices<Known<SpannedValue>>>>,
    /// A class of many-to-many fields that makes the model of its table itself, as those
    /// that keep an order do.
    pub makes_table: bool,
    /// The class of `encoder` prints what JSON knows as Python's own encoder does, and
    /// decides on other objects only.
    pub has_plain_encoder: bool,
}

/// A column type, with parts that depend on the dialect.
#[derive(Debug, Clone)]
pub struct TypeText {
    pub pieces: Vec<TypePiece>,
}

#[derive(Debug, Clone)]
pub enum TypePiece {
    Str(SmolStr),
    /// What Django's class of the field itself gives: `super().db_type(connection)`.
    Inherited,
    /// The type of another field: `models.UUIDField().db_type(connection)`.
    Of(Box<Field>),
}

macro_rules! field_kinds {
    ($($kind:ident),* $(,)?) => {
        /// Every field class of Django 5.2 and those that old migrations contain.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FieldKind { $($kind),* }

        impl FieldKind {
            pub const ALL: &'static [FieldKind] = &[$(FieldKind::$kind),*];

            /// The path under which `django.db.models` has a class of this name, if it
            /// is one of the kinds.
            #[must_use]
            pub fn model_path(name: &str) -> Option<&'static str> {
                Some(match name {
                    $(stringify!($kind) => concat!("django.db.models.", stringify!($kind)),)*
                    _ => return None,
                })
            }

            /// The kind of a class name in Django.
            #[must_use]
            pub fn by_name(name: &str) -> Option<Self> {
                Some(match name {
                    $(stringify!($kind) => FieldKind::$kind,)*
                    _ => return None,
                })
            }

            /// The class name in Django.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(FieldKind::$kind => stringify!($kind)),* }
            }
        }
    };
}

field_kinds! {
    // django.db.models
    AutoField, BigAutoField, SmallAutoField, BigIntegerField, BinaryField, BooleanField,
    CharField, CommaSeparatedIntegerField, DateField, DateTimeField, DecimalField,
    DurationField, EmailField, Field, FileField, FilePathField, FloatField, GeneratedField,
    GenericIPAddressField, ImageField, IPAddressField, IntegerField, JSONField,
    NullBooleanField, PositiveBigIntegerField, PositiveIntegerField,
    PositiveSmallIntegerField, SlugField, SmallIntegerField, TextField, TimeField, URLField,
    UUIDField, CompositePrimaryKey, OrderWrt,
    // relations
    ForeignKey, OneToOneField, ManyToManyField, ForeignObject,
    // django.contrib.contenttypes
    GenericForeignKey, GenericRelation,
    // django.contrib.postgres
    ArrayField, HStoreField, CITextField, CICharField, CIEmailField, SearchVectorField,
    SearchQueryField, IntegerRangeField, BigIntegerRangeField, DecimalRangeField,
    FloatRangeField, DateTimeRangeField, DateRangeField,
    // django.contrib.gis
    GeometryField, PointField, LineStringField, PolygonField, MultiPointField,
    MultiLineStringField, MultiPolygonField, GeometryCollectionField, RasterField,
    ExtentField,
}

impl FieldKind {
    /// Fields that refer to another model through a column or a table.
    #[must_use]
    pub const fn is_relation(self) -> bool {
        matches!(
            self,
            Self::ForeignKey | Self::OneToOneField | Self::ManyToManyField | Self::ForeignObject
        )
    }
}

impl Field {
    /// The value of an option as Django's field class gets it.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&SpannedValue> {
        let options = self.base_options.as_ref().unwrap_or(&self.options);
        options.get(name)
    }

    /// A boolean option with Django's default; `None` if it is written but unknown.
    #[must_use]
    pub fn flag(&self, name: &str, default: bool) -> Option<bool> {
        match self.option(name) {
            None => Some(default),
            Some(value) => match &value.value {
                Value::Bool(flag) => Some(*flag),
                Value::Int(number) => Some(*number != 0),
                Value::None => Some(false),
                _ => None,
            },
        }
    }

    /// The same field with another value for an option.
    #[must_use]
    pub fn with_option(&self, name: &str, value: Value) -> Self {
        let mut changed = self.clone();
        let span = self.option(name).map_or(self.span, |old| old.span);
        let value = SpannedValue::new(value, span);
        let given = std::iter::once(&mut changed.options).chain(&mut changed.base_options);
        for options in given {
            options.set(name, value.clone());
        }
        changed
    }

    /// The same field as if an option had not been given.
    #[must_use]
    pub fn without_option(&self, name: &str) -> Self {
        let mut changed = self.clone();
        let given = std::iter::once(&mut changed.options).chain(&mut changed.base_options);
        for options in given {
            options.remove(name);
        }
        changed
    }

    /// `to` of a relation: `"self"`, `"Model"` or `"app.Model"`, or a setting.
    #[must_use]
    pub fn to(&self) -> Option<&SpannedValue> {
        self.option("to")
    }
}
