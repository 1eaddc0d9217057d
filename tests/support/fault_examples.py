"""One fault each: its description, the text in the file, the faulty text, and the complaint that the author reads."""

from __future__ import annotations

APART = "Reword one so that readers can tell them apart."
QUESTIONNAIRE = {
    "an unknown key": (
        "hint: There",
        "hints: There",
        '21:9: "hints" is not a key here. Did you mean "hint"?',
    ),
    "an unknown key like no other": (
        "title: About you",
        "title: About you\n    colour: green",
        '8:5: "colour" is not a key here. Available: id, title, icon, items.',
    ),
    "a key that is nearly right": (
        "say: [Take your time.]",
        "says: [Take your time.]",
        '29:46: "says" is not a key here. Did you mean "say"?',
    ),
    "a comma in text between brackets": (
        "{say: The price, questions",
        "{say: The price, if any, questions",
        '39:35: "if any" is not a key here. Put quotes around text that contains a colon or comma.',
    ),
    "a missing question": ("        ask: What have you tried?\n", "", '19:9: "ask" is missing here. Add "ask:".'),
    "an option without words": (
        "myself: {say: Myself}",
        "myself: {topics: [caring]}",
        '14:19: "say" is missing here. Add "say:".',
    ),
    "words left out": (
        "why: It is worth telling.",
        "why:",
        "22:13: Text is missing here. Write it after the colon or hyphen.",
    ),
    "only quotes": (
        "why: It is worth telling.",
        'why: "  "',
        "22:14: Text is missing here. Write it after the colon or hyphen.",
    ),
    "words left out of a list": (
        "about: [This page asks three things.]",
        "about:\n  -",
        "5:4: Text is missing here. Write it after the colon or hyphen.",
    ),
    "words that nobody can see": (
        "why: It is worth telling.",
        "why: '.'",
        "22:14: Text is missing here. Write it after the colon or hyphen.",
    ),
    "a sign for nothing": (
        "why: It is worth telling.",
        "why: ~",
        "22:14: Text is missing here. Write it after the colon or hyphen.",
    ),
    "the word for nothing": (
        "about: [This page asks three things.]",
        "about: [null]",
        "4:9: Text is missing here. Write it after the colon or hyphen.",
    ),
    "markup in a text": (
        "why: It is worth telling.",
        "why: It is <b>worth</b> telling.",
        '22:14: "<b>" would be shown literally. Delete it: texts have no markup.',
    ),
    "an entity in a text": (
        "say: Myself",
        "say: Me &amp; R&D; a < b",
        '14:25: "&amp;" would be shown literally. Delete it: texts have no markup.',
    ),
    "a list where text is expected": (
        "title: A few questions",
        "title: [A few questions]",
        "3:8: This must be text. Write it without a hyphen or brackets.",
    ),
    "a colon in text": (
        "about: [This page asks three things.]",
        "about:\n  - This page: three things.",
        "5:5: This must be text. Put quotes around text that contains a colon or comma.",
    ),
    "text where a list is expected": (
        "about: [This page asks three things.]",
        "about: This page asks three things.",
        "4:8: This must be a list. Start each line with a hyphen and a space.",
    ),
    "an empty list": (
        "about: [This page asks three things.]",
        "about: []",
        "4:8: Too few entries here: 0. Write at least 1.",
    ),
    "text where an option is expected": (
        "myself: {say: Myself}",
        "myself: Myself",
        "14:19: This must have keys with values. Use these keys: say, topics, questions, alone, replaces.",
    ),
    "options as a list": (
        "choose_one:\n          myself: {say: Myself}\n          someone: {say: Someone else, topics: [caring]}",
        "choose_one:\n          - Myself\n          - Someone else",
        '14:11: This must have keys with values. Delete the hyphens or brackets. Write "key: value" lines below it, '
        "indented.",
    ),
    "a pause without its parts": (
        "pause: {id: a-pause, title: A pause, say: [Take your time.]}",
        "pause: Take your time.",
        "29:16: This must have keys with values. Use these keys: id, title, say.",
    ),
    "a pause with a question's key": (
        "      - pause: {id: a-pause",
        "      - hint: Breathe.\n        pause: {id: a-pause",
        '29:9: "hint" is not a key here. Available: pause.',
    ),
    "a bad id": (
        "id: tiny",
        "id: Tiny One",
        '1:5: "Tiny One" is not an id. Use lowercase letters, digits and hyphens, such as low-mood.',
    ),
    "a bad option id": (
        "myself: {say: Myself}",
        "my_self: {say: Myself}",
        '14:11: "my_self" is not an id. Use lowercase letters, digits and hyphens, such as low-mood.',
    ),
    "a number for an id": (
        "id: unsure",
        "id: 12",
        '33:13: "12" is not an id. Use lowercase letters, digits and hyphens, such as low-mood.',
    ),
    "a reserved slug": (
        "slug: small-talk",
        "slug: staff",
        '2:7: "staff" is already the address of a page of the site. Choose another slug, such as reflection.',
    ),
    "an unknown topic": (
        "topics: [caring]",
        "topics: [carring]",
        '15:49: "carring" is not a topic. Did you mean "caring"?',
    ),
    "an unknown topic of a theme": (
        "questions: [caring]",
        "questions: [zebra]",
        '27:43: "zebra" is not a topic. Available: walking, caring, constant.',
    ),
    "an unknown source": (
        "why: It is worth telling.\n        sources: [article/opening]",
        "why: It is worth telling.\n        sources: [articel/opening]",
        '23:19: "articel" is not a source. Did you mean "article"?',
    ),
    "an unknown heading": (
        "why: It is worth telling.\n        sources: [article/opening]",
        "why: It is worth telling.\n        sources: [article/end]",
        '23:19: "end" is not a heading of "article". Available: opening, middle.',
    ),
    "an article without a heading": (
        "why: It is worth telling.\n        sources: [article/opening]",
        "why: It is worth telling.\n        sources: [article]",
        '23:19: "article" is cited without a heading. Write article/ followed by one of: opening, middle.',
    ),
    "a source that is no reference": (
        "why: It is worth telling.\n        sources: [article/opening]",
        "why: It is worth telling.\n        sources: [The opening]",
        '23:19: "The opening" is not a source. Write source/heading, with ids from sources.yaml.',
    ),
    "no source": (
        "why: It is worth telling.\n        sources: [article/opening]",
        "why: It is worth telling.\n        sources: []",
        "23:18: Too few entries here: 0. Write at least 1.",
    ),
    "a condition on an unknown question": (
        "{asking-for: [myself]}",
        "{asking-four: [myself]}",
        '24:18: "asking-four" is not an earlier question. Did you mean "asking-for"?',
    ),
    "a condition on an unknown option": (
        "{asking-for: [myself]}",
        "{asking-for: [my-self]}",
        '24:31: "my-self" is not an option of "asking-for". Did you mean "myself"?',
    ),
    "a condition on a later question": (
        "{asking-for: [myself]}",
        "{unsure: [walks]}",
        '24:18: "unsure" is not an earlier question. Available: asking-for.',
    ),
    "a condition on the question itself": (
        "{asking-for: [myself]}",
        "{tried: [walks]}",
        '24:18: "tried" is not an earlier question. Available: asking-for.',
    ),
    "a condition on the first question": (
        "why: It opens the next question.",
        "why: It opens the next question.\n        ask_if: {tried: [walks]}",
        '12:18: "tried" is not an earlier question. Everyone is asked the first question: delete ask_if.',
    ),
    "a condition without an option": (
        "{asking-for: [myself]}",
        "{asking-for: []}",
        "24:30: Too few entries here: 0. Write at least 1.",
    ),
    "an empty condition": ("{asking-for: [myself]}", "{}", "24:17: Too few entries here: 0. Write at least 1."),
    "a condition in words": (
        "{asking-for: [myself]}",
        "myself",
        '24:17: This must have keys with values. Write "key: value" lines below it, indented.',
    ),
    "a question id used twice": (
        "id: unsure",
        "id: tried",
        '33:13: The id "tried" is used twice. Give each its own id.',
    ),
    "a pause with a question's id": (
        "id: a-pause",
        "id: tried",
        '29:21: The id "tried" is used twice. Give each its own id.',
    ),
    "a section id used twice": ("id: ahead", "id: past", '30:9: The id "past" is used twice. Give each its own id.'),
    "an option id used twice": (
        "talks: {say: Talks",
        "walks: {say: Talks",
        '27:11: "walks" appears twice here, first on line 26. Keep one, or rename one.',
    ),
    "nothing to choose from": (
        """        choose_any:
          walks: {say: Walks, topics: [walking]}
          price: {say: The price, questions: [always/4]}
""",
        "",
        '33:9: "unsure" has no options. Add choose_one or choose_any, with at least two options.',
    ),
    "nothing to choose from where a condition reads": (
        """        choose_one:
          myself: {say: Myself}
          someone: {say: Someone else, topics: [caring]}
""",
        "",
        '9:9: "asking-for" has no options. Add choose_one or choose_any, with at least two options.',
    ),
    "both ways to choose": (
        "        choose_one:\n",
        "        choose_any: {yes: {say: Yes}, no: {say: No}}\n        choose_one:\n",
        '9:9: "asking-for" has both choose_one and choose_any. Keep one of them.',
    ),
    "one option only": (
        "          myself: {say: Myself}\n",
        "",
        "14:11: Too few entries here: 1. Write at least 2.",
    ),
    "an option that a spreadsheet takes for a date": (
        "myself: {say: Myself}",
        "may-1: {say: Myself}",
        '14:11: A spreadsheet that opens an export reads "may-1" as a date or as true or false. Choose another id.',
        '24:31: "myself" is not an option of "asking-for". Available: may-1, someone.',
    ),
    "options that would share a column": (
        """unsure
        ask: What are you unsure about?
        why: Much is not known.
        sources: [article/opening]
        choose_any:
          walks: {say: Walks, topics: [walking]}
          price: {say: The price""",
        """what-you-have-tried-so-far
        ask: What are you unsure about?
        why: Much is not known.
        sources: [article/opening]
        choose_any:
          walk-9256: {say: Walks, topics: [walking]}
          walk-18161: {say: The price""",
        '39:11: "what-you-have-tried-so-far/walk-9256" and "what-you-have-tried-so-far/walk-18161" would both be the '
        "column what_you_have_tried_s___891cf4a5 of an export. Choose another id for one of them.",
    ),
    "alone where one is chosen": (
        "myself: {say: Myself}",
        "myself: {say: Myself, alone: true}",
        '14:40: Only one option can be chosen here anyway. Delete "alone".',
    ),
    "alone, but not true": (
        "alone: true",
        "alone: yes",
        '28:46: "yes" is not allowed here. Write true, or delete it.',
    ),
    "alone, but a list": (
        "alone: true",
        "alone: [true]",
        "28:46: This is not allowed here. Write true, or delete it.",
    ),
    "two options that say the same": (
        "talks: {say: Talks",
        "talks: {say: walks!",
        f'27:24: "walks!" appears twice among the options of this question. {APART}',
    ),
    "two questions that ask the same": (
        "ask: What are you unsure about?",
        "ask: What have you tried?",
        f'34:14: "What have you tried?" appears twice among the questions. {APART}',
    ),
    "two sections with one title": (
        "title: What comes next",
        "title: About you",
        f'31:12: "About you" appears twice among the sections. {APART}',
    ),
    "a second pause": (
        "      - id: unsure",
        "      - pause: {id: another, title: Again, say: [Rest.]}\n      - id: unsure",
        "33:9: This is a second pause. Keep one: there is only one address for a pause.",
    ),
    "no section": (
        "sections:\n",
        "sections: []\n_: \n",
        "5:11: Too few entries here: 0. Write at least 1.",
        '6:1: "_" is not a key here. Available: id, slug, title, start, about, governance, gone, sections.',
    ),
    "a question that its topic has not": (
        "questions: [caring]",
        "questions: [caring/3]",
        '27:43: "caring" has no question 3. Write a number from 1 to 2.',
    ),
    "a fixed question that is none": (
        "questions: [caring]",
        "questions: [always/5]",
        '27:43: "always" has no question 5. Write a number from 1 to 4.',
    ),
    "a question counted from nothing": (
        "questions: [caring]",
        "questions: [caring/0]",
        '27:43: "caring/0" is not a question to take along. Write a topic, topic/2 or always/1.',
    ),
    "a question in words": (
        "questions: [caring]",
        "questions: [Who cares?]",
        '27:43: "Who cares?" is not a question to take along. Write a topic, topic/2 or always/1.',
    ),
    "an earlier pick without its question": (
        "replaces: [tried/strolls]",
        "replaces: [strolls]",
        '26:61: "strolls" is not a pick. Write question/option, with the ids from the earlier version.',
    ),
    "a priority that is none": (
        "hint: There is no wrong answer.",
        "priority: 4",
        '21:19: "4" is not allowed here. Write 1, 2 or 3.',
    ),
    "picks that are repeated, but not truly": (
        "hint: There is no wrong answer.",
        "recap: yes",
        '21:16: "yes" is not allowed here. Write true, or delete it.',
    ),
    "a picture that nobody drew": (
        "title: About you",
        "title: About you\n    icon: window",
        '8:11: "window" is not allowed here. Write door, eye, path, speech, heart or pen.',
    ),
    "words for what is no question or option": (
        "tried/runs: Runs",
        "tried/runs/far: Far runs",
        '52:44: "tried/runs/far" is not an id. Write question or question/option.',
    ),
    "no words for what has gone": (
        "weather: What is the weather like?",
        "weather: ''",
        "52:17: Text is missing here. Write it after the colon or hyphen.",
    ),
    "a start page that protects nobody": (
        "protects: [It cannot tell you where to go.]",
        "protects: []",
        "42:13: Too few entries here: 0. Write at least 1.",
    ),
    "a start page without its first sentence": (
        "  lead: This page asks three things about walks.\n",
        "",
        '41:3: "lead" is missing here. Add "lead:".',
    ),
    "a day of writing that is none": (
        'written_on: "2026-11-30"',
        "written_on: none",
        '46:15: "none" is not a date. Write year-month-day, such as 2026-03-31.',
    ),
    "a day of review in words": (
        'reviewed_on: "2026-11-30"',
        "reviewed_on: never",
        '48:16: "never" is not a date. Write year-month-day, such as 2026-03-31, or none.',
    ),
    "a day of review left out": (
        'reviewed_on: "2026-11-30"',
        "reviewed_on:",
        "48:15: A date is missing here. Write year-month-day, such as 2026-03-31, or none.",
    ),
}  # fmt: skip
TOPICS = {
    "commas in a text between brackets": (
        "warns: [It warns of rain.]",
        "warns: [It warns of rain, of 1,000 winds, \"and\", So it says]",
        '10:31: The comma before "of 1" makes it a separate text. Put quotes around the whole text, or around this '
        "part if it is complete.",
        '10:36: The comma before "000 winds" makes it a separate text. Put quotes around the whole text, or around '
        "this part if it is complete.",
    ),
    "a missing warning": (
        "    warns: [It warns of rain.]\n",
        "",
        '7:5: "warns" is missing here. Add "warns:".',
    ),
    "nothing on what is unknown": (
        "    unknown: [We do not learn how far.]\n",
        "    unknown: []\n",
        "11:14: Too few entries here: 0. Write at least 1.",
    ),
    "a missing end of the referral": (
        "  closes: [Only a qualified professional can judge that.]\n",
        "",
        '2:3: "closes" is missing here. Add "closes:".',
    ),
    "no referral": (
        "referral:\n",
        "referal:\n",
        '1:1: "referal" is not a key here. Did you mean "referral"?',
    ),
    "no topic in every summary": (
        "    always: true\n",
        "",
        '7:3: No topic is in every summary. Add "always: true" to each topic that everyone must read.',
    ),
    "always, but not true": (
        "always: true",
        "always: sometimes",
        '27:13: "sometimes" is not allowed here. Write true, or delete it.',
    ),
    "too few questions to take": (
        "ask: [How far?, How fast?]",
        "ask: [How far?]",
        "12:10: Too few entries here: 1. Write at least 2.",
    ),
    "too many questions to take": (
        "ask: [How far?, How fast?]",
        "ask: [How far?, How fast?, How high?, How deep?, How long?]",
        "12:10: Too many entries here. Write at most 4.",
    ),
    "three fixed questions": (
        "What if I wait?, ",
        "",
        "5:13: Too few entries here: 3. Write at least 4.",
    ),
    "five fixed questions": (
        "What if I wait?, ",
        "What if I wait?, And then?, ",
        "5:13: Too many entries here. Write at most 4.",
    ),
    "a topic id used twice": (
        "  - id: caring",
        "  - {id: walking, title: Again, says: [A.], warns: [B.], unknown: [C.], ask: [D?, E?], "
        "sources: [article/opening], card: {said: [{say: A., sources: [article/opening]}], "
        "care: [{say: B., sources: [article/opening]}], unknown: [{say: C., sources: [article]}]}}\n  - id: caring",
        '16:10: The id "walking" is used twice. Give each its own id.',
    ),
    "two topics with one title": (
        "title: Caring",
        "title: Wálking",
        f'17:12: "Wálking" appears twice among the topics. {APART}',
    ),
    "a colon in a paragraph": (
        "says: [One article likes walks.]",
        "says:\n      - One article says: walk.",
        '10:9: "One article says" is not a key here. Put quotes around text that contains a colon or comma.',
    ),
    "a paragraph that is marked as nothing": (
        "says: [One article likes walks.]",
        "says: [{say: Walks are known.}]",
        '9:12: A paragraph needs either sources or "general: true". Write one of the two.',
    ),
    "a paragraph marked with a country": (
        "general: true",
        "general: true, country: US",
        '4:76: "country" is not a key here. Available: say, general, sources.',
    ),
    "a fact without its country": (
        "country: US, ",
        "",
        '31:15: "country" is missing here. Add "country:".',
    ),
    "a country in words": (
        "country: US",
        "country: America",
        '31:57: "America" is not a country code. Write two capital letters, such as US.',
    ),
    "a fact from a lost source": (
        "sources: [agency]",
        "sources: [agencies]",
        '31:71: "agencies" is not a source. Did you mean "agency"?',
    ),
    "a heading of what has none": (
        "sources: [agency]",
        "sources: [agency/opening]",
        '31:71: "opening" is not a heading of "agency". It has no headings: write only agency.',
    ),
    "a fact from an article": (
        "sources: [agency]",
        "sources: [agency, article/opening]",
        '31:79: "article" is an article, but an outside fact must cite an outside source. Available: agency.',
    ),
    "a topic with an unknown heading": (
        "sources: [article/middle]",
        "sources: [article/midle]",
        '22:15: "midle" is not a heading of "article". Did you mean "middle"?',
    ),
    "a paragraph that is general and has sources": (
        "general: true",
        "general: true, sources: [article/opening]",
        '4:41: A paragraph needs either sources or "general: true". Write one of the two.',
    ),
    "a paragraph on finding someone from a lost source": (
        "general: true",
        "sources: [articel/opening]",
        '4:71: "articel" is not a source. Did you mean "article"?',
    ),
    "a paragraph from an unknown heading": (
        "warns: [It warns of rain.]",
        "warns: [{say: It warns of rain., sources: [article/midle]}]",
        '10:48: "midle" is not a heading of "article". Did you mean "middle"?',
    ),
    "an article that is silent on what is said of it": (
        "says: [One article likes walks.]",
        "says: [{say: One article likes walks., sources: [article]}]",
        '9:54: "article" is cited without a heading. Write article/ followed by one of: opening, middle.',
    ),
    "a card without what calls for care": (
        "care: [{say: It warns of the rain., sources: [article/opening], risks: [rain]}], ",
        "",
        '14:11: "care" is missing here. Add "care:".',
    ),
    "nothing that is not known on a card": (
        "unknown: [{say: It does not say how far., sources: [article]}]",
        "unknown: []",
        "14:173: Too few entries here: 0. Write at least 1.",
    ),
    "a sentence of a card from nowhere": (
        "{say: The article likes to walk., sources: [article/opening]}",
        "{say: The article likes to walk.}",
        '14:19: "sources" is missing here. Add "sources:".',
    ),
    "a sentence of a card in text alone": (
        "[{say: The article likes to walk., sources: [article/opening]}]",
        "[The article likes to walk.]",
        "14:19: This must have keys with values. Use these keys: say, sources, risks.",
    ),
    "an article that is silent on what a card says of it": (
        "{say: The article likes to walk., sources: [article/opening]}",
        "{say: The article likes to walk., sources: [article]}",
        '14:63: "article" is cited without a heading. Write article/ followed by one of: opening, middle.',
    ),
    "an article that is silent on what calls for care": (
        "{say: It warns of the rain., sources: [article/opening]",
        "{say: It warns of the rain., sources: [article]",
        '14:129: "article" is cited without a heading. Write article/ followed by one of: opening, middle.',
    ),
    "a heading that is not there, on what is not known": (
        "{say: It does not say how far., sources: [article]}",
        "{say: It does not say how far., sources: [article/end]}",
        '14:216: "end" is not a heading of "article". Available: opening, middle.',
    ),
    "a fact on a card from an article": (
        "general: [{say: Care takes time.}]",
        "outside: [{say: Care takes time., country: US, sources: [article/middle]}]",
        '23:325: "article" is an article, but an outside fact must cite an outside source. Available: agency.',
    ),
    "general words of a card with a source": (
        "general: [{say: Care takes time.}]",
        "general: [{say: Care takes time., sources: [article/middle]}]",
        '23:302: "sources" is not a key here. Available: say.',
    ),
    "a card's risk that is none": (
        "{say: It warns of the rain., sources: [article/opening], risks: [rain]}",
        "{say: It warns of the rain., sources: [article/opening], risks: [rian]}",
        '14:155: "rian" is not one of the risks. Did you mean "rain"?',
    ),
    "a risk of the box that is none": (
        "kind: care, sources: [article/opening], risks: [rain]",
        "kind: care, sources: [article/opening], risks: [snow]",
        '41:89: "snow" is not one of the risks. Available: rain.',
    ),
    "a risk twice": (
        "\nrisks: [rain]",
        "\nrisks: [rain, rain]",
        '36:15: The id "rain" is used twice. Give each its own id.',
    ),
    "a risk in words": (
        "\nrisks: [rain]",
        "\nrisks: [rain, Heavy rain]",
        '36:15: "Heavy rain" is not an id. Use lowercase letters, digits and hyphens, such as low-mood.',
    ),
    "no risks where they are named": (
        "\nrisks: [rain]\n",
        "\n",
        '1:1: "risks" is missing here. Add "risks:" with the ids of the main risks, which every summary names.',
        *(
            f'{place}: "rain" is not one of the risks. Add it under risks.'
            for place in ("14:155", "23:199", "34:169", "40:89")
        ),
    ),
    "a sentence of no kind": (
        "kind: said",
        "kind: told",
        '40:49: "told" is not allowed here. Write said, care, unknown or general.',
    ),
    "a sentence from nowhere": (
        "kind: said, sources: [article/opening]",
        "kind: said",
        "40:11: Every sentence needs sources, except one of kind general, which has none. "
        "Add or delete its sources, or change its kind.",
    ),
    "a general sentence with a source": (
        "kind: general",
        "kind: general, sources: [article/opening]",
        "44:19: Every sentence needs sources, except one of kind general, which has none. "
        "Add or delete its sources, or change its kind.",
    ),
    "an article that is silent on a sentence of the box": (
        "kind: said, sources: [article/opening]",
        "kind: said, sources: [article]",
        '40:65: "article" is cited without a heading. Write article/ followed by one of: opening, middle.',
    ),
    "a sentence of the box from a lost source": (
        "kind: unknown, sources: [article]",
        "kind: unknown, sources: [articles]",
        '42:65: "articles" is not a source. Did you mean "article"?',
    ),
    "a box without sentences": (
        "    - sentences: [{say: Nobody knows the weather., kind: general}]",
        "    - sentences: []",
        "44:18: Too few entries here: 0. Write at least 1.",
    ),
    "a fact of the box from an article": (
        "\ngroups:\n",
        "\n  outside: [{say: It rains., country: US, sources: [article/opening]}]\ngroups:\n",
        '45:53: "article" is an article, but an outside fact must cite an outside source. Available: agency.',
    ),
    "a question of the box that its topic has not": (
        "question: constant/2",
        "question: constant/3",
        '43:17: "constant" has no question 3. Write a number from 1 to 2.',
    ),
    "a question of the box of no topic": (
        "question: constant/2",
        "question: constants",
        '43:17: "constants" is not a topic. Did you mean "constant"?',
    ),
    "a group of an unknown topic": (
        "topics: [walking]",
        "topics: [walking, wading]",
        '46:55: "wading" is not a topic. Did you mean "walking"?',
    ),
    "a topic in two groups": (
        "topics: [walking]",
        "topics: [walking, caring]",
        '47:44: "caring" is in two groups. Keep it in one.',
    ),
    "a topic in no group": (
        "topics: [caring, constant]",
        "topics: [constant]",
        '16:9: "caring" is in no group, so the list of topics would omit it. Add it to one under groups.',
    ),
    "an empty group": (
        "topics: [walking]",
        "topics: []",
        "46:45: Too few entries here: 0. Write at least 1.",
    ),
    "a group id used twice": (
        "id: indoors",
        "id: outdoors",
        '47:10: The id "outdoors" is used twice. Give each its own id.',
    ),
    "no box": (
        "\nbox:\n  paragraphs:\n",
        "\n_:\n  paragraphs:\n",
        '37:1: "_" is not a key here. Available: referral, finding, ask_always, risks, box, groups, topics.',
    ),
}  # fmt: skip
SOURCES = {
    "an outside source without its address": (
        "    url: https://agency.test/notice\n",
        "",
        '7:5: "agency" has no headings, so it is an outside source. Add its url and checked date.',
    ),
    "an outside source without its day": (
        "    checked: 2026-11-21\n",
        "",
        '7:5: "agency" has no headings, so it is an outside source. Add its url and checked date.',
    ),
    "an article with an address": (
        "    headings: {opening",
        "    url: https://article.test/\n    headings: {opening",
        '3:5: "article" has headings, so it is an article. Delete its url and checked date.',
    ),
    "an article with a day of checking": (
        "    headings: {opening",
        "    checked: 2026-11-21\n    headings: {opening",
        '3:5: "article" has headings, so it is an article. Delete its url and checked date.',
    ),
    "an article without headings": (
        "    headings: {opening: The opening, middle: The middle}\n",
        "",
        '3:5: "article" has no headings, so it is an outside source. Add its url and checked date.',
    ),
    "a day written otherwise": (
        "checked: 2026-11-21",
        "checked: 21.11.2026",
        '12:14: "21.11.2026" is not a date. Write year-month-day, such as 2026-03-31.',
    ),
    "a day without hyphens": (
        "checked: 2026-11-21",
        "checked: 20261121",
        '12:14: "20261121" is not a date. Write year-month-day, such as 2026-03-31.',
    ),
    "a day that never was": (
        "checked: 2026-11-21",
        "checked: 2026-02-30",
        '12:14: "2026-02-30" is not a date. Write year-month-day, such as 2026-03-31.',
    ),
    "a day left out": (
        "checked: 2026-11-21",
        "checked:",
        "12:13: A date is missing here. Write year-month-day, such as 2026-03-31.",
    ),
    "half an address": (
        "url: https://agency.test/notice",
        "url: agency.test/notice",
        '11:10: "agency.test/notice" is not an address. Write it in full, starting with https://.',
    ),
    "an address that is not encrypted": (
        "url: https://agency.test/notice",
        "url: http://agency.test/notice",
        '11:10: "http://agency.test/notice" is not an address. Write it in full, starting with https://.',
    ),
    "an article whose headings were left out": (
        "headings: {opening: The opening, middle: The middle}",
        "headings: {}",
        "6:15: Too few entries here: 0. Write at least 1.",
    ),
    "headings as a list": (
        "headings: {opening: The opening, middle: The middle}",
        "headings: [The opening]",
        '6:15: This must have keys with values. Delete the hyphens or brackets. Write "key: value" lines below it, '
        "indented.",
    ),
    "a source id used twice": (
        "  - id: agency",
        "  - {id: article, title: Again, about: It is made up., headings: {end: The end}}\n  - id: agency",
        '7:10: The id "article" is used twice. Give each its own id.',
    ),
    "no word on the limits": (
        "limits: [The article is made up.]\n",
        "",
        '1:1: "limits" is missing here. Add "limits:".',
    ),
    "a source that was compared by half": (
        "    url: https://agency.test/notice\n",
        "    url: https://agency.test/notice\n    verified: partly\n",
        '12:15: "partly" is not allowed here. Write true or false.',
    ),
}  # fmt: skip

SUPPORT = """
countries:
  US:
    name: United States
    emergency: ["911"]
    talk:
      - id: one-line
        name: One line
        call: "988"
        languages: [en]
        source: one-line.test
        checked: 2026-11-21
        verified: true
""".lstrip()
LIST = """
refuse:
  - id: first
    reason: It is a test.
    en: [forbidden]
warn:
  - id: second
    reason: It is a test too.
    en: [unusual]
    allow:
      en: [{sentence: It is unusual., reason: It is not.}]
refuse-in-titles:
  - id: third
    reason: It is a third test.
    en: [private]
require:
  - id: fourth
    reason: It is the last test.
    en: [qualified]
""".lstrip()
FORBIDDEN = (
    '"forbidden" must not reach a patient: It is a test. Reword it: write modestly, name the source, and say nothing '
    "about the reader."
)
WRONG_SUPPORT = {
    "no country": (SUPPORT[SUPPORT.index("  US:") :], "  {}\n", "2:3: Too few entries here: 0. Write at least 1."),
    "a line id used twice": (
        SUPPORT[SUPPORT.index("      - id") :],
        SUPPORT[SUPPORT.index("      - id") :] + "    treatment:\n" + SUPPORT[SUPPORT.index("      - id") :],
        '14:13: The id "one-line" is used twice. Give each its own id.',
    ),
    "a forbidden word in a source": ("source: one-line.test", "source: A forbidden page", f"10:17: {FORBIDDEN}"),
    "a forbidden word in an address": (
        'call: "988"',
        'chat: https://one-line.test/forbidden-talk',
        f"8:15: {FORBIDDEN}",
    ),
    "a forbidden word to text": ('call: "988"', 'text: "988"\n        word: FORBIDDEN', f"9:15: {FORBIDDEN}"),
    "nobody to talk to": (
        SUPPORT[SUPPORT.index("    talk:") :],
        "    talk: []\n",
        "5:11: Too few entries here: 0. Write at least 1.",
    ),
    "no emergency number": ('["911"]', "[]", "4:16: Too few entries here: 0. Write at least 1."),
    "a number left out": (
        'call: "988"',
        "call:",
        "8:14: Something is missing here. Write digits, with a space or hyphen between groups.",
    ),
    "a number in words": (
        'call: "988"',
        "call: nine eight eight",
        '8:15: "nine eight eight" is not a number. Write digits, with a space or hyphen between groups.',
    ),
    "a number with a note behind it": (
        'call: "988"',
        "text: 988 or 911",
        '8:15: "988 or 911" is not a number. Write digits, with a space or hyphen between groups.',
    ),
    "an emergency number in words": (
        '["911"]',
        "[your doctor]",
        '4:17: "your doctor" is not a number. Write digits, with a space or hyphen between groups.',
    ),
    "two keys to press": (
        'call: "988"',
        'call: "988"\n        press: 22',
        '9:16: "22" is not a key. Write a single phone key, in quotes.',
    ),
    "a word of digits": (
        'call: "988"',
        'text: "988"\n        word: 22',
        '9:15: "22" is not a word. Write letters only.',
    ),
    "a language that nobody can name": (
        "languages: [en]",
        "languages: [sp]",
        '9:21: "sp" is not a language code. Write a code such as en for English or es for Spanish.',
    ),
    "a way in for a language of no line": (
        "languages: [en]",
        "languages: [en]\n        ways: {es: {press: 2}}",
        '6:9: "one-line" has ways for "es", which is not in its languages. Add it to languages, or delete it from '
        "ways.",
    ),
    "a way in with two keys to press": (
        "languages: [en]",
        "languages: [en]\n        ways: {en: {press: 22}}",
        '10:28: "22" is not a key. Write a single phone key, in quotes.',
    ),
    "a forbidden word at an emergency number": (
        '["911"]',
        '["911"]\n    emergency_ways: {es: {ask_for: forbidden}}',
        f"5:36: {FORBIDDEN}",
    ),
    "no way to reach a line": (
        '        call: "988"\n',
        "",
        '6:9: Nobody can reach "one-line". Add call, text or chat.',
    ),
    "a chat without its address": (
        'call: "988"',
        "chat: one-line.test",
        '8:15: "one-line.test" is not an address. Write it in full, starting with https://.',
    ),
    "a country in small letters": (
        "  US:",
        "  us:",
        '2:3: "us" is not a country code. Write two capital letters, such as US.',
    ),
    "verified by half": (
        "verified: true",
        "verified: partly",
        '12:19: "partly" is not allowed here. Write true or false.',
    ),
    "a bad date": (
        "checked: 2026-11-21",
        "checked: yesterday",
        '11:18: "yesterday" is not a date. Write year-month-day, such as 2026-03-31.',
    ),
    "an unknown key": (
        'call: "988"',
        'phone: "988"',
        '8:9: "phone" is not a key here. Available: id, name, call, text, chat, press, word, languages, ways, source, '
        "checked, verified, note.",
    ),
    "a forbidden word in a name": (
        "name: One line",
        "name: One forbidden line",
        '7:15: "forbidden" must not reach a patient: It is a test. Reword it: write modestly, name the source, and '
        "say nothing about the reader.",
    ),
    "a forbidden word in a note": (
        'call: "988"',
        'call: "988"\n        note: It is forbidden.',
        '9:15: "forbidden" must not reach a patient: It is a test. Reword it: write modestly, name the source, and '
        "say nothing about the reader.",
    ),
}  # fmt: skip


WRONG_LIST = {
    "nothing that is required": (
        LIST[LIST.index("require:") :],
        "",
        '1:1: "require" is missing here. Add "require:".',
    ),
    "no reason": ("    reason: It is a test.\n", "", '2:5: "reason" is missing here. Add "reason:".'),
    "no form": ("[forbidden]", "[]", "4:9: Too few entries here: 0. Write at least 1."),
    "an unknown tier": ("warn:", "worn:", '5:1: "worn" is not a key here. Did you mean "warn"?'),
    "an unknown language": (
        "    en: [unusual]",
        "    en: [unusual]\n    fr: [rare]",
        '9:5: "fr" is not a key here. Available: id, reason, en, es, allow.',
    ),
    "an allowance in an unknown language": (
        "      en: [{",
        "      fr: [{",
        '10:7: "fr" is not allowed here. Write en or es.',
    ),
    "a sentence that may stand, under what is refused": (
        "    en: [forbidden]\n",
        "    en: [forbidden]\n    allow:\n      en: [{sentence: It is forbidden., reason: It is not.}]\n",
        '5:5: An entry under refuse cannot have "allow". Delete it, or move the entry to refuse-unless-allowed.',
    ),
    "an id used twice": ("id: second", "id: first", '6:9: The id "first" is used twice. Give each its own id.'),
    "a form that would never be found": (
        "[forbidden]",
        "[Forbidden]",
        '2:5: first: "Forbidden" has "F", which would never match: write "f" instead. Correct it as the comment at '
        "the top of the file says.",
    ),
    "an entry in no language": (
        "    en: [forbidden]\n",
        "",
        '2:5: "first" lists no words. Add en or es, with its forms.',
    ),
    "a Spanish entry without a form": (
        "en: [forbidden]",
        "es: []",
        "4:9: Too few entries here: 0. Write at least 1.",
    ),
    "a Spanish form that is no expression": (
        "[forbidden]",
        '[forbidden]\n    es: ["(prohibido"]',
        '2:5: first: "(prohibido" is not a regular expression: missing ), unterminated subpattern at position 1. '
        "Correct it as the comment at the top of the file says.",
    ),
    "an allowance without its reason": (
        ", reason: It is not.",
        "",
        '10:12: "reason" is missing here. Add "reason:".',
    ),
    "a form that is no expression": (
        "[forbidden]",
        '["(forbidden"]',
        '2:5: first: "(forbidden" is not a regular expression: missing ), unterminated subpattern at position 1. '
        "Correct it as the comment at the top of the file says.",
    ),
    "an allowance of two sentences": (
        "sentence: It is unusual.",
        "sentence: It is. And unusual.",
        '6:5: second: "It is. And unusual." must be a single sentence, since each is allowed separately. Correct it '
        "as the comment at the top of the file says.",
    ),
}  # fmt: skip
