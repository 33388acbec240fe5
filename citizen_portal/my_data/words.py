"""The words of the readable copy, in the three languages in which it is written."""

from collections.abc import Mapping
from typing import Final

from citizen_portal.applications.definitions import Text


def _text(nb: str, nn: str, en: str) -> Text:
    return Text(nb=nb, nn=nn, en=en)


TITLE: Final = _text("Opplysninger om deg", "Opplysningar om deg", "Data about you")
YOU: Final = _text("Du", "Du", "You")
NUMBER: Final = _text("Bestilling", "Bestilling", "Order")
MADE: Final = _text("Laget", "Laga", "Made")
NAME: Final = _text("Navn", "Namn", "Name")
BORN: Final = _text("Fødselsdato", "Fødselsdato", "Date of birth")
LANGUAGE: Final = _text("Språk", "Språk", "Language")
EMAIL: Final = _text("E-post", "E-post", "E-mail")
PHONE: Final = _text("Telefon", "Telefon", "Phone")
NATIONAL_ID: Final = _text("Fødselsnummer", "Fødselsnummer", "National identity number")
NOT_REPEATED: Final = _text(
    "Vi har det kryptert, og gjentar det ikke her.",
    "Vi har det kryptert, og gjentek det ikkje her.",
    "We keep it encrypted, and do not repeat it here.",
)
NOT_KNOWN: Final = _text("Ikke kjent", "Ikkje kjent", "Not known")
INTRODUCTION: Final = _text(
    "Her står det vi har om deg på «min side». Alt står også i opplysninger.json, som andre systemer kan lese. "
    "Dokumenter og vedlegg ligger ved siden av, i ZIP-filen.",
    "Her står det vi har om deg på «mi side». Alt står òg i opplysninger.json, som andre system kan lese. "
    "Dokument og vedlegg ligg ved sida av, i ZIP-fila.",
    "Here is what we have about you on “my page”. All of it also stands in opplysninger.json, which other systems can "
    "read. Documents and attachments lie beside it, in the ZIP file.",
)
NONE: Final = _text("Ingenting.", "Ingenting.", "Nothing.")
MORE: Final = _text(
    "Her er de nyeste. {number} eldre står i opplysninger.json.",
    "Her er dei nyaste. {number} eldre står i opplysninger.json.",
    "These are the newest. {number} older ones stand in opplysninger.json.",
)
SINCE: Final = _text("fra {day}", "frå {day}", "from {day}")
UNTIL: Final = _text("til {day}", "til {day}", "until {day}")
ENDED: Final = _text("avsluttet", "avslutta", "ended")
ACTS_FOR_YOU: Final = _text("{name} for deg", "{name} for deg", "{name} for you")
YOU_ACT_FOR: Final = _text("Du for {name}", "Du for {name}", "You for {name}")
ENCLOSED: Final = _text("Vedlegg: {names}", "Vedlegg: {names}", "Attached: {names}")
RIGHT_IS: Final = _text("Riktig er: {text}", "Rett er: {text}", "Right is: {text}")
ANSWER: Final = _text("Svar: {text}", "Svar: {text}", "Answer: {text}")
ASKED_YOU: Final = _text("{name} ba deg skrive under", "{name} bad deg skrive under", "{name} asked you to sign")
YOU_ASKED: Final = _text(
    "{name} ble bedt om å skrive under", "{name} blei beden om å skrive under", "{name} was asked to sign"
)
SIGNED: Final = _text("skrevet under {moment}", "skrive under {moment}", "signed {moment}")
NOT_SIGNED: Final = _text("sagt nei {moment}", "sagt nei {moment}", "refused {moment}")
TAKEN_BACK: Final = _text("trukket tilbake {moment}", "trekt tilbake {moment}", "taken back {moment}")
CAME: Final = _text("noen kom {moment}", "nokon kom {moment}", "somebody came {moment}")
VISITS_STOPPED: Final = _text("ser ikke besøkene", "ser ikkje besøka", "does not see the visits")
QUIET: Final = _text("stille {hours}", "stille {hours}", "quiet {hours}")

PARTS: Final[Mapping[str, Text]] = {
    "representations": _text("Hvem kan gjøre noe for hvem", "Kven kan gjere noko for kven", "Who can act for whom"),
    "applications": _text("Søknader", "Søknader", "Applications"),
    "signatures": _text("Underskrifter", "Underskrifter", "Signatures"),
    "cases": _text("Saker", "Saker", "Cases"),
    "entries": _text("Brev i arkivet", "Brev i arkivet", "Letters in the archive"),
    "messages": _text("Samtaler", "Samtalar", "Conversations"),
    "message_drafts": _text("Meldinger du ikke har sendt", "Meldingar du ikkje har sendt",
                            "Messages you have not sent"),
    "visits": _text("Besøk", "Besøk", "Visits"),
    "visit_sign_offs": _text("Kvitteringer for besøk", "Kvitteringar for besøk", "Sign-offs of visits"),
    "visit_deviations": _text("Besøk som ikke gikk som planlagt", "Besøk som ikkje gjekk som planlagt",
                              "Visits that did not go as planned"),
    "visit_changes": _text("Ønsker om å avlyse eller flytte besøk", "Ønske om å avlyse eller flytte besøk",
                           "Wishes to cancel or move visits"),
    "visitor_names": _text("Du vil se navnet på dem som kommer", "Du vil sjå namnet på dei som kjem",
                           "You want to see the names of those who come"),
    "followings": _text("Besøk du følger", "Besøk du følgjer", "Visits that you follow"),
    "access_log": _text("Hvem har sett", "Kven har sett", "Who has looked"),
    "logins": _text("Innlogginger", "Innloggingar", "Logins"),
    "notices": _text("Varsler til deg", "Varsel til deg", "Notices to you"),
    "browsers": _text("Nettlesere som får varsler", "Nettlesarar som får varsel", "Browsers that take notices"),
    "requests": _text("Det du har bedt oss rette eller sperre", "Det du har bede oss rette eller sperre",
                      "What you asked us to correct or block"),
    "exports": _text("Kopier du har bestilt", "Kopiar du har bestilt", "Copies that you ordered"),
}  # fmt: skip

_STATUSES: Final[Mapping[str, Text]] = {
    "draft": _text("utkast", "utkast", "draft"),
    "received": _text("mottatt", "motteke", "received"),
    "picked_up": _text("tatt til behandling", "teke til behandling", "taken up by a caseworker"),
    "handed_over": _text("gitt videre til en kollega", "gitt vidare til ein kollega", "handed over to a colleague"),
    "in_progress": _text("under behandling", "under behandling", "being processed"),
    "waiting_for_citizen": _text("venter på deg", "ventar på deg", "waiting for you"),
    "task_answered": _text("svar på det vi ba om", "svar på det vi bad om", "answer to what we asked for"),
    "task_withdrawn": _text("trengs ikke lenger", "trengst ikkje lenger", "not needed any more"),
    "preliminary_reply": _text("foreløpig svar", "førebels svar", "preliminary reply"),
    "added": _text("lagt ved", "lagt ved", "added"),
    "waiting_for_others": _text("venter på andre", "ventar på andre", "waiting for others"),
    "granted": _text("innvilget", "innvilga", "granted"),
    "partly_granted": _text("delvis innvilget", "delvis innvilga", "partly granted"),
    "refused": _text("avslått", "avslått", "refused"),
    "withdrawn": _text("trukket", "trekt", "withdrawn"),
    "letter_sent": _text("brev postlagt", "brev postlagt", "letter posted"),
    "appealed": _text("påklaget", "påklaga", "appealed"),
    "appeal_upheld": _text("vedtaket er ikke endret", "vedtaket er ikkje endra", "the decision is not changed"),
    "appeal_forwarded": _text("klagen er sendt videre", "klaga er send vidare", "the appeal is sent on"),
    "appeal_reversed": _text("vedtaket er gjort om", "vedtaket er gjort om", "the decision is changed"),
    "appeal_dismissed": _text("klagen er avvist", "klaga er avvist", "the appeal is dismissed"),
    "appeal_decided": _text("klagen er avgjort", "klaga er avgjord", "the appeal is decided"),
    "closed": _text("avsluttet", "avslutta", "closed"),
    "open": _text("åpen", "open", "open"),
    "incoming": _text("til kommunen", "til kommunen", "to the municipality"),
    "outgoing": _text("fra kommunen", "frå kommunen", "from the municipality"),
    "planned": _text("planlagt", "planlagt", "planned"),
    "on_the_way": _text("på vei", "på veg", "on the way"),
    "arrived": _text("til stede", "til stades", "there now"),
    "done": _text("utført", "utført", "done"),
    "not_home": _text("ikke hjemme", "ikkje heime", "not at home"),
    "cancelled": _text("avlyst", "avlyst", "cancelled"),
    "queued": _text("på vei", "på veg", "on its way"),
    "sent": _text("sendt", "sendt", "sent"),
    "not_sent": _text("ikke sendt", "ikkje sendt", "not sent"),
    "ordered": _text("bestilt", "bestilt", "ordered"),
    "working": _text("blir laget", "blir laga", "being made"),
    "ready": _text("klar", "klar", "ready"),
    "expired": _text("slettet", "sletta", "deleted"),
    "failed": _text("ble ikke laget", "blei ikkje laga", "was not made"),
    "next-of-kin": _text("pårørende", "pårørande", "next of kin"),
    "power-of-attorney": _text("fullmakt", "fullmakt", "power of attorney"),
    "guardianship": _text("vergemål", "verjemål", "guardianship"),
    "parental-responsibility": _text("foreldreansvar", "foreldreansvar", "parental responsibility"),
    "visits": _text("besøk", "besøk", "visits"),
    "health": _text("helse og omsorg", "helse og omsorg", "health and care"),
    "upbringing": _text("oppvekst", "oppvekst", "upbringing"),
    "economy": _text("økonomi", "økonomi", "finances"),
    "other": _text("annet", "anna", "other"),
    "correction": _text("retting", "retting", "correction"),
    "restriction": _text("sperring", "sperring", "blocking"),
    "deletion": _text("sletting", "sletting", "deletion"),
    "no_answer": _text("ingen svarte", "ingen svara", "nobody answered"),
    "away": _text("bortreist eller ute", "bortreist eller ute", "away"),
    "late": _text("ikke kvittert i tide", "ikkje kvittert i tide", "not signed off in time"),
    "missing": _text("mangler", "manglar", "missing"),
    "cancelled_by_service": _text("avlyst av tjenesten", "avlyst av tenesta", "cancelled by the service"),
    "merged": _text("meldt av to systemer", "meldt av to system", "reported by two systems"),
    "signed_off": _text("kvittert", "kvittert", "signed off"),
    "corrected": _text("rettet", "retta", "corrected"),
    "handled": _text("fulgt opp av enheten", "følgt opp av eininga", "followed up by the unit"),
    "superseded": _text("avløst av et annet avvik", "avløyst av eit anna avvik", "superseded by another deviation"),
    "cancel": _text("avlyse", "avlyse", "cancel"),
    "move": _text("flytte", "flytte", "move"),
    "asked": _text("ikke besvart ennå", "ikkje svara på enno", "not answered yet"),
    "confirmed": _text("bekreftet", "stadfesta", "confirmed"),
    "declined": _text("sa nei", "sa nei", "said no"),
    "nothing": _text("aldri", "aldri", "never"),
    "deviations": _text(
        "bare når noe ikke er som planlagt",
        "berre når noko ikkje er som planlagt",
        "only when something is not as planned",
    ),
    "each_visit": _text("etter hvert besøk", "etter kvart besøk", "after each visit"),
    "summary": _text("morgen og kveld", "morgon og kveld", "in the morning and in the evening"),
}

_EVENTS: Final[Mapping[str, Text]] = {
    "logged-in": _text("Logget inn", "Logga inn", "Logged in"),
    "logged-out": _text("Logget ut", "Logga ut", "Logged out"),
    "application-started": _text("Begynte på en søknad", "Byrja på ein søknad", "Started an application"),
    "application-submitted": _text("Sendte en søknad", "Sende ein søknad", "Sent an application"),
    "application-read": _text("Leste saken", "Las saka", "Read the case"),
    "application-assigned": _text("Fikk saken", "Fekk saka", "Was given the case"),
    "application-status-changed": _text("Endret status i saken", "Endra status i saka", "Changed the case's status"),
    "thread-read": _text("Leste en samtale", "Las ein samtale", "Read a conversation"),
    "message-sent": _text("Sendte en melding", "Sende ei melding", "Sent a message"),
    "document-read": _text("Åpnet et dokument", "Opna eit dokument", "Opened a document"),
    "visits-pushed": _text("Meldte inn besøk", "Melde inn besøk", "Reported visits"),
    "visits-read": _text("Så på besøk", "Såg på besøk", "Looked at visits"),
    "case-file-opened": _text("Opprettet en sak i arkivet", "Oppretta ei sak i arkivet", "Opened a case file"),
    "case-file-closed": _text("Avsluttet en sak i arkivet", "Avslutta ei sak i arkivet", "Closed a case file"),
    "entry-registered": _text("Journalførte et brev", "Journalførte eit brev", "Registered a letter"),
    "decision-for-approval": _text("Sendte et vedtak til godkjenning", "Sende eit vedtak til godkjenning",
                                   "Sent a decision to approval"),
    "decision-approved": _text("Godkjente et vedtak", "Godkjende eit vedtak", "Approved a decision"),
    "decision-returned": _text("Sendte et vedtak tilbake", "Sende eit vedtak tilbake", "Sent a decision back"),
    "decision-sent": _text("Sendte et vedtak", "Sende eit vedtak", "Sent a decision"),
    "letter-opened": _text("Åpnet et brev fra kommunen", "Opna eit brev frå kommunen", "Opened a letter from us"),
    "letter-posted": _text("La et brev i posten", "La eit brev i posten", "Posted a letter"),
    "appeal-sent": _text("Sendte en klage", "Sende ei klage", "Sent an appeal"),
    "appeal-withdrawn": _text("Trakk en klage", "Trekte ei klage", "Withdrew an appeal"),
    "appeal-forwarded": _text("Sendte en klage videre", "Sende ei klage vidare", "Sent an appeal on"),
    "appeal-decided": _text("Registrerte svaret på en klage", "Registrerte svaret på ei klage",
                            "Registered the answer to an appeal"),
    "entry-corrected": _text("Rettet i journalen", "Retta i journalen", "Corrected the records"),
    "entry-read": _text("Leste et brev i arkivet", "Las eit brev i arkivet", "Read a letter in the archive"),
    "representation-registered": _text("Registrerte hvem som kan gjøre noe for hvem",
                                       "Registrerte kven som kan gjere noko for kven", "Registered who acts for whom"),
    "representation-refused": _text("Prøvde å gi en fullmakt", "Prøvde å gi ei fullmakt",
                                    "Tried to give a power of attorney"),
    "representation-ended": _text("Avsluttet hvem som kan gjøre noe for hvem",
                                  "Avslutta kven som kan gjere noko for kven", "Ended who acts for whom"),
    "person-chosen": _text("Valgte hvem det gjelder", "Valde kven det gjeld", "Chose whom it is about"),
    "person-searched": _text("Fant deg i et søk", "Fann deg i eit søk", "Found you in a search"),
    "person-read": _text("Så listen over sakene dine", "Såg lista over sakene dine", "Saw the list of your cases"),
    "access-opened": _text("Åpnet tilgang til sakene dine", "Opna tilgang til sakene dine",
                           "Opened access to your cases"),
    "access-ended": _text("Avsluttet tilgangen til sakene dine", "Avslutta tilgangen til sakene dine",
                          "Ended access to your cases"),
    "overview-read": _text("Så listen over søknadene og samtalene dine",
                           "Såg lista over søknadene og samtalane dine",
                           "Saw the list of your applications and conversations"),
    "visits-received": _text("Sendte nytt om besøk", "Sende nytt om besøk", "Sent news about visits"),
    "access-log-read": _text("Så på hvem som har sett", "Såg på kven som har sett", "Looked at who has looked"),
    "access-questioned": _text("Spurte om en lesing", "Spurde om ei lesing", "Asked about a reading"),
    "access-answered": _text("Svarte på spørsmål om en lesing", "Svarte på spørsmål om ei lesing",
                             "Answered a question about a reading"),
    "access-reviewed": _text("Undersøkte en lesing", "Undersøkte ei lesing", "Looked into a reading"),
    "my-data-ordered": _text("Bestilte en kopi", "Bestilte ein kopi", "Ordered a copy"),
    "my-data-downloaded": _text("Lastet ned en kopi", "Lasta ned ein kopi", "Downloaded a copy"),
    "data-request-sent": _text("Ba om retting eller sperring", "Bad om retting eller sperring",
                               "Asked for a correction or blocking"),
    "data-request-read": _text("Leste det du ba om", "Las det du bad om", "Read what you asked for"),
    "data-request-answered": _text("Svarte på det du ba om", "Svarte på det du bad om", "Answered what you asked for"),
    "task-given": _text("Ba deg om noe", "Bad deg om noko", "Asked you for something"),
    "task-changed": _text("Endret det du er bedt om", "Endra det du er beden om", "Changed what you are asked for"),
    "task-answered": _text("Svarte på det vi ba om", "Svarte på det vi bad om", "Answered what we asked for"),
    "application-added-to": _text("La noe ved saken", "La noko ved saka", "Added to the case"),
    "preliminary-reply-changed": _text("Skrev på et foreløpig svar", "Skreiv på eit førebels svar",
                                       "Wrote on a preliminary reply"),
    "preliminary-reply-sent": _text("Sendte et foreløpig svar", "Sende eit førebels svar", "Sent a preliminary reply"),
    "application-escalated": _text("Meldte fra om at det haster", "Melde frå om at det hastar",
                                   "Told that it is urgent"),
    "file-added": _text("La ved en fil", "La ved ei fil", "Added a file"),
    "file-stopped": _text("Stoppet en fil med virus", "Stoppa ei fil med virus", "Stopped a file that held a virus"),
    "file-removed": _text("Fjernet en fil", "Fjerna ei fil", "Removed a file"),
    "signature-asked": _text("Ba om underskrift på en søknad", "Bad om underskrift på ein søknad",
                             "Asked for a signature on an application"),
    "signature-withdrawn": _text("Trakk en forespørsel om underskrift", "Trekte ein førespurnad om underskrift",
                                 "Took back a request for a signature"),
    "signature-refused": _text("Ville ikke skrive under på en søknad", "Ville ikkje skrive under på ein søknad",
                               "Did not want to sign an application"),
    "application-signed": _text("Skrev under på en søknad", "Skreiv under på ein søknad", "Signed an application"),
    "draft-warned": _text("Varslet om at et utkast slettes", "Varsla om at eit utkast blir sletta",
                          "Told that a draft will be deleted"),
    "draft-deleted": _text("Slettet et utkast", "Sletta eit utkast", "Deleted a draft"),
    "application-registered": _text("Registrerte en søknad for deg", "Registrerte ein søknad for deg",
                                    "Registered an application for you"),
    "visitor-names-chosen": _text("Valgte om navnet på den som kommer skal vises",
                                  "Valde om namnet på den som kjem skal visast",
                                  "Chose whether the names of visitors are shown"),
    "visit-signed-off": _text("Kvitterte et besøk", "Kvitterte eit besøk", "Signed off a visit"),
    "visit-sign-off-undone": _text("Angret kvitteringen av et besøk", "Angra kvitteringa av eit besøk",
                                   "Took back the sign-off of a visit"),
    "visit-change-asked": _text("Ba om å avlyse eller flytte et besøk", "Bad om å avlyse eller flytte eit besøk",
                                "Asked to cancel or move a visit"),
    "visit-change-withdrawn": _text("Tok tilbake et ønske om et besøk", "Tok tilbake eit ønske om eit besøk",
                                    "Took back a wish about a visit"),
    "visit-change-answered": _text("Svarte på et ønske om et besøk", "Svara på eit ønske om eit besøk",
                                   "Answered a wish about a visit"),
    "deviation-opened": _text("Fant at et besøk ikke gikk som planlagt", "Fann at eit besøk ikkje gjekk som planlagt",
                              "Found that a visit did not go as planned"),
    "deviation-closed": _text("Fant at et besøk kom i orden", "Fann at eit besøk kom i orden",
                              "Found that a visit came right"),
    "deviation-handled": _text("Fulgte opp et besøk som ikke gikk som planlagt",
                               "Følgde opp eit besøk som ikkje gjekk som planlagt",
                               "Followed up a visit that did not go as planned"),
    "following-chosen": _text("Valgte hva som skal varsles om besøkene dine",
                              "Valde kva som skal varslast om besøka dine", "Chose what to be told of your visits"),
    "follower-stopped": _text("Stoppet noen som fulgte besøkene", "Stoppa nokon som følgde besøka",
                              "Stopped somebody who followed the visits"),
    "follower-allowed": _text("Lot noen følge besøkene igjen", "Lét nokon følgje besøka igjen",
                              "Let somebody follow the visits again"),
    "round-reordered": _text("Endret rekkefølgen på besøkene", "Endra rekkjefølgja på besøka",
                             "Changed the order of the visits"),
}  # fmt: skip
_SOMETHING_ELSE: Final = _text("Brukte opplysninger om deg", "Brukte opplysningar om deg", "Used data about you")

_PURPOSES: Final[Mapping[str, Text]] = {
    "case-handling": _text("for å behandle en sak", "for å behandle ei sak", "to handle a case"),
    "care": _text("for å gi hjelp", "for å gi hjelp", "to give care"),
    "record-keeping": _text("for arkivet", "for arkivet", "for the archive"),
    "access-request": _text("for å svare på krav om innsyn", "for å svare på krav om innsyn", "for an access request"),
    "supervision": _text("for å kontrollere", "for å kontrollere", "for supervision"),
    "technical-fault": _text("for å rette en feil", "for å rette ein feil", "to mend a fault"),
    "emergency": _text("fordi det hastet", "fordi det hasta", "in an emergency"),
}


def status(key: str, language: str) -> str:
    """How something stands, what it is called or what it covers; the key itself when we have no word for it."""
    return _STATUSES[key].in_language(language) if key in _STATUSES else key


def knows_event(tag: str) -> bool:
    """Whether we have a word for what somebody did: what we have none for is not named in any copy."""
    return tag in _EVENTS


def event(tag: str, language: str) -> str:
    """What somebody did."""
    return _EVENTS.get(tag, _SOMETHING_ELSE).in_language(language)


def purpose(key: str, language: str) -> str:
    """Why somebody looked."""
    return _PURPOSES[key].in_language(language) if key in _PURPOSES else key
