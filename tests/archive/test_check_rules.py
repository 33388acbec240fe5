"""A deposit that is broken in exactly one way gives the finding of the rule that it breaks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from citizen_portal.archive.noark5.check import RULES, check
from tests.archive.conftest import Edit, identity

STRUCTURE, ADDML = "arkivstruktur.xml", "arkivuttrekk.xml"
LOG, RUNNING, PUBLIC = "endringslogg.xml", "loependeJournal.xml", "offentligJournal.xml"
INCOMING_FILE = "dokumenter/2026/incoming.pdf"


MAPPE_COUNT = '//mappe</value></property>\n<property dataType="integer" name="value"><value>2<'
RECORD_COUNT = '//registrering</value></property>\n<property dataType="integer" name="value"><value>3<'
SUBCLASS = "<klasse><systemID>{class 31}<"
STRAY = "<systemID>{stray}</systemID>"
PARTY = (
    "<korrespondansepart><korrespondanseparttype>Mottaker</korrespondanseparttype>"
    "<korrespondansepartNavn>Borghild Moen</korrespondansepartNavn></korrespondansepart>"
)


@dataclass(frozen=True)
class Breach:
    """One way to break a deposit: in a file replace the first `old` with `new`, or do something else to the folder."""

    rule: str
    what: str
    file: str = ""
    old: str = ""
    new: str = ""
    do: Callable[[Path], object] | None = None


BREACHES = [
    Breach("N5.01", "a listed file is gone", do=lambda d: (d / PUBLIC).unlink()),
    Breach("N5.01", "the description is gone", do=lambda d: (d / ADDML).unlink()),
    Breach("N5.02", "another algorithm", ADDML, "<value>SHA-256</value>", "<value>MD5</value>"),
    Breach("N5.02", "a changed file", do=lambda d: (d / LOG).write_bytes((d / LOG).read_bytes() + b"\n")),
    Breach("N5.03", "an element too many", STRUCTURE, "<mappeID>", "<mappeID>2026/9</mappeID><mappeID>"),
    Breach("N5.03", "no schema to judge by", do=lambda d: (d / "endringslogg.xsd").unlink()),
    Breach("N5.10", "wrong number of folders", ADDML, MAPPE_COUNT, MAPPE_COUNT.replace("2", "7")),
    Breach("N5.12", "a class with subclasses and folders", STRUCTURE, SUBCLASS, f"<mappe>{STRAY}</mappe>{SUBCLASS}"),
    Breach(
        "N5.19", "subclasses and registrations", STRUCTURE, SUBCLASS, f"<registrering>{STRAY}</registrering>{SUBCLASS}"
    ),
    Breach(
        "N5.24",
        "a registration outside any folder",
        STRUCTURE,
        SUBCLASS,
        f"<registrering>{STRAY}</registrering>{SUBCLASS}",
    ),
    Breach("N5.15", "an open case", STRUCTURE, "<saksstatus>Avsluttet<", "<saksstatus>Under behandling<"),
    Breach("N5.16", "wrong number of registrations", ADDML, RECORD_COUNT, RECORD_COUNT.replace("3", "4")),
    Breach("N5.17", "an entry without a type", STRUCTURE, "<journalposttype>Inngående dokument</journalposttype>", ""),
    Breach(
        "N5.22", "an entry that is not archived", STRUCTURE, "<journalstatus>Arkivert<", "<journalstatus>Journalført<"
    ),
    Breach(
        "N5.25",
        "an unfinished document",
        STRUCTURE,
        "<dokumentstatus>Dokumentet er ferdigstilt<",
        "<dokumentstatus>Dokumentet er under redigering<",
    ),
    Breach(
        "N5.27",
        "an unreadable creation time",
        STRUCTURE,
        'journalpost"><systemID>{incoming}</systemID><opprettetDato>2026-',
        'journalpost"><systemID>{incoming}</systemID><opprettetDato>26-',
    ),
    Breach("N5.28", "wrong number of files", ADDML, 'antallDokumentfiler"><value>2<', 'antallDokumentfiler"><value>9<'),
    Breach(
        "N5.28",
        "no number of files",
        ADDML,
        '<property dataType="integer" name="antallDokumentfiler"><value>2</value></property>',
        "",
    ),
    Breach("N5.29", "a format that is not the extension", STRUCTURE, "<format>pdf<", "<format>PDF/A<"),
    Breach("N5.30", "a changed document", do=lambda d: (d / INCOMING_FILE).write_bytes(b"%PDF incominG")),
    Breach("N5.30", "a missing document", do=lambda d: (d / INCOMING_FILE).unlink()),
    Breach("N5.32", "a missing document", do=lambda d: (d / INCOMING_FILE).unlink()),
    Breach(
        "N5.33", "a document that nothing refers to", do=lambda d: (d / "dokumenter/extra.pdf").write_bytes(b"%PDF")
    ),
    Breach(
        "N5.42",
        "screening that is not announced",
        ADDML,
        'inneholderSkjermetInformasjon"><value>true<',
        'inneholderSkjermetInformasjon"><value>false<',
    ),
    Breach(
        "N5.44",
        "disposal announced but not there",
        ADDML,
        'inneholderDokumenterSomSkalKasseres"><value>false<',
        'inneholderDokumenterSomSkalKasseres"><value>true<',
    ),
    Breach(
        "N5.45",
        "executed disposal announced but not there",
        ADDML,
        'omfatterDokumenterSomErKassert"><value>false<',
        'omfatterDokumenterSomErKassert"><value>true<',
    ),
    Breach("N5.47", "an identifier used twice", STRUCTURE, "<systemID>{outgoing}<", "<systemID>{incoming}<"),
    Breach(
        "N5.48",
        "a reference to no series",
        STRUCTURE,
        "<dokumentbeskrivelse>",
        "<referanseArkivdel>{nowhere}</referanseArkivdel><dokumentbeskrivelse>",
    ),
    Breach(
        "N5.51",
        "a reference to no class",
        STRUCTURE,
        "</saksstatus>",
        "</saksstatus><referanseSekundaerKlassifikasjon>{nowhere}</referanseSekundaerKlassifikasjon>",
    ),
    Breach("N5.59", "the journals' heads differ", PUBLIC, "<antallJournalposter>3<", "<antallJournalposter>4<"),
    Breach("N5.59", "a head that cannot be read", PUBLIC, "<antallJournalposter>3<", "<antallJournalposter>tre<"),
    Breach(
        "N5.60", "the journals' dates differ", PUBLIC, "<journalSluttDato>2026-03-09<", "<journalSluttDato>2026-03-10<"
    ),
    Breach("N5.60", "no dates", RUNNING, "<journalStartDato>2026-03-02</journalStartDato>", ""),
    Breach("N5.61", "no change log", do=lambda d: (d / LOG).unlink()),
    Breach("N5.62", "a change to nothing", LOG, "<referanseArkivenhet>{alarm}<", "<referanseArkivenhet>{nowhere}<"),
    Breach("N5.63", "an empty element", STRUCTURE, "<dokumenttype>Søknad<", "<dokumenttype>  <"),
    Breach(
        "D.01",
        "a schema with other line ends",
        do=lambda d: (d / "addml.xsd").write_bytes((d / "addml.xsd").read_bytes().replace(b"\r\n", b"\n")),
    ),
    Breach("D.02", "broken XML", STRUCTURE, "</arkivdel>", ""),
    Breach("D.02", "a document type", RUNNING, "<loependeJournal", "<!DOCTYPE loependeJournal>\n<loependeJournal"),
    Breach("D.02", "another encoding", LOG, "utf-8", "iso-8859-1"),
    Breach("D.02", "an empty file", do=lambda d: (d / STRUCTURE).write_bytes(b"")),
    Breach(
        "D.03",
        "a time with a zone",
        STRUCTURE,
        "<mottattDato>2026-03-02T12:00:00<",
        "<mottattDato>2026-03-02T12:00:00+01:00<",
    ),
    Breach("D.03", "a date with a zone", PUBLIC, "<dokumentetsDato>2026-03-01<", "<dokumentetsDato>2026-03-01Z<"),
    Breach("D.04", "an identifier that is no UUID", STRUCTURE, "<systemID>{outgoing}<", "<systemID>17<"),
    Breach(
        "D.05",
        "an entry without parties",
        STRUCTURE,
        PARTY,
        "",
    ),
    Breach("D.06", "a field of 2023 in the journal", RUNNING, "<saksmappe>", "<saksmappe><mappeID>2026/1</mappeID>"),
    Breach(
        "D.07",
        "a prefix in the type",
        STRUCTURE,
        'xsi:type="saksmappe"',
        'xmlns:n5="http://www.arkivverket.no/standarder/noark5/arkivstruktur" xsi:type="n5:saksmappe"',
    ),
    Breach(
        "D.07",
        "another prefix for xsi",
        STRUCTURE,
        'xsi:type="saksmappe"',
        'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="saksmappe"',
    ),
    Breach("D.08", "version 5.5", ADDML, "<value>5.0<", "<value>5.5<"),
    Breach("D.08", "a boundary that is «skarp»", ADDML, "<value>skarpt<", "<value>skarp<"),
    Breach("D.08", "no period", ADDML, 'name="periode"', 'name="perioden"'),
    Breach("D.08", "additional information first", ADDML, 'name="additionalInfo"', 'name="info"'),
    Breach(
        "D.09", "an extract that nobody knows", ADDML, '<dataObject name="endringslogg">', '<dataObject name="ekstra">'
    ),
    Breach(
        "D.10",
        "a series that is not closed",
        STRUCTURE,
        "<arkivdelstatus>Avsluttet periode<",
        "<arkivdelstatus>Aktiv periode<",
    ),
    Breach(
        "D.10",
        "an unknown type of party",
        STRUCTURE,
        "<korrespondanseparttype>Mottaker<",
        "<korrespondanseparttype>EM<",
    ),
    Breach("D.11", "an entry outside the period", STRUCTURE, "<journaldato>2026-03-02<", "<journaldato>2025-12-31<"),
    Breach(
        "D.12",
        "a path out of the deposit",
        STRUCTURE,
        "<referanseDokumentfil>dokumenter/2026/incoming.pdf<",
        "<referanseDokumentfil>dokumenter/../../secret.pdf<",
    ),
    Breach("D.12", "a link", do=lambda d: (d / "dokumenter/link.pdf").symlink_to("/etc/hostname")),
    Breach("D.12", "a listed path", ADDML, "<value>endringslogg.xml<", "<value>../endringslogg.xml<"),
    Breach("D.13", "files of a cancelled entry", STRUCTURE, "<journalstatus>Arkivert<", "<journalstatus>Utgår<"),
    Breach("D.13", "a production file", STRUCTURE, "<variantformat>Arkivformat<", "<variantformat>Produksjonsformat<"),
    Breach(
        "D.14",
        "an answer that is not there",
        STRUCTURE,
        "<referanseAvskrivesAvJournalpost>{outgoing}<",
        "<referanseAvskrivesAvJournalpost>{nowhere}<",
    ),
    Breach("D.15", "something else in the folder", do=lambda d: (d / "README.txt").write_text("hei")),
    Breach("D.16", "a journal in another order", PUBLIC, "<journalsekvensnummer>2<", "<journalsekvensnummer>9<"),
    Breach("D.16", "another entry in the journal", PUBLIC, "<systemID>{outgoing}<", "<systemID>{nowhere}<"),
    Breach(
        "D.17",
        "a national id in the public journal",
        PUBLIC,
        "<offentligTittel>Søknad fra *****<",
        "<offentligTittel>Søknad fra 010190 00083<",
    ),
    Breach("D.18", "no public title", STRUCTURE, "<offentligTittel>Søknad fra *****</offentligTittel>", ""),
    Breach(
        "D.18",
        "no redacted variant",
        STRUCTURE,
        "<skjermingDokument>Skjerming av hele dokumentet</skjermingDokument></skjerming>\n<dokumentbeskrivelse>",
        "<skjermingDokument>Skjerming av deler av dokumentet</skjermingDokument></skjerming>\n<dokumentbeskrivelse>",
    ),
    Breach("D.19", "an empty element in the log", LOG, "<nyVerdi>Avsluttet<", "<nyVerdi><"),
    Breach("D.20", "a wrong size", STRUCTURE, "<filstoerrelse>13<", "<filstoerrelse>14<"),
    Breach(
        "D.21",
        "wrong number of changes",
        LOG,
        "</endringslogg>",
        "<endring><referanseArkivenhet>{alarm}</referanseArkivenhet></endring></endringslogg>",
    ),
]


def _filled(text: str) -> str:
    for name in ("incoming", "outgoing", "alarm", "nowhere", "stray", "class 31"):
        text = text.replace(f"{{{name}}}", str(identity(name)))
    return text


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.rule} {breach.what}")
def test_the_breach_is_found(
    breach: Breach, deposit: Path, edit: Edit, redescribe: Callable[[], None], official_schemas: Path
) -> None:
    if breach.do is not None:
        breach.do(deposit)
    else:
        edit(breach.file, _filled(breach.old), _filled(breach.new))
        if breach.file != ADDML:
            redescribe()
    findings = check(deposit, None)
    assert breach.rule in {finding.rule for finding in findings}, [str(finding) for finding in findings]


def test_every_rule_has_a_breach() -> None:
    assert {breach.rule for breach in BREACHES} == set(RULES)


def test_all_breaches_are_listed_not_the_first(deposit: Path, edit: Edit, redescribe: Callable[[], None]) -> None:
    edit(STRUCTURE, "<saksstatus>Avsluttet<", "<saksstatus>Under behandling<")
    edit(STRUCTURE, "<saksstatus>Avsluttet<", "<saksstatus>Under behandling<")
    edit(STRUCTURE, "<format>pdf<", "<format>fmt/477<")
    redescribe()
    (deposit / INCOMING_FILE).write_bytes(b"")
    found = [finding.rule for finding in check(deposit, None)]
    assert found.count("N5.15") == 2
    assert {"N5.15", "N5.29", "N5.30", "D.20"} <= set(found)


def test_a_finding_says_where(deposit: Path, edit: Edit, redescribe: Callable[[], None]) -> None:
    edit(STRUCTURE, "<journalstatus>Arkivert<", "<journalstatus>Journalført<")
    redescribe()
    (finding,) = check(deposit, None)
    assert (finding.rule, finding.file, finding.location) == (
        "N5.22",
        STRUCTURE,
        f"registrering {identity('incoming')}",
    )
