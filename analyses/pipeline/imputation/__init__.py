"""Multiple imputation by chained equations, and the pooling of what is estimated in each completed table."""

from analyses.pipeline.imputation.chained import impute
from analyses.pipeline.imputation.columns import Category, Column, Number
from analyses.pipeline.imputation.hazard import nelson_aalen
from analyses.pipeline.imputation.pool import Pooled, pool

__all__ = ["Category", "Column", "Number", "Pooled", "impute", "nelson_aalen", "pool"]
