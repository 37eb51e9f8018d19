"""Read the text of an INI file; say where in it something stands.

Floor: ground. `configparser` is imported on first use, since most processes that import redun read no file.
"""

from __future__ import annotations

import attrs

from redun.errors import ConfigError

__all__ = ["Source", "parse"]


@attrs.frozen
class Source:
    """Text that options were read from.

    Attributes
    ----------
    name : str
        Path of the file, or a name in angle brackets.
    text : str
    """

    name: str
    text: str = attrs.field(repr=False)

    def line_of(self, section: str, option: str | None = None) -> int | None:
        """Return the number of the line on which an option, or else its section, is defined.

        The text is scanned anew on each call: only errors ask.
        """
        header = None
        inside = False
        for number, line in enumerate(self.text.splitlines(), start=1):
            stripped = line.strip()
            if stripped.startswith("["):
                inside = stripped[1:].partition("]")[0] == section
                if inside:
                    header = number
            elif inside and option is not None and stripped.startswith(option):
                rest = stripped[len(option) :].lstrip()
                if rest[:1] in ("=", ":"):
                    return number
        return header if option is None else None


def parse(source: Source) -> dict[str, dict[str, str]]:
    """Return the options of each section, as written; `DEFAULT` comes first, if there.

    Option names keep their case. Comments are lines that begin with `#` or `;`.

    Raises
    ------
    ConfigError
        The text is no INI file, or names a section or an option twice; the message gives file and line.
    """
    import configparser

    parser = configparser.RawConfigParser(strict=True, interpolation=None, default_section="")
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(source.text, source=source.name)
    except configparser.DuplicateSectionError as error:
        raise ConfigError(
            f"{source.name}, line {error.lineno}: section [{error.section}] is there twice; merge the two"
        ) from None
    except configparser.DuplicateOptionError as error:
        raise ConfigError(
            f"{source.name}, line {error.lineno}: section [{error.section}] sets {error.option!r} twice; "
            "remove one of them"
        ) from None
    except configparser.MissingSectionHeaderError as error:
        raise ConfigError(
            f"{source.name}, line {error.lineno}: {error.line.strip()!r} stands before any [section]"
        ) from None
    except configparser.ParsingError as error:
        line = error.errors[0][0]
        text = source.text.splitlines()[line - 1].strip()
        section = _section_at(source.text, line)
        raise ConfigError(
            f"{source.name}, line {line}, section [{section}]: cannot read {text!r}; write `option = value`"
        ) from None
    sections = {name: dict(parser.items(name)) for name in parser.sections()}
    defaults = sections.pop("DEFAULT", None)
    return sections if defaults is None else {"DEFAULT": defaults, **sections}


def _section_at(text: str, line: int) -> str:
    headers = (row.strip() for row in text.splitlines()[:line])
    return next((row[1:].partition("]")[0] for row in reversed(list(headers)) if row.startswith("[")), "")
