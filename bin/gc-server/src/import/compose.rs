//! A Compose file: the environments of its services.

use yaml_rust2::{Yaml, YamlLoader};

use super::variables::{Variables, is_name};

/// The variables of all services, in their order; `None` if this is no Compose file.
pub(super) fn read(text: &str) -> Option<Variables> {
    let has_services =
        text.lines().any(|line| line.trim_end() == "services:" || line.starts_with("services: "));
    let file = match YamlLoader::load_from_str(text) {
        Ok(documents) => documents.into_iter().next()?,
        Err(error) if has_services => {
            let mut read = Variables::default();
            read.remarks.push((0, format!("not read: this is not the YAML of a Compose file: {error}")));
            return Some(read);
        }
        Err(_) => return None,
    };
    let services = entry(&file, "services")?.as_hash()?;
    let (mut read, mut place) = (Variables::default(), 1);
    for (service, content) in services {
        let service = service.as_str().unwrap_or_default();
        for file in merged(content, "env_file").iter().flat_map(|files| file_names(files)) {
            read.remarks.push((place, format!("{service}: its env_file is {file}: import that, too")));
            place += 1;
        }
        let environment = merged(content, "environment").map(variables).unwrap_or_default();
        for (name, value) in environment {
            match is_name(&name) {
                true => read.set(place, &name, value),
                false => {
                    read.remarks.push((place, format!("{service}: a variable without a name: not read")))
                }
            }
            place += 1;
        }
    }
    Some(read)
}

fn entry<'a>(map: &'a Yaml, key: &str) -> Option<&'a Yaml> {
    map.as_hash()?.get(&Yaml::String(key.to_owned()))
}

/// An entry of a map, or of one that is merged into it (`<<: *other`).
fn merged<'a>(map: &'a Yaml, key: &str) -> Option<&'a Yaml> {
    entry(map, key).or_else(|| merges(map).into_iter().find_map(|other| merged(other, key)))
}

fn merges(map: &Yaml) -> Vec<&Yaml> {
    match entry(map, "<<") {
        Some(Yaml::Array(several)) => several.iter().collect(),
        one => one.into_iter().collect(),
    }
}

/// `env_file`: a name, or a list of names or of tables with a `path`.
fn file_names(files: &Yaml) -> Vec<&str> {
    match files {
        Yaml::Array(several) => several.iter().flat_map(file_names).collect(),
        file => file.as_str().or_else(|| entry(file, "path")?.as_str()).into_iter().collect(),
    }
}

type Named = (String, Result<String, String>);

/// `environment`: a list of `NAME=value`, or a table.
fn variables(environment: &Yaml) -> Vec<Named> {
    match environment {
        Yaml::Array(items) => items.iter().filter_map(|item| Some(of_item(item.as_str()?))).collect(),
        Yaml::Hash(own) => {
            // What is merged in comes first: the last of two values counts.
            let mut all: Vec<Named> = merges(environment).into_iter().rev().flat_map(variables).collect();
            let own = own.iter().filter_map(|(name, value)| Some((name.as_str()?, value)));
            let own = own.filter(|(name, _)| *name != "<<");
            all.extend(own.map(|(name, value)| {
                (name.to_owned(), scalar(value).map_or(Err(NOT_HERE.into()), |text| filled_in(&text)))
            }));
            all
        }
        _ => Vec::new(),
    }
}

fn of_item(item: &str) -> Named {
    match item.split_once('=') {
        Some((name, value)) => (name.trim().to_owned(), filled_in(value)),
        None => (item.trim().to_owned(), Err(NOT_HERE.to_owned())),
    }
}

const NOT_HERE: &str = "its value is in the environment of Compose: write NAME=value";

/// The text of a value; `None` of one that is not there.
fn scalar(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) | Yaml::Real(text) => Some(text.clone()),
        Yaml::Integer(number) => Some(number.to_string()),
        Yaml::Boolean(is_so) => Some(is_so.to_string()),
        _ => None,
    }
}

/// The value with the defaults of Compose's own variables, `${NAME:-default}`, and `$` for `$$`.
fn filled_in(text: &str) -> Result<String, String> {
    let (mut value, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once('$') {
        value.push_str(before);
        rest = behind;
        if let Some(behind) = rest.strip_prefix('$') {
            value.push('$');
            rest = behind;
        } else if let Some((inside, behind)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            let name = name_in(inside);
            let otherwise = inside.strip_prefix(name).unwrap_or_default();
            let default = otherwise.strip_prefix(":-").or_else(|| otherwise.strip_prefix('-'));
            value.push_str(default.ok_or_else(|| from_variable(name))?);
            rest = behind;
        } else {
            match name_in(rest) {
                "" => value.push('$'),
                name => return Err(from_variable(name)),
            }
        }
    }
    value.push_str(rest);
    Ok(value)
}

/// The name of a variable at the beginning.
fn name_in(text: &str) -> &str {
    let is_end = |character: char| !(character.is_ascii_alphanumeric() || character == '_');
    text.split(is_end).next().unwrap_or_default()
}

fn from_variable(name: &str) -> String {
    // What follows a `$` that was meant as such may be a password.
    match is_name(name) && name.chars().all(|character| !character.is_ascii_lowercase()) {
        true => format!("its value is that of ${name} in the environment of Compose: write NAME=value"),
        false => NOT_HERE.to_owned(),
    }
}
