"""People for the tests of linkage, and generated details of any kind."""

from datetime import date

from hypothesis import strategies as st

from tongxing.core.dates import PartialDate, parse_birth
from tongxing.linkage.details import Details, Name

TODAY = date(2026, 11, 21)


def person(
    name: str | list[str] = "", sex: str = "", born: str = "", origin: str = "", guardian: str = "", phone: str = "",
    document: str = "",
) -> Details:  # fmt: skip
    """Details from what a worker types; "" is unknown."""
    birth = parse_birth(born, TODAY) if born else None
    assert birth is None or isinstance(birth, PartialDate)
    names = [name] if isinstance(name, str) else name
    return Details(
        names=tuple(Name(each) for each in names if each),
        sex=sex,
        birth=birth,
        origin_division=origin,
        guardian_names=(guardian,) if guardian else (),
        phones=(phone,) if phone else (),
        documents=(document,) if document else (),
    )


XIAOHE = person("林小禾", "female", "2017-03-02", "130921", "林建", "000 0000 0142")

_names = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="林王单曾欧阳小阿禾麦晟乐𬭎·", max_size=5),
    st.sampled_from(["lin xiaohe", "Naran", "Б. Тэмүүлэн", "Temuulen", "ئايگۈل", "བཀྲ་ཤིས", ""]),
)
_births = st.one_of(
    st.none(),
    st.builds(
        PartialDate.of,
        st.dates(date(2014, 1, 1), date(2018, 12, 31)),
        st.sampled_from(["day", "month", "year", "about"]),
    ),
)
_few = st.sampled_from(
    ["林建", "王芳", "Bat", "000 1", "00000000142", "+86 13800138000", "990000201703020010", "x", ""]
)

any_details = st.builds(
    Details,
    names=st.lists(st.builds(Name, _names, st.sampled_from(["", "pinyin", "nickname"])), max_size=4),
    sex=st.sampled_from(["female", "male", "", "F", "m", "?"]),
    birth=_births,
    origin_division=st.sampled_from(["130921", "130921000000", "370000", "", "MN-041"]),
    guardian_names=st.lists(_few, max_size=3),
    phones=st.lists(_few, max_size=3),
    documents=st.lists(_few, max_size=3),
)
