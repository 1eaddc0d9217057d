"""The schema of the question files: their keys, each with a description that editors show.

It covers one file at a time. The `checks` package compares files with one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from screening.authoring.field_types import (
    Address,
    AuthoredText,
    Country,
    DayOrNone,
    DayText,
    Gone,
    Icon,
    Id,
    Key,
    Language,
    Letters,
    NumberText,
    PickReference,
    QuestionReference,
    References,
    Texts,
    Yes,
    YesOrNo,
    authoring_error,
)
from screening.authoring.yaml_document import Fault, Where

FileName: TypeAlias = str
"""questionnaire, topics, sources, support or wording; for a translation, its language code."""


class Finding(NamedTuple):
    """A fault, and the file that has it. A warning is reported and blocks nothing."""

    file: FileName
    fault: Fault
    is_warning: bool = False


class SchemaNode(BaseModel):
    """A mapping that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OptionPart(SchemaNode):
    say: AuthoredText = Field(description="The text of the option.")
    topics: list[Id] = Field([], description="Topics that the summary explains if this is chosen.")
    questions: list[QuestionReference] = Field(
        [], description="Questions to take along that come without their topic: topic, topic/2 or always/1."
    )
    alone: Yes | None = Field(None, description="true: it cannot be chosen together with others.")
    replaces: list[PickReference] = Field(
        [], description="Picks of earlier versions that it replaces, each as question/option."
    )


Options = Annotated[dict[Id, OptionPart], Field(min_length=2)]
Conditions = Annotated[dict[Id, Annotated[list[Id], Field(min_length=1)]], Field(min_length=1)]


class QuestionPart(SchemaNode):
    id: Id = Field(description="Its name in stored answers, such as low-mood. Never change it once it is in use.")
    ask: AuthoredText = Field(description="The text of the question.")
    hint: AuthoredText | None = Field(None, description="A line of help below the question.")
    why: AuthoredText = Field(description='The text under "Why we ask".')
    sources: References = Field(description="Where it comes from, each as source/heading.")
    ask_if: Conditions | None = Field(
        None, description="Asked only if each earlier question named here was answered with one of the listed options."
    )
    priority: Literal["1", "2", "3"] | None = Field(
        None, description="1: each pick owns a question to take along, and its topics come first. 2 and 3: they follow."
    )
    recap: Yes | None = Field(None, description='true: its picks are repeated under "What you may want to bring up".')
    choose_one: Options | None = Field(None, description="Options of which one can be chosen: id, colon, option.")
    choose_any: Options | None = Field(None, description="Options of which several can be chosen: id, colon, option.")

    @property
    def options(self) -> dict[str, OptionPart]:
        return self.choose_one or self.choose_any or {}


class PauseWords(SchemaNode):
    id: Id = Field(description="Its name, such as a-pause.")
    title: AuthoredText = Field(description="The heading of its page.")
    say: Texts = Field(description="Its paragraphs.")


class PausePart(SchemaNode):
    pause: PauseWords = Field(description="A page without a question, with help close by. One is allowed.")


# The tags of union members are in angle brackets, so that no key in a file can equal one.
def _kind_of_item(item: Any) -> str:
    return "<pause>" if isinstance(item, dict) and "pause" in item else "<question>"


Item = Annotated[
    Annotated[QuestionPart, Tag("<question>")] | Annotated[PausePart, Tag("<pause>")], Discriminator(_kind_of_item)
]


class SectionPart(SchemaNode):
    id: Id = Field(description="Its name, which translations refer to.")
    title: AuthoredText = Field(description="The title above its questions and in the browser's tab: name no medicine.")
    icon: Icon | None = Field(None, description="The picture next to its title.")
    items: list[Item] = Field(min_length=1, description="Its questions, and optionally a pause, in order.")


class StartPart(SchemaNode):
    lead: AuthoredText = Field(description="The first sentence of the start page: what this is.")
    protects: Texts = Field(description="What this cannot do, and what nobody should do because of it. Shown in bold.")
    fine: AuthoredText = Field(description="One line in small print: who it is for, and who watches.")


class GovernancePart(SchemaNode):
    written_by: AuthoredText = Field(description="Who wrote the words.", examples=["the makers of this software"])
    written_on: DayText = Field(description="The day they were written.", examples=["2026-11-30"])
    reviewed_by: AuthoredText = Field(
        description="The clinician who reviewed them, with name and role, or none.", examples=["none"]
    )
    reviewed_on: DayOrNone = Field(description="The day of that review, or none.", examples=["none"])
    next_review: DayText = Field(description="The day by which they will be reviewed.", examples=["2027-05-31"])
    paid_by: AuthoredText = Field(description="Who paid for them, or none if that is not stated.", examples=["none"])
    interest: AuthoredText = Field(
        description="What the clinic gains.", examples=["This clinic may offer ketamine therapy."]
    )


class QuestionnaireFile(SchemaNode):
    """questionnaire.yaml"""

    id: Id = Field(description="The name under which answers are stored. Never change it once it is in use.")
    slug: Id = Field(description="Its part of the address, such as reflection: name no medicine.")
    title: AuthoredText = Field(description="The heading of the start page: name no medicine.")
    start: StartPart | None = Field(None, description="The first screen.")
    about: Texts = Field(description="The paragraphs of the start page: what this is, and what it is not.")
    governance: GovernancePart | None = Field(None, description="Who is responsible for the words. Readers see it.")
    gone: dict[Gone, AuthoredText] = Field(
        {},
        description="Words for removed questions and options of earlier versions: question or question/option.",
    )
    sections: list[SectionPart] = Field(min_length=1, description="The parts of the questionnaire, in order.")


class ParagraphPart(SchemaNode):
    say: AuthoredText = Field(description="The paragraph.")
    general: Yes | None = Field(
        None, description="true: it is in none of the articles, and is marked as general information."
    )
    sources: References | None = Field(None, description="Where it comes from, each as source/heading.")

    @model_validator(mode="after")
    def _has_sources_or_is_general(self) -> ParagraphPart:
        if bool(self.general) is bool(self.sources):
            raise authoring_error('A paragraph needs either sources or "general: true".', "Write one of the two.")
        return self


class FactPart(SchemaNode):
    say: AuthoredText = Field(description="The fact, in plain words.")
    country: Country = Field(description="The country in which it is true and shown, such as US.")
    sources: References = Field(description="Outside sources that say so.")


def _kind_of_text(text: Any) -> str:
    return "<parts>" if isinstance(text, dict | SchemaNode) else "<words>"


ParagraphOrFact = Annotated[
    Annotated[AuthoredText, Tag("<words>")] | Annotated[ParagraphPart, Tag("<parts>")], Discriminator(_kind_of_text)
]
Paragraphs = Annotated[list[ParagraphOrFact], Field(min_length=1)]


class StatementPart(SchemaNode):
    say: AuthoredText = Field(description="The sentence; it names the article that says so.")
    sources: References = Field(
        description="Where it comes from. Cite an article without a heading if it is silent on it."
    )
    risks: list[Id] = Field([], description="The risks that it names, of those listed under risks.")


class GeneralPart(SchemaNode):
    say: AuthoredText = Field(description="The sentence. It is marked as general information.")


Statements = Annotated[list[StatementPart], Field(min_length=1)]


class CardPart(SchemaNode):
    help: AuthoredText | None = Field(
        None, description="A sentence about getting help now. {talk} and {emergency} become the numbers."
    )
    said: Statements = Field(description="What the articles say.")
    care: Statements = Field(description="What calls for care: dangers and limits only.")
    unknown: Statements = Field(description="What is not known.")
    general: list[GeneralPart] = Field([], description="What is in none of the articles.")
    outside: list[FactPart] = Field([], description="Facts of one country that are in none of the articles.")


class SentencePart(SchemaNode):
    say: AuthoredText = Field(description="The sentence.")
    kind: Literal["said", "care", "unknown", "general"] = Field(description="What kind of sentence it is.")
    sources: References | None = Field(None, description="Where it comes from, each as source/heading.")
    risks: list[Id] = Field([], description="The risks that it names, of those listed under risks.")

    @model_validator(mode="after")
    def _has_sources_or_is_general(self) -> SentencePart:
        if (self.kind == "general") is bool(self.sources):
            raise authoring_error(
                "Every sentence needs sources, except one of kind general, which has none.",
                "Add or delete its sources, or change its kind.",
            )
        return self


class BoxParagraphPart(SchemaNode):
    sentences: list[SentencePart] = Field(min_length=1, description="Its sentences, in order.")
    question: QuestionReference | None = Field(None, description="A question that ends it: topic, topic/2 or always/1.")


class BoxPart(SchemaNode):
    paragraphs: list[BoxParagraphPart] = Field(min_length=1, description="Its paragraphs, in order.")
    outside: list[FactPart] = Field([], description="Facts of one country that are in none of the articles.")


class GroupPart(SchemaNode):
    id: Id = Field(description="Its name, which translations refer to.")
    title: AuthoredText = Field(description="Its heading.")
    topics: list[Id] = Field(min_length=1, description="Its topics.")


class TopicPart(SchemaNode):
    id: Id = Field(description="Its name, which options refer to.")
    title: AuthoredText = Field(description="Its heading, without a verdict.")
    about: AuthoredText | None = Field(None, description="One line about it, for the list of topics.")
    card: CardPart | None = Field(None, description="The topic in short, as every summary shows it.")
    says: Paragraphs = Field(description="What the articles say. Each sentence names its article.")
    warns: Paragraphs = Field(description="What they warn of, and where one is silent.")
    unknown: Paragraphs = Field(description="What is not known.")
    outside: list[FactPart] = Field([], description="Facts of one country that are in none of the articles.")
    ask: list[AuthoredText] = Field(
        min_length=2, max_length=4, description="Two to four questions to take to a professional."
    )
    sources: References = Field(description="Where it comes from, each as source/heading.")
    always: Yes | None = Field(None, description="true: every summary has it, whatever was answered.")


class ReferralPart(SchemaNode):
    opens: Texts = Field(description="The paragraphs that open every summary.")
    closes: Texts = Field(description="The paragraphs that close every summary.")


class FindProfessionalPart(SchemaNode):
    title: AuthoredText = Field(description="Its heading.")
    say: Paragraphs = Field(description="How to find a qualified professional.")
    bring: Texts = Field(description="What to bring along, one thing each.")


class TopicsFile(SchemaNode):
    """topics.yaml"""

    referral: ReferralPart = Field(description="To a qualified professional: how every summary opens and closes.")
    finding: FindProfessionalPart = Field(
        description="How to find a professional, and what to bring. In every summary."
    )
    ask_always: list[AuthoredText] = Field(
        min_length=4, max_length=4, description="The four questions that everyone takes."
    )
    risks: list[Id] = Field([], description="The main risks: every summary names each of them.")
    box: BoxPart | None = Field(None, description="What is worth knowing, whatever was picked. In every summary.")
    groups: list[GroupPart] = Field([], description="The groups of the list of topics. Each topic is in one of them.")
    topics: list[TopicPart] = Field(min_length=1, description="The topics, in display order.")


class OwnWordsPart(SchemaNode):
    say: AuthoredText = Field(description="Our own words for a source without a title. They are translated.")


Title = Annotated[
    Annotated[AuthoredText, Tag("<words>")] | Annotated[OwnWordsPart, Tag("<parts>")], Discriminator(_kind_of_text)
]


class SourcePart(SchemaNode):
    id: Id = Field(description="Its name in sources: lists.")
    title: Title = Field(description="Its title, word for word. If it has none: say, a colon, and our own words.")
    about: AuthoredText = Field(description="What it is and what its limits are, for readers.")
    by: AuthoredText | None = Field(None, description="Who wrote it.")
    published: DayText | None = Field(None, description="The day it was published, such as 2026-03-31.")
    checked: DayText | None = Field(None, description="The day someone last checked it. For outside sources.")
    url: Address | None = Field(None, description="Its full address, starting with https://. For outside sources.")
    verified: YesOrNo | None = Field(None, description="false: nobody has compared it with the live page yet.")
    headings: dict[Id, Title] | None = Field(None, min_length=1, description="Of an article: id, colon, its heading.")


class TranslationAuthorship(SchemaNode):
    translated_by: AuthoredText = Field(description="Who translated it.", examples=["the makers of this software"])
    reviewed_by: AuthoredText = Field(description="Who reviewed it, with name and role, or none.", examples=["none"])
    reviewed_on: DayOrNone = Field(description="The day of that review, or none.", examples=["none"])


class SourcesFile(SchemaNode):
    """sources.yaml"""

    limits: Texts = Field(description="What the sources cannot tell. Readers see it before the sources.")
    sources: list[SourcePart] = Field(min_length=1, description="The articles and the outside sources.")


class Files(NamedTuple):
    """The three files of one questionnaire."""

    questionnaire: QuestionnaireFile
    topics: TopicsFile
    sources: SourcesFile

    def items(self) -> Iterator[tuple[Where, QuestionPart | PausePart]]:
        """Yield every question and pause, with its position in questionnaire.yaml."""
        for section_number, section in enumerate(self.questionnaire.sections):
            for number, item in enumerate(section.items):
                yield ("sections", section_number, "items", number), item

    def questions(self) -> Iterator[tuple[Where, QuestionPart]]:
        """Yield every question, with its position in questionnaire.yaml."""
        return ((where, item) for where, item in self.items() if isinstance(item, QuestionPart))


class WayPart(SchemaNode):
    press: Key | None = Field(None, description="What to press once the call is answered.")
    word: Letters | None = Field(None, description="The word to text.")
    chat: Address | None = Field(None, description="The address for writing to someone, starting with https://.")


class EmergencyWayPart(SchemaNode):
    ask_for: AuthoredText = Field(description="The word to say to be understood: the language's own name.")


class LinePart(SchemaNode):
    id: Id = Field(description="Its name, such as us-988.")
    name: AuthoredText = Field(description="What it is called.")
    call: NumberText | None = Field(None, description="The number to call.")
    text: NumberText | None = Field(None, description="The number to text.")
    chat: Address | None = Field(None, description="The address for writing to someone, starting with https://.")
    press: Key | None = Field(None, description="What to press once the call is answered.")
    word: Letters | None = Field(None, description="The word to text.")
    languages: list[Language] = Field(min_length=1, description="The languages spoken there, such as en.")
    ways: dict[Language, WayPart] = Field(
        {}, description="A language of the line: colon, then what readers of it press, text or open instead."
    )
    source: AuthoredText = Field(description="Who says so: where the number was found.")
    checked: DayText = Field(description="The day someone last compared it with its source.")
    verified: YesOrNo = Field(
        description="true: the source is its own or an authority's page. false: the clinic still has to confirm it."
    )
    note: AuthoredText | None = Field(None, description="What callers should know.")

    @model_validator(mode="after")
    def _has_a_contact(self) -> LinePart:
        if not (self.call or self.text or self.chat):
            raise authoring_error(f'Nobody can reach "{self.id}".', "Add call, text or chat.")
        if unknown := [language for language in self.ways if language not in self.languages]:
            raise authoring_error(
                f'"{self.id}" has ways for "{unknown[0]}", which is not in its languages.',
                "Add it to languages, or delete it from ways.",
            )
        return self


class CountryPart(SchemaNode):
    name: AuthoredText = Field(description="The country's name.")
    emergency: list[NumberText] = Field(min_length=1, description="The numbers for danger and overdose.")
    emergency_ways: dict[Language, EmergencyWayPart] = Field(
        {}, description="A language: colon, then what its readers say at the emergency numbers."
    )
    talk: list[LinePart] = Field(min_length=1, description="Someone to talk to.")
    treatment: list[LinePart] = Field([], description="Where treatment can be found; not for a crisis.")


class SupportFile(SchemaNode):
    """support.yaml"""

    countries: dict[Country, CountryPart] = Field(
        min_length=1, description="Country, such as US: colon, then its lines."
    )


class AllowedPart(SchemaNode):
    sentence: AuthoredText = Field(description="One sentence, exactly as it is written.")
    reason: AuthoredText = Field(description="Why it is allowed.")


class PatternPart(SchemaNode):
    id: Id = Field(description="Its name.")
    reason: AuthoredText = Field(description="Why such words must not be shown. Authors read it.")
    en: Texts | None = Field(None, description="The English forms, each a regular expression.")
    es: Texts | None = Field(None, description="The Spanish forms, each a regular expression.")
    allow: dict[Literal["en", "es"], list[AllowedPart]] = Field({}, description="Sentences that are allowed.")

    @model_validator(mode="after")
    def _has_forms(self) -> PatternPart:
        if not (self.en or self.es):
            raise authoring_error(f'"{self.id}" lists no words.', "Add en or es, with its forms.")
        return self


class WordingFile(SchemaNode):
    """wording.yaml"""

    refuse: list[PatternPart] = Field(min_length=1, description="What may never be shown.")
    refuse_unless_allowed: list[PatternPart] = Field(
        [], alias="refuse-unless-allowed", description="What may be shown in sentences that are allowed one by one."
    )
    warn: list[PatternPart] = Field([], description="What a person should review.")
    refuse_in_titles: list[PatternPart] = Field([], alias="refuse-in-titles", description="What no title may say.")
    require: list[PatternPart] = Field(min_length=1, description="What each end of the referral must say.")


FILE_KINDS: Mapping[FileName, type[SchemaNode]] = {
    "questionnaire": QuestionnaireFile,
    "topics": TopicsFile,
    "sources": SourcesFile,
    "support": SupportFile,
    "wording": WordingFile,
}
"""The schemas of the English files, by name."""

QUESTIONNAIRE_FILES: tuple[FileName, ...] = Files._fields
"""The files of one questionnaire's folder, in the order in which authors see their complaints."""
