from amity.run.deals.models.deals import Deal, DealEvent, DealLine, ImportedDeal
from amity.run.deals.models.pipelines import CloseReason, Pipeline, PipelineStage

__all__ = [
    "CloseReason",
    "Deal",
    "DealEvent",
    "DealLine",
    "ImportedDeal",
    "Pipeline",
    "PipelineStage",
]
