"""What makes the pages an app on a phone: the manifest, the service worker, and the page for when there is no net.

They are the same for everybody who comes to a municipality, so that a browser may keep them; nobody's page is.
"""

import json
from hashlib import sha256
from pathlib import PurePosixPath

from flask import Blueprint, Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from citizen_portal.auth.guards import public
from citizen_portal.i18n import current_locale, use_language
from citizen_portal.templating import BUILT_FILES, asset

bp = Blueprint("installed", __name__)

_KEPT = ("main.css", "main.js", "icon-192.png")
"""The built files without which the page without a net would not look like ours."""


@bp.get("/app.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """What a phone calls the app, and how it looks there (W3C Web Application Manifest)."""
    of = g.municipality.name
    content = {
        "id": "/min-side",
        "name": f"{gettext('My page')}, {of}",
        "short_name": of.removesuffix(" kommune"),
        "lang": str(current_locale()),
        "start_url": "/min-side",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": [
            {"src": asset(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for size in (192, 512)
            for purpose in ("any", "maskable")
        ],
    }
    return Response(json.dumps(content, ensure_ascii=False), mimetype="application/manifest+json")


@bp.get("/service-worker.js")
@public
def service_worker() -> ResponseReturnValue:
    """The service worker, for the whole site, with the names of what it keeps and the language that was asked for."""
    _use_asked_language()
    offline = url_for(".offline", sprak=str(current_locale()))
    kept = [asset(name) for name in _KEPT]
    source = (BUILT_FILES / PurePosixPath(asset("service-worker.js")).name).read_text("utf-8")
    version = sha256("\n".join([source, *kept, offline]).encode()).hexdigest()[:12]
    shell = {"version": version, "assets": kept, "offline": offline, "icon": asset("icon-192.png")}
    response = Response(f"self.shell = {json.dumps(shell)};\n{source}", mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"  # browsers ask each time whether there is a newer one
    return response


@bp.get("/uten-nett")
@public
def offline() -> ResponseReturnValue:
    """The page that stands in for every page when there is no net. It knows nobody."""
    _use_asked_language()
    return render_template("installed/offline.html", language=str(current_locale()))


def _use_asked_language() -> None:
    language = request.args.get("sprak", "")
    if language in g.municipality.languages:
        use_language(language)
