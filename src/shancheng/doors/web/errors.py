"""What ends a page early.

Turned       the request is answered with a page that says why
Wrong        one field of a form is to be mended; the form is shown again
"""


class Turned(Exception):
    """A request that ends here, with a status and two messages of the catalogue."""

    def __init__(self, status: int, title: str, text: str, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.title = title
        self.text = text
        self.headers = headers or {}
        super().__init__(title)


class Wrong(Exception):
    """What is wrong with a field, as a message of the catalogue."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(message)
