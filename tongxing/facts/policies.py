"""Who may see which numbers how: policies by audience and topic, as data (policies.yaml)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from tongxing.facts.results import Cell
from tongxing.facts.suppression import Rule

POLICIES = Path(__file__).parent / "policies.yaml"


@dataclass(frozen=True)
class Policy:
    """Which topics are protected how, which are exempt, and which codes of a dimension make a count sensitive."""

    name: str
    version: int
    protected: Mapping[str, Rule]
    exempt: frozenset[str]
    sensitive: Mapping[str, Collection[str]]

    def topic(self, cell: Cell) -> str:
        """The topic of a cell: that of its measure, or `sensitive` where one of its codes is."""
        if cell.topic == "persons" and any(code in self.sensitive.get(name, ()) for name, code in cell.keys):
            return "sensitive"
        return cell.topic

    def rule(self, cell: Cell) -> Rule | None:
        """How the cell is protected; None when it is exempt. Raises ValueError for a topic without rule."""
        topic = self.topic(cell)
        if topic not in self.protected and topic not in self.exempt:
            raise ValueError(f"the policy {self.name!r} says nothing about {topic!r}")
        return self.protected.get(topic)


@cache
def policies() -> dict[str, Policy]:
    """The shipped policies by name."""
    stored = YAML(typ="safe").load(POLICIES.read_text("utf-8"))
    return {
        name: Policy(
            name,
            data["version"],
            {
                topic: Rule(**rule | {"never_by": tuple(rule.get("never_by", ()))})
                for topic, rule in data["protected"].items()
            },
            frozenset(data["exempt"]),
            data.get("sensitive", {}),
        )
        for name, data in stored.items()
    }
