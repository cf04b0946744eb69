"""What worlds are drawn from: names, characters that sound or look alike. Nobody in a world is real."""

from functools import cache
from itertools import accumulate

from tongxing.config.demo import given_names
from tongxing.linkage import pinyin, shapes

FIRST = (
    "Бат Мөнх Энх Ган Болд Эрдэнэ Нар Сар Баяр Сүх Отгон Алтан Пүрэв Даваа Лхагва Оюун Түвшин Хүрэл Цэрэн Дорж".split()
)
LAST = {
    "male": "баатар болд бат эрдэнэ жаргал сүх дорж баяр төмөр хүү зориг дэлгэр".split(),
    "female": "цэцэг туяа маа гэрэл чимэг заяа сүрэн жаргал дулам номин сайхан гоо".split(),
}
UYGHUR = {
    "male": "阿迪力 买买提 艾力 吐尔逊 玉素甫 阿卜杜拉 艾合买提 库尔班 肉孜 伊力亚斯 麦麦提 依明 亚森 卡德尔 热合曼 木拉提".split(),
    "female": "阿依古丽 帕提古丽 热依汗 古丽娜 阿米娜 祖丽皮娅 迪丽努尔 阿孜古丽 茹仙古丽 玛依拉 塔吉古丽 努尔古丽".split(),
}
TIBETAN = "扎西 次仁 多吉 丹增 平措 卓玛 央金 白玛 拉姆 德吉 索朗 洛桑 旦增 格桑 尼玛 达瓦 边巴 普布 巴桑 强巴".split()


@cache
def characters() -> list[str]:
    """The 3,755 frequent characters of GB 2312, which is also how old registers could write."""
    cells = ((row, cell) for row in range(16, 56) for cell in range(1, 95))
    found = [bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312", "ignore") for row, cell in cells]
    return [c for c in found if c]


@cache
def same_sound() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for character in dict.fromkeys("".join(characters()[:]) + given_names.GIRLS + given_names.BOYS):
        found.setdefault(pinyin.sounds(character)[0], []).append(character)
    return found


@cache
def alike() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for character in dict.fromkeys("".join(characters()) + given_names.GIRLS + given_names.BOYS):
        found.setdefault(shapes.shape(character), []).append(character)
    return {c: [o for o in group if o != c] for key, group in found.items() if key and len(group) > 1 for c in group}


def rising(weights: dict[str, float]) -> tuple[list[str], list[float]]:
    return list(weights), list(accumulate(weights.values()))
