"""Names of codes as an edition freezes them, in three languages."""

from django.utils.translation import override

from tongxing.core.i18n import Text
from tongxing.organisations.models import NEEDS
from tongxing.programme import voicing

NAMES: dict[str, dict[str, Text]] = {
    "sex": {
        "female": Text(zh="女", en="Female", mn="Эмэгтэй"),
        "male": Text(zh="男", en="Male", mn="Эрэгтэй"),
        "other": Text(zh="其他", en="Other", mn="Бусад"),
    },
    "area": {
        "sending": Text(zh="流出地", en="sending", mn="илгээгч газарт"),
        "receiving": Text(zh="流入地", en="receiving", mn="хүлээн авагч газарт"),
    },
    "step": {
        "gross": Text(
            zh="各机构报告的登记次数",
            en="Registrations as the agencies count them",
            mn="Байгууллагуудын тоолсон бүртгэл",
        ),
        "records": Text(
            zh="各机构相加的记录数", en="Records as the agencies count them", mn="Байгууллагуудын тоолсон бүртгэл"
        ),
        "again_in_one_centre": Text(
            zh="减：同一中心的重复登记",
            en="less: registered again in the same centre",
            mn="хасах: нэг төвд дахин бүртгэгдсэн",
        ),
        "again_elsewhere": Text(
            zh="减：在别处登记过的同一孩子",
            en="less: the same child registered elsewhere",
            mn="хасах: өөр газар бүртгэгдсэн мөн хүүхэд",
        ),
        "same_centre": Text(
            zh="减：同一中心的重复记录", en="less: again at the same centre", mn="хасах: нэг төвд дахин"
        ),
        "same_agency": Text(
            zh="减：同一机构其他中心的重复记录",
            en="less: again at another centre of the same agency",
            mn="хасах: мөн байгууллагын өөр төвд дахин",
        ),
        "up_downstream": Text(
            zh="减：流出地与流入地之间的重复记录",
            en="less: again between sending and receiving places",
            mn="хасах: илгээгч ба хүлээн авагч газрын хооронд дахин",
        ),
        "other_agency": Text(
            zh="减：其他机构的重复记录", en="less: again at another agency", mn="хасах: өөр байгууллагад дахин"
        ),
        "refused_statistics": Text(
            zh="减：不愿进入统计", en="less: refused to be in statistics", mn="хасах: статистикт орохоос татгалзсан"
        ),
        "persons": Text(
            zh="人数，联系的记录算一个", en="Persons, linked records as one", mn="Хүн, холбогдсон бүртгэлийг нэгээр"
        ),
        "distinct": Text(
            zh="儿童，联系的记录算一个", en="Children, linked records as one", mn="Хүүхэд, холбогдсон бүртгэлийг нэгээр"
        ),
    },
}
NAMES["within"] = {
    "to_5": Text(zh="5 个工作日以内", en="5 working days", mn="ажлын 5 өдөрт"),
    "to_15": Text(zh="6 至 15 个工作日", en="6 to 15 working days", mn="ажлын 6–15 өдөрт"),
    "to_30": Text(zh="16 至 30 个工作日", en="16 to 30 working days", mn="ажлын 16–30 өдөрт"),
    "over_30": Text(zh="超过 30 个工作日", en="more than 30 working days", mn="ажлын 30-аас дээш өдөрт"),
}
NAMES["reach"] = {
    "low": Text(zh="至少", en="at least", mn="багадаа"),
    "high": Text(zh="至多", en="at most", mn="ихдээ"),
    "uncertain": Text(
        zh="其中不确定的联系数",
        en="links between records that are not certain",
        mn="бүртгэл хоорондын эргэлзээтэй холбоос",
    ),
}
DIMENSIONS = {
    "site": Text(zh="地点", en="Site", mn="Газар"),
    "organisation": Text(zh="机构", en="Organisation", mn="Байгууллага"),
    "year": Text(zh="年份", en="Year", mn="Он"),
    "quarter": Text(zh="季度", en="Quarter", mn="Улирал"),
    "need": Text(zh="需要类别", en="Need", mn="Хэрэгцээ"),
    "sex": Text(zh="性别", en="Sex", mn="Хүйс"),
    "age_band": Text(zh="年龄", en="Age", mn="Нас"),
    "area": Text(zh="流出地或流入地", en="Sending or receiving area", mn="Илгээгч эсвэл хүлээн авагч газар"),
    "outcome": Text(zh="成果", en="Outcome", mn="Үр дагавар"),
}
STANDING = {
    "final": Text(
        zh="最终：季度已经结束，补记的期限已过。",
        en="Final: the quarter has ended, and the days for late records have passed.",
        mn="Эцсийн: улирал дуусаж, нөхөж бүртгэх хугацаа өнгөрсөн.",
    ),
    "open": Text(
        zh="暂定：截止日所在的季度还没有结束，数字还会变。",
        en="Provisional: the quarter of the closing day has not ended, so the figures will still change.",
        mn="Урьдчилсан: тайлангийн өдөр орсон улирал дуусаагүй тул тоо өөрчлөгдөнө.",
    ),
    "settling": Text(
        zh="暂定：季度刚刚结束，还会有补记。",
        en="Provisional: the quarter has only just ended, and late records may still come.",
        mn="Урьдчилсан: улирал дөнгөж дууссан тул нөхөж бүртгэл орж болно.",
    ),
}
NOT_STATED = Text(zh="未说明", en="Not stated", mn="Заагаагүй")
TOTAL = Text(zh="合计", en="Total", mn="Нийт")
AGES = ("0-5", "6-11", "12-14", "15-17", "18+")
ORDER = {
    "age_band": (*AGES, "not_stated"),
    "sex": ("female", "male", "other", "not_stated"),
    "area": ("sending", "receiving", "not_stated"),
}


def of(dimension: str, code: str) -> Text:
    """The name of `code`; a code without a name is its own name."""
    if code == "not_stated":
        return NOT_STATED
    if dimension == "need":
        return _said(dict(NEEDS).get(code, code))
    if dimension == "age_band":
        years = code.replace("-", "–")
        return Text(zh=f"{years} 岁", en=f"{years} years", mn=f"{years} нас")
    if dimension == "matter" and code in voicing.kinds():
        title = voicing.kinds()[code].title
        return Text(zh=title.zh, en=title.en, mn=title.mn)
    if dimension == "quarter":
        year, quarter = code.split("-Q")
        return Text(zh=f"{year}年第{quarter}季度", en=f"Q{quarter} {year}", mn=f"{year} оны {quarter} улирал")
    return NAMES.get(dimension, {}).get(code) or Text(zh=code, en=code, mn=code)


def _said(words: object) -> Text:
    """A word of the catalogues in all three languages, as an edition keeps it."""
    spoken = {}
    for code, language in (("zh", "zh-hans"), ("en", "en"), ("mn", "mn")):
        with override(language):
            spoken[code] = str(words)
    return Text(spoken)
