"""Documents for the record: one file that is both PDF/A-2a (archive) and PDF/UA-1 (readable by everyone).

Made by typst, in this process, without system fonts. What people typed goes to the template as data, never as source.
The same document gives the same bytes, on any machine with the same version of typst.
"""

from citizen_portal.documents.letter import Document, Field, Section, render
from citizen_portal.documents.rendition import Rendition, archive_rendition
from citizen_portal.documents.typesetting import FORMAT_DETAILS, Language

__all__ = ["FORMAT_DETAILS", "Document", "Field", "Language", "Rendition", "Section", "archive_rendition", "render"]
