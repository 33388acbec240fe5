"""The demo at the command line."""

import contextlib

import click

from citizen_portal.cli import connection


@click.group()
def demo() -> None:
    """The demo: synthetic people on this machine, never in production."""


@demo.command()
@click.option("--port", type=int, envvar="PORTAL_PORT", default=8000, help="The portal's port; the next ones too.")
def run(port: int) -> None:
    """Start everything, and keep it up until Ctrl-C."""
    from citizen_portal.demo.run import run as run_demo

    with contextlib.suppress(KeyboardInterrupt):
        run_demo(port)
    click.echo("\nStopped. What was done is kept; `make run` goes on from here.")


@demo.command()
@click.confirmation_option(prompt="Everything in the demo is deleted. Go on?")
def reset() -> None:
    """Delete the demo's data; the next `make run` makes it anew."""
    from citizen_portal.demo.installation import start_over

    start_over()


@demo.command()
def idporten() -> None:
    """Serve the demo's login provider alone."""
    from citizen_portal.demo.run import serve_provider

    serve_provider(connection.settings())


@demo.command()
def care_record() -> None:
    """Simulate a care record system: push the home-care visits of the demo, then what is new each minute."""
    from citizen_portal.demo.care_record import run as run_care_record

    with contextlib.suppress(KeyboardInterrupt):
        run_care_record(connection.settings(), click.echo)
