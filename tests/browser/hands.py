"""Ways in which somebody fills in a form: with a thumb, by keyboard, without JavaScript, in and out of coverage."""

import re

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.conftest import Walker


class Thumb:
    """Taps. The others differ in how they do the same things."""

    def __init__(self, walker: Walker) -> None:
        """Hands of somebody who walks through the portal."""
        self.walker = walker

    @property
    def page(self) -> Page:
        """What she looks at."""
        return self.walker.page

    def begins(self, service: str, name: str) -> None:
        """Find the service's page, log in as somebody, and start an application."""
        self.walker.goes_to(f"/soknad/{service}")
        self.page.get_by_role("link", name="Logg inn og start").click()
        self.page.get_by_role("button", name=name).first.click()
        self.page.wait_for_url(re.compile(f"/soknad/{service}|/steg/"))
        if "/steg/" not in self.page.url:
            self.presses("Start søknaden")

    def writes(self, name: str, text: str) -> None:
        """Fill a field."""
        self.page.locator(f"[name={name}]").fill(text)

    def chooses(self, name: str, value: str = "y") -> None:
        """Choose an answer; its label covers the small circle, so that a thumb hits it."""
        self.page.locator(f"input[name={name}][value={value}]").check(force=True)

    def attaches(self, name: str, photo: FilePayload) -> None:
        """Take a picture of a paper."""
        self.page.locator(f"input[type=file][name={name}]").set_input_files(photo)

    def presses(self, button: str) -> None:
        """Press a button of the page's own content, found by its value or its words, and read the page that comes."""
        with self.page.expect_navigation():
            self._press(self._button(button))
        self.walker.reads()

    def sends(self, button: str) -> None:
        """Press the button that ends a page."""
        self.presses(button)

    def _button(self, button: str) -> Locator:
        main = self.page.locator("main")
        return main.locator(f"button[value='{button}']:not([aria-hidden])").or_(
            main.get_by_role("button", name=button).or_(main.get_by_role("link", name=button))
        ).first  # fmt: skip

    def _press(self, target: Locator) -> None:
        target.click()


class Keyboard(Thumb):
    """Tab, arrows, Space and Enter; the mouse is broken. What has the focus is always seen to have it."""

    def __init__(self, walker: Walker) -> None:
        """The machine's window of files is caught from the start: a key opens it before a listener could be set."""
        super().__init__(walker)
        self.page.on("filechooser", lambda _chooser: None)

    def writes(self, name: str, text: str) -> None:
        """Type into a field."""
        self._goes_to(self.page.locator(f"[name={name}]"))
        self.page.keyboard.type(text)

    def chooses(self, name: str, value: str = "y") -> None:
        """Space on a box; the arrow keys go through the circles of a group."""
        wanted = self.page.locator(f"input[name={name}][value={value}]")
        if wanted.get_attribute("type") == "checkbox":
            self._goes_to(wanted)
            self.page.keyboard.press("Space")
        else:
            self._goes_to(self.page.locator(f"input[name={name}]"))
            self.page.keyboard.press("Space")
            for _ in range(self.page.locator(f"input[name={name}]").count()):
                if wanted.is_checked():
                    break
                self.page.keyboard.press("ArrowDown")
        assert wanted.is_checked()

    def attaches(self, name: str, photo: FilePayload) -> None:
        """Space on the field opens the machine's own window of files."""
        self._goes_to(self.page.locator(f"input[type=file][name={name}]"))
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(photo)
        expect(self.page.get_by_role("button", name=photo["name"])).to_be_visible()  # “Remove …”: it is there

    def _press(self, target: Locator) -> None:
        self._goes_to(target)
        self.page.keyboard.press("Enter")

    def _goes_to(self, wanted: Locator) -> None:
        """Tab until one of `wanted` has the focus, as somebody does who does not know how far it is."""
        for _ in range(150):
            if wanted.evaluate_all("elements => elements.includes(document.activeElement)"):
                self._sees_the_focus()
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{wanted} is not reached by the Tab key on {self.page.url}")

    def _sees_the_focus(self) -> None:
        drawn = self.page.evaluate(
            """() => {
                let shown = document.activeElement;
                for (; shown && shown !== document.body; shown = shown.parentElement) {
                    const style = getComputedStyle(shown);
                    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) return true;
                    if (style.boxShadow !== "none") return true;
                }
                return false;
            }"""
        )
        assert drawn, f"the focus is not seen on {self.page.url}"


class WithoutScript(Thumb):
    """JavaScript is off: each thing that a page can do, it does by a form."""

    def attaches(self, name: str, photo: FilePayload) -> None:
        """Choose the file and send it with its own button."""
        super().attaches(name, photo)
        self.presses(f"add-file:{name}")
        expect(self.page.get_by_role("button", name=photo["name"])).to_be_visible()


class OnTheTrain(Thumb):
    """The net is gone while a page is filled in, and comes back before it is sent."""

    def writes(self, name: str, text: str) -> None:
        """Type in a tunnel."""
        self._loses_the_net()
        super().writes(name, text)
        self.page.locator(f"[name={name}]").blur()

    def attaches(self, name: str, photo: FilePayload) -> None:
        """The picture waits for the net, and goes by itself when it is there."""
        self._loses_the_net()
        super().attaches(name, photo)
        self.page.locator(f"#{name}-list").get_by_text(photo["name"]).wait_for()
        self._finds_the_net()
        expect(self.page.get_by_role("button", name=photo["name"])).to_be_visible()

    def presses(self, button: str) -> None:
        """Out of the tunnel, what was typed has gone; then the page is sent."""
        self._finds_the_net()
        super().presses(button)

    def sends(self, button: str) -> None:
        """A page that is sent in the tunnel stays, and says so."""
        self._loses_the_net()
        self._press(self._button(button))
        line = self.page.locator("[data-autosave]")
        expect(line).to_have_text(line.get_attribute("data-offline") or "")
        self._finds_the_net()
        expect(line).not_to_have_text(line.get_attribute("data-offline") or "")
        self.presses(button)

    def _loses_the_net(self) -> None:
        self.page.context.set_offline(True)

    def _finds_the_net(self) -> None:
        self.page.context.set_offline(False)
