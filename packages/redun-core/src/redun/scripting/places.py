"""Where in a shell command a value may stand.

Floor: library. A quoted value is one word of a command wherever a word may begin or go on. Inside of quotes,
comments and here-documents the quotes that protect it mean something else, so values are refused there.
"""

from __future__ import annotations

import re

__all__ = ["ARITHMETIC", "FIELD", "places"]

FIELD = "\0"
"""Stands for a value in the text of a command."""

_HERE = re.compile(r"<<(-?)[ \t]*(\\?[\w.-]+|'[^'\n]*'|\"[^\"\n]*\")")
_CASE = re.compile(r"case\b[^\n;]*?[ \t]in\b")
_ESAC = re.compile(r"esac\b")
_BEGINS_COMMAND = re.compile(r"(?:^|[;&|({\n]|\b(?:do|then|else))[ \t]*$")

ARITHMETIC = "an arithmetic expression"

_NAMES = {
    "'": "single quotes",
    "$'": "single quotes",
    '"': "double quotes",
    "`": "backquotes",
    "((": ARITHMETIC,
    "{": "a parameter expansion",
}


def places(command: str) -> list[str]:
    """Return, for each `FIELD` of a command, what it stands in; an empty text where a value may stand.

    Examples
    --------
    >>> places('sort -o \\0 "by \\0"')
    ['', 'double quotes']
    """
    return _Scanner(command).scan()


class _Scanner:
    """Reads a command as a shell would, as far as quoting goes.

    `_open` lists what is open, outermost first: quotes, `(` for a command in parentheses, `case` for one of these,
    whose patterns close parentheses that were never opened.
    """

    def __init__(self, command: str) -> None:
        self._text = command
        self._at = 0
        self._open: list[str] = []
        self._awaited: list[tuple[str, bool]] = []
        self._found: list[str] = []

    def scan(self) -> list[str]:
        while self._at < len(self._text):
            top = self._open[-1] if self._open else ""
            if self._text[self._at] == FIELD:
                self._found.append(_NAMES.get(top, ""))
                self._at += 1
            elif top in ("'", "$'"):
                self._in_single_quotes(top)
            elif top == "`":
                self._skip("\\", "a backslash") or self._close("`") or self._step()
            elif top in ('"', "{", "(("):
                self._in_expansion(top)
            else:
                self._in_command(top)
        return self._found

    def _in_single_quotes(self, top: str) -> None:
        if top == "'" or not self._skip("\\", "a backslash"):
            self._close("'") or self._step()

    def _in_expansion(self, top: str) -> None:
        if self._skip("\\", "a backslash") or self._substitution():
            return
        if top == "((" and self._text.startswith("))", self._at):
            self._open.pop()
            self._at += 2
        elif top == "((" and self._text[self._at] == "(":
            # Its own parentheses come in pairs; a pair of closing ones inside is not the end.
            self._opened("((", 1) if self._text.startswith("((", self._at) else self._opened("(", 1)
        elif top == '"':
            self._close('"') or self._step()
        else:
            (top == "{" and self._close("}")) or self._ambiguous() or self._quotation() or self._step()

    def _in_command(self, top: str) -> None:
        text, at = self._text, self._at
        if self._skip("\\", "a backslash") or self._substitution() or self._quotation():
            return
        if text[at] == "\n":
            self._at += 1
            self._here_documents()
        elif text[at] == "#" and (at == 0 or text[at - 1] in " \t\n;&|()"):
            self._pass_over(_end(text, "\n", at), "a comment")
        elif text.startswith("<<<", at):
            self._at += 3
        elif text.startswith("<<", at):
            self._here()
        elif text.startswith("((", at) and _BEGINS_COMMAND.search(text, max(0, at - 200), at):
            self._opened("((", 2)
        elif text[at] == "(":
            self._opened("(", 1)
        elif text[at] == ")" and top == "(":
            self._open.pop()
            self._at += 1
        elif text[at] == "c" and (found := self._keyword(_CASE)):
            self._opened("case", found)
        elif text[at] == "e" and top == "case" and (found := self._keyword(_ESAC)):
            self._open.pop()
            self._at += found
        else:
            self._step()

    def _substitution(self) -> bool:
        if self._text.startswith("$" + FIELD, self._at):
            # The quotes of a value would be read in another way.
            self._pass_over(self._at + 2, "an expansion")
            return True
        for start, name in (("$((", "(("), ("$(", "("), ("${", "{"), ("`", "`")):
            if self._text.startswith(start, self._at):
                return self._opened(name, len(start))
        return False

    def _ambiguous(self) -> bool:
        if self._open[-2:] != ['"', "{"] or self._text[self._at] != "'":
            return False
        # Some shells and some operators pair it with another one, for others it is a letter.
        self._pass_over(len(self._text), "what follows an apostrophe in an expansion")
        return True

    def _quotation(self) -> bool:
        for start in ("$'", "'", '"'):
            if self._text.startswith(start, self._at):
                return self._opened(start, len(start))
        return False

    def _keyword(self, pattern: re.Pattern[str]) -> int:
        """Return the length of a keyword that stands where a command begins, 0 if there is none."""
        found = pattern.match(self._text, self._at)
        begins = _BEGINS_COMMAND.search(self._text, max(0, self._at - 200), self._at)
        # `case` itself may hold a value or quotes, which are read in their turn.
        return 4 if found and begins else 0

    def _here(self) -> None:
        found = _HERE.match(self._text, self._at)
        if found is None:
            # Its end is a value, or no word: where it ends is not known.
            self._pass_over(len(self._text), "a here-document")
        else:
            self._awaited.append((found[2].strip("\\'\""), bool(found[1])))
            self._at = found.end()

    def _here_documents(self) -> None:
        for word, indented in self._awaited:
            while self._at < len(self._text):
                end = _end(self._text, "\n", self._at)
                line = self._text[self._at : end]
                self._pass_over(min(end + 1, len(self._text)), "a here-document")
                if (line.lstrip("\t") if indented else line) == word:
                    break
        self._awaited.clear()

    def _pass_over(self, end: int, name: str) -> None:
        self._found += [name] * self._text.count(FIELD, self._at, end)
        self._at = end

    def _skip(self, escape: str, name: str) -> bool:
        if self._text[self._at] != escape:
            return False
        self._pass_over(min(self._at + 2, len(self._text)), name)
        return True

    def _close(self, end: str) -> bool:
        if self._text[self._at] != end:
            return False
        self._open.pop()
        self._at += 1
        return True

    def _opened(self, name: str, length: int) -> bool:
        self._open.append(name)
        self._at += length
        return True

    def _step(self) -> bool:
        self._at += 1
        return True


def _end(text: str, wanted: str, start: int) -> int:
    found = text.find(wanted, start)
    return len(text) if found < 0 else found
