"""What an error says of a name that does not exist."""

import difflib
from collections.abc import Iterable


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """`No layout 'Title Onyl'. Did you mean 'Title Only'? There are: ...` with all the names."""
    names = list(dict.fromkeys(known))
    folded = {known_name.lower(): known_name for known_name in names}
    near = difflib.get_close_matches(str(name).lower(), folded, 1, 0.6)
    suggestion = f" Did you mean {folded[near[0]]!r}?" if near else ""
    return f"No {what} {name!r}.{suggestion} There are: {', '.join(map(repr, names)) or 'none'}."
