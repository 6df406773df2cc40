"""The settings of a preset's file, each with its source: the tags in the comments, read with the values."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import yaml

from graduated.experiment.keys import schema_keys
from graduated.report.tables import Cell, Column, Table
from graduated.sharpness.settings import MEASURES

SOURCES = {
    "paper": "paper",
    "code": "code",
    "C": "2402.02325",
    "ours": "ours",
    "inferred": "inferred",
    "recalled": "recalled",
}
"""The tags of comments, and how the report writes them."""

UNMARKED = "not marked"

_TAG = re.compile(r"\(((?:{0})(?:, (?:{0}))*)\)".format("|".join(SOURCES)))
_ALL_OURS = re.compile(r"\bsettings are ours\b")


@dataclass(frozen=True)
class Setting:
    """A setting as a preset's file has it.

    Attributes:
        key: With dots, as ``grid.seed``.
        value: As written; empty of a key that has only others below it.
        source: The tags of its comment, or of the nearest key above that has any; else what the file's first
            comment says of settings without one.
        comment: Its own comments.
        above: The key whose tags it has, if not its own.
    """

    key: str
    value: str
    source: str
    comment: str = ""
    above: str = ""


def read_settings(text: str) -> list[Setting]:
    """Return the settings of a preset's file, in its order; lists and ``{...}`` are one setting.

    A key that has only others below it is there for its comment, if it has one.

    Args:
        text: The file, YAML that is known to be valid.
    """
    comments = _Comments(text)
    default = "ours" if _ALL_OURS.search(comments.header) else UNMARKED
    return list(_settings(yaml.compose(text), (), default, "", comments))


def _settings(
    node: yaml.MappingNode, path: tuple[str, ...], source: str, above: str, comments: "_Comments"
) -> Iterator[Setting]:
    for key, value in node.value:
        here = (*path, key.value)
        name = ".".join(here)
        nested = isinstance(value, yaml.MappingNode) and not value.flow_style
        comment = comments.of(key, key if nested else value)
        tags = _sources(comment)
        if not nested or comment:
            written = "" if nested else _written(value)
            yield Setting(name, written, tags or source, comment, "" if tags else above)
        if nested:
            yield from _settings(value, here, tags or source, name if tags else above, comments)


def _sources(comment: str) -> str:
    tags = [tag for group in _TAG.findall(comment) for tag in group.split(", ")]
    return ", ".join(dict.fromkeys(SOURCES[tag] for tag in tags))


def _written(node: yaml.Node) -> str:
    text = node.start_mark.buffer[node.start_mark.pointer : node.end_mark.pointer]
    return " ".join(text.split()).removesuffix("\0")


class _Comments:
    """The comments of a YAML file: those at the end of a line, and those on lines of their own."""

    def __init__(self, text: str):
        ends: dict[int, int] = defaultdict(int)
        for token in yaml.scan(text):
            first, last = token.start_mark, token.end_mark
            if first.index < last.index:
                ends.update(dict.fromkeys(range(first.line, last.line), len(text)))
                ends[last.line] = last.column
        self.trailing: dict[int, str] = {}
        self.alone: dict[int, str] = {}
        for number, line in enumerate(text.splitlines()):
            rest = line[ends[number] :].strip()
            if rest.startswith("#"):
                (self.trailing if ends[number] else self.alone)[number] = rest.lstrip("# ")
        first = yaml.compose(text).start_mark.line
        self.header = " ".join(comment for line, comment in self.alone.items() if line < first)
        self.alone = {line: comment for line, comment in self.alone.items() if line > first}

    def of(self, first: yaml.Node, last: yaml.Node) -> str:
        """Return the comments right above a node and at the end of its lines."""
        line = first.start_mark.line
        start = line
        while start - 1 in self.alone:
            start -= 1
        above = [self.alone[number] for number in range(start, line)]
        lines = range(line, last.end_mark.line + 1)
        return " ".join([*above, *(self.trailing[number] for number in lines if number in self.trailing)])


def settings_table(text: str) -> Table:
    """Return the settings of a preset's file as a table of the report."""
    columns = [
        Column("Setting", code=True),
        Column("Value", code=True),
        Column("Source", choice=True),
        Column("Comment"),
    ]
    rows = [
        [
            Cell(setting.key),
            Cell(setting.value),
            Cell(setting.source, note=f"as {setting.above}" if setting.above else ""),
            Cell(setting.comment),
        ]
        for setting in read_settings(text)
    ]
    return Table("settings", columns, rows)


def defaults_table(schema: Mapping[str, Any]) -> Table:
    """Return the default of every key that has one, by the schema of presets or by the measures' classes."""
    columns = [Column("Setting", code=True), Column("Default", code=True), Column("Meaning")]
    options = {
        f"sharpness.NAME.{option.name}": option.default
        for measure in MEASURES.values()
        for option in fields(measure)
    }
    rows = [
        [Cell(key), Cell(json.dumps(child.get("default", options.get(key)))), Cell(child["description"])]
        for key, child in schema_keys(schema)
        if "default" in child or key in options
    ]
    return Table("defaults", columns, rows)
