"""The file that a proxy serves while the site does not answer says what /help says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from lxml import html

from screening.app import create_app
from tests.support.settings import TestConfig

PHONE = "555-010-0199"


def ways(tree: html.HtmlElement, xpath: str) -> set[str]:
    """The numbers and chats that a part of a page leads to."""
    links = {str(link) for link in tree.xpath(f"{xpath}//a/@href")}
    return {link for link in links if link.startswith(("tel:", "sms:", "https:"))}


@pytest.mark.parametrize("country", ["US", "UK", "IE", "CA", "AU"])
def test_it_has_every_way_to_reach_somebody_in_both_languages(country: str, tmp_path: Path) -> None:
    app = create_app(
        TestConfig(
            country=country, clinic_phone=PHONE, exit_page="https://exit.test/", support_confirmed=date(2026, 11, 21)
        )
    )
    file = tmp_path / "help.html"
    result = app.test_cli_runner().invoke(args=["help-page", str(file)])
    assert result.exit_code == 0, result.output
    assert file.stat().st_mode & 0o777 == 0o644
    written = html.document_fromstring(file.read_text(encoding="utf-8"))
    for language in ("en", "es"):
        page = app.test_client().get("/help", headers={"Accept-Language": language})
        shown = ways(html.document_fromstring(page.text), "//main")
        assert "tel:5550100199" in shown
        assert ways(written, f"//section[@lang='{language}']") == shown | {"https://exit.test/"}
    # A browser could load nothing from a site that does not answer.
    assert not written.xpath("//@src | //link | //script | //a[starts-with(@href, '/')]")


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "none" / "help.html"
    result = create_app(TestConfig()).test_cli_runner().invoke(args=["help-page", str(file)])
    assert result.output == (
        f"Error: {file} cannot be written (No such file or directory). "
        "Name a file in a folder that this user may write.\n"
    )
