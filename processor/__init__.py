"""untuned: an event-driven stream processor for AI tasks that makes fine-tuning unnecessary."""

__version__ = "0.1.0"
