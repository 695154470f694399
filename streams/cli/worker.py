"""`newsflow worker`: runs stages."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.connection import reach, settings
from streams.cli.terminal import Failure

if TYPE_CHECKING:
    from streams.settings import Settings
    from streams.transport.compute_process import Template


def worker(
    stage: Annotated[
        list[str] | None, typer.Option("--stage", "-s", help="Run this stage only; may be given several times.")
    ] = None,
    web_port: Annotated[
        int | None, typer.Option(help="Serve /metrics, /healthz and /readyz here; 0 takes any free port.")
    ] = None,
) -> None:
    """Run the stages until told to stop.

    SIGTERM or Ctrl-C: finish what is in flight, commit, leave. Any number of workers share the partitions: start more
    to go faster, up to one a partition and stage. Nothing is lost or doubled when one is killed.

    $ newsflow worker --web-port 9100
    $ newsflow worker --stage tag --stage summarise
    """
    config = settings()
    # What loads for a second and more loads side by side, and not for `newsflow --help`.
    from streams.transport.compute_process import Template

    with closing(Template(config.flow, stage or [])) as template:
        template.spawn()
        code = _run(config, stage, config.web_port if web_port is None else web_port, template)
    raise typer.Exit(code)


def _run(config: "Settings", stage: list[str] | None, port: int | None, template: "Template") -> int:
    from streams.logs import to_stderr
    from streams.transport.health import Health, serve
    from streams.transport.worker import Worker
    from streams.work import load_flow

    to_stderr(config.log_level, config.log_format)
    flow = load_flow(config.flow)
    stages = [flow[name] for name in stage] if stage else list(flow)
    health = Health()
    running = Worker(flow, stages, config, reach(), health, template=template)
    typer.echo(str(flow))
    if port is not None:
        try:
            port = serve(health, config.web_host, port)
        except OSError as error:
            raise Failure(f"{config.web_host}:{port}: {error.strerror}; --web-port 0 takes a free one") from None
        typer.echo(f"metrics and health: http://{config.web_host}:{port}/metrics /healthz /readyz")
    return running.run()
