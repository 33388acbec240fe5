"""The WSGI entry point: `gunicorn wsgi:app`."""

from citizen_portal.app import create_app

app = create_app()
