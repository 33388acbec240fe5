"""What tests of protected addresses share."""

import re

from citizen_portal import db
from citizen_portal.identity.models import Person, Protection

GRADES = [Protection.CONFIDENTIAL, Protection.STRICTLY_CONFIDENTIAL, Protection.UNKNOWN]


def protect(person: Person, protection: Protection = Protection.CONFIDENTIAL) -> None:
    """Let the population register say that the person's address is protected."""
    with db.as_municipality(person.municipality_id), db.transaction() as session:
        session.get_one(Person, (person.municipality_id, person.id)).protection = protection


def shape(html: str, *people: Person) -> str:
    """The page without what differs between any two people and any two moments: names, ids, tokens, times."""
    for person in people:
        for word in (person.name, person.name.split()[0]):
            html = html.replace(word, "NAME")
    html = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", html)
    html = re.sub(r'nonce="[^"]*"|name="csrf_token" value="[^"]*"', "TOKEN", html)
    html = re.sub(r'data-(idle|absolute)="\d+"', "SECONDS LEFT", html)
    html = re.sub(r"\d\d\.\d\d\.\d{4}", "DATE", html)
    return re.sub(r"\d\d:\d\d(:\d\d(\.\d+)?)?", "TIME", html)
