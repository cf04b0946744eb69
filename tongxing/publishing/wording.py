"""What a measure that an officer builds is proposed to say about itself, in three languages, from its own parts.

A proposal is plain and true; the officer may say it better. Nothing is left unsaid: a measure needs every text.
"""

from collections.abc import Mapping, Sequence

from tongxing.core.i18n import LANGUAGES, Text
from tongxing.facts.kinds import KINDS
from tongxing.facts.known import measures

TEXTS = ("title", "unit", "counted", "one", "where_when")

TITLE = {
    "count": Text(zh="{what}（次数）", en="{what}: records", mn="{what}: бүртгэлийн тоо"),
    "distinct": Text(
        zh="{what}（人数，不重复）", en="{what}: persons, each once", mn="{what}: хүний тоо, давхардалгүй"
    ),
    "sum": Text(zh="{what}（数量合计）", en="{what}: sum of quantities", mn="{what}: нийт хэмжээ"),
    "ratio": Text(zh="{above}占{below}的百分比", en="{above} of {below}", mn="{below}: үүнээс {above}, хувь"),
}
UNIT = {
    "count": Text(zh="条", en="records", mn="бүртгэл"),
    "distinct": Text(zh="人", en="persons", mn="хүн"),
    "sum": Text(zh="单位", en="units", mn="нэгж"),
    "ratio": Text(zh="%", en="%", mn="%"),
}
COUNTED = Text(
    zh="计入的记录：{what}{only}。", en="Records that count: {what}{only}.", mn="Тоологдох бүртгэл: {what}{only}."
)
ONLY = Text(zh="；仅限{codes}", en="; only {codes}", mn="; зөвхөн {codes}")
COUNTED_RATIO = Text(
    zh="同一时期内“{above}”与“{below}”之比。",
    en="“{above}” for each hundred of “{below}” in the same period.",
    mn="Нэг хугацааны «{above}»-г «{below}»-д харьцуулсан хувь.",
)
ONE = {
    "count": Text(zh="每条记录算一次。", en="Each record counts once.", mn="Бүртгэл бүр нэг тоологдоно."),
    "distinct": Text(
        zh="每个人算一次，相互联系的记录算一个人。不愿进入统计的人不在此数之内。",
        en="Each person counts once; linked records are one person. Who stays out of statistics is not in this number.",
        mn="Хүн бүр нэг тоологдоно, холбогдсон бүртгэлийг нэг хүн гэж үзнэ. Статистикт орохоос татгалзсан хүн энэ тоонд орохгүй.",
    ),
    "sum": Text(
        zh="把每条记录所写的数量相加。",
        en="The quantities of the records are added up.",
        mn="Бүртгэл бүрийн хэмжээг нэмнэ.",
    ),
    "ratio": Text(
        zh="先分别相加，再求比；各地的百分比不平均。",
        en="Both are added up first, then divided; percentages of places are never averaged.",
        mn="Эхлээд тус тусад нь нэмж, дараа нь хуваана; газрын хувиудыг дундажлахгүй.",
    ),
}
WHERE_WHEN = {
    "during": Text(
        zh="所有做记录的中心；所选时期之内，按各地当地日期。",
        en="All centres that record; within the chosen period, by each site’s own date.",
        mn="Бүртгэл хийдэг бүх төв; сонгосон хугацаанд, орон нутгийн огноогоор.",
    ),
    "up_to": Text(
        zh="所有做记录的中心；从第一条记录到截止日，按各地当地日期。",
        en="All centres that record; from the first record to the closing day, by each site’s own date.",
        mn="Бүртгэл хийдэг бүх төв; анхны бүртгэлээс тайлангийн өдөр хүртэл, орон нутгийн огноогоор.",
    ),
}
JOINED = {"zh": "、", "en": ", ", "mn": ", "}


def proposals(
    value: str,
    basis: str,
    *,
    kinds: Sequence[str] = (),
    where: Mapping[str, Sequence[Text]] | None = None,
    numerator: str = "",
    denominator: str = "",
) -> dict[str, Text]:
    """A text for each of TEXTS. `where` has the names of the chosen codes; unknown kinds and measures are left out."""
    return {
        name: Text({language: _said(name, language, value, basis, kinds, where or {}, numerator, denominator)
                    for language in LANGUAGES})
        for name in TEXTS
    }  # fmt: skip


def _said(
    name: str,
    language: str,
    value: str,
    basis: str,
    kinds: Sequence[str],
    where: Mapping[str, Sequence[Text]],
    numerator: str,
    denominator: str,
) -> str:
    join = JOINED[language].join
    known = measures() if value == "ratio" else {}
    above, below = (known[code].title[language] if code in known else "…" for code in (numerator, denominator))
    what = join(KINDS[kind].title[language] for kind in kinds if kind in KINDS) or "…"
    codes = join(code.spoken(language) for names in where.values() for code in names)
    only = ONLY[language].format(codes=codes) if codes else ""
    pattern = {
        "title": TITLE[value],
        "unit": UNIT[value],
        "counted": COUNTED_RATIO if value == "ratio" else COUNTED,
        "one": ONE[value],
        "where_when": WHERE_WHEN[basis],
    }[name]
    return pattern[language].format(what=what, only=only, above=above, below=below)
