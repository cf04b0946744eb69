"""What nobody may see who is not entitled: one child here and one elsewhere, each value found nowhere else."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Canary:
    """What nobody may see who is not entitled, field by field; each value occurs nowhere else in the house."""

    name: str
    spoken: str
    other_name: str
    guardian: str
    decider: str
    phone: str
    document: str
    community: str
    address: str
    birth_said: str
    sibling: str
    draft: str
    colleague: str
    carried: str  # a child that the officer registered
    note: str
    evidence: str  # what a partner's report rests on
    complaint: str  # said on the public page, handed to the centre
    harm: str  # said on the public page, for the safeguarding lead alone
    birth: date

    def values(self) -> dict[str, tuple[str, ...]]:
        """Each field in every way in which a page could write it."""
        plain = {name: (value,) for name, value in vars(self).items() if isinstance(value, str)}
        day = self.birth
        return plain | {
            "birth": (
                day.isoformat(),
                f"{day.year}年{day.month}月{day.day}日",
                f"{day.day} {day:%B} {day.year}",
                f"{day:%Y}.{day:%m}.{day:%d}",
            )
        }


CANARY_HERE = Canary(
    name="秦鸢鹂",
    spoken="Qinn Yuanliii",
    other_name="鸢宝宝",
    guardian="秦砚樵",
    decider="秦砚樵",
    phone="139 4417 0261",
    document="DOC-4417-HERE",
    community="砚山里社区（演示）",
    address="砚山里 417 号（演示）",
    birth_said="说是龙年腊月",
    sibling="秦鸢鹭",
    draft="秦鹮草稿",
    colleague="秦鹬旁稿",
    carried="秦鸶鸶",
    note="鹂鸣之约带户口簿",
    evidence="鹂册第 417 页（演示）",
    complaint="鹂鹂等了半天（演示）",
    harm="鹂鹂被锁在屋里（演示）",
    birth=date(2014, 10, 23),
)
CANARY_THERE = Canary(
    name="褚鹓鸿",
    spoken="Chuu Yuanhonggg",
    other_name="鹓小鸿",
    guardian="褚墨樨",
    decider="褚墨樨",
    phone="138 8823 0795",
    document="DOC-8823-THERE",
    community="墨樨湾社区（演示）",
    address="墨樨湾 823 号（演示）",
    birth_said="说是马年正月",
    sibling="褚鹓鸥",
    draft="褚鹮草稿",
    colleague="褚鹬旁稿",
    carried="褚鸶鸶",
    note="鸿雁之约带校服",
    evidence="鸿册第 823 页（演示）",
    complaint="鹓鹓没人接待（演示）",
    harm="鹓鹓挨了打（演示）",
    birth=date(2013, 7, 27),
)
