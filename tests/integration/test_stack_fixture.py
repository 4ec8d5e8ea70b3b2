from __future__ import annotations

from processor.local import stack as local_stack


def test_every_server_of_the_stack_answers_its_client(settings):
    for server in local_stack.SERVERS:
        server.check(settings, thorough=True)
