//! The Python front end: lexer, tree, grammar, static evaluation, resolution, lowering.

pub mod apps;
mod django;
pub(crate) mod eval;
pub mod finder;
mod lower;
pub mod module;
pub mod settings;
pub mod tree;

pub use apps::{AppConfig, read_app};
pub use eval::Resolver;
pub use lower::{ReadMigration, read_migration};
pub use module::Modules;
pub use settings::read_settings;

// STUB
use crate::base::TextRange; use std::borrow::Cow;
#[derive(Debug)] pub struct SyntaxError{pub range: TextRange, pub message: String, pub label: String, pub help: Option<String>}
impl SyntaxError { pub fn to_diagnostic(&self, file: crate::base::FileId) -> crate::diag::Diagnostic { crate::diag::Diagnostic::new("syntax-error", crate::diag::Level::Error, crate::base::Span::new(file,self.range), self.message.clone()) } }
pub struct Parsed { pub tree: tree::Tree, pub errors: Vec<SyntaxError>, pub comments: Vec<TextRange> }
pub enum Bodies { Skip, Parse }
pub fn parse_module(_t:&str,_b:Bodies)->Parsed{ panic!() }
pub fn parse_body(_t:&str,_b:TextRange)->Parsed{ panic!() }
pub fn decode_str(_t:&str)->Option<smol_str::SmolStr>{None}
pub fn decode_fstring_literal(_t:&str,_r:bool)->Option<smol_str::SmolStr>{None}
pub fn decode_bytes(_t:&str)->Option<Vec<u8>>{None}
pub enum Number { Int(i64), BigInt(String), Float(f64), Imaginary(String) }
pub fn parse_number(_t:&str)->Number{Number::Int(0)}
