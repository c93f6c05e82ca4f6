//! Versions that migrations ask for: of Django, of Python, and of packages by the
//! classes that compare version numbers.
//!
//! ```text
//! if django.VERSION[:2] >= (1, 9):
//! if LooseVersion(django.get_version()) < LooseVersion("1.9"):
//! ```

use smol_str::SmolStr;

use super::super::tree::CompareOperator;
use super::object::{Arguments, Item, Obj};
use super::{Eval, Evaluator};
use crate::base::{FileId, Span};

/// The version that is mirrored. The patch level is not said by anything.
const DJANGO: &str = "5.2";

/// `django.VERSION`, `sys.version_info` and the like.
pub(super) fn version_constant(path: &str) -> Option<Obj> {
    let span = Span::file_start(FileId(0));
    let patch = || Obj::unknown(span, "the patch level is not known");
    let version = |parts: [Obj; 5]| Obj::tuple(parts.map(|obj| Item::new(obj, span)).into());
    Some(match path {
        "django.VERSION" => version([
            Obj::Int(5),
            Obj::Int(2),
            patch(),
            Obj::str("final"),
            Obj::Int(0),
        ]),
        "django.__version__" => Obj::str(DJANGO),
        // The newest whose syntax is read.
        "sys.version_info" => version([
            Obj::Int(3),
            Obj::Int(14),
            patch(),
            Obj::str("final"),
            Obj::Int(0),
        ]),
        "sys.version_info.major" => Obj::Int(3),
        "django.utils.six.PY3" => Obj::Bool(true),
        "django.utils.six.PY2" => Obj::Bool(false),
        _ => return None,
    })
}

/// The oldest SQLite that Django 5.2 runs on.
/// Source: `DatabaseFeatures.minimum_database_version` of its SQLite backend.
const OLDEST_SQLITE: [i64; 2] = [3, 31];

impl Evaluator<'_> {
    /// `sqlite3.sqlite_version_info < (3, 19, 0)`, where the answer is the same for all
    /// versions that Django runs on.
    pub(super) fn sqlite_comparison(
        &self,
        left: &Obj,
        operator: CompareOperator,
        right: &Obj,
    ) -> Option<bool> {
        let (Obj::Ref(path), Obj::Tuple(version)) = (left, right) else {
            return None;
        };
        if !path.ends_with(".sqlite_version_info") {
            return None;
        }
        let version: Option<Vec<i64>> = version
            .iter()
            .map(|part| match part.obj {
                Obj::Int(number) => Some(number),
                _ => None,
            })
            .collect();
        let is_older = version?.as_slice() < &OLDEST_SQLITE[..];
        match operator {
            CompareOperator::Gt | CompareOperator::GtE | CompareOperator::NotEq if is_older => {
                Some(true)
            }
            CompareOperator::Lt | CompareOperator::LtE | CompareOperator::Eq if is_older => {
                Some(false)
            }
            _ => None,
        }
    }

    /// `django.get_version()`, and the objects that compare version numbers: a tuple
    /// of the numbers stands for them.
    pub(super) fn call_version(
        &mut self,
        path: &str,
        args: &Arguments,
        span: Span,
    ) -> Eval<Option<Obj>> {
        let is_loose = match path {
            "django.get_version" | "django.utils.version.get_version"
                if args.positional.is_empty() =>
            {
                return Ok(Some(Obj::str(DJANGO)));
            }
            "packaging.version.parse"
            | "packaging.version.Version"
            | "pkg_resources.parse_version" => false,
            "distutils.version.LooseVersion"
            | "distutils.version.StrictVersion"
            | "looseversion.LooseVersion" => true,
            _ => return Ok(None),
        };
        let [given] = args.positional.as_slice() else {
            return Ok(None);
        };
        Ok(Some(match self.force(&given.obj, given.span)? {
            Obj::Str(text) => match numbers(&text, is_loose) {
                Some(numbers) => {
                    let numbers = numbers.into_iter().map(Obj::Int);
                    Obj::tuple(numbers.map(|obj| Item::new(obj, span)).collect())
                }
                None => Obj::unknown(span, format!("the version `{text}` is not evaluated")),
            },
            other => Obj::Unknown(self.unknown_of(&other, span)),
        }))
    }
}

/// The numbers of `1.9.0`. Where zeros at the end make no difference they are left
/// out. `None` for versions with letters, whose order is a matter of its own.
fn numbers(text: &SmolStr, is_loose: bool) -> Option<Vec<i64>> {
    let parts = text.trim().split('.');
    let mut numbers = parts
        .map(|part| part.parse::<u32>().ok().map(i64::from))
        .collect::<Option<Vec<i64>>>()?;
    while !is_loose && numbers.last() == Some(&0) {
        numbers.pop();
    }
    Some(numbers)
}
