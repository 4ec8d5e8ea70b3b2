"""Jinja2 as untuned uses it: sandboxed, strict about undefined names, blocks rendered one by one.

A prompt file is a template with blocks (`system`, `passages`, `input`, `correction`); `retry.md` extends `prompt.md`
and overrides some of them, as `retry.2.md` does with either. Autoescape is off, since a prompt is
no HTML; data goes through the filters `fence`, `clean` and, for violations, `describe`.
"""

from __future__ import annotations

import functools
import json
from types import CodeType
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import meta, nodes, sandbox

from processor.core import errors
from processor.core.prompting import correction, fence

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCKS = ("system", "passages", "input", "correction")
NAMES = frozenset({"input", "event", "passages", "examples", "retrieved", "violations", "previous", "attempt"})


class _Environment(sandbox.ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field of data before a method of Python's: `input.items` is what the event has there."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def environment(sources: Mapping[str, str]) -> jinja2.Environment:
    """An environment over template sources by file name."""
    env = _Environment(
        loader=jinja2.DictLoader(dict(sources)),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["fence"] = fence.fence
    env.filters["clean"] = fence.clean
    env.filters["describe"] = correction.describe
    env.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False, default=str)
    return env


class BlockTemplate:
    """A prompt file, compiled and checked.

    Raises:
        DefinitionError: a syntax error, an unknown name, a missing or unknown block, text outside of every block, or a
            `system` block that uses the event.
    """

    def __init__(self, env: jinja2.Environment, folder: str, name: str) -> None:
        chain = _chain(env, folder, name)
        self._template = chain[0]
        self._blocks = {
            block: [template.blocks[block] for template in chain if block in template.blocks] for block in BLOCKS
        }
        missing = [block for block in ("system", "input") if not self._blocks[block]]
        if missing:
            raise errors.DefinitionError(f"{folder}/{name}", f"block `{missing[0]}` is missing: {{% block … %}}")

    def render(self, block: str, values: Mapping[str, Any]) -> str:
        """One block's text, stripped; empty where the file has no such block.

        Raises:
            jinja2.TemplateError: a name or attribute that is not there, or the sandbox's refusal.
        """
        if not self._blocks[block]:
            return ""
        context = self._template.new_context(dict(values))
        context.blocks = {name: list(functions) for name, functions in self._blocks.items() if functions}
        return "".join(context.blocks[block][0](context)).strip()


def query_template(env: jinja2.Environment, path: str, source: str, line: int | None) -> jinja2.Template:
    """A one-line template out of task.toml, where it stands on `line`, over `input` and `event`.

    Raises:
        DefinitionError: a syntax error or another name.
    """
    tree, template = _made(env, path, source, at=line)
    _check_names(tree, path, frozenset({"input", "event"}), line)
    return template


def _chain(env: jinja2.Environment, folder: str, name: str) -> list[jinja2.Template]:
    """The template and those that it extends, nearest first."""
    chain: list[jinja2.Template] = []
    while name:
        path = f"{folder}/{name}"
        loader = env.loader
        assert isinstance(loader, jinja2.DictLoader)
        source = loader.mapping.get(name)
        if source is None:
            raise errors.DefinitionError(path, "the file does not exist")
        if len(chain) > len(loader.mapping):
            raise errors.DefinitionError(path, "the templates extend each other in a circle")
        tree, template = _made(env, path, str(source), name)
        _check_names(tree, path, NAMES)
        _check_blocks(tree, path)
        _check_system(tree, path)
        chain.append(template)
        extends = next(tree.find_all(nodes.Extends), None)
        name = ""
        if extends is not None:
            if not isinstance(extends.template, nodes.Const):
                raise errors.DefinitionError(path, "extends takes a plain file name", extends.lineno)
            name = str(extends.template.value)
    return chain


def _made(
    env: jinja2.Environment, path: str, source: str, name: str | None = None, at: int | None = None
) -> tuple[nodes.Template, jinja2.Template]:
    """What a source says, and the template that it makes."""
    try:
        tree, code = _compiled(source, name)
    except jinja2.TemplateSyntaxError as error:
        raise errors.DefinitionError(path, error.message or "template syntax error", at or error.lineno) from error
    return tree, jinja2.Template.from_code(env, code, env.make_globals(None))


@functools.lru_cache(maxsize=256)
def _compiled(source: str, name: str | None) -> tuple[nodes.Template, CodeType]:
    """A source, parsed and compiled: most of what a task's loading takes, and most loads find the sources as before."""
    env = environment({})
    tree = env.parse(source, name)
    code = env.compile(tree, name)
    assert isinstance(code, CodeType)
    return tree, code


def _check_names(tree: nodes.Template, path: str, known: frozenset[str], at: int | None = None) -> None:
    for unknown in sorted(meta.find_undeclared_variables(tree) - known):
        line = at or next((node.lineno for node in tree.find_all(nodes.Name) if node.name == unknown), None)
        raise errors.DefinitionError(path, f"unknown name `{unknown}`; known: {', '.join(sorted(known))}", line)


def _check_blocks(tree: nodes.Template, path: str) -> None:
    """Blocks alone are rendered: what stands elsewhere would reach no model."""
    for block in tree.find_all(nodes.Block):
        if block.name not in BLOCKS:
            raise errors.DefinitionError(
                path, f"unknown block `{block.name}`; known: {', '.join(BLOCKS)}", block.lineno
            )
    for node in tree.body:
        parts = node.nodes if isinstance(node, nodes.Output) else [node]
        for part in parts:
            blank = isinstance(part, nodes.TemplateData) and not part.data.strip()
            if not blank and not isinstance(part, nodes.Block | nodes.Extends):
                raise errors.DefinitionError(
                    path,
                    f"this stands outside of every block and would never be sent: put it in one ({', '.join(BLOCKS)})",
                    _line(part),
                )


def _line(node: nodes.Node) -> int:
    """Where a node's own text begins: data begins with the line breaks before it."""
    text = node.data if isinstance(node, nodes.TemplateData) else ""
    return node.lineno + text[: len(text) - len(text.lstrip())].count("\n")


def _check_system(tree: nodes.Template, path: str) -> None:
    for block in tree.find_all(nodes.Block):
        if block.name != "system":
            continue
        used = {node.name: node.lineno for node in block.find_all(nodes.Name) if node.name in NAMES}
        for name, line in used.items():
            raise errors.DefinitionError(
                path, f"the system block never changes between events, so it must not use `{name}`", line
            )
