"""`untuned review`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import NoReturn

import click

from processor import config
from processor.cli import review_extra, review_users, terminal
from processor.core import exit_codes


@click.group(invoke_without_command=True)
@click.option("--host", help="Address to bind to; 127.0.0.1 by default (UNTUNED_REVIEW_HOST).")
@click.option("--port", type=click.IntRange(0, 65535), help="8090 by default; 0: a free one (UNTUNED_REVIEW_PORT).")
@click.option("--secure-cookie", is_flag=True, default=None, help="Cookies over HTTPS alone, behind a proxy with TLS.")
@click.option("--tls-cert", type=click.Path(dir_okay=False, path_type=Path), help="Serve HTTPS: chain, PEM.")
@click.option("--tls-key", type=click.Path(dir_okay=False, path_type=Path), help="Its private key, PEM.")
@click.option("--log-format", type=click.Choice(["auto", "json", "pretty"]), help="Default: pretty on a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print the address as one JSON line.")
@click.pass_context
def review(
    ctx: click.Context,
    host: str | None,
    port: int | None,
    secure_cookie: bool | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    log_format: str | None,
    as_json: bool,
) -> None:
    """Serve the review application: people decide what the ladder could not.

    \b
    First:             untuned review user add ann --role admin
    Then:              untuned review               (http://127.0.0.1:8090)
    For a team:        untuned review --host 0.0.0.0 --secure-cookie     (behind a proxy that ends TLS)
    With its own TLS:  untuned review --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem

    What it shows comes from Kafka, and what people decide goes there; any number of instances may run. Beside users
    with passwords, a proxy or an OpenID Connect provider can say who somebody is: see docs/review-operations.md.
    Ctrl-C or SIGTERM finishes what is being sent and ends with 0.
    """
    if ctx.invoked_subcommand is not None:
        return
    review_extra.check()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)  # until it serves and takes them: a container's first process gets no default
    from processor.review import serve

    settings = config.load(
        review_host=host,
        review_port=port,
        review_secure_cookie=secure_cookie,
        review_tls_cert=tls_cert,
        review_tls_key=tls_key,
        log_format=log_format,
    )

    def told(address: str) -> None:
        if as_json:
            terminal.emit({"address": address})
        else:
            click.echo(f"review: {address}")

    serve.run(settings, told, lambda text: click.echo(f"untuned: {text}", err=True))


review.add_command(review_users.user)


def _end(*_: object) -> NoReturn:
    sys.exit(exit_codes.DONE)
