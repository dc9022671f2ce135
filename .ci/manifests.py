"""Judges packaging/kubernetes and the Compose file by their schemas; prints what is wrong."""
import json
import os
import sys

import jsonschema
import kubernetes_validate
import yaml

VERSION = "1.31"
wrong = []
with open("packaging/kubernetes/gc-server.yaml") as file:
    manifests = list(yaml.safe_load_all(file))
for manifest in manifests:
    name = f"{manifest['kind']} {manifest['metadata']['name']}"
    try:
        kubernetes_validate.validate(manifest, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        wrong.append(f"{name}: {'/'.join(map(str, error.path))}: {error.message}")
said = f"{len(manifests)} manifests fit Kubernetes {VERSION}"
schema = os.environ.get("COMPOSE_SCHEMA")
if schema:
    with open(schema) as file:
        judge = jsonschema.Draft7Validator(json.load(file))
    with open("packaging/container/compose.yaml") as file:
        for error in judge.iter_errors(yaml.safe_load(file)):
            wrong.append(f"compose.yaml: {'/'.join(map(str, error.absolute_path))}: {error.message}")
    said += ", the Compose file its schema"
elif os.environ.get("INTEROP_REQUIRED"):
    wrong.append("COMPOSE_SCHEMA is not set")
print("\n".join(wrong) or said)
sys.exit(bool(wrong))
