"""What the two OpenAI-compatible servers share: the package that each runs on, and how each is asked."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import openai

    Ask = Callable[[openai.AsyncOpenAI], Awaitable[None]]

CHECK_TIMEOUT = 20.0


def require_package(package: str, server: str, variable: str) -> None:
    """Look whether a package of the extra `local` is installed.

    Raises:
        StackError: it is not.
    """
    if importlib.util.find_spec(package) is None:
        raise errors.StackError(
            f"{server}: the Python package {package} is missing: pip install 'untuned[local]', "
            f"or set {variable} to an endpoint that runs elsewhere"
        )


async def ask(base_url: str, key: str, dependency: str, question: Ask) -> None:
    """Put a question to an endpoint as a client would.

    Raises:
        StageError: as the client's exceptions are translated.
    """
    import openai

    from processor.adapters import openai_client

    client = openai_client.connect(base_url, key, CHECK_TIMEOUT)
    try:
        await question(client)
    except openai.OpenAIError as error:
        raise openai_client.translate(error, openai_client.SERVERS[dependency]) from error
    finally:
        await client.close()


async def list_models(client: openai.AsyncOpenAI) -> None:
    """Free of charge everywhere; an endpoint that has no such list has answered, too."""
    import openai

    try:
        await client.models.list()
    except openai.NotFoundError:
        return
