"""A phone that takes push messages: from the tests' own push service, which stands in for the browser maker's."""

import json
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import CDPSession, Page, Worker

from tests.browser.conftest import Walker
from tests.notifications.push_service import PushService

_SAYS_YES = "PushManager.prototype.subscribe = async () => ({{ toJSON: () => ({subscription}) }});"
_SHOWN = """async () => {
    const shown = await (await navigator.serviceWorker.ready).getNotifications();
    return shown.map(({ title, body, tag }) => ({ title, body, tag }));
}"""
_PUSHED = """(message) => {
    const pushed = new PushEvent("push", { data: message });
    return new Promise((shown) => {
        pushed.waitUntil = shown;  // not by the debugger's door, where Chromium now and then takes away what was shown
        self.dispatchEvent(pushed);
    });
}"""
_TAPPED = """async () => {
    const [notification] = await self.registration.getNotifications();
    notification.close = () => {};  // it stays for this walk: what comes next has to take its place
    const tapped = new NotificationEvent("notificationclick", { notification });
    tapped.waitUntil = () => {};  // which browsers allow for taps of real thumbs only, as opening a window
    return new Promise((opens) => {
        self.clients.openWindow = opens;
        self.dispatchEvent(tapped);
    });
}"""


class Phone:
    """The phone of somebody who walks through the portal: it gets what the portal has encrypted for it."""

    def __init__(self, walker: Walker, service: PushService) -> None:
        """Let the browser's maker be the tests' own service, and the owner allow messages."""
        self._page, self._service = walker.page, service
        self._browser, self._received = service.browser(uuid4().hex), 0
        self._home = walker.portal.address(walker.host)
        context = walker.page.context
        context.grant_permissions(["notifications"], origin=self._home)
        context.add_init_script(_SAYS_YES.format(subscription=self._browser.subscription))

    def receives(self, title: str) -> None:
        """What is sent to it comes in order, until a notification whose title begins so stands there."""
        for _ in range(300):
            for message in self._service.sent_to(self._browser)[self._received :]:
                self._received += 1
                self._deliver(message)
                self._waits_for(json.loads(message)["title"])
            if any(shown["title"].startswith(title) for shown in self.shows):
                return
            self._page.wait_for_timeout(100)
        pytest.fail(f"«{title}» has not come, but {self._service.sent_to(self._browser)}")

    @property
    def shows(self) -> list[dict[str, str]]:
        """The notifications that stand on the phone."""
        shown: list[dict[str, str]] = self._page.evaluate(_SHOWN)
        return shown

    def opens(self) -> str:
        """Tap the notification; the address of the page that it leads to."""
        address: str = self._worker.evaluate(_TAPPED)
        return address

    def _waits_for(self, title: str) -> None:
        for _ in range(100):
            if title in [shown["title"] for shown in self.shows]:
                return
            self._page.wait_for_timeout(50)
        pytest.fail(f"«{title}» is not shown, but {self.shows}")

    def _deliver(self, message: str) -> None:
        """Hand a message to the service worker as the browser does that has decrypted it."""
        self._worker.evaluate(_PUSHED, message)

    @property
    def _worker(self) -> Worker:
        self._page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return next(each for each in self._page.context.service_workers if "/service-worker.js" in each.url)


def registration_of(session: CDPSession, page: Page, scope: str) -> str:
    """The id by which the browser knows the service worker of an address."""
    found: list[dict[str, Any]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda told: found.extend(told["registrations"]))
    session.send("ServiceWorker.enable")
    for _ in range(100):
        ours = [each["registrationId"] for each in found if each["scopeURL"] == scope]
        if ours:
            return str(ours[0])
        page.wait_for_timeout(50)
    raise AssertionError(f"no service worker of {scope}: {found}")
