"""Text that a person, a file or an exchange supplied, for where Streamlit reads Markdown."""

import re
from typing import Final

_LINE_BREAKS: Final = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
# What makes emphasis, code, links, pictures, HTML, headings, tables, formulas, colours and addresses.
_SIGNS: Final = re.compile(r"([\\`*_{}\[\]()<>#!|~$:&^=@])")
_WEB_ADDRESS: Final = re.compile(r"\b(www)\.", re.IGNORECASE)
_LIST_ITEM: Final = re.compile(r"^(\s*)([-+]|\d+(?=[.)]))(?=[.)]?(?:\s|$))")
# Streamlit reads :name: and :name[…] after the escapes are gone; a joiner that nobody sees keeps them apart.
_DIRECTIVE: Final = re.compile(r":(?=[A-Za-z_+-])")


def plain(text: str) -> str:
    """Return Markdown that shows a text as it is: no link, picture, formula, colour or icon is made of it.

    Args:
        text: anything; line breaks become spaces.
    """
    line = _DIRECTIVE.sub(":\u2060", _LINE_BREAKS.sub(" ", text))
    line = _WEB_ADDRESS.sub(r"\1\\.", _SIGNS.sub(r"\\\1", line))
    return _LIST_ITEM.sub(_escaped_item, line)


def _escaped_item(item: re.Match[str]) -> str:
    return f"{item[1]}\\{item[2]}" if item[2] in "-+" else f"{item[1]}{item[2]}\u2060"
