"""Noark 5's own names, as they stand in a deposit. The only module where they occur (design §7).

Sources: Noark 5 standard v5.5 (metadata catalogue M001–M799, chapter 6.4), the official schemas N5/v5.0, and the
template for `arkivuttrekk.xml` in ADDML 8.3. A deposit carries the values' names, never their letters.
"""

from typing import Final

from citizen_portal.journal.terms import (
    AccessRestriction,
    CaseStatus,
    DocumentRole,
    EntryStatus,
    EntryType,
    PartyType,
    ScreenedDocument,
    ScreenedMetadata,
    SeriesStatus,
    SignOffMethod,
    Variant,
)

# Files of a deposit
ADDML_FILE: Final = "arkivuttrekk.xml"
STRUCTURE_FILE: Final = "arkivstruktur.xml"
CHANGE_LOG_FILE: Final = "endringslogg.xml"
RUNNING_JOURNAL_FILE: Final = "loependeJournal.xml"
PUBLIC_JOURNAL_FILE: Final = "offentligJournal.xml"
CONTENT_FILES: Final = (STRUCTURE_FILE, CHANGE_LOG_FILE, RUNNING_JOURNAL_FILE, PUBLIC_JOURNAL_FILE)
ADDML_SCHEMA: Final = "addml.xsd"
STRUCTURE_SCHEMA: Final = "arkivstruktur.xsd"
CHANGE_LOG_SCHEMA: Final = "endringslogg.xsd"
RUNNING_JOURNAL_SCHEMA: Final = "loependeJournal.xsd"
PUBLIC_JOURNAL_SCHEMA: Final = "offentligJournal.xsd"
CATALOGUE_SCHEMA: Final = "metadatakatalog.xsd"
SCHEMA_OF: Final = {
    STRUCTURE_FILE: STRUCTURE_SCHEMA,
    CHANGE_LOG_FILE: CHANGE_LOG_SCHEMA,
    RUNNING_JOURNAL_FILE: RUNNING_JOURNAL_SCHEMA,
    PUBLIC_JOURNAL_FILE: PUBLIC_JOURNAL_SCHEMA,
    ADDML_FILE: ADDML_SCHEMA,
}
DOCUMENTS_FOLDER: Final = "dokumenter"
DOCUMENTS_FOLDERS: Final = ("dokumenter", "DOKUMENTER", "dokument", "DOKUMENT")

# Namespaces
STRUCTURE_NS: Final = "http://www.arkivverket.no/standarder/noark5/arkivstruktur"
CHANGE_LOG_NS: Final = "http://www.arkivverket.no/standarder/noark5/endringslogg"
RUNNING_JOURNAL_NS: Final = "http://www.arkivverket.no/standarder/noark5/loependeJournal"
PUBLIC_JOURNAL_NS: Final = "http://www.arkivverket.no/standarder/noark5/offentligJournal"
ADDML_NS: Final = "http://www.arkivverket.no/standarder/addml"
XSI_NS: Final = "http://www.w3.org/2001/XMLSchema-instance"

# Levels
FONDS: Final = "arkiv"
CREATOR: Final = "arkivskaper"
SERIES: Final = "arkivdel"
CLASSIFICATION_SYSTEM: Final = "klassifikasjonssystem"
CLASS: Final = "klasse"
FOLDER: Final = "mappe"
RECORD: Final = "registrering"
DOCUMENT_DESCRIPTION: Final = "dokumentbeskrivelse"
DOCUMENT_OBJECT: Final = "dokumentobjekt"
CASE_FILE: Final = "saksmappe"
REGISTRY_ENTRY: Final = "journalpost"
FOLDER_TYPES: Final = (CASE_FILE, "moetemappe")
RECORD_TYPES: Final = (REGISTRY_ENTRY, "arkivnotat", "moeteregistrering")

# Groups inside the levels
PARTY: Final = "korrespondansepart"
SIGN_OFF: Final = "avskrivning"
SCREENING: Final = "skjerming"
CONVERSION: Final = "konvertering"
DISPOSAL: Final = "kassasjon"
EXECUTED_DISPOSAL: Final = "utfoertKassasjon"
BUSINESS_METADATA: Final = "virksomhetsspesifikkeMetadata"
CHANGE_LOG: Final = "endringslogg"
CHANGE: Final = "endring"
RUNNING_JOURNAL: Final = "loependeJournal"
PUBLIC_JOURNAL: Final = "offentligJournal"
JOURNAL_HEAD: Final = "journalhode"
JOURNAL_LINE: Final = "journalregistrering"

# Metadata
SYSTEM_ID: Final = "systemID"
TITLE: Final = "tittel"
PUBLIC_TITLE: Final = "offentligTittel"
DESCRIPTION: Final = "beskrivelse"
FONDS_STATUS: Final = "arkivstatus"
SERIES_STATUS: Final = "arkivdelstatus"
CASE_STATUS: Final = "saksstatus"
ENTRY_STATUS: Final = "journalstatus"
DOCUMENT_STATUS: Final = "dokumentstatus"
MEDIUM: Final = "dokumentmedium"
CREATED_AT: Final = "opprettetDato"
CREATED_BY: Final = "opprettetAv"
CLOSED_AT: Final = "avsluttetDato"
CLOSED_BY: Final = "avsluttetAv"
ARCHIVED_AT: Final = "arkivertDato"
ARCHIVED_BY: Final = "arkivertAv"
CREATOR_ID: Final = "arkivskaperID"
CREATOR_NAME: Final = "arkivskaperNavn"
PERIOD_START: Final = "arkivperiodeStartDato"
PERIOD_END: Final = "arkivperiodeSluttDato"
CLASSIFICATION_KIND: Final = "klassifikasjonstype"
CLASS_ID: Final = "klasseID"
FOLDER_ID: Final = "mappeID"
RECORD_ID: Final = "registreringsID"
CASE_YEAR: Final = "saksaar"
CASE_NUMBER: Final = "sakssekvensnummer"
CASE_DATE: Final = "saksdato"
UNIT: Final = "administrativEnhet"
RESPONSIBLE: Final = "saksansvarlig"
CASEWORKER: Final = "saksbehandler"
JOURNAL_UNIT: Final = "journalenhet"
JOURNAL_YEAR: Final = "journalaar"
JOURNAL_NUMBER: Final = "journalsekvensnummer"
ENTRY_NUMBER: Final = "journalpostnummer"
ENTRY_TYPE: Final = "journalposttype"
JOURNAL_DATE: Final = "journaldato"
DOCUMENT_DATE: Final = "dokumentetsDato"
RECEIVED_AT: Final = "mottattDato"
SENT_AT: Final = "sendtDato"
ASSESSED_DATE: Final = "offentlighetsvurdertDato"
ATTACHMENT_COUNT: Final = "antallVedlegg"
PARTY_TYPE: Final = "korrespondanseparttype"
PARTY_NAME: Final = "korrespondansepartNavn"
SIGN_OFF_DATE: Final = "avskrivningsdato"
SIGNED_OFF_BY: Final = "avskrevetAv"
SIGN_OFF_METHOD: Final = "avskrivningsmaate"
SIGN_OFF_ANSWER: Final = "referanseAvskrivesAvJournalpost"
DOCUMENT_TYPE: Final = "dokumenttype"
DOCUMENT_ROLE: Final = "tilknyttetRegistreringSom"
DOCUMENT_NUMBER: Final = "dokumentnummer"
LINKED_AT: Final = "tilknyttetDato"
LINKED_BY: Final = "tilknyttetAv"
VERSION: Final = "versjonsnummer"
VARIANT: Final = "variantformat"
FORMAT: Final = "format"
FORMAT_DETAILS: Final = "formatDetaljer"
FILE_REFERENCE: Final = "referanseDokumentfil"
CHECKSUM: Final = "sjekksum"
CHECKSUM_ALGORITHM: Final = "sjekksumAlgoritme"
FILE_SIZE: Final = "filstoerrelse"
CONVERTED_AT: Final = "konvertertDato"
CONVERTED_BY: Final = "konvertertAv"
CONVERTED_FROM: Final = "konvertertFraFormat"
CONVERTED_TO: Final = "konvertertTilFormat"
CONVERSION_TOOL: Final = "konverteringsverktoey"
CONVERSION_COMMENT: Final = "konverteringskommentar"
RESTRICTION: Final = "tilgangsrestriksjon"
AUTHORITY: Final = "skjermingshjemmel"
SCREENED_METADATA: Final = "skjermingMetadata"
SCREENED_DOCUMENT: Final = "skjermingDokument"
SERIES_REFERENCE: Final = "referanseArkivdel"
CLASS_REFERENCE: Final = "referanseSekundaerKlassifikasjon"
CHANGED_OBJECT: Final = "referanseArkivenhet"
CHANGED_FIELD: Final = "referanseMetadata"
CHANGED_AT: Final = "endretDato"
CHANGED_BY: Final = "endretAv"
OLD_VALUE: Final = "tidligereVerdi"
NEW_VALUE: Final = "nyVerdi"
JOURNAL_START: Final = "journalStartDato"
JOURNAL_END: Final = "journalSluttDato"
JOURNAL_COUNT: Final = "antallJournalposter"

INSTANTS: Final = frozenset(
    {
        *(CREATED_AT, CLOSED_AT, ARCHIVED_AT, RECEIVED_AT, SENT_AT, LINKED_AT, CONVERTED_AT, CHANGED_AT),
        *("merknadsdato", "slettetDato", "graderingsdato", "nedgraderingsdato", "presedensGodkjentDato"),
        *("kassertDato", "flytMottattDato", "flytSendtDato"),
    }
)
"""Metadata of type xs:dateTime. Depots want local time without zone."""
DATES: Final = frozenset(
    {
        *(CASE_DATE, JOURNAL_DATE, DOCUMENT_DATE, PERIOD_START, PERIOD_END, ASSESSED_DATE, SIGN_OFF_DATE),
        *(JOURNAL_START, JOURNAL_END, "moetedato", "utlaantDato", "forfallsdato", "presedensDato"),
        *("kassasjonsdato", "skjermingOpphoererDato", "verifisertDato"),
    }
)
"""Metadata of type xs:date."""
REFERENCES: Final = frozenset(
    {
        *(
            SERIES_REFERENCE,
            CLASS_REFERENCE,
            SIGN_OFF_ANSWER,
            CHANGED_OBJECT,
            "referanseForloeper",
            "referanseArvtaker",
        ),
        *("referanseTilKlasse", "referanseTilMappe", "referanseTilRegistrering", "referanseForrigeMoete"),
        *("referanseNesteMoete", "referanseTilMoeteregistrering", "referanseFraMoeteregistrering"),
    }
)
"""Metadata that hold another object's systemID."""
IN_OTHER_EXTRACTS: Final = frozenset({"referanseForloeper", "referanseArvtaker"})
"""References whose target lies in an earlier or later deposit."""
ADDED_2023: Final = frozenset(
    {
        *(FOLDER_ID, UNIT, RESPONSIBLE, CASEWORKER, SERIES_REFERENCE, RECORD_ID, ATTACHMENT_COUNT, ASSESSED_DATE),
        JOURNAL_UNIT,
    }
)
"""Elements that version 5.5 added to the two journals; depots that hold the schemas of 2019 stop on them."""
SCREENING_ON_CASE_2023: Final = frozenset({RESTRICTION, AUTHORITY})
"""The same, where they stand in the public journal's case file."""

# Values
FONDS_CLOSED: Final = "Avsluttet"
SERIES_STATUSES: Final = {
    SeriesStatus.ACTIVE: "Aktiv periode",
    SeriesStatus.OVERLAPPING: "Overlappingsperiode",
    SeriesStatus.CLOSED: "Avsluttet periode",
}
CASE_STATUSES: Final = {
    CaseStatus.OPEN: "Under behandling",
    CaseStatus.CLOSED: "Avsluttet",
    CaseStatus.CANCELLED: "Utgår",
}
ENTRY_STATUSES: Final = {
    EntryStatus.JOURNALED: "Journalført",
    EntryStatus.DISPATCHED: "Ekspedert",
    EntryStatus.ARCHIVED: "Arkivert",
    EntryStatus.CANCELLED: "Utgår",
}
ENTRY_TYPES: Final = {
    EntryType.INCOMING: "Inngående dokument",
    EntryType.OUTGOING: "Utgående dokument",
    EntryType.INTERNAL_FOR_FOLLOW_UP: "Organinternt dokument for oppfølging",
    EntryType.INTERNAL: "Organinternt dokument uten oppfølging",
    EntryType.CASE_PRESENTATION: "Saksframlegg",
}
PARTY_TYPES: Final = {
    PartyType.SENDER: "Avsender",
    PartyType.RECIPIENT: "Mottaker",
    PartyType.COPY_RECIPIENT: "Kopimottaker",
    PartyType.INTERNAL_SENDER: "Intern avsender",
    PartyType.INTERNAL_RECIPIENT: "Intern mottaker",
}
OTHER_PARTY_TYPES: Final = ("Gruppemottaker",)
DOCUMENT_FINISHED: Final = "Dokumentet er ferdigstilt"
DOCUMENT_ROLES: Final = {DocumentRole.MAIN: "Hoveddokument", DocumentRole.ATTACHMENT: "Vedlegg"}
VARIANTS: Final = {
    Variant.PRODUCTION: "Produksjonsformat",
    Variant.ARCHIVE: "Arkivformat",
    Variant.REDACTED: "Dokument hvor deler av innholdet er skjermet",
}
ELECTRONIC: Final = "Elektronisk arkiv"
MEDIA: Final = (ELECTRONIC, "Fysisk arkiv", "Blandet fysisk og elektronisk arkiv")
SIGN_OFF_METHODS: Final = {
    SignOffMethod.ANSWERED_BY_LETTER: "Besvart med brev",
    SignOffMethod.ANSWERED_BY_EMAIL: "Besvart med e-post",
    SignOffMethod.ANSWERED_BY_PHONE: "Besvart på telefon",
    SignOffMethod.NOTED: "Tatt til etterretning",
    SignOffMethod.FOR_INFORMATION: "Tatt til orientering",
}
RESTRICTIONS: Final = {
    AccessRestriction.EXEMPT: "Unntatt offentlighet",
    AccessRestriction.PERSONNEL: "Personalsaker",
    AccessRestriction.CLIENT: "Klientsaker",
}
SCREENED_PARTS: Final = {
    ScreenedMetadata.CASE_TITLE_WORDS: "Skjerming tittel mappe - utvalgte ord",
    ScreenedMetadata.CASE_TITLE: "Skjerming tittel mappe - unntatt første linje",
    ScreenedMetadata.ENTRY_TITLE_WORDS: "Skjerming tittel registrering - utvalgte ord",
    ScreenedMetadata.ENTRY_TITLE: "Skjerming tittel registrering - unntatt første linje",
    ScreenedMetadata.SENDER_NAME: "Skjerming navn avsender",
    ScreenedMetadata.RECIPIENT_NAME: "Skjerming navn mottaker",
    ScreenedMetadata.DOCUMENT_TITLE: "Skjerming tittel dokumentbeskrivelse",
    ScreenedMetadata.TEMPORARY: "Midlertidig skjerming",
}
OTHER_SCREENED_PARTS: Final = (
    "Skjerming klasseID",
    "Skjerming tittel klasse",
    "Skjerming navn part i sak",
    "Skjerming merknadstekst",
)
SCREENED_DOCUMENTS: Final = {
    ScreenedDocument.WHOLE: "Skjerming av hele dokumentet",
    ScreenedDocument.PARTLY: "Skjerming av deler av dokumentet",
}
SHA256: Final = "SHA-256"
NO_VALUE: Final = "(ingen verdi)"
"""What the change log says where nothing stood: its elements may not be empty."""

VALUES: Final[dict[str, frozenset[str]]] = {
    FONDS_STATUS: frozenset({"Opprettet", FONDS_CLOSED}),
    SERIES_STATUS: frozenset({*SERIES_STATUSES.values(), "Uaktuelle mapper"}),
    CASE_STATUS: frozenset(CASE_STATUSES.values()),
    ENTRY_STATUS: frozenset(ENTRY_STATUSES.values()),
    ENTRY_TYPE: frozenset(ENTRY_TYPES.values()),
    PARTY_TYPE: frozenset({*PARTY_TYPES.values(), *OTHER_PARTY_TYPES}),
    DOCUMENT_ROLE: frozenset(DOCUMENT_ROLES.values()),
    VARIANT: frozenset(VARIANTS.values()),
    MEDIUM: frozenset(MEDIA),
    SIGN_OFF_METHOD: frozenset(SIGN_OFF_METHODS.values()),
    SCREENED_METADATA: frozenset({*SCREENED_PARTS.values(), *OTHER_SCREENED_PARTS}),
    SCREENED_DOCUMENT: frozenset(SCREENED_DOCUMENTS.values()),
    CHECKSUM_ALGORITHM: frozenset({SHA256, "SHA256"}),
}
"""The values that the standard fixes; the schemas take any text."""
FINAL_VALUES: Final[dict[str, tuple[str, ...]]] = {
    SERIES_STATUS: (SERIES_STATUSES[SeriesStatus.CLOSED],),
    CASE_STATUS: (CASE_STATUSES[CaseStatus.CLOSED], CASE_STATUSES[CaseStatus.CANCELLED]),
    ENTRY_STATUS: (ENTRY_STATUSES[EntryStatus.ARCHIVED], ENTRY_STATUSES[EntryStatus.CANCELLED]),
    DOCUMENT_STATUS: (DOCUMENT_FINISHED,),
}
"""The values that are required when a deposit is made."""

LOGGED_AS: Final[dict[tuple[str, str], str]] = {
    ("case_file", "status"): CASE_STATUS,
    ("case_file", "responsible_name"): RESPONSIBLE,
    ("registry_entry", "status"): ENTRY_STATUS,
    ("registry_entry", "document_date"): DOCUMENT_DATE,
    ("registry_entry", "received_at"): RECEIVED_AT,
    ("registry_entry", "sent_at"): SENT_AT,
    ("correspondence_party", "name"): PARTY_NAME,
    **{
        (table, field): name
        for table in ("case_file", "registry_entry")
        for field, name in {
            "title": TITLE,
            "public_title": PUBLIC_TITLE,
            "access_restriction": RESTRICTION,
            "screening_authority": AUTHORITY,
            "screening_metadata": SCREENED_METADATA,
            "screening_document": SCREENED_DOCUMENT,
        }.items()
    },
}
"""Our change log's (table, column) as Noark metadata."""
LOGGED_VALUES: Final[dict[str, dict[str, str]]] = {
    CASE_STATUS: {str(key): value for key, value in CASE_STATUSES.items()},
    ENTRY_STATUS: {str(key): value for key, value in ENTRY_STATUSES.items()},
    RESTRICTION: {str(key): value for key, value in RESTRICTIONS.items()},
    SCREENED_METADATA: {str(key): value for key, value in SCREENED_PARTS.items()},
    SCREENED_DOCUMENT: {str(key): value for key, value in SCREENED_DOCUMENTS.items()},
}
"""Our terms in the change log as Noark values."""

# ADDML: property names of `arkivuttrekk.xml`, read by position
EXTRACT: Final = "Noark 5-arkivuttrekk"
PERIOD: Final = "periode"
INCOMING_BOUNDARY: Final = "inngaaendeSkille"
OUTGOING_BOUNDARY: Final = "utgaaendeSkille"
SHARP: Final = "skarpt"
SOFT: Final = "mykt"
HAS_SCREENING: Final = "inneholderSkjermetInformasjon"
HAS_EXECUTED_DISPOSAL: Final = "omfatterDokumenterSomErKassert"
HAS_DISPOSAL: Final = "inneholderDokumenterSomSkalKasseres"
HAS_BUSINESS_METADATA: Final = "inneholderVirksomhetsspesifikkeMetadata"
DOCUMENT_FILE_COUNT: Final = "antallDokumentfiler"
SYSTEM_TYPE: Final = "Sakarkiv (Noark-5)"
COUNTED: Final = {
    STRUCTURE_FILE: (FOLDER, RECORD),
    CHANGE_LOG_FILE: (CHANGE,),
    RUNNING_JOURNAL_FILE: (JOURNAL_LINE,),
    PUBLIC_JOURNAL_FILE: (JOURNAL_LINE,),
}
"""Which elements of each file are counted in ADDML, in the template's order."""


def local(tag: object) -> str:
    """The name without its namespace; empty for comments and processing instructions."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
