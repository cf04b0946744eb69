"""Names: where the surname ends, how they sound, what other desks make of them."""

import pytest

from tongxing.linkage.cells import given_names
from tongxing.linkage.names import readings, sort_key, split, spoken
from tongxing.linkage.reading import Reading
from tongxing.linkage.scripts import folded


def first(text: str, kind: str = "") -> Reading:
    return readings(text, kind)[0]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("林小禾", ("林", "小禾")), ("王伟", ("王", "伟")), ("张 三", ("张", "三")), ("欧阳小华", ("欧阳", "小华")),
        ("歐陽曉華", ("歐陽", "曉華")), ("司马相如", ("司马", "相如")), ("禾禾", ("", "禾禾")), ("小禾", ("", "小禾")),
        ("阿依夏木·买买提", ("", "阿依夏木·买买提")), ("扎西卓玛", ("", "扎西卓玛")), ("𬭎小禾", ("𬭎", "小禾")),
        ("Б. Тэмүүлэн", ("Б.", "Тэмүүлэн")), ("Батын Тэмүүлэн", ("Батын", "Тэмүүлэн")), ("", ("", "")),
    ],
)  # fmt: skip
def test_the_surname_is_guessed_in_the_familys_own_characters(name: str, parts: tuple[str, str]) -> None:
    assert split(name) == parts


def test_the_family_corrects_the_guess() -> None:
    assert split("林小禾", surname="林小") == ("林小", "禾")
    assert split("林小禾", surname="") == ("", "林小禾")
    assert readings("欧阳修", surname="欧")[0].surname_sound == "ou"


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("林小禾", "Lín Xiǎohé"), ("欧阳小华", "Ōuyáng Xiǎohuá"), ("单小禾", "Shàn Xiǎohé"), ("曾乐", "Zēng Lè"),
        ("仇华", "Qiú Huá"), ("解晟", "Xiè Shèng"), ("尉迟恭", "Yùchí Gōng"), ("任宁", "Rén Níng"), ("查理安", "Zhā Lǐ'ān"),
        ("吕绿", "Lǚ Lǜ"), ("阿依夏木·买买提", "Āyīxiàmù Mǎimǎití"), ("Б. Тэмүүлэн", "B. Temüülen"),
        ("Anna Müller", "Anna Müller"), ("王𬭎", "Wáng Hóng"),
    ],
)  # fmt: skip
def test_names_are_spoken_with_their_surname_reading(name: str, latin: str) -> None:
    assert spoken(name) == latin


@pytest.mark.parametrize(
    "typed",
    [
        "lin xiaohe",
        "linxiaohe",
        "Lín Xiǎohé",
        "LIN Xiaohe",
        "Xiaohe LIN",
        "Lin Xiao He",
        "ｌｉｎ ｘｉａｏｈｅ",
        "林晓荷",
        "林曉禾",
    ],
)
def test_pinyin_and_homophones_sound_like_the_characters(typed: str) -> None:
    assert first(typed).sound == first("林小禾").sound == "linxiaohe"
    assert (first(typed).surname_sound, first(typed).given_sound) == ("lin", "xiaohe")


@pytest.mark.parametrize("typed", ["LYU Xiaohe", "lv xiaohe", "Lü Xiaohe", "Xiaohe LYU", "lvxiaohe"])
def test_the_umlaut_is_the_same_however_it_is_typed(typed: str) -> None:
    assert {reading.sound for reading in readings(typed)} & {"lvxiaohe"}
    assert first("lu xiaohe").near == first("吕小禾").near


def test_two_surnames_are_read_in_both_orders() -> None:
    assert [r.sound for r in readings("Wei Wang")] == ["weiwang", "wangwei"]
    assert "linxiaohe" in {r.sound for r in readings("Xiao He Lin")}
    assert [r.sound for r in readings("Lin Xiaohe")] == ["linxiaohe"]


@pytest.mark.parametrize(
    ("typed", "parts"), [("lina", ("li", "na")), ("fangang", ("fan", "gang")), ("xian", ("", "xian"))]
)
def test_letters_are_cut_where_a_name_is_likelier(typed: str, parts: tuple[str, str]) -> None:
    assert (first(typed).surname_sound, first(typed).given_sound) == parts


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("林小禾", ("林小禾",)), ("林小禾（小名禾禾）", ("林小禾", "禾禾")), ("林小禾;Lin Xiaohe", ("林小禾", "Lin Xiaohe")),
        ("林建(父亲)", ("林建",)), ("父：林建", ("林建",)), ("林建、王芳", ("林建", "王芳")), ("曾用名林禾", ("林禾",)),
        ("无", ()), ("不详", ()),
        ("n/a", ()), ("", ()), ("王爷爷", ()), ("母亲", ()), ("李老师", ()), ("阿依夏木·买买提", ("阿依夏木·买买提",)),
    ],
)  # fmt: skip
def test_cells_of_lists_hold_names_and_remarks(cell: str, names: tuple[str, ...]) -> None:
    assert given_names(cell) == names


def test_dialect_confusions_are_near() -> None:
    assert first("林志宁").near == first("林自林").near
    assert first("陈晨").near == first("岑岑").near == first("成城").near
    assert first("吕路").near == first("卢驴").near


def test_polyphonic_names_have_several_readings_the_usual_first() -> None:
    assert [r.surname_sound for r in readings("单小禾")] == ["shan", "dan"]
    assert [r.sound for r in readings("曾乐")] == ["zengle", "zengyue", "cengle", "cengyue"]
    assert len(readings("解晟乐")) == 4


@pytest.mark.parametrize("pet_name", ["小禾", "阿禾", "禾禾", "禾儿", "禾娃", "林小禾", "林禾禾", "hehe"])
def test_pet_names_have_the_same_core(pet_name: str) -> None:
    assert first(pet_name).given_core == "he"


@pytest.mark.parametrize(
    "writings",
    [
        ("Тэмүүлэн", "Temuulen", "Temüülen", "Temulen", "Teмүүлэн"), ("Мөнхбат", "Munkhbat", "Mönkhbat", "Munhbat"),
        ("Энхтуяа", "Enkhtuya", "Enkhtuyaa", "Enhtuya"), ("Ганбаатар", "Ganbaatar", "Ganbatar"),
        ("Бат-Эрдэнэ", "Bat-Erdene", "Baterdene"), ("Цэцэг", "Tsetseg", "Ceceg"), ("Оюунчимэг", "Oyunchimeg", "Oyuunchimeg"),
        ("Хүрэлбаатар", "Khurelbaatar", "Hurelbaatar", "Xurelbaatar"), ("ئايگۈل", "Aygul", "Aygül"),
    ],
)  # fmt: skip
def test_steppe_names_share_a_skeleton_in_all_writings(writings: tuple[str, ...]) -> None:
    assert len({first(writing).skeleton for writing in writings}) == 1


def test_the_fathers_name_gives_an_initial_and_not_a_surname() -> None:
    for name in ("Б. Тэмүүлэн", "Б.Тэмүүлэн", "Батын Тэмүүлэн", "B. Temuulen"):
        assert (first(name).skeleton, first(name).initial, first(name).surname_sound) == ("tmln", "b", "")


def test_letters_that_could_be_both_are_read_as_both() -> None:
    assert first("naran").sound == "naran"
    assert first("naran").skeleton == first("Наран").skeleton
    assert first("naran", kind="pinyin").skeleton == ""


@pytest.mark.parametrize("name", ["𬭎", "㛃", "䶮", "བཀྲ་ཤིས", "ᠲᠡᠮᠦᠯᠡᠨ", "ئايگۈل", "𰻞", "Øyvind", "Ё"])
def test_rare_scripts_survive_folding(name: str) -> None:
    assert folded(name)
    assert readings(name)[0].written == folded(name)


def test_only_the_comparable_form_is_folded() -> None:
    assert folded("Ｌｉｎ 歐陽") == "lin欧阳"
    assert split("歐陽曉華") == ("歐陽", "曉華")


def test_punctuation_alone_is_no_name() -> None:
    assert readings("--") == readings("") == readings("  ·") == ()


def test_lists_are_sorted_by_sound_with_the_surname_first() -> None:
    assert sorted(["曾安", "单宁", "安乐", "Бат"], key=sort_key) == ["安乐", "Бат", "单宁", "曾安"]
