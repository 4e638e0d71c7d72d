"""The base of every business refusal."""


class DomainError(Exception):
    """A rule says no. The message is Chinese, for the person who acted, and says what to do next."""

    #: how the API answers: a wrong value; refusals because of the present state say 409
    http_status = 422
    code = "invalid"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        #: name of the form field to blame, or None for the whole form
        self.field = field
