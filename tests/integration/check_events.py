#!/usr/bin/env python3
"""Checks every line that tests got from `--json` against docs/events.schema.json.

    check_events.py SCHEMA DIRECTORY   checks DIRECTORY/*.jsonl; prints what is wrong, exits 1 when anything is
    check_events.py --self-test SCHEMA proves that wrong lines are found

Beyond the schema, which lets later versions add fields, a field has to be described in it.
"""

import json
import sys
from pathlib import Path

import fastjsonschema

REPORTED_MAX = 20


class Checker:
    def __init__(self, schema):
        self.schema = schema
        self.validate = fastjsonschema.compile(schema)
        self.known = {name: self.fields_of(f"event_{name}") | set(schema["properties"])
                      for name in schema["properties"]["event"]["enum"]}

    def fields_of(self, definition):
        rules = self.schema["definitions"][definition]
        fields = set(rules.get("properties", {}))
        for other in rules.get("anyOf", []):
            fields |= self.fields_of(other["$ref"].rsplit("/", 1)[1])
        return fields

    def problem(self, line):
        """What is wrong with the line, or None."""
        try:
            event = json.loads(line)
            self.validate(event)
        except (ValueError, fastjsonschema.JsonSchemaException) as error:
            return str(error)
        unknown = set(event) - self.known[event["event"]]
        if unknown:
            return f"fields that the schema does not describe: {', '.join(sorted(unknown))}"
        for peer in event.get("peer_list", []):
            if set(peer) != set(self.schema["definitions"]["peer"]["properties"]):
                return "a peer has fields that the schema does not describe"
        return None


def self_test(checker):
    good = '{"event":"end","time":"2026-01-31T23:59:59.123Z","exit_code":0}'
    wrong = [good[:-1], '{"time":"2026-01-31T23:59:59.123Z","exit_code":0}', good.replace("end", "and"),
             good.replace("0}", "3}"), good.replace("0}", '"0"}'), good.replace(".123Z", "Z"),
             good.replace("}", ',"more":1}'), good.replace('"exit_code":0', '"code":0')]
    failed = [line for line in wrong if checker.problem(line) is None]
    if checker.problem(good) is not None:
        failed.append(good)
    for line in failed:
        print(f"judged wrongly: {line}")
    return 1 if failed else 0


def check(checker, directory):
    count = 0
    problems = []
    for file in sorted(Path(directory).glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            count += 1
            problem = checker.problem(line)
            if problem:
                problems.append(f"{file.name}: {problem}\n    {line[:1000]}")
    print(f"{count} lines")
    for problem in problems[:REPORTED_MAX]:
        print(problem)
    return 1 if problems else 0


def main(arguments):
    if arguments[0] == "--self-test":
        return self_test(Checker(json.loads(Path(arguments[1]).read_text(encoding="utf-8"))))
    return check(Checker(json.loads(Path(arguments[0]).read_text(encoding="utf-8"))), arguments[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
