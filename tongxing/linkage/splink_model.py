"""One model as settings of Splink, rendered per engine: a model trained on DuckDB predicts on Spark unchanged."""

from typing import Any

from splink import SettingsCreator

from tongxing.linkage.details import COLUMNS
from tongxing.linkage.levels import COMPARISONS, OTHERWISE, WEIGHED, level_names
from tongxing.linkage.predicates import Dialect
from tongxing.linkage.scoring import Model

ID = "unique_id"


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


def _comparison(name: str, model: Model, dialect: Dialect) -> dict[str, Any]:
    levels = [
        _level(level.name, level.when.sql(dialect), model.weights[name][level.name]) for level in COMPARISONS[name]
    ]
    levels.append(_level(OTHERWISE, "ELSE", model.weights[name][OTHERWISE]))
    return {"output_column_name": name, "comparison_levels": levels}


def _level(name: str, condition: str, weight: float) -> dict[str, Any]:
    """Splink keeps weights as m and u; only their ratio counts when it predicts."""
    m, u = (1.0, 2.0**-weight) if weight >= 0 else (2.0**weight, 1.0)
    return {"sql_condition": condition, "label_for_charts": name, "m_probability": m, "u_probability": u}


def level_of(comparison: str) -> list[str]:
    """Level names by Splink's number of the level: the remaining case is 0, the first level the highest."""
    return list(reversed(level_names(comparison)))


def columns() -> list[str]:
    """The columns of Features that the rendered settings read."""
    return [column for column in COLUMNS if column != "version"]
