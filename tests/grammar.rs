//! `grammar/mig.ebnf` says what the parser does: sentences derived from it parse, and
//! formatting them changes nothing of what they mean.

use std::collections::{BTreeMap, BTreeSet};

use whimbrel::mig;

use crate::console::repository;

#[derive(Debug, Clone)]
enum Term {
    /// A word or sign in quotes.
    Text(String),
    /// A production or a token.
    Name(String),
    Optional(Box<Term>),
    Repeated(Box<Term>),
    Sequence(Vec<Term>),
    Choice(Vec<Term>),
}

/// The productions of an EBNF file.
struct Grammar {
    rules: BTreeMap<String, Term>,
}

struct Reader<'t> {
    tokens: Vec<&'t str>,
    at: usize,
}

fn tokens(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = if rest.starts_with("(*") {
            let end = rest.find("*)").unwrap() + 2;
            rest = rest[end..].trim_start();
            continue;
        } else if rest.starts_with('"') {
            rest.chars().skip(1).position(|it| it == '"').unwrap() + 2
        } else {
            let word = rest
                .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
                .unwrap_or(rest.len());
            word.max(1)
        };
        out.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    out
}

impl<'t> Reader<'t> {
    fn peek(&self) -> &'t str {
        self.tokens.get(self.at).copied().unwrap_or(";")
    }

    fn take(&mut self) -> &'t str {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn choice(&mut self) -> Term {
        let mut choices = vec![self.sequence()];
        while self.peek() == "|" {
            self.take();
            choices.push(self.sequence());
        }
        match choices.len() {
            1 => choices.remove(0),
            _ => Term::Choice(choices),
        }
    }

    fn sequence(&mut self) -> Term {
        let mut terms = Vec::new();
        while !["|", ";", "]", "}", ")"].contains(&self.peek()) {
            terms.push(match self.take() {
                "[" => {
                    let inner = self.choice();
                    assert_eq!(self.take(), "]");
                    Term::Optional(Box::new(inner))
                }
                "{" => {
                    let inner = self.choice();
                    assert_eq!(self.take(), "}");
                    Term::Repeated(Box::new(inner))
                }
                "(" => {
                    let inner = self.choice();
                    assert_eq!(self.take(), ")");
                    inner
                }
                text if text.starts_with('"') => Term::Text(text.trim_matches('"').to_owned()),
                name => Term::Name(name.to_owned()),
            });
        }
        Term::Sequence(terms)
    }
}

fn grammar() -> Grammar {
    let text = std::fs::read_to_string(repository().join("grammar/mig.ebnf")).unwrap();
    let mut reader = Reader {
        tokens: tokens(&text),
        at: 0,
    };
    let mut rules = BTreeMap::new();
    while reader.at < reader.tokens.len() {
        let name = reader.take().to_owned();
        assert_eq!(reader.take(), "=", "{name}");
        let term = reader.choice();
        assert_eq!(reader.take(), ";", "{name}");
        assert!(rules.insert(name.clone(), term).is_none(), "{name} twice");
    }
    Grammar { rules }
}

/// A small generator of numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// A sentence in the making.
struct Sentence<'g> {
    grammar: &'g Grammar,
    dice: Dice,
    tokens: Vec<String>,
    used: BTreeSet<String>,
}

/// How many tokens deep an expression may get before the shortest way is taken.
const DEEP: usize = 24;

impl Sentence<'_> {
    fn term(&mut self, term: &Term, depth: usize) {
        match term {
            Term::Text(text) => {
                self.used.insert(text.clone());
                self.tokens.push(text.clone());
            }
            Term::Name(name) => self.name(name, depth),
            Term::Optional(inner) => {
                if depth < DEEP && self.dice.roll(2) == 0 {
                    self.term(inner, depth + 1);
                }
            }
            Term::Repeated(inner) => {
                let times = if depth < DEEP { self.dice.roll(3) } else { 0 };
                for _ in 0..times {
                    self.term(inner, depth + 1);
                }
            }
            Term::Sequence(terms) => {
                for term in terms {
                    self.term(term, depth);
                }
            }
            Term::Choice(choices) => {
                let choices: Vec<&Term> = choices
                    .iter()
                    .filter(|choice| self.is_possible(choice))
                    .collect();
                let picked = if depth < DEEP {
                    choices[self.dice.roll(choices.len())]
                } else {
                    choices[0]
                };
                self.term(picked, depth + 1);
            }
        }
    }

    /// `{` opens a dict only behind certain signs: `README.md`.
    fn is_possible(&self, term: &Term) -> bool {
        let is_dict = match term {
            Term::Name(name) => name == "dict",
            Term::Sequence(terms) => {
                matches!(terms.first(), Some(Term::Name(name)) if name == "dict")
            }
            _ => false,
        };
        let last = self.tokens.last().map_or("", String::as_str);
        !is_dict || ["=", "(", "[", "{", ",", ":"].contains(&last) && last != "{"
    }

    fn name(&mut self, name: &str, depth: usize) {
        const WORDS: [&str; 6] = ["a", "b_2", "2c", "0001_x", "`d e`", "größe"];
        let token = match name {
            "WORD" => WORDS[self.dice.roll(WORDS.len())],
            "INT" => ["0", "12", "0003"][self.dice.roll(3)],
            "DEC" => "1.5",
            "STRING" => ["\"s\"", "\"\"\"\nSELECT 1\n\"\"\"", "\"\\n\\u{e9}\""][self.dice.roll(3)],
            "BYTES" => "b\"\\x00a\"",
            "DURATION" => "50ms",
            "NL" => ["\n", ";", " # note\n"][self.dice.roll(3)],
            "EOF" => return,
            // Always on a line of its own, or the next line would belong to it.
            "end" => "\n",
            rule => {
                let grammar = self.grammar;
                let term = grammar
                    .rules
                    .get(rule)
                    .unwrap_or_else(|| panic!("`{rule}` is neither production nor token"));
                return self.term(term, depth + 1);
            }
        };
        self.tokens.push(token.to_owned());
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for token in &self.tokens {
            let is_tight = token == "#" || out.ends_with('#');
            if !is_tight && !out.is_empty() && !out.ends_with('\n') {
                out.push(' ');
            }
            out.push_str(token);
        }
        out
    }
}

fn derive(grammar: &Grammar, seed: u64) -> (String, BTreeSet<String>) {
    let mut sentence = Sentence {
        grammar,
        dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
        tokens: Vec::new(),
        used: BTreeSet::new(),
    };
    sentence.term(&grammar.rules["file"], 0);
    (sentence.text(), sentence.used)
}

fn texts(term: &Term, out: &mut BTreeSet<String>) {
    match term {
        Term::Text(text) => {
            out.insert(text.clone());
        }
        Term::Name(_) => {}
        Term::Optional(inner) | Term::Repeated(inner) => texts(inner, out),
        Term::Sequence(terms) | Term::Choice(terms) => {
            for term in terms {
                texts(term, out);
            }
        }
    }
}

#[test]
fn sentences_of_the_grammar_parse_and_keep_their_meaning() {
    let grammar = grammar();
    let mut used = BTreeSet::new();
    for seed in 0..3_000 {
        let (text, words) = derive(&grammar, seed);
        let arena = mig::arena_for(&text);
        let parsed = mig::parse(&text, &arena);
        assert_eq!(parsed.errors, [], "sentence {seed}:\n{text}");
        let once = mig::format(&text).unwrap_or_else(|why| panic!("{seed}: {why:?}\n{text}"));
        assert_eq!(mig::format(&once).as_ref(), Ok(&once), "{seed}:\n{text}");
        // Whatever it means, lowering it ends.
        let _ = crate::mig::read("sentence", &text);
        used.extend(words);
    }
    let mut all = BTreeSet::new();
    for term in grammar.rules.values() {
        texts(term, &mut all);
    }
    let missing: Vec<_> = all.difference(&used).collect();
    assert!(missing.is_empty(), "never derived: {missing:?}");
}
