"""The whole look is mended in one place: templates/components and a thin layer of styles (design §2, issue 2)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if path not in COMPONENTS)
STYLE_LIMIT = 10_000
"""Bytes of our own CSS, unminified, above Designsystemet."""


def _id(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


def _macros(path: Path) -> Iterator[str]:
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(path.read_text(encoding="utf-8"))
    for macro in tree.find_all(nodes.Macro):
        if not macro.name.startswith("_"):
            yield macro.name


@pytest.mark.parametrize("path", PAGES, ids=_id)
def test_pages_are_built_from_components_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\bds-[a-z-]+", text) == [], "use a macro of templates/components"
    assert re.findall(r"""\s(style|on[a-z]+)=["']""", text) == [], "no inline style or handler passes our CSP"


@pytest.mark.parametrize("path", COMPONENTS, ids=_id)
def test_every_component_is_shown_in_the_gallery(path: Path) -> None:
    shown = (TEMPLATES / "gallery.html").read_text("utf-8") + (TEMPLATES / "base.html").read_text("utf-8")
    missing = [name for name in _macros(path) if not re.search(rf"(?<![\w.]){name}\(", shown)]
    assert missing == []


@pytest.mark.parametrize("path", COMPONENTS, ids=_id)
def test_every_component_tells_how_to_use_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    usage = text[: text.find("-#}")]
    assert text.startswith("{#-")
    assert [name for name in _macros(path) if name not in usage and name != "shield"] == []


def test_our_own_styles_stay_thin() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "static" / "src").glob("*.css")}
    assert sum(sizes.values()) < STYLE_LIMIT, sizes


def test_nothing_is_fetched_from_another_host() -> None:
    sources = [*COMPONENTS, *PAGES, *(ROOT / "static" / "src").iterdir()]
    foreign = [str(p) for p in sources if re.search(r"""(src|href|url)\W{1,3}(https?:)?//""", p.read_text("utf-8"))]
    assert foreign == []
    assert "resolved" not in (ROOT / "package-lock.json").read_text("utf-8")
