"""HTTP requests and answers as plain values, so that every layer can read and change them."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Request:
    """A request; names of headers are in lower case."""

    method: str
    path: str
    """As it came, percent-encoded."""
    query: str
    headers: dict[str, str]
    body: bytes = b""

    def with_query(self, query: str) -> "Request":
        return replace(self, query=query)

    def with_body(self, body: bytes) -> "Request":
        return replace(self, body=body, headers=self.headers | {"content-length": str(len(body))})


@dataclass(frozen=True)
class Answer:
    """An answer; Content-Length is left to whoever sends it."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        return self.status < 300
