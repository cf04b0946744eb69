"""One model as settings of Splink, rendered per engine: a model trained on DuckDB predicts on Spark unchanged."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from splink import SettingsCreator

from tongxing.linkage.details import COLUMNS
from tongxing.linkage.levels import COMPARISONS, OTHERWISE, WEIGHED, level_names
from tongxing.linkage.predicates import Dialect
from tongxing.linkage.scoring import Model

ID = "unique_id"
MARK = 1e-9  # bits by which a level's weight is moved per place, so that Splink's weight tells which level it was


def settings(model: Model, dialect: Dialect, prior: float) -> SettingsCreator:
    """Settings that give every pair the same weight as `scoring.weight`, plus `prior` (log2 odds)."""
    odds = 2.0**prior
    return SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=odds / (1 + odds),
        comparisons=[_comparison(name, model, dialect) for name in WEIGHED],
        blocking_rules_to_generate_predictions=[],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
        unique_id_column_name=ID,
    )


def marked(name: str, model: Model) -> list[float]:
    """The weight of each level of a comparison as Splink is given it: no two alike, none off by a millionth of a bit."""
    return [model.weights[name][level] + place * MARK for place, level in enumerate(level_names(name))]


def _comparison(name: str, model: Model, dialect: Dialect) -> dict[str, Any]:
    conditions = [(level.name, level.when.sql(dialect)) for level in COMPARISONS[name]] + [(OTHERWISE, "ELSE")]
    levels = [_level(*each, weight) for each, weight in zip(conditions, marked(name, model), strict=True)]
    return {"output_column_name": name, "comparison_levels": levels}


def _level(name: str, condition: str, weight: float) -> dict[str, Any]:
    """Splink keeps weights as m and u; only their ratio counts when it predicts."""
    m, u = (1.0, 2.0**-weight) if weight >= 0 else (2.0**weight, 1.0)
    return {"sql_condition": condition, "label_for_charts": name, "m_probability": m, "u_probability": u}


def levels_from(name: str, model: Model, weights: NDArray[np.float64]) -> pa.DictionaryArray:
    """Level names from the weights that Splink gave for one comparison."""
    known = np.array(marked(name, model))
    order = np.argsort(known)
    middles = (known[order][1:] + known[order][:-1]) / 2
    codes = order[np.searchsorted(middles, weights)].astype(np.int8)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(level_names(name)))


def columns() -> list[str]:
    """The columns of Features that the rendered settings read."""
    return [column for column in COLUMNS if column != "version"]
