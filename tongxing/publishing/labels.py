"""Names of codes as an edition freezes them, in three languages."""

from tongxing.core.i18n import Text

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
NOT_STATED = Text(zh="未说明", en="Not stated", mn="Заагаагүй")
TOTAL = Text(zh="合计", en="Total", mn="Нийт")
ORDER = {"sex": ("female", "male", "other", "not_stated"), "area": ("sending", "receiving", "not_stated")}


def of(dimension: str, code: str) -> Text:
    """The name of `code`; a code without a name is its own name."""
    if code == "not_stated":
        return NOT_STATED
    return NAMES.get(dimension, {}).get(code) or Text(zh=code, en=code, mn=code)
