"""The grammar of task.toml and of models.toml: what may stand there, typed, each key with its meaning.

Unknown keys are errors, so that a misspelt one is found before a worker starts.
"""

from processor.core.definition.auditing import Audit, Review
from processor.core.definition.calibrated import Calibration
from processor.core.definition.casing import Cases
from processor.core.definition.measuring import Comparison, Measure
from processor.core.definition.models_file import Model, Models, Price
from processor.core.definition.parsing import line_of, parse
from processor.core.definition.retrieval import Narrowing, Retrieval, Visibility
from processor.core.definition.steps import Accept, ModelStep, NeighboursStep, Step
from processor.core.definition.task_file import Budget, Definition, Input, Kind

__all__ = [
    "Accept",
    "Audit",
    "Budget",
    "Calibration",
    "Cases",
    "Comparison",
    "Definition",
    "Input",
    "Kind",
    "Measure",
    "Model",
    "ModelStep",
    "Models",
    "Narrowing",
    "NeighboursStep",
    "Price",
    "Retrieval",
    "Review",
    "Step",
    "Visibility",
    "line_of",
    "parse",
]
