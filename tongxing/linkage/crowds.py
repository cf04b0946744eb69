"""Telephones of many: a dormitory's, a village shop's. They say where a family can be reached, not who it is."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

FAMILIES, PERSONS = 6, 12  # more surnames than this, or more names than this, under one number make it crowded


def apart(rows: pa.Table) -> pa.Table:
    """Rows of a whole list with crowded telephones moved from `phones` to `crowded`."""
    crowded = _crowded(rows)
    if not len(crowded):
        return rows
    moved = _split(rows["phones"].combine_chunks(), crowded)
    for name, values in zip(("phones", "crowded"), moved, strict=True):
        rows = rows.set_column(rows.schema.get_field_index(name), name, values)
    return rows


def _crowded(rows: pa.Table) -> Any:
    """Numbers that more families or persons have than one home holds, by the first reading of each record."""
    first = rows.filter(pc.equal(rows["line"], 0)).select(
        ["phones", "near", "skeleton", "written", "surname_sound", "father"]
    )
    phones = first["phones"].combine_chunks()
    numbers, counts = np.unique(phones.flatten().to_numpy(), return_counts=True)
    many = pa.array(numbers[counts > FAMILIES])
    if not len(many):
        return many
    parents, values = pc.list_parent_indices(phones), phones.flatten()
    among = pc.is_in(values, many)
    there = first.take(parents.filter(among))
    whole = pc.binary_join_element_wise(there["near"], there["skeleton"], there["written"], " ")
    family = pc.binary_join_element_wise(there["surname_sound"], there["father"], " ")
    table = pa.table({"phone": values.filter(among), "whole": whole, "family": family})
    found = table.group_by("phone").aggregate([("whole", "count_distinct"), ("family", "count_distinct")])
    is_crowd = pc.or_(
        pc.greater(found["whole_count_distinct"], PERSONS), pc.greater(found["family_count_distinct"], FAMILIES)
    )
    return found.filter(is_crowd)["phone"].combine_chunks()


def _split(lists: pa.ListArray, crowded: Any) -> tuple[pa.Array, pa.Array]:
    """The lists without and with only the crowded numbers."""
    values, parents = lists.flatten(), pc.list_parent_indices(lists).to_numpy()
    among = pc.is_in(values, crowded).to_numpy(zero_copy_only=False)
    made = []
    for kept in (~among, among):
        ends = np.zeros(len(lists) + 1, dtype=np.int32)
        np.cumsum(np.bincount(parents[kept], minlength=len(lists)), out=ends[1:])
        made.append(pa.ListArray.from_arrays(pa.array(ends), values.filter(pa.array(kept))))
    return made[0], made[1]
