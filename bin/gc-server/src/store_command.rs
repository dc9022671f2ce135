//! `gc-server store`: what is kept, checked, written out and read in.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use gc_environment::{Environment, RealEnvironment};
use gc_store::{Dump, Epochs, StoreFile};
use secrecy::{ExposeSecret, SecretBox};

use crate::failed::{EX_DATAERR, Failed};

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Reads everything in the store, and prints how much there is. After a crash this puts a file in order.
    Check(StoreArguments),
    /// Writes everything to standard output, as lines of JSON. Passwords stay sealed.
    Export(StoreArguments),
    /// Makes a store of the lines on standard input.
    Import(ImportArguments),
    /// Gives back the room in a file that is not used. A start does that by itself when most of a large file is not.
    Compact {
        /// The file of store.path.
        #[arg(env = "GC__STORE__PATH")]
        file: PathBuf,
    },
    /// Creates a key for store.key_file, and prints its line.
    Key,
}

/// Which store.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreArguments {
    /// The file of store.path, or the address of store.url. An address with a password is better given by the variable, because other
    /// users can read the arguments of a process.
    #[arg(env = "GC__STORE__URL", hide_env_values = true)]
    store: String,
    /// Authorities that the database's certificate is trusted for, beside those of the system.
    #[arg(long)]
    ca_file: Option<PathBuf>,
}

/// What comes into which store.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArguments {
    #[command(flatten)]
    at: StoreArguments,
    /// Epochs and numbers go on: only if no connector has used the other store since the lines were written. Otherwise numbers
    /// would be given twice.
    #[arg(long)]
    same_epochs: bool,
}

/// A store with what its name is for people.
enum AnyStore {
    File(StoreFile),
    #[cfg(feature = "postgres")]
    Database(Box<gc_server::PostgresStore>),
}

impl AnyStore {
    fn at(arguments: &StoreArguments) -> Result<(Self, String), Failed> {
        let StoreArguments { store, ca_file } = arguments;
        let is_database = store.starts_with("postgresql:") || store.starts_with("postgres:");
        // Not shown: there may be a password in it.
        if !is_database && (store.contains("://") || store.contains("password=")) {
            let reason =
                "this is neither a file nor an address of PostgreSQL: postgresql://USER@HOST/DATABASE";
            return Err(Failed(EX_DATAERR, reason.to_owned()));
        }
        if !is_database {
            return Ok((Self::File(StoreFile::at(Path::new(store))), store.clone()));
        }
        #[cfg(feature = "postgres")]
        return match gc_server::database_store(&store.as_str().into(), ca_file.as_deref()) {
            Ok(found) => {
                let name = found.to_string();
                Ok((Self::Database(Box::new(found)), name))
            }
            Err(error) => Err(Failed(EX_DATAERR, error.to_string())),
        };
        #[cfg(not(feature = "postgres"))]
        {
            let _ = ca_file;
            Err(Failed(EX_DATAERR, "this build has no PostgreSQL (--features postgres)".to_owned()))
        }
    }

    fn as_dump(&self) -> &dyn Dump {
        match self {
            Self::File(file) => file,
            #[cfg(feature = "postgres")]
            Self::Database(database) => &**database,
        }
    }
}

/// Does it.
///
/// # Errors
/// When the store cannot be used; with the exit code.
pub(crate) fn run(command: &StoreCommand) -> Result<(), Failed> {
    match command {
        StoreCommand::Check(arguments) => {
            let (store, name) = AnyStore::at(arguments)?;
            let contents = store.as_dump().check().map_err(Failed::store)?;
            println!("{name}: good; {contents}");
        }
        StoreCommand::Export(arguments) => {
            let (store, name) = AnyStore::at(arguments)?;
            let out = &mut BufWriter::new(io::stdout().lock());
            let contents = gc_store::write_lines(store.as_dump(), out).map_err(Failed::store)?;
            eprintln!("{name}: exported; {contents}");
        }
        StoreCommand::Import(ImportArguments { at, same_epochs }) => {
            let (store, name) = AnyStore::at(at)?;
            let lines = &mut io::stdin().lock();
            let epochs = if *same_epochs { Epochs::Same } else { Epochs::New };
            let contents = gc_store::read_lines(store.as_dump(), lines, epochs).map_err(Failed::store)?;
            println!("{name}: imported; {contents}");
        }
        StoreCommand::Compact { file } => {
            let (before, after) = StoreFile::at(file).compact().map_err(Failed::store)?;
            println!("{}: {} MiB became {} MiB", file.display(), before >> 20, after >> 20);
        }
        StoreCommand::Key => {
            #[expect(
                clippy::disallowed_methods,
                reason = "a key must be unpredictable; this generator is secure and seeded by the system"
            )]
            let key = SecretBox::init_with_mut(|bytes: &mut [u8; 32]| rand::fill(&mut bytes[..]));
            let name = format!("{:016x}", RealEnvironment.random());
            println!("{}", gc_store::key_line(&name, &key).expose_secret());
            eprintln!(
                "Put the line first in the file of store.key_file, and leave older keys below it. Only its owner may read the file."
            );
        }
    }
    Ok(())
}
