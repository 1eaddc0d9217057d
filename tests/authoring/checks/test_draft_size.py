from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from screening.authoring import proofs
from screening.authoring.loader import load_questionnaire
from screening.authoring.yaml_document import BadQuestions
from screening.questionnaire.model import Questionnaire
from screening.web.cookies import MAX_COOKIE_BYTES
from screening.web.questionnaire_limits import LIMITS, largest_cookie
from tests.support.spoiled_files import NO_WORDS, refused, write


def test_a_draft_that_would_outgrow_its_cookie_is_refused(folder: Path) -> None:
    write(folder / "questionnaire.yaml", "id: unsure", f"id: {'u' * 1250}")
    (complaint,) = refused(folder)
    assert re.fullmatch(
        r"questionnaire\.yaml:6:3: With everything chosen, the draft needs \d{4} bytes of its cookie; "
        rf"the limit is {MAX_COOKIE_BYTES}\. Shorten ids, or ask fewer questions\.",
        complaint,
    )


def test_what_is_too_large_is_not_proved(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "prove", lambda _: pytest.fail("It was proved."))
    with pytest.raises(BadQuestions) as error:
        load_questionnaire(folder, NO_WORDS, LIMITS._replace(most_cookie_bytes=1))
    assert len(error.value.complaints) == 1


def sealed(questionnaire: Questionnaire, answers: dict[str, tuple[str, ...]]) -> int:
    """Return the size in bytes of the draft cookie with these answers, as the site writes it."""
    longest = max(questionnaire.questions, key=lambda asked: len(" ".join(option.id for option in asked.options)))
    draft = {
        "of": questionnaire.id,
        "version": questionnaire.version[:12],
        "answers": {question: " ".join(chosen) for question, chosen in answers.items()},
        "dropped": " ".join(question.id for question in questionnaire.questions if question.id not in answers),
        "news": False,
        "revised": False,
        "mistake": " ".join((longest.id, *(option.id for option in longest.options), "?")),
    }
    # The code and its week are not in it yet.
    beside = {"at": 1795000000, "csrf_token": "0" * 40, "language": "en", "code": "0" * 14, "week": "2026-W47"}
    return len(Fernet(Fernet.generate_key()).encrypt(json.dumps({**beside, "draft": draft}).encode()))


@pytest.mark.parametrize("name", ["tiny", "crowded", "real", "long alone", "long id"])
def test_no_draft_is_larger_than_foretold(
    folder: Path, tiny: Questionnaire, crowded: Questionnaire, real: Questionnaire, name: str
) -> None:
    if name == "long alone":
        write(folder / "questionnaire.yaml", "nothing: {say", f"{'n' * 950}: {{say")
    if name == "long id":
        write(folder / "questionnaire.yaml", "id: tiny", f"id: {'t' * 1000}")
    spoilt = load_questionnaire(folder, NO_WORDS, LIMITS)[0]
    questionnaire = {"tiny": tiny, "crowded": crowded, "real": real}.get(name, spoilt)
    shuffle = random.Random(7)
    largest = 0
    for _ in range(200):
        answers = {}
        for question in questionnaire.questions:
            ids = [option.id for option in question.options if not option.alone]
            alone = [option.id for option in question.options if option.alone]
            few = (shuffle.choice(ids + alone),)
            answers[question.id] = tuple(ids) if question.many and shuffle.random() < 0.7 else few
        largest = max(largest, sealed(questionnaire, answers))
    assert largest <= largest_cookie(questionnaire) <= largest + 700
