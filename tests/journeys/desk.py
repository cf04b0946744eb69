"""What journeys share: signing in, the registration of one child, and looking at a page (axe, screenshot)."""

import os
import time
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT = Path(__file__).parent.parent.parent
SHOTS = ROOT / "build" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PURPOSES = ("registration", "school", "health", "legal", "linkage", "statistics", "contact")
# Words that are wider than their box and that nothing lets scroll or cuts on purpose.
SPILT = """() => [...document.querySelectorAll('main *')].filter(e => {
  if (!(e instanceof HTMLElement) || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) return false;
  if (!e.clientWidth || e.scrollWidth <= e.clientWidth + 4) return false;
  for (let up = e; up; up = up.parentElement) {
    const style = getComputedStyle(up);
    if (style.overflowX !== 'visible' || style.clipPath !== 'none') return false;
  }
  return true;
}).map(e => e.innerText.slice(0, 40))"""
HAN = "安柏晨岱恩帆歌航佳凯岚铭楠沛琪然森桐薇曦宣雅泽昭"


def unlike_name() -> str:
    """A name that no other test uses, so that no child of one journey is found in another."""
    digits = uuid.uuid4().int
    return "闵" + HAN[digits % len(HAN)] + HAN[digits // 31 % len(HAN)]


def born(name: str) -> str:
    """A birthday of its own, so that children of two journeys are not taken for one."""
    n = sum(map(ord, name))
    return f"{2014 + n % 6}-{1 + n % 12:02}-{1 + n % 28:02}"


def signed_in(browser: Any, served: Any, login: str, language: str = "en", width: int = 1280) -> Any:
    """A page of a fresh browser context in which `login` is at work.

    A one-time code works once, so the first sign-in of a log-in is kept and the next contexts go on with its session,
    until it has been idle for so long that the program itself may end it.
    """
    used, state = STAYS.get((served.address, login), (0.0, None))
    if time.monotonic() - used > IDLE_SECONDS:
        state = None
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN", storage_state=state)
    context.set_default_timeout(15_000)
    page = context.new_page()
    if state is None:
        page.goto(f"{served.address}/{language}/sign-in/")
        page.fill("[name=login]", login)
        page.fill("[name=password]", "demonstration")
        press(page, "main form button")
        page.fill("[name=code]", page.locator(".tx-card .tx-code.govuk-heading-l").inner_text())
        page.locator("input[name=context]").first.check()
        press(page, "main form button")
        state = context.storage_state()
    page.goto(f"{served.address}/{language}/start/")
    assert page.locator("header.tx-header--work").count(), f"{login} is not signed in: {page.url}"
    STAYS[served.address, login] = time.monotonic(), state
    return page


IDLE_SECONDS = (settings.SESSION_MINUTES_IDLE - 2) * 60  # a stay writes down once a minute that it is in use
STAYS: dict[tuple[str, str], tuple[float, Any]] = {}  # when it was last used, and its cookies


def press(page: Any, what: Any) -> None:
    """Click what leads to another page (a selector or a locator), and wait until that page has loaded."""
    with page.expect_navigation():
        (page.locator(what).first if isinstance(what, str) else what).click()


def comes(page: Any, selector: str) -> None:
    """Wait until the page shows it."""
    try:
        page.locator(selector).first.wait_for()
    except Exception as error:
        raise AssertionError(f"{selector} is not on {page.url}: {page.locator('main').inner_text()[:600]}") from error


def seen(page: Any, name: str) -> None:
    """Look at the page: nothing serious for axe, no sideways scroll; a picture for human eyes."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} scrolls sideways by {wide} px"
    assert not (spilt := page.evaluate(SPILT)), f"{name} has words beyond their box: {spilt}"
    if not AXE.exists():
        assert os.environ.get("CI") != "true", "axe-core is missing: npm ci"
        return
    # Through the debugger, not as a script tag: the page's own policy forbids foreign scripts, and stays in force.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert not serious, [(v["id"], v["nodes"][0]["html"]) for v in serious]


def sheets(page: Any, name: str) -> int:
    """How many sheets of paper the page takes as its own style says; the PDF is kept for human eyes."""
    printed = page.pdf(path=SHOTS / f"{name}.pdf", prefer_css_page_size=True)
    return int(printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page "))


def search(page: Any, served: Any, language: str = "en", **typed: str) -> None:
    page.goto(f"{served.address}/{language}/people/search/")
    for field, value in typed.items():
        page.fill(f"[name={field}]", value)
    press(page, "form[data-search-form] button")


def section(page: Any, code: str) -> None:
    press(page, f"main a[href$='/{code}/']")


def save(page: Any) -> None:
    press(page, "main form button.govuk-button")


def register(page: Any, served: Any, name: str, language: str = "en") -> str:
    """Search first, then register `name` through every section; ends on the card. Returns the programme number."""
    search(page, served, language, name=name, birth=born(name), origin="沧县", guardian=f"闵{name[1:]}建")
    press(page, "form[action*=start] button")
    section(page, "name")
    page.check("[name=sex][value=female]")
    save(page)
    section(page, "guardian")
    page.check("[name=guardian_relation][value=father]")
    page.check("[name=guardian_lives_with]")
    save(page)
    section(page, "move")
    page.fill("[name=moved_on]", "2026-09")
    page.check("[name=move_reason][value=work_of_parents]")
    save(page)
    section(page, "consent")
    page.check("[name=read_by][value=desk]")
    for purpose in PURPOSES:
        page.check(f"[name=consent_{purpose}][value=agreed]")
    save(page)
    section(page, "address")
    page.fill("[name=division]", "常州钟楼")
    page.fill("[name=community]", "青竹社区（演示）")
    page.fill("[name=phone]", f"000{uuid.uuid4().int % 10**8:08d}")
    save(page)
    section(page, "language")
    page.check("[name=languages][value=zh]")
    save(page)
    section(page, "check")
    save(page)
    assert page.url.endswith("/card/"), page.locator("main").inner_text()[:400]
    return str(page.locator(".tx-idcard__no").inner_text())


def open_person(page: Any) -> str:
    """From the card to the person; returns the address."""
    press(page, ".tx-printbar a.govuk-button")
    return str(page.url)
