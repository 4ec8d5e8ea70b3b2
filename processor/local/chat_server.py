"""The chat model's process: `python -m processor.local.chat_server MODEL ALIAS PORT [HOST]`, until SIGTERM.

llama.cpp answers `/v1/chat/completions` itself; a request over a slot's context is answered with HTTP 400.
"""

from __future__ import annotations

import os
import signal
import sys

import xllamacpp

CONTEXT = 4096  # tokens of one request and its answer
MOST_SLOTS = 4
PROMPT_CACHE_MIB = 512  # its default, 8 GiB, is more than a small machine has


def parameters(model: str, alias: str, port: int, host: str = "127.0.0.1") -> xllamacpp.CommonParams:
    """Its settings: some calls at once even on two cores, for each of them its own context."""
    given = xllamacpp.CommonParams()
    given.model.path = model
    given.model_alias = {alias}
    given.hostnames = [host]
    given.port = port
    given.n_parallel = min(MOST_SLOTS, max(2, os.cpu_count() or 1))
    given.n_ctx = CONTEXT * given.n_parallel
    # Its threads wait for each other by spinning: beside a broker and workers, one that has to wait for a processor
    # stops them all. On two processors one thread writes an answer five times as fast as two do.
    given.cpuparams.n_threads = max(1, (os.cpu_count() or 1) - 1)
    given.cpuparams_batch.n_threads = os.cpu_count() or 1
    given.cache_ram_mib = PROMPT_CACHE_MIB
    given.use_jinja = True
    given.endpoint_metrics = True
    given.ui = False
    return given


def main() -> None:
    """Serve until SIGTERM."""
    model, alias, port, *host = sys.argv[1:]
    # Before the server's threads start, so that the signal waits for `sigwait` in this one.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    server = xllamacpp.Server(parameters(model, alias, int(port), *host))
    sys.stdout.write(f"serving {alias} at {server.listening_address}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM})
    # Nothing of it is worth keeping, and unloading could wait for a long answer.
    os._exit(0)


if __name__ == "__main__":
    main()
