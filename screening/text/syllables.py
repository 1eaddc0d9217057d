"""Syllable counts of single words, by spelling rules.

English: the vowel groups, minus silent vowels, plus one for each group that splits in two (hiatus). The rules agree
with the CMU Pronouncing Dictionary on every word of our questionnaire that it contains, and on 98 of 100 words of
other text. The dictionary itself is not used: it lacks ketamine and opioids, so rules would be needed as well.

Spanish is spelled as it is spoken: strong vowels split, and a weak one joins its neighbor unless it has the accent.
"""

from __future__ import annotations

import re
from functools import cache

_GROUP = re.compile(r"[aeiouy]+")
_SILENT = re.compile(
    r"""
      (?<=[^aeiou]) (?<![bcdfgkpstz]l) e$                 # care, whole; but: little
    | (?<=[^aeiou]) (?<![bcdfgkpstz]l) (?<![csxzg]) (?<![cs]h) es$      # takes; but: changes, wishes
    | (?<=[^aeiou]) (?<![bcdfgkpstz]l) (?<![td]) ed$      # asked; but: treated, settled
    | (?:(?<=[aeiou][^aeiou]) | (?<=[aeiou][^aeiou][^aeiou]))           # careful, sometimes, something; but: before
      e (?=(?:body|dom|fore|ful|hold|less|line|ly|mark|ness|side|style|thing|time|ty|what|where|work)s?(?:ly|ness)?$)
    | (?<=[aeiou][^aeioul]) e (?=ments?$) | (?<=[cgs]) e (?=ments?$)    # movement, endorsement; but: element
    | (?<=[aeiou][gq]) ues?$                              # league, unique
    | (?<=^ev) e (?=ry)                                   # everyone
    | (?<=[aeiou]v) e (?=ral)                             # several
    | (?<=ic) a (?=lly$)                                  # basically
    """,
    re.VERBOSE,
)
_APART = re.compile(
    r"""
      (?<![cgstx]) (?<!sh) (?<!ll) (?<!n) (?<!av) i (?=o)     # period; but: nation, million, fashion, behavior
    | (?<![cgstx]) (?<!il) i (?=a) | (?<=^g) i (?=a)       # trial, giant; but: special, familiar
    | (?<![cgstx]) i (?=u)                                # medium
    | (?<=[cst]) i (?=at)                                 # association
    | (?<=[^aeiou]) (?<!^[fpt]) i (?=e[rt])               # diet, easier; but: tier
    | (?<=qu) i (?=et)                                    # quiet
    | (?<![cgnstx]) i (?=en[ct]) | (?<=^sc) i (?=en)      # client, science; but: patient, convenient
    | (?<![gq]) u (?=a) | (?<!q) u (?=ou|e[lt]|ici) | (?<=[nr]) u (?=in)    # usual, cruel, suicide, ruin
    | u (?=it[iy])                                        # continuity
    | e (?=ou|os?$) | (?<=s) e (?=um)                       # video, museum
    | (?<=cr) e (?=at(?!u)) | (?<=^r) e (?=act|ali) | (?<=id) e (?=a) | (?<=[au]r) e (?=as?$)   # create, idea, area
    | (?<=^c) o (?=oper|ord) | o (?=e[mt])                # cooperate, poem
    | a (?=o|ic$)                                         # chaos
    | [aeouy] (?=ing) | (?<=[^aeiou]) y (?=[aeo]) | (?<=[aeiou]) y (?=[aeiou])      # being, anyone, player
    | (?<=[dst]) n't | (?:s|th) ms?$                      # didn't, rhythm
    """,
    re.VERBOSE,
)
# Exceptions to the rules.
_UNLIKE = {"business": 2, "maybe": 2, "recipe": 3, "heroin": 3, "naive": 2, "soldier": 2}

# Silent letters.
_MUTE = re.compile(r"h|(?<=q)u|(?<=g)u(?=[eiéí])")
# One syllable: a strong vowel with adjacent weak ones, two different weak ones, or a single weak one.
_NUCLEUS = re.compile(r"[iuü]?[aeoáéó](?:[iuü](?![aeoáéó]))?|[uü][ií]|i[uú]|[iuüíú]")


@cache
def english_syllables(word: str) -> int:
    """Count the syllables of an English word of letters and apostrophes; at least one."""
    word = re.sub("'(?=s$)", "", word.lower().replace("’", "'"))
    if word in _UNLIKE:
        return _UNLIKE[word]
    return max(1, len(_GROUP.findall(word)) + len(_APART.findall(word)) - len(_SILENT.findall(word)))


@cache
def spanish_syllables(word: str) -> int:
    """Count the syllables of a Spanish word of letters; at least one."""
    # A y is a consonant or belongs to the vowel before it. The word "y" has one syllable.
    return max(1, len(_NUCLEUS.findall(_MUTE.sub("", word.lower()))))
