"""What the first page costs someone with little data and a slow line."""

from __future__ import annotations

from typing import Any

from tests.browser.patient import Patient

MOST_BYTES = 14 * 1024
MOST_REQUESTS = 3


def test_the_first_page_fits_into_fourteen_kilobytes(patient: Patient) -> None:
    sizes: list[int] = []

    def loaded(event: dict[str, Any]) -> None:
        sizes.append(int(event["encodedDataLength"]))

    network = patient.context.new_cdp_session(patient.page)
    network.on("Network.loadingFinished", loaded)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    patient.page.goto(f"{patient.origin}/", wait_until="networkidle")
    # Playwright does not tell of icons, so what the page names is counted too.
    named = patient.page.locator("script[src], link[href]:not([href^='data:'])")
    assert {f"{patient.origin}/", *named.evaluate_all("all => all.map(one => one.src || one.href)")} == set(
        patient.requested
    )
    assert len(patient.requested) <= MOST_REQUESTS
    assert len(sizes) == len(patient.requested)
    assert sum(sizes) <= MOST_BYTES
