//! Names and values as a server reads them.

use super::dialect::Quoting;

impl Quoting {
    /// A name in quotes; one that is in quotes already stays as it is.
    /// Source: `DatabaseOperations.quote_name`, 5.2.
    #[must_use]
    pub fn name(self, name: &str) -> String {
        match self {
            Self::PostgreSql | Self::Sqlite => {
                if name.len() > 1 && name.starts_with('"') && name.ends_with('"') {
                    name.to_owned()
                } else {
                    format!("\"{name}\"")
                }
            }
        }
    }
}
