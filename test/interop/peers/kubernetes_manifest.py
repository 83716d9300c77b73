"""Reads YAML documents from stdin; says what the published schema and the official client make of each."""
import json
import sys

import kubernetes_validate
import yaml
from kubernetes.client import ApiClient


found = []
for document in yaml.safe_load_all(sys.stdin):
    problems = []
    for version in sys.argv[1:]:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            problems.append(f"{version}: {error.message}")
    try:
        read = ApiClient().deserialize(
            json.dumps(document), "V1" + document["kind"], "application/json"
        )
        problems += [] if read.metadata.name == document["metadata"]["name"] else ["another name"]
    except Exception as error:
        problems.append(f"client: {error}")
    found.append({"kind": document["kind"], "problems": problems})
json.dump(found, sys.stdout)
