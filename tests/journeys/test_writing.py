"""Input methods, rare characters and paper, in a real Chromium: what is being put together is never taken for done."""

import re
import shutil
import subprocess

import pytest

from tests.journeys import desk

RARE = "𠮷𬭎𮧵"  # extensions B, E and F
WATCH = """() => {
  window.left = 0; window.asked = 0;
  addEventListener('submit', () => { window.left += 1; }, true);
  const send = window.fetch; window.fetch = (...what) => { window.asked += 1; return send(...what); };
}"""


class InputMethod:
    """What an input method does to a field: letters that are not yet a word, keys that belong to it, then the word."""

    def __init__(self, page):
        self.page, self.wire = page, page.context.new_cdp_session(page)

    def compose(self, letters):
        for end in range(1, len(letters) + 1):
            so_far = letters[:end]
            self.wire.send("Input.imeSetComposition", {"text": so_far, "selectionStart": end, "selectionEnd": end})

    def key(self, key):
        """A key pressed while it composes: browsers give it the code 229."""
        for kind in ("rawKeyDown", "keyUp"):
            self.wire.send("Input.dispatchKeyEvent", {"type": kind, "key": key, "windowsVirtualKeyCode": 229})

    def choose(self, word):
        self.wire.send("Input.insertText", {"text": word})


def typed_by_input_method(page, selector, letters, word):
    """Composes in the field; returns after the word was chosen. Nothing may be sent or asked, and no page left."""
    page.locator(selector).focus()
    page.evaluate(WATCH)
    before, method = page.url, InputMethod(page)
    method.compose(letters)
    assert page.input_value(selector) == letters  # the letters stand in the field, as no word yet
    for key in ("Enter", "/", "?", "1", " "):
        method.key(key)
    page.wait_for_timeout(150)
    assert page.evaluate("[window.left, window.asked]") == [0, 0] and page.url == before
    assert page.evaluate("document.activeElement.name") == re.search(r"name=(\w+)", selector)[1]
    method.choose(word)
    assert page.input_value(selector) == word
    assert page.evaluate("[window.left, window.asked]") == [0, 0] and page.url == before


def test_nothing_happens_while_an_input_method_composes(served, browser):
    page = desk.signed_in(browser, served, "desk", "zh-hans")
    page.goto(f"{served.address}/zh-hans/people/search/")
    typed_by_input_method(page, "[name=name]", "min yu", "闵" + RARE)
    page.fill("[name=birth]", "10虚岁")
    typed_by_input_method(page, "[name=origin]", "cang xian", "沧县")
    desk.press(page, "form[data-search-form] button")
    desk.press(page, "form[action*=start] button")
    desk.section(page, "name")
    typed_by_input_method(page, "[name=other_names]", "yu yu", "玉玉")
    understood = page.locator("aside .tx-panel").first.inner_text()
    for said in ("闵", "U+20BB7", "U+2CB4E hóng", "U+2E9F5", "虚岁"):
        assert said in understood
    desk.seen(page, "name.rare.zh")
    page.check("[name=sex][value=male]")
    desk.save(page)
    assert "/name/" not in page.url


def test_the_same_key_is_obeyed_when_nothing_composes(served, browser):
    """Control: the watch sees what is sent, and Enter sends it."""
    page = desk.signed_in(browser, served, "desk", "zh-hans")
    page.goto(f"{served.address}/zh-hans/people/search/")
    page.fill("[name=name]", "闵")
    page.evaluate(WATCH)
    page.locator("[name=name]").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    desk.comes(page, ".govuk-error-summary")


@pytest.mark.parametrize(
    ("path", "size", "said"),
    [
        ("papers/consent/?paper=zh-hans", "A4", "见证人"),
        ("papers/consent/?paper=mn", "A4", "Гэрч"),
        ("papers/registration/?paper=zh-hans", "A4", "guardian_relation"),
        ("papers/referral/?paper=en", "A4", "Seal of the centre"),
    ],
)
def test_paper_prints_on_one_sheet(served, browser, path, size, said, tmp_path):
    page = desk.signed_in(browser, served, "desk", "zh-hans")
    page.goto(f"{served.address}/zh-hans/{path}")
    pages, words = printed(page, tmp_path)
    assert 1 <= len(pages) <= 2 and all(size in one for one in pages)  # one sheet, both sides
    assert said in words


def test_ticket_and_card_print_with_rare_characters(served, browser, tmp_path):
    page, name = desk.signed_in(browser, served, "desk", "zh-hans"), desk.unlike_name() + "𠮷"
    number = desk.register(page, served, name, "zh-hans")
    _pages, words = printed(page, tmp_path)
    assert "U+20BB7" in words and "𠮷" in words
    desk.press(page, "a[href$='/ticket/']")
    [size], words = printed(page, tmp_path)
    assert size.startswith("Page size: 227")  # 80 mm
    assert number in words.replace("\n", "") and name not in words


def printed(page, folder):
    """The sizes of the pages and the words of what the browser prints."""
    if shutil.which("pdfinfo") is None:
        pytest.skip("no poppler on this machine (Debian: apt-get install poppler-utils)")
    file = folder / "printed.pdf"
    page.pdf(path=file, prefer_css_page_size=True)
    told = subprocess.run(["pdfinfo", "-l", "9", file], capture_output=True, text=True, check=True).stdout
    sizes = [" ".join(line.split()) for line in re.findall(r"Page +\d* *size:.*", told)]
    words = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
    return [re.sub(r"Page \d+ size", "Page size", one) for one in sizes], words
