//! Texts with holes, as Django writes them: `varchar(%(max_length)s)`.

/// Fills the holes of a template by their names.
///
/// # Errors
/// The first that `value` gives.
pub(super) fn fill<E>(
    template: &str,
    mut value: impl FnMut(&str, &mut String) -> Result<(), E>,
) -> Result<String, E> {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    // One character is looked for faster than a text.
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let named = after.strip_prefix('(').and_then(|it| it.split_once(')'));
        rest = match named.and_then(|(name, after)| Some((name, after.strip_prefix('s')?))) {
            Some((name, after)) => {
                value(name, &mut out)?;
                after
            }
            None => {
                out.push('%');
                after
            }
        };
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_and_all_else_stays() {
        let filled = fill("%(a)s 100% of %(b) %(b)s%(a)s%", |name, out| {
            out.push_str(match name {
                "a" => "1",
                "b" => "22",
                _ => return Err(()),
            });
            Ok(())
        });
        assert_eq!(filled.unwrap(), "1 100% of %(b) 221%");
        assert_eq!(fill("%(c)s", |_, _| Err(())), Err(()));
    }
}
