//! Judges JSON by a schema of the contract. Nothing that is not described may be there.

use jsonschema::Validator;
use serde_json::{Value, json};

/// A judge by one of the definitions of a schema. What the schema leaves open is forbidden.
pub(crate) fn judge(schema: Value, definition: &str) -> Validator {
    judge_at(schema, &format!("#/$defs/{definition}"))
}

/// The same by the schema at this place of a document.
#[allow(dead_code)]
pub(crate) fn judge_at(mut schema: Value, place: &str) -> Validator {
    schema["$ref"] = json!(place);
    close(&mut schema);
    jsonschema::validator_for(&schema).unwrap()
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.contains_key("properties") {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
            object.values_mut().for_each(close);
        }
        Value::Array(elements) => elements.iter_mut().for_each(close),
        _ => {}
    }
}

/// What is wrong, and where.
pub(crate) fn faults(judge: &Validator, json: &Value) -> Vec<String> {
    let faults = judge.validate(json).err().into_iter().flatten();
    faults.map(|fault| format!("{}: {fault}", fault.instance_path)).collect()
}
