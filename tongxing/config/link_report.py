"""The report of `tongxing link`: one page that needs nothing else, in one language or in three. It holds names."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.template import Context, Engine
from django.utils.translation import gettext as _
from django.utils.translation import override

from tongxing.config.alone import styles
from tongxing.config.linking import Result
from tongxing.linkage.batch import Linked
from tongxing.linkage.levels import WEIGHED
from tongxing.registry import level_words

HERE = Path(__file__).parent
LANGUAGES = {"zh-hans": "中文", "en": "English", "mn": "Монгол"}
FIELDS = ("name", "sex", "birth_date", "origin_division", "guardian_name", "phone", "id_number", "source")
EACH = 8  # pairs of each kind in the sample
STEP = 2  # bits of one bar of the picture of weights
LONGEST = 60  # characters of a cell that are shown
SIZES = 6  # records by person that have a line of their own


def page(result: Result, language: str) -> str:
    """The page as HTML; `all` as language: three, switched without a script. Whatever lists say is escaped."""
    _ready()
    codes = list(LANGUAGES) if language == "all" else [str(language)]
    engine = Engine(dirs=[str(HERE / "templates")], libraries={"i18n": "django.templatetags.i18n"})
    template = engine.get_template("config/link_report.html")
    sample = _sample(result)
    bodies = []
    for code in codes:
        with override(code):
            bodies.append({"code": code, "own": LANGUAGES[code], **_body(result, sample)})
    with override(codes[0]):
        return template.render(
            Context({"style": styles(), "bodies": bodies, "first": codes[0], "is_several": len(codes) > 1})
        )


def _ready() -> None:
    """Texts without an installation: catalogues and nothing else of its settings."""
    if not settings.configured:
        import django

        settings.configure(USE_I18N=True, LOCALE_PATHS=[HERE.parent / "locale"], LANGUAGE_CODE="en")
        django.setup()


def _body(result: Result, sample: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    sizes = np.bincount(result.identity)
    sizes = sizes[sizes > 0]
    counts = result.linked.counts
    return {
        "totals": [
            (_number(len(result.identity)), _("records")),
            (_number(len(sizes)), _("persons")),
            (_number(int((sizes > 1).sum())), _("persons with several records")),
            (_number(counts["held"]), _("pairs for people to look at")),
        ],
        "sizes": list(_sizes(sizes)),
        "lists": [_list(source) for source in result.lists.sources],
        "unread": list(_unread(result)),
        "repeated": result.lists.repeated,
        "ids_repeated": _number(result.lists.ids_repeated) if result.lists.ids_repeated else "",
        "ids_made": _number(result.lists.ids_made) if result.lists.ids_made else "",
        "compared": _number(counts["compared"]),
        "linked": _number(counts["linked"]),
        "held": _number(counts["held"]),
        "limits": _limits(counts),
        "picture": _picture(result.linked),
        "comparisons": [_comparison(name, result) for name in WEIGHED],
        "card": [(str(key).replace("_", " "), str(value)) for key, value in result.model.card.items()],
        "version": result.model.version,
        "sample": [_shown(pair) for pair in sample],
    }


def _number(value: float) -> str:
    return f"{value:,}"


def _bits(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−") if abs(value) >= 0.05 else "0"


# --- counts ---------------------------------------------------------------------------------------------------------


def _sizes(sizes: Any) -> Iterator[dict[str, Any]]:
    """Persons by the number of their records; long tails in one line."""
    counted = np.bincount(np.minimum(sizes, SIZES + 1), minlength=SIZES + 2)
    most = max(int(counted.max()), 1)
    for size, persons_ in enumerate(counted.tolist()):
        if persons_:
            name = str(size) if size <= SIZES else _("%(number)s and more") % {"number": SIZES + 1}
            yield {"size": name, "persons": _number(persons_), "wide": max(1, round(300 * persons_ / most))}


def _list(source: Any) -> dict[str, Any]:
    separators = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("vertical line")}
    written = [source.kind, source.encoding.upper(), separators.get(source.separator, "")]
    labels = _labels()
    return {
        "name": source.label,
        "written": ", ".join(word for word in written if word),
        "rows": _number(source.rows),
        "columns": [
            (labels.get(field, field), ", ".join(names), _number(source.empty[field]) if source.empty[field] else "")
            for field, names in source.columns.told().items()
        ],
        "ignored": ", ".join(name for name in source.columns.ignored if name),
        "met": [_met(name, number) for name, number in sorted(source.counts.items()) if number],
    }


def _met(name: str, number: int) -> tuple[str, str]:
    what, _colon, field = name.partition(":")
    words = {
        "rows_above": _("rows above the headings, not read"),
        "rows_empty": _("rows without any cell, left out"),
        "rows_narrow": _("rows with fewer cells than headings; the missing ones are empty"),
        "rows_wide": _("rows with more cells than headings; what is beyond was not read"),
        "characters": _("characters that do not belong to the encoding, shown as �"),
        "sheets_ignored": _("sheets without known headings, not read"),
        "formula": _("formulas, not read"),
        "rounded": _("numbers that a spreadsheet program has rounded, not read"),
    }[what]
    return _number(number), f"{_labels().get(field, field)}: {words}" if field else words


def _labels() -> dict[str, str]:
    return {
        "record_id": _("Record id"),
        "name": _("Name"),
        "family_name": _("Family name or father’s name"),
        "given_name": _("Given name"),
        "sex": _("Sex"),
        "birth_date": _("Birth date"),
        "origin_division": _("County of origin"),
        "guardian_name": _("Guardian"),
        "phone": _("Phone"),
        "id_number": _("Document number"),
        "source": _("Source"),
    }


def _unread(result: Result) -> Iterator[tuple[str, str, str, str]]:
    """(list, field, reason, number)"""
    labels = _labels()
    for (label, field, reason), number in sorted(result.unread.items()):
        yield label, labels.get(field, field), _reason(reason), _number(number)


def _reason(reason: str) -> str:
    words = {
        "unclear": _("written in a form that is not known"),
        "impossible": _("no such day"),
        "future": _("in the future"),
        "too_old": _("too long ago"),
    }
    return words.get(reason, reason.replace("_", " "))


# --- weights --------------------------------------------------------------------------------------------------------


def _limits(counts: Mapping[str, Any]) -> dict[str, str]:
    """The thresholds as used, with the share of pairs at them that are one person by the model."""
    found: dict[str, str] = {}
    for name, limit in counts["thresholds"].items():
        share = 1 / (1 + 2.0 ** -(limit + counts["prior"]))
        found |= {name: _bits(limit), f"{name}_share": f"{100 * share:.0f}"}
    return found


def _picture(linked: Linked) -> dict[str, Any]:
    """Pairs by weight, as bars of a drawing 600 wide and 120 high; heights grow with the logarithm."""
    weights = linked.pairs["weight"].to_numpy()
    if not len(weights):
        return {}
    low = int(np.floor(np.clip(weights.min(), -60, 60) / STEP))
    places = np.floor(np.clip(weights, -60, 60) / STEP).astype(int) - low
    counted = np.bincount(places)
    wide = 600 / len(counted)
    tallest = np.log10(counted.max() + 1)
    limit = linked.counts["thresholds"]["link"]
    bars = []
    for place, number in enumerate(counted.tolist()):
        high = 110 * float(np.log10(number + 1) / tallest)
        start = (low + place) * STEP
        bars.append({
            "x": f"{place * wide:.1f}", "y": f"{120 - high:.1f}", "wide": f"{max(wide - 1, 0.5):.1f}",
            "high": f"{high:.1f}", "is_link": start + STEP / 2 >= limit, "number": _number(number), "from": _bits(start),
        })  # fmt: skip
    line = (limit / STEP - low) * wide
    return {"bars": bars, "line": f"{min(max(line, 0), 600):.1f}", "low": _bits(low * STEP),
            "high": _bits((low + len(counted)) * STEP)}  # fmt: skip


def _comparison(name: str, result: Result) -> dict[str, Any]:
    """Weights of one comparison, as bars from a middle line, and how many of the listed pairs stood there."""
    found = result.linked.pairs[f"l_{name}"].combine_chunks()
    counted = {item["values"]: item["counts"] for item in found.value_counts().to_pylist()}
    rows = []
    for level, weight in sorted(result.model.weights[name].items(), key=lambda item: -item[1]):
        wide = min(abs(weight), 16) * 100 / 16
        rows.append({
            "words": level_words.words(name, level), "bits": _bits(weight), "wide": f"{wide:.1f}",
            "x": f"{100 - (wide if weight < 0 else 0):.1f}", "is_against": weight < 0,
            "pairs": _number(counted.get(level, 0)),
        })  # fmt: skip
    return {"name": _comparison_words(name), "rows": rows}


def _comparison_words(name: str) -> str:
    return {
        "name": _("Name"),
        "birth": _("Birth date"),
        "household": _("Home: phone, guardian, county"),
        "document": _("Document number"),
        "sex": _("Sex"),
        "kin": _("Family pattern"),
    }.get(name, name)


# --- pairs to look at -----------------------------------------------------------------------------------------------


def _sample(result: Result) -> list[dict[str, Any]]:
    """Pairs at which a look is worth most, always the same ones: what guards held, then both sides of the line."""
    pairs, held, limit = result.linked.pairs, result.linked.held, result.linked.counts["thresholds"]["link"]
    why = {(row["left"], row["right"]): row["reason"] for row in held.to_pylist() if row["reason"] != "unsure"}
    weights = pairs["weight"].to_numpy()
    left, right = (pairs[side].to_numpy() for side in ("left", "right"))
    same = result.identity[left] == result.identity[right]
    place_of = {(int(left[place]), int(right[place])): int(place) for place in np.flatnonzero(~same)} if why else {}
    chosen: list[tuple[int, str]] = [(place_of[pair], reason) for pair, reason in why.items() if pair in place_of][
        :EACH
    ]
    chosen += [(int(place), "below") for place in _nearest(np.flatnonzero(~same & (weights < limit)), weights, limit)]
    chosen += [(int(place), "above") for place in _nearest(np.flatnonzero(same), weights, limit)]
    return [_pair(result, place, why_) for place, why_ in chosen]


def _nearest(places: Any, weights: Any, limit: float) -> Any:
    return places[np.argsort(np.abs(weights[places] - limit), kind="stable")][:EACH]


def _pair(result: Result, place: int, why: str) -> dict[str, Any]:
    row = result.linked.pairs.slice(place, 1).to_pylist()[0]
    sides = [result.lists.records.slice(row[side], 1).to_pylist()[0] for side in ("left", "right")]
    return {"row": row, "sides": sides, "why": why}


def _shown(pair: Mapping[str, Any]) -> dict[str, Any]:
    row, (left, right), labels = pair["row"], pair["sides"], _labels()
    fields = [
        {"name": labels[field], "left": _short(left[field]), "right": _short(right[field]),
         "differs": field != "source" and bool(left[field] and right[field] and left[field] != right[field])}
        for field in FIELDS if left[field] or right[field]
    ]  # fmt: skip
    told = [
        {"name": _comparison_words(name), "bits": _bits(row[f"w_{name}"]), "is_against": row[f"w_{name}"] < 0,
         "wide": f"{min(abs(row[f'w_{name}']), 16) * 60 / 16:.1f}", "words": level_words.words(name, row[f"l_{name}"])}
        for name in WEIGHED
    ]  # fmt: skip
    for one in told:
        one["x"] = f"{60 - float(one['wide']) if one['is_against'] else 60:.1f}"
    why = {
        "below": _("Just under the line: not joined."),
        "above": _("Just over the line: joined."),
        "documents": _("Held: two different valid documents."),
        "twins": _("Held: perhaps twins."),
        "weak_link": _("Held: only a weak chain of pairs would join them."),
        "crowd": _("Held: too many records in one group."),
        "dates": _("Held: impossible dates."),
    }
    return {
        "ids": (left["record_id"], right["record_id"]), "fields": fields, "told": told, "weight": _bits(row["weight"]),
        "percent": _percent(row["probability"]), "why": why.get(pair["why"], pair["why"].replace("_", " ")),
    }  # fmt: skip


def _percent(probability: float) -> str:
    return "> 99.9 %" if probability > 0.999 else "< 0.1 %" if probability < 0.001 else f"{100 * probability:.1f} %"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
