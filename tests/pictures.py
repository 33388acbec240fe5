"""`make pictures`: the pictures in the documentation, taken of the running demo."""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import PHONE, QUIET, chromium
from tests.ports import free_port
from tests.running import running_portal

FRONT_PAGE = Path(__file__).parents[1] / "docs" / "front-page.png"
COLOURS = 64
"""Enough for a page without photos, and it keeps the file small."""


def main() -> None:
    """Log in as Kari on a phone and take a picture of what she meets."""
    with (
        TemporaryDirectory(prefix="portal-walk-") as instance,
        running_portal(Path(instance), free_port(following=1)) as portal,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=chromium(), args=QUIET)
        page = browser.new_page(viewport=PHONE, device_scale_factor=1.5, locale="nb-NO", timezone_id="Europe/Oslo")
        page.goto(f"{portal.address()}/min-side")
        page.get_by_role("button", name="Kari Moen").first.click()
        while not page.get_by_text("Morgenstell").count():  # the care record system pushes when the portal is up
            page.wait_for_timeout(1000)
            page.reload()
        picture = Image.open(BytesIO(page.screenshot()))
        browser.close()
    picture.convert("RGB").quantize(COLOURS).save(FRONT_PAGE, optimize=True)


if __name__ == "__main__":
    main()
