"""The tests' reader of pages refuses the same faults whether or not it has read a page of the same shape before."""

import pytest
from html5lib.html5parser import ParseError

from tests import html5

SOUND = """<!doctype html><html lang="nb"><head><title>Søknad</title></head><body>
<h1 id="top">Søknad</h1><p>Fra <a href="/kari" class="who">Kari &amp; co</a></p>
<table><tbody><tr><td>Én</td></tr></tbody></table>
<form><input type="text" name="x" value=""><textarea name="y">Hei</textarea></form>
</body></html>"""

FAULTS = {
    "an attribute twice": ('class="who"', 'class="who" class="who"'),
    "an element left open": ("</a></p>", "</p>"),
    "an element closed twice": ("</p>", "</p></b>"),
    "a heading between rows": ("<tbody><tr>", "<tbody><h2>Hei</h2><tr>"),
    "a reference that is none": ("&amp; co", "&nonesuch; co"),
    "a bare ampersand in an address": ('href="/kari"', 'href="/kari?a=1&copy=2"'),
    "a control character": ("Fra ", "Fra \x0b"),
    "a comment that does not end": ("<form>", "<!-- > <form>"),
    "a quotation mark too many": ('href="/kari"', 'href="/kari""'),
    "an attribute behind a sign that ends no tag": ('class="who"', 'title="a > b" class="who" class="who"'),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_after_a_sound_page_of_nearly_the_same_shape(fault: str) -> None:
    html5.parse(SOUND)
    html5.parse(SOUND.replace('class="who"', 'title="a > b" class="who"'))
    with pytest.raises(ParseError):
        html5.parse(SOUND.replace(*FAULTS[fault]))


def test_the_second_page_of_a_shape_is_read_as_the_first() -> None:
    html5.parse(SOUND)
    other = SOUND.replace("Søknad", "Klage").replace("/kari", "/ola").replace("Kari &amp; co", "Ola &lt; «åtte»")
    assert html5.shape_of(other) == html5.shape_of(SOUND)
    tree = html5.parse(other)
    assert tree.xpath("//h1[@id='top']")[0].text == "Klage"
    assert [(link.get("href"), link.text) for link in tree.xpath("//p/a")] == [("/ola", "Ola < «åtte»")]
    assert tree.xpath("//textarea")[0].text == "Hei"
