"""Records in different scripts meet: Mongolian, Uyghur, Kazakh and Tibetan names share a skeleton however they are written."""

import pytest

from tongxing.linkage.names import readings
from tongxing.linkage.steppe import nominative


def skeletons(name: str) -> set[str]:
    return {reading.skeleton for reading in readings(name) if reading.skeleton}


@pytest.mark.parametrize(
    "writings",
    [
        ("Мөнхбат", "Munkhbat", "Mönkhbat", "Munhbat", "Mөнхбат", "孟和巴图"),
        ("Баатар", "Baatar", "Batar", "巴特尔", "Bateer"), ("Цэцэг", "Tsetseg", "Ceceg", "其其格"),
        ("Оюун", "Oyun", "Oyuun", "乌云"), ("Дорж", "Dorj", "Dorzh", "道尔吉"), ("Зая", "Zaya", "Dzaya", "吉雅"),
        ("Баярмаа", "Bayarmaa", "Baiarmaa", "Bayarma"), ("Сайнбаяр", "Sainbayar", "Saynbayar"),
        ("Жаргал", "Jargal", "Zhargal", "吉日嘎拉"), ("Щагдар", "Shagdar"), ("Даваа", "Davaa", "Dawaa"),
        ("ئايگۈل", "Aygul", "Aygül", "Айгүл", "阿依古丽"), ("مەمەت", "Memet", "买买提", "麦麦提"),
        ("ئابدۇراھمان", "Abdurahman", "阿卜杜热合曼", "阿布都热合曼"), ("قۇربان", "Qurban", "Kurban", "库尔班"),
        ("تۇرسۇن", "Tursun", "吐尔逊"), ("Ерлан", "Yerlan", "Erlan", "叶尔兰"),
        ("བཀྲ་ཤིས", "Tashi", "Zhaxi", "扎西"), ("བཀྲ་ཤིས་སྒྲོལ་མ", "Tashi Dolma", "zhaxizhuoma", "扎西卓玛", "扎西 卓玛"),
        ("དོན་གྲུབ་རྡོ་རྗེ", "Dondrub Dorje", "Dunzhu Duoji", "顿珠多吉"), ("ཚེ་རིང", "Tsering", "Ciren", "Cairang", "次仁", "才让"),
    ],
)  # fmt: skip
def test_one_name_has_one_skeleton_in_every_script(writings: tuple[str, ...]) -> None:
    assert set.intersection(*map(skeletons, writings))


@pytest.mark.parametrize(
    ("one", "another"), [("Бат", "Болд"), ("Saran", "Naran"), ("Memet", "Ehmet"), ("扎西", "次仁"), ("巴图", "宝音")]
)
def test_other_names_have_other_skeletons(one: str, another: str) -> None:
    assert skeletons(one).isdisjoint(skeletons(another))


@pytest.mark.parametrize(
    "name",
    ["Батын Тэмүүлэн", "Тэмүүлэн Батын", "Batyn Temuulen", "Bat Temuulen", "Temuulen Bat", "Бат Тэмүүлэн"],
)
def test_a_fathers_name_is_known_before_or_after_the_given_name(name: str) -> None:
    assert ("tmln", "b", "bat") in {(r.skeleton, r.initial, r.father) for r in readings(name)}


@pytest.mark.parametrize("name", ["Б. Тэмүүлэн", "Тэмүүлэн Б.", "B.Temuulen", "Temuulen B"])
def test_an_initial_is_known_before_or_after_the_given_name(name: str) -> None:
    (reading,) = readings(name)
    assert (reading.skeleton, reading.initial, reading.father) == ("tmln", "b", "")


def test_a_father_is_the_same_with_and_without_the_ending_of_a_genitive() -> None:
    assert [nominative(w) for w in ("Батын", "Доржийн", "Сүхээгийн", "Dorjiin", "Sukheegiin")] == [
        "бат", "дорж", "сүхээ", "dorj", "sukhee",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["阿依古丽·买买提", "ئايگۈل مەمەت", "Aygul Memet", "Ayiguli Maimaiti"])
def test_uyghur_names_are_a_given_name_and_a_fathers(name: str) -> None:
    assert ("agl", "mmt") in {(r.skeleton, r.father) for r in readings(name)}


@pytest.mark.parametrize("name", ["林小禾", "王伟", "欧阳小华", "单小禾", "高娃娃", "张阿丽"])
def test_chinese_names_have_no_skeleton(name: str) -> None:
    assert skeletons(name) == set()


def test_a_mongol_with_a_chinese_surname_keeps_the_skeleton_of_the_given_name() -> None:
    assert skeletons("包苏日娜") == skeletons("苏日娜") == {"srn"}
