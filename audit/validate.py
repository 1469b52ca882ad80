"""Run by the tools' own Python: documents against their schema; what is wrong as JSON on standard output."""

import json
import sys

from lxml import etree

faults = []
for name, schema, document in json.load(sys.stdin):
    checker = etree.XMLSchema(etree.fromstring(schema.encode(), base_url=f"{sys.argv[1]}/"))
    if not checker.validate(etree.fromstring(document.encode())):
        faults += [f"{name}: {error.message}" for error in list(checker.error_log)[:2]]
print(json.dumps(faults))
