"""The application: one call per concern, nothing else."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from citizen_portal import db, i18n, security, storage, templating, web_errors
from citizen_portal.access import staff_views as access
from citizen_portal.access_log import staff_views as access_report
from citizen_portal.access_log import views as access_log
from citizen_portal.applications import views as applications
from citizen_portal.applications.additions import views as additions
from citizen_portal.applications.appeals import staff_views as appeals_staff
from citizen_portal.applications.appeals import views as appeals
from citizen_portal.applications.catalogue import views as catalogue
from citizen_portal.applications.decisions import staff_views as decisions_staff
from citizen_portal.applications.decisions import views as decisions
from citizen_portal.applications.drafts import ending as _ending  # noqa: F401  declares its job
from citizen_portal.applications.editor import staff_views as form_editor
from citizen_portal.applications.files import staff_views as application_files_staff
from citizen_portal.applications.files import views as application_files
from citizen_portal.applications.preliminary import staff_views as preliminary_staff
from citizen_portal.applications.registration import staff_views as registration
from citizen_portal.applications.signatures import views as signatures
from citizen_portal.applications.tasks import staff_views as tasks_staff
from citizen_portal.applications.tasks import views as tasks
from citizen_portal.archive import staff_views as archive
from citizen_portal.auth import guards
from citizen_portal.config import Settings, load_settings
from citizen_portal.home import installed
from citizen_portal.home import views as home
from citizen_portal.identity import encryption
from citizen_portal.identity import views as identity
from citizen_portal.identity.staff_accounts import staff_views as staff_accounts
from citizen_portal.journal.scans import scanner
from citizen_portal.messages import views as messages
from citizen_portal.my_data import staff_views as my_data_staff
from citizen_portal.my_data import views as my_data
from citizen_portal.notifications import channels
from citizen_portal.representation import staff_views as representation_staff
from citizen_portal.representation import views as representation
from citizen_portal.staff import handling_views as handling
from citizen_portal.staff import quarantine_views as quarantine
from citizen_portal.staff import views as staff
from citizen_portal.tenancy import hosts
from citizen_portal.visits import views as visits
from citizen_portal.visits.deviations import staff_views as visits_staff
from citizen_portal.visits.fhir import views as visits_fhir
from citizen_portal.visits.following import push_views as push
from citizen_portal.visits.following import telling as _telling  # noqa: F401  declares its job
from citizen_portal.visits.following import views as following
from citizen_portal.visits.rules import staff_views as care_rules


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application for the settings, by default those of the environment."""
    settings = settings or load_settings()
    app = Flask(__name__, static_folder=None, template_folder="../templates")
    app.config.update(TESTING=settings.environment == "test", PORTAL=settings)
    db.configure(settings.database_url, pool_size=settings.database_pool_size)
    storage.configure(settings.storage_url)
    encryption.configure(settings)
    channels.configure(settings)
    scanner.configure(settings)
    hosts.init_app(app)
    security.init_app(app, settings)
    i18n.init_app(app)
    templating.init_app(app)
    guards.init_app(app)
    web_errors.init_app(app)
    _register_features(app, settings)
    guards.refuse_unguarded_views(app)
    templating.serve_built_files(app)
    app.wsgi_app = security.guard_every_answer(app.wsgi_app)  # type: ignore[method-assign,assignment]
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, *(settings.trusted_proxies,) * 3)  # type: ignore[method-assign]
    return app


def _register_features(app: Flask, settings: Settings) -> None:
    """Each feature registers its blueprints; the demo's only outside production."""
    app.register_blueprint(home.bp)
    app.register_blueprint(installed.bp)
    app.register_blueprint(messages.bp)
    app.register_blueprint(staff.bp)
    app.register_blueprint(handling.bp)
    app.register_blueprint(applications.bp)
    app.register_blueprint(catalogue.bp)
    app.register_blueprint(application_files.bp)
    app.register_blueprint(application_files_staff.bp)
    app.register_blueprint(tasks.bp)
    app.register_blueprint(tasks_staff.bp)
    app.register_blueprint(additions.bp)
    app.register_blueprint(preliminary_staff.bp)
    app.register_blueprint(decisions.bp)
    app.register_blueprint(decisions_staff.bp)
    app.register_blueprint(appeals.bp)
    app.register_blueprint(appeals_staff.bp)
    _register_visits(app)
    app.register_blueprint(archive.bp)
    app.register_blueprint(access.bp)
    app.register_blueprint(representation.bp)
    app.register_blueprint(representation_staff.bp)
    app.register_blueprint(access_log.bp)
    app.register_blueprint(access_report.bp)
    app.register_blueprint(my_data.bp)
    app.register_blueprint(my_data_staff.bp)
    app.register_blueprint(staff_accounts.bp)
    app.register_blueprint(signatures.bp)
    app.register_blueprint(registration.bp)
    app.register_blueprint(quarantine.bp)
    app.register_blueprint(form_editor.bp)
    if settings.is_demo:
        from citizen_portal.demo import gallery  # production never loads the demo

        app.register_blueprint(gallery.bp)
    identity.init_app(app, settings)


def _register_visits(app: Flask) -> None:
    """The parts of home-care visits."""
    for part in (visits, visits_fhir, visits_staff, care_rules, following, push):
        app.register_blueprint(part.bp)
