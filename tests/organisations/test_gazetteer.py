from functools import cache

import pytest

from tongxing.organisations import gazetteer
from tongxing.organisations.gazetteer import Name, dated_names, english, folded


@cache
def china():
    return {place.code: place for place in gazetteer.china()}


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("沧县", "Cang County"),
        ("天宁区", "Tianning District"),
        ("辛集市", "Xinji City"),
        ("孟村回族自治县", "Mengcun Hui Autonomous County"),
        ("双江拉祜族佤族布朗族傣族自治县", "Shuangjiang Lahu, Va, Blang and Dai Autonomous County"),
        ("鄂伦春自治旗", "Oroqen Autonomous Banner"),
        ("博尔塔拉蒙古自治州", "Bo'ertala Mongol Autonomous Prefecture"),
        ("科尔沁左翼中旗", "Ke'erqin Left Middle Banner"),
        ("沧州地区", "Cangzhou Prefecture"),
        ("丽水市", "Lishui City"),  # 水 here is no Sui people
        ("长治市", "Changzhi City"),
        ("乐清市", "Yueqing City"),
        ("六安市", "Lu'an City"),
        ("漯河市", "Luohe City"),
        ("吕梁市", "Lüliang City"),
        ("郊区", "Jiao District"),
    ],
)
def test_names_are_spelt_as_on_maps(zh, en):
    assert english(zh) == en


def test_a_city_of_prefecture_level_is_just_its_name():
    assert china()["320400"].name.en == "Changzhou"


def test_places_of_the_programme_pages_have_names_in_three_languages():
    codes = "110000 310000 210200 510100 530100 533400 150400 120000 320400 442000 430100 130900 130000".split()
    assert all(china()[code].name.mn and china()[code].name.en and china()[code].name.zh for code in codes)


def test_three_cities_that_sound_alike_are_three_places():
    assert {china()[code].name.en for code in ("320400", "430100", "130900")} == {"Changzhou", "Changsha", "Cangzhou"}


def test_counties_lie_in_prefectures_and_prefectures_in_provinces():
    assert china()["130921"].parent == "130900"
    assert china()["130900"].parent == "130000"
    assert china()["130000"].parent == "CN"


def test_levels_that_are_no_place_are_left_out_and_their_counties_hang_on_the_next():
    assert "110100" not in china()  # "districts under the city"
    assert china()["110101"].parent == "110000"
    assert china()["419001"].parent == "410000"


def test_every_parent_is_there_before_its_children():
    seen = {"CN"}
    for place in gazetteer.china():
        assert place.parent in seen, place
        seen.add(place.code)


def test_an_abolished_code_keeps_its_years():
    assert china()["110103"].names == (Name("崇文区", None, 2010, "Chongwen District", ""),)


def test_a_code_that_was_used_twice_keeps_both_names():
    assert [(n.zh, n.since, n.until) for n in china()["332400"].names] == [
        ("温州地区", None, 1981),
        ("金华地区", 1982, 1985),
    ]


def test_of_a_range_that_runs_backwards_the_last_year_is_kept():
    assert dated_names("[1983-1982]郊区,[1983-]千山区") == [Name("郊区", None, 1982), Name("千山区", 1983, None)]


def test_traditional_characters_become_simplified_only_where_the_source_mixes_them():
    assert china()["232701"].names[0].zh == "加格达奇区"
    assert china()["610424"].name.zh == "乾县"  # its 乾 must not turn into 干


def test_every_place_has_an_english_name_and_keys():
    assert all(place.name.en and place.keys and place.sort_key for place in china().values())
    assert all(name.en.isprintable() and not name.en.isspace() for p in china().values() for name in p.names)


def test_a_county_is_found_by_what_it_lies_in():
    keys = china()["320402"].keys
    for typed in (
        "常州天宁",
        "常州市天宁区",
        "江苏省常州市天宁区",
        "Tianning, Changzhou",
        "Tianning District, Changzhou, Jiangsu",
    ):
        assert folded(typed) in keys, typed


def test_folding_ignores_width_case_accents_and_punctuation_but_not_letters():
    assert folded("Ｃhángzhōu,  Hebei") == "changzhouhebei"
    assert folded("Ürümqi") == "urumqi"
    assert folded("Өмнөговь") != folded("Омноговь")
    assert folded("Хайнань") == "хайнань"  # й is a letter, not an accent


def test_mongolia_has_twenty_one_aimags_and_the_capital_named_in_three_languages():
    aimags = gazetteer.mongolia()
    assert len(aimags) == 22
    assert all(place.parent == "MN" and place.name.zh and place.name.en and place.name.mn for place in aimags)
