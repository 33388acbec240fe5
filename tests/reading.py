"""A test client that reads every page as strictly as a careful reviewer would (design §4 rule 12)."""

from collections import Counter
from typing import Any

from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from tests import html5

XHTML = "{http://www.w3.org/1999/xhtml}"


class Page:
    """An HTML page as a person meets it: its title, heading, words and fields."""

    def __init__(self, html: str) -> None:
        """Parse strictly: raises html5lib's ParseError on invalid HTML."""
        self.html = html
        self.tree = html5.parse(html)

    def all(self, path: str) -> list[Any]:
        """The elements that the XPath finds."""
        return list(self.tree.xpath(path))

    @property
    def title(self) -> str:
        """The document's title."""
        return words(self.all("//title")[0])

    @property
    def h1(self) -> str:
        """The words of the only h1."""
        return words(self.all("//h1")[0])

    @property
    def text(self) -> str:
        """The words of the main part."""
        return words(self.all("//main")[0])

    @property
    def links(self) -> dict[str, str]:
        """Words of each link in the page -> where it leads."""
        return {words(link): link.get("href") for link in self.all("//a[@href]")}

    def form(self, action: str | None = None) -> dict[str, str]:
        """The names and values of a form's fields; of the first form in main when no action is named."""
        forms = self.all(f"//form[@action='{action}']") if action else self.all("//main//form[@method='post']")
        assert forms, f"no form with action {action}"
        fields = {
            e.get("name"): e.get("value", "")
            for e in forms[0].iter("input")
            if e.get("type") not in ("radio", "checkbox")
        }
        fields |= {e.get("name"): e.get("value", "on") for e in forms[0].iter("input") if e.get("checked") is not None}
        fields |= {e.get("name"): "".join(e.itertext()) for e in forms[0].iter("textarea")}
        return {name: value for name, value in fields.items() if name and name != "submit"}


def words(element: Any) -> str:
    """The text in an element with white space made single."""
    return " ".join("".join(element.itertext()).split())


def faults_of(page: Page, response: TestResponse) -> list[str]:
    """Everything on the page that breaks the rules for pages."""
    faults: list[str] = []
    headings = page.all("//h1")
    if len(headings) != 1:
        faults.append(f"{len(headings)} h1")
    elif not page.title.startswith(page.h1):
        faults.append(f"title «{page.title}» does not start with h1 «{page.h1}»")
    if not page.tree.getroot().get("lang"):
        faults.append("no lang on html")
    counts = Counter(page.all("//@id"))
    faults += [f"id {name} occurs {count} times" for name, count in counts.items() if count > 1]
    faults += _reference_faults(page, set(counts))
    faults += _field_faults(page)
    nonce = "'nonce-" in response.headers.get("Content-Security-Policy", "")
    faults += [f"inline style: {etree.tostring(e)[:80]!r}" for e in page.all("//*[@style] | //style")]
    faults += [
        f"script without nonce: {etree.tostring(e)[:80]!r}"
        for e in page.all("//script")
        if not nonce or not e.get("nonce")
    ]
    faults += [
        f"form posts without csrf token: {e.get('action')}"
        for e in page.all("//form[@method='post' and not(starts-with(@action, 'http'))]")
        if not e.xpath(".//input[@name='csrf_token']")
    ]
    return faults


def _reference_faults(page: Page, ids: set[str]) -> list[str]:
    references = [
        (attribute, name)
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "aria-errormessage")
        for value in page.all(f"//@{attribute}")
        for name in value.split()
    ]
    references += [("href", link[1:]) for link in page.all("//a/@href") if link.startswith("#") and len(link) > 1]
    return [f"{attribute} points to missing id {name}" for attribute, name in references if name not in ids]


def _field_faults(page: Page) -> list[str]:
    labelled = set(page.all("//label/@for"))
    fields = page.all("//input[not(@type='hidden' or @type='submit')] | //select | //textarea")
    return [
        f"field {field.get('name')} has no label"
        for field in fields
        if field.get("id") not in labelled and not field.get("aria-label") and not field.xpath("ancestor::label")
    ]


class StrictClient(FlaskClient):
    """Reads every HTML answer strictly and fails on any fault."""

    base_url: str | None = None
    """The address that paths are taken under: the municipality's host."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send the request; an HTML answer must pass every check."""
        if self.base_url and args and isinstance(args[0], str):
            kwargs.setdefault("base_url", self.base_url)
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.data and not 300 <= response.status_code < 400:
            faults = faults_of(Page(response.text), response)
            assert not faults, f"{response.request.path}: " + "; ".join(faults)
        return response

    def page(self, path: str, status: int = 200, **kwargs: Any) -> Page:
        """GET a page and read it."""
        response = self.get(path, **kwargs)
        assert response.status_code == status, f"{path}: {response.status_code} {response.headers.get('Location', '')}"
        return Page(response.text)

    def send(
        self,
        path: str,
        fields: dict[str, Any] | None = None,
        *,
        of: str | None = None,
        action: str | None = None,
        **kwargs: Any,
    ) -> TestResponse:
        """Open the page `of` (the path itself by default), fill in its form and send it with its hidden fields."""
        form = self.page(of or path).form(action)
        return self.post(path, data={**form, **(fields or {})}, **kwargs)
