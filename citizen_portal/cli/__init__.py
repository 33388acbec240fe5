"""The `citizen-portal` command. Commands import what they need when they run, so that `--help` answers at once."""

from typing import Any

import click

from citizen_portal.cli import access, archive, audit, demo, services, serving


class _PortalGroup(click.Group):
    """Tells what is wrong in one sentence where the operator can mend it; everything else is a bug, with its trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from citizen_portal.config import ConfigurationError
            from citizen_portal.postgres import PostgresStartError
            from citizen_portal.supervisor import ChildFailed

            if isinstance(error, ConfigurationError | PostgresStartError | ChildFailed):
                raise click.ClickException(str(error)) from error
            raise


@click.group(cls=_PortalGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """The municipality's pages for its citizens."""


for command in (
    serving.serve,
    serving.worker,
    serving.db,
    access.tenant,
    access.keys,
    access.staff,
    archive.archive,
    audit.audit,
    services.services,
    demo.demo,
):
    main.add_command(command)
