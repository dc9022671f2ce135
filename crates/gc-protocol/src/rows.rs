//! The macro that makes everything there is about a command from its row in `command.rs`.

/// Makes [`CommandName`](crate::CommandName) with its declarations, and [`Command`](crate::Command) with its reader and
/// writer. A row is
///
/// ```text
/// /// The summary: one line, the documentation of the variant, and `Declaration::summary`.
/// Variant { field: Type = ARGUMENT, … } then "WORD" => { wire: "…", effect: "…", …, ..WHAT_IT_SHARES }
/// ```
///
/// - The fields and the word are optional. Fields stand in the order of the body, each with the
///   [`Argument`](crate::Argument) that it is; the type says how it is read and written.
/// - `Variant(name: Type = FIRST, SECOND, …)` is one value that fills several arguments.
/// - `then "WORD"` is a last argument that is always this word.
/// - The last braces are the members of a [`Declaration`](crate::Declaration) as Rust writes them; `arguments` and
///   `summary` are filled in.
macro_rules! commands {
    ($(
        #[doc = $summary:literal]
        $name:ident
        $({ $($field:ident: $type:ty = $argument:expr),+ $(,)? })?
        $(($value:ident: $several:ty = $($part:expr),+))?
        $(then $word:literal)?
        => { $($declared:tt)+ }
    )+) => {
        /// The name of a command. Displays as it is spelled on the wire; reads any case, blanks around it and aliases.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum CommandName {
            $(#[doc = $summary] $name,)+
        }

        impl CommandName {
            /// Every command, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// What there is to know about the command.
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

        /// A command, its arguments read. What each does is told by its [`Declaration`] and in `docs/commands.md`. Its
        /// `Debug` output holds no secret.
        ///
        /// Whoever matches all commands is to learn of a new one from the compiler: so this is not `non_exhaustive`.
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

            /// Takes the fields from the arguments, in their order.
            pub(crate) fn read(name: CommandName, arguments: &mut Arguments<'_>) -> Result<Self, ArgumentError> {
                let command = match name {
                    $(CommandName::$name => Self::$name
                        $({ $($field: Field::read(arguments)?),+ })?
                        $((<$several as Field>::read(arguments)?))?,)+
                };
                arguments.end()?;
                Ok(command)
            }

            /// The arguments as they are written, secrets included.
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
