"""Documents: what Kari typed stands in the record, everyone can read it, and the archive takes it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # carries no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citizen_portal.documents import Document, Section, render, text
from tests import verapdf

RECEIPT = Document(
    title="Kvittering: Søknad om trygghetsalarm",
    language="nb",
    municipality_name="Ringebu kommune",
    unit="Hjemmetjenesten",
    date=date(2026, 11, 23),
    reference=(("Saksnummer", "2026/117"), ("Søker", "Kari Moen"), ("Gjelder", "Borghild Moen")),
    sections=(
        Section("Hva skjer nå", paragraphs=("Vi har mottatt søknaden.", "Du får svar senest 14. desember.")),
        Section("Svarene dine", fields=(("Hvorfor?", "Hun har falt to ganger.\n\nHun hører dårlig."),)),
    ),
)

NASTY = {
    "typst's own signs": '#import "x" $x^2$ \\u{41} *a* _b_ `c` @d <e> [f] //g /*h*/ = i - j + k / l: m ~ #eval("1")',
    "quotes and dashes": "\"a\" 'b' -- --- ... 1/2",
    "Sámi": "Čáhci đŋŧž ČĐŊŠŦŽ á ǥ ǩ ʒ",
    "emoji": "Takk 👍🏽 ❤️ 🇳🇴 👨‍👩‍👧",
    "right to left": "مرحبا، هذا اختبار ١٢٣ abc שָׁלוֹם",
    "override of direction": "abc\u202egnp.exe\u2066x",
    "control characters": "a\x00b\x07c\x1b[31m\x7f\x85d\u2028e\tf\r\ng",
    "lone surrogate": "a\ud800b",
    "other scripts": "中文 ภาษาไทย ትግርኛ தமிழ் Україна Ελληνικά Việt",
    "marks on marks": "z\u0338\u0321\u0322\u031ba\u0335 \u0300 א\u0591\u0300",
    "private use": "\ue000\U000f0000\uffff",
    "mathematics": "𝔸𝟙 ∑ ∫ √2 ≤ ½",
    "blank": " \n\t ",
    "nothing": "",
}


def _with(typed: str) -> Document:
    """A document that has the typed text at every place where text can stand."""
    section = Section(typed, (typed,), ((typed, typed),))
    return Document(typed, "nn", typed, typed, date(2026, 1, 2), ((typed, typed),), (section,))


def _pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as opened:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in opened]


def _flat(pdf: bytes) -> str:
    return " ".join(" ".join(_pages(pdf)).split())


def test_the_receipt_says_what_kari_typed() -> None:
    said = _flat(render(RECEIPT))
    for words in ("Ringebu kommune", "Søknad om trygghetsalarm", "2026/117", "Hun hører dårlig.", "23. november 2026"):
        assert words in said


@pytest.mark.parametrize(("language", "said"), [("nb", "Side 1 av 1"), ("nn", "Side 1 av 1"), ("en", "Page 1 of 1")])
def test_pages_are_numbered_in_the_documents_language(language: str, said: str) -> None:
    assert said in _flat(render(replace(RECEIPT, language=language)))  # type: ignore[arg-type]


def test_a_reader_hears_the_title_and_the_language() -> None:
    pdf = render(RECEIPT)
    with pypdfium2.PdfDocument(pdf) as opened:
        assert opened.get_metadata_value("Title") == RECEIPT.title
        assert opened.get_metadata_value("CreationDate").startswith("D:20261123")
    assert b"/Lang(nb-NO)" in pdf


@pytest.mark.parametrize("typed", [NASTY["typst's own signs"], NASTY["Sámi"], NASTY["quotes and dashes"]])
def test_text_stands_as_it_was_typed(typed: str) -> None:
    document = replace(RECEIPT, sections=(Section("", paragraphs=(typed,)),))
    said = " ".join(_flat(render(document)).split())
    assert typed in said


def test_what_no_font_holds_is_written_out() -> None:
    assert text.lines("Takk 👍 中文\x07") == [[text.Run(0, "Takk [thumbs up sign] [U+4E2D U+6587 U+0007]")]]
    assert text.lines("👨‍👩‍👧 ❤️") == [[text.Run(0, "[man, woman, girl] "), text.Run(1, "❤")]]
    assert text.lines("e\u0301\u0c01") == [[text.Run(0, "é[U+0C01]")]]


def test_a_word_longer_than_the_line_is_broken_and_not_cut() -> None:
    with pypdfium2.PdfDocument(render(replace(RECEIPT, sections=(Section("", ("W" * 500,)),)))) as opened:
        textpage = opened[0].get_textpage()
        boxes = [textpage.get_charbox(index) for index in range(textpage.count_chars())]
        width = opened[0].get_width()
    assert max(right for _, _, right, _ in boxes) < width - 60


def test_a_hundred_thousand_characters_are_all_there() -> None:
    pages = _pages(render(replace(RECEIPT, sections=(Section("", ("ærlig " * 17_000,)),))))
    assert len(pages) > 20
    assert sum(page.count("ærlig") for page in pages) == 17_000


def test_the_same_document_is_the_same_bytes_on_every_machine_and_thread() -> None:
    with ThreadPoolExecutor(8) as pool:
        rendered = set(pool.map(render, [RECEIPT] * 40))
    assert len(rendered) == 1
    assert render(replace(RECEIPT, title="Noe annet")) not in rendered


def test_any_text_at_any_place_gives_a_document() -> None:
    for typed in NASTY.values():
        assert render(_with(typed)).startswith(b"%PDF-1.7")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60))
def test_no_text_stops_a_document(typed: str) -> None:
    assert render(_with(typed))


def test_the_glyph_table_is_what_typsts_fonts_hold() -> None:
    every = [char for held in text._glyphs().values() for char in sorted(held)]
    document = replace(RECEIPT, sections=(Section("".join(every), (" ".join(every),)),))
    assert len(every) > 8000
    assert render(document)


def test_the_record_is_archivable_and_accessible(tmp_path: Path) -> None:
    documents = {"receipt": RECEIPT, **{name: _with(typed) for name, typed in NASTY.items()}}
    documents["without anything"] = Document("", "se", "", "", date(2026, 1, 1))
    paths = [tmp_path / f"{name}.pdf" for name in documents]
    for path, document in zip(paths, documents.values(), strict=True):
        path.write_bytes(render(document))
    assert verapdf.findings(paths) == []
