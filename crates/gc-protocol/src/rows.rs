//! The macro that generates a command's types, declaration, parser and printer from its row in `command.rs`.

/// Generates [`CommandName`](crate::CommandName) with its declarations, and [`Command`](crate::Command) with its parser
/// and printer. A row is
///
/// ```text
/// /// The summary: one line, the documentation of the variant, and `Declaration::summary`.
/// Variant { field: Type = ARGUMENT, … } then "WORD" => { wire: "…", effect: "…", …, ..WHAT_IT_SHARES }
/// ```
///
/// - The fields and the word are optional. Fields are in the order of the body, each with its
///   [`Argument`](crate::Argument). The type defines how it is read and written.
/// - `Variant(name: Type = FIRST, SECOND, …)` is one value that takes several arguments.
/// - `then "WORD"` adds a last argument that is always this word.
/// - The last braces contain the members of a [`Declaration`](crate::Declaration) in Rust syntax, except `arguments` and
///   `summary`, which are generated.
macro_rules! commands {
    ($(
        #[doc = $summary:literal]
        $name:ident
        $({ $($field:ident: $type:ty = $argument:expr),+ $(,)? })?
        $(($value:ident: $several:ty = $($part:expr),+))?
        $(then $word:literal)?
        => { $($declared:tt)+ }
    )+) => {
        /// The name of a command. Displays as it is spelled on the wire. Parsing ignores case and surrounding white space,
        /// and accepts aliases.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum CommandName {
            $(#[doc = $summary] $name,)+
        }

        impl CommandName {
            /// Every command, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The description of the command.
            pub fn declaration(self) -> &'static Declaration {
                match self {
                    $(Self::$name => {
                        static DECLARATION: Declaration = Declaration {
                            summary: $summary.trim_ascii(),
                            arguments: &[$($($argument,)+)? $($($part,)+)? $(decision(&[$word]))?],
                            $($declared)+
                        };
                        &DECLARATION
                    })+
                }
            }
        }

        /// A command with its arguments. Its [`Declaration`] and `docs/commands.md` describe what each does. The
        /// `Debug` output contains no secret.
        ///
        /// It is not `non_exhaustive`, so that a new command is a compiler error wherever all commands are matched.
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "the fields are the arguments that the declarations describe")]
        pub enum Command {
            $(#[doc = $summary] $name $({ $($field: $type),+ })? $(($several))?,)+
        }

        impl Command {
            /// The command's name.
            pub fn name(&self) -> CommandName {
                match self {
                    $(Self::$name { .. } => CommandName::$name,)+
                }
            }

            /// Reads the fields from the arguments, in order.
            pub(crate) fn read(name: CommandName, arguments: &mut Arguments<'_>) -> Result<Self, BadArgument> {
                let command = match name {
                    $(CommandName::$name => Self::$name
                        $({ $($field: Field::read(arguments)?),+ })?
                        $((<$several as Field>::read(arguments)?))?,)+
                };
                arguments.end()?;
                Ok(command)
            }

            /// The arguments as they are written, including secrets.
            pub(crate) fn written(&self) -> Vec<Cow<'_, str>> {
                let mut body = Vec::new();
                match self {
                    $(Self::$name $({ $($field),+ })? $(($value))? => {
                        $($($field.write(&mut body);)+)?
                        $($value.write(&mut body);)?
                        $(body.push(Cow::Borrowed($word));)?
                    })+
                }
                body
            }
        }
    };
}

pub(crate) use commands;
