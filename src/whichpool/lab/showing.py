"""Values and names of the user's, shown in a line."""


def did_you_mean(names: list[str]) -> str:
    """Suggest the names that are near to what was typed."""
    return f"; did you mean {' or '.join(names)}?" if names else ""


def with_article(noun: str) -> str:
    """Put a or an before a noun."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def short(value: object, width: int = 60) -> str:
    """Show a value in a line; a user's ``__repr__`` may raise."""
    try:
        text = " ".join(repr(value).split())
    except Exception as error:
        text = f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return text if len(text) <= width else f"{text[: width - 1]}…"
