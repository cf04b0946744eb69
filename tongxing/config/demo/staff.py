"""Who may sign in to the demonstration. The password is the same for all; the site listens on loopback only."""

from dataclasses import dataclass

PASSWORD = "demonstration"  # noqa: S105


@dataclass(frozen=True)
class Member:
    login: str
    name: str
    role: str
    centre: str  # slug of organisations.Centre; empty for national roles


STAFF = (
    Member("desk", "王前台（演示）", "front_desk", "changzhou-2"),
    Member("case", "陈个案（演示）", "case_worker", "changzhou-2"),
    Member("police", "赵警官（演示）", "police", "changzhou-2"),
    Member("school", "李老师（演示）", "receiver", "changzhou-school-1"),
    Member("clinic", "孙医生（演示）", "receiver", "changzhou-clinic-1"),
    Member("other", "周前台（演示）", "front_desk", "zhongshan-1"),
    Member("partner", "钱填报（演示）", "partner", "changzhou-office"),
    Member("mande", "吴监测（演示）", "mande", ""),
    Member("lead", "郑协调（演示）", "coordinator", ""),
    Member("guard", "何保护（演示）", "safeguarding", ""),
    Member("rights", "冯权益（演示）", "protection", ""),
    Member("system", "褚系统（演示）", "system", ""),
    Member("security", "卫安全（演示）", "security", ""),
    Member("audit", "蒋审计（演示）", "audit", ""),
)

# In a training instance only: each trainee has a desk of a centre, where what others do does not disturb.
TRAINEES = tuple(
    Member(f"trainee{number:02}", f"学员{number:02}（演示）", role, centre)
    for number, centre in enumerate(
        ("changzhou-1", "changzhou-2", "zhongshan-1", "zhongshan-2", "tianjin-1", "tianjin-2") * 2, start=1
    )
    for role in ("front_desk", "case_worker")
)
# What the sign-in page of a training instance says first: (role, log-ins).
TRAINED_AS = [(role, f"{TRAINEES[0].login} – {TRAINEES[-1].login}") for role in ("front_desk", "case_worker")]
