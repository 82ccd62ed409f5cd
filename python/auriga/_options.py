"""Options as keywords. There is one list of them, the command's; names, forms and words come from it."""

from __future__ import annotations

import difflib
import functools
import math
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from . import _auriga
from ._errors import UnknownOption, UsageError

Given = list[tuple[str, str]]


def keyword(flag: str) -> str:
    """`--split-people`: split_people; `-2Dfp`: _2Dfp, since no keyword begins with a digit."""
    name = flag.lstrip("-").replace("-", "_")
    return f"_{name}" if name[:1].isdigit() else name


class Options:
    """A list of options by keyword."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self.rows: dict[str, Mapping[str, Any]] = {}
        for row in rows:
            flag = row["names"][-1]
            if flag.startswith("-") and not row["console"]:
                self.rows[keyword(flag)] = row

    def names(self) -> list[str]:
        """The keywords: --no-X is also X=False."""
        names = set(self.rows)
        names.update(name[3:] for name in self.rows if name.startswith("no_"))
        return sorted(names)

    def given(self, keywords: Mapping[str, Any]) -> Given:
        """What was given, as the list takes it. None is not given. Raises UsageError."""
        result: Given = []
        for name, value in keywords.items():
            if name not in self.rows and f"no_{name}" not in self.rows:
                raise UnknownOption(self._unknown(name))
            if value is not None:
                result += self._pairs(name, value)
        return result

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(name, self.names(), n=3)
        if not near:
            near = [one for one in self.names() if name in one or one in name][:3]
        hint = f"; did you mean {' or '.join(one + '=' for one in near)}?" if near else ""
        return f"there is no option {name}={hint} help(auriga.extract) and auriga.options() list them"

    def _pairs(self, name: str, value: Any) -> Given:
        row, no = self.rows.get(name), self.rows.get(f"no_{name}")
        flag = (row or no or {})["names"][-1]
        if (row or no or {})["form"] == "flag":
            truth = _truth(name, value)
            if row is None:
                return [] if truth else [(flag, "yes")]
            if not truth and no is not None:
                return [(no["names"][-1], "yes")]
            return [(flag, "yes")] if truth else [(flag, "no")]
        assert row is not None
        if row["form"] == "texts" and isinstance(value, (list, tuple)):
            return [(flag, _text(name, one, row)) for one in value]
        return [(flag, _text(name, value, row))]


def _truth(name: str, value: Any) -> bool:
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return bool(value)
    raise UsageError(f"{name}= expects True or False, found {value!r}")


def _text(name: str, value: Any, row: Mapping[str, Any]) -> str:
    form = row["form"]
    if isinstance(value, bool):
        raise UsageError(f"{name}= expects {_expected(row)}, found {value!r}")
    if form in ("text", "texts") and isinstance(value, (str, os.PathLike)):
        return path_text(value, name)
    if form == "whole":
        try:
            return str(value.__index__())
        except AttributeError:
            pass
    if form == "real":
        try:
            number = float(value) if not isinstance(value, (str, bytes)) else None
        except (TypeError, ValueError):
            number = None
        if number is not None and math.isfinite(number):
            return repr(number)
    # Rotations are words for the command; numbers for people.
    if form == "text" and isinstance(value, int) and str(value) in row["choices"]:
        return str(value)
    raise UsageError(f"{name}= expects {_expected(row)}, found {value!r}")


def path_text(value: str | os.PathLike[Any], name: str = "path") -> str:
    """A path or a word. Raises UsageError for what is none."""
    try:
        text = os.fsdecode(value)
    except TypeError:
        raise UsageError(f"{name}= expects text or a path, found {value!r}") from None
    if "\0" in text:
        raise UsageError(f"{name}= expects text without zero bytes, found {text!r}")
    return text


def _expected(row: Mapping[str, Any]) -> str:
    if row["choices"]:
        return "one of " + ", ".join(row["choices"])
    forms = {"whole": "a whole number", "real": "a number", "text": "text", "texts": "texts"}
    return forms[row["form"]]


@functools.cache
def _lists() -> dict[str, list[dict[str, Any]]]:
    return _auriga.option_lists()


@functools.cache
def options_of(name: str) -> Options:
    """Of extract, engine, stream, or a command such as "models fetch"."""
    return Options(_lists()[name])


def options() -> dict[str, str]:
    """The keywords of `auriga.extract` and what they are for, in the command's words for them."""
    return {
        name: in_python_words(row["help"]) for name, row in sorted(options_of("extract").rows.items())
    }


# Words of messages ---------------------------------------------------------------------------


@functools.cache
def _flags() -> dict[str, dict[str, Any]]:
    """All options of all commands by each of their names, with one dash and with two."""
    flags: dict[str, dict[str, Any]] = {}
    for rows in _lists().values():
        for row in rows:
            for name in row["names"]:
                if name.startswith("-"):
                    flags.setdefault(name, row)
                    if not name.startswith("--"):
                        flags.setdefault("-" + name, row)
    return flags


_FLAG = re.compile(r"(?<![\w/.-])(--?[A-Za-z0-9][\w-]*)(?:( )((?!-[-a-zA-Z])[\w./:-]+|'[^']*')|(=)(\S+))?")
# In quotes, or as the end of a line that says what to type.
_COMMAND = re.compile(r"`auriga ([^`]+)`|(?m:(?<=: )auriga (models .+)$|^ +auriga (models .+)$)")


# Values that the help lists: "name: meaning", "one, two (for ...)".
_VALUES = re.compile(r"\b([a-z]+)(?=[,:)]| \(| or |$)")


def _is_value(row: Mapping[str, Any], word: str) -> bool:
    """Whether the word behind an option is its value, and not the next one of the sentence."""
    if word.startswith("'"):
        return True
    if row["form"] in ("whole", "real"):
        return re.fullmatch(r"-?\d+(\.\d+)?|[A-Z]", word) is not None
    if word in row["choices"] or "/" in word or re.fullmatch(r"[A-Z]{2,}|\w+:\d+", word):
        return True
    return row["label"] == "NAME" and word in _VALUES.findall(row["help"])


def _as_keyword(match: re.Match[str]) -> str:
    flag, value = match.group(1), match.group(3) or match.group(5) or ""
    row = _flags().get(flag)
    if row is None:
        # Of OpenFace's command line, or of another program.
        return match.group(0) if not flag.startswith("--") else match.group(0).replace("--", "", 1)
    rest = match.group(0)[len(flag) :]
    name = keyword(row["names"][-1])
    if row["form"] == "flag":
        word = f"{name[3:]}=False" if name.startswith("no_") else f"{name}=True"
        return word + rest
    bare = value.rstrip(".,:;")
    if bare and _is_value(row, bare):
        quoted = bare if row["form"] in ("whole", "real") or bare.isdigit() or bare[0] == "'" else f'"{bare}"'
        return f"{name}={quoted}{value[len(bare):]}"
    return f"{name}={rest}"


def _as_call(match: re.Match[str]) -> str:
    words = next(filter(None, match.groups())).split()
    known = _lists()
    count = next((n for n in (2, 1) if " ".join(words[:n]) in known), 0)
    if count == 0:
        return match.group(0)
    arguments, at = [], count
    while at < len(words):
        row = _flags().get(words[at])
        if row is None:
            arguments.append(f'"{words[at]}"')
        elif row["form"] == "flag":
            arguments.append(f"{keyword(row['names'][-1])}=True")
        else:
            at += 1
            value = words[at] if at < len(words) else ""
            arguments.append(f'{keyword(row["names"][-1])}="{value}"')
        at += 1
    name = ".".join("import_" if word == "import" else word for word in words[:count])
    return f"auriga.{name}({', '.join(arguments)})"


def in_python_words(message: str) -> str:
    """A message of the command as it is said to a Python program: keywords instead of flags."""
    message = message.replace("run the command again with", "call it again with")
    message = _COMMAND.sub(_as_call, message)
    return _FLAG.sub(_as_keyword, message)
