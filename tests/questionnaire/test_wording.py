from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from screening.questionnaire.wording import Hit, WordingList, normalise, sentences

FILE = Path(__file__).parents[2] / "questions" / "wording.yaml"
DATA = YAML(typ="safe", pure=True).load(FILE)
WORDING = WordingList.from_data(DATA)
REFUSING = tuple(pattern for pattern in WORDING.patterns if pattern.tier != "warn")

# content.md, "Wording check".
REFUSED_BY_DESIGN = """
You may be a good candidate for ketamine therapy.
Based on your answers, this could be a good fit.
People like you often do well with it.
Your answers suggest depression.
Ketamine may not suit you.
Your history rules it out.
You scored 7 out of 10.
Ask your doctor to start you on ketamine.
Book your first session now.
Since usual treatments failed you, ketamine works best.
It is a proven, safe treatment.
It could be life-changing for you.
Your answers are completely anonymous.
A counselor will review this and call you.
"""
ALLOWED_BY_DESIGN = """
This page cannot tell you if ketamine therapy is right for you.
Only a qualified professional can judge if it is suitable.
No score is kept.
This is not a diagnosis.
It does not mean you are or are not a candidate.
As a result, the articles disagree.
One article says it is no magic cure.
The review raises concerns about addiction.
One article says ketamine can "reset" these pathways; this is not settled.
He died by suicide.
Start.
Change this answer.
"""

# Written before the patterns.
REFUSED = """
Ketamine therapy is right for you.
This treatment looks like a great match for your needs.
You are eligible for ketamine therapy.
You do not qualify for this treatment.
With your past, ketamine is not a suitable choice for you.
You would probably benefit from ketamine.
Ketamine can help you feel better.
We recommend ketamine therapy for low mood.
This is recommended for people with your history.
You should try ketamine.
You should avoid ketamine.
Your responses indicate a high level of distress.
What you picked shows that you are depressed.
Because of what you told us, ketamine is a good option.
Your score is low.
Your risk level is moderate.
You are at high risk.
You are a low-risk patient.
Schedule a consultation today.
Sign up for ketamine therapy here.
Begin your treatment this week.
Try ketamine today.
Call us now to get started with ketamine.
Talk to us about starting ketamine.
Ketamine is clinically proven to lift mood.
Results are guaranteed.
Ketamine is a breakthrough for depression.
It is a miracle drug.
Ketamine cures addiction.
Ketamine is safe and effective.
Ketamine therapy will change your life.
It is the most effective treatment there is.
There are no side effects.
Your answers stay strictly confidential.
This form is private and secure.
Nobody can trace this back to you.
We are HIPAA compliant.
Your data is 100% safe.
A nurse will contact you within two days.
Someone from our team will get back to you.
We will reply to your answers soon.
Addicts often relapse.
Do you have a history of substance abuse?
How long have you been clean?
This is for people with failed treatments.
Your treatments have failed.
His brother committed suicide.
A successful suicide is rare.
He was a junkie.
Drug abusers should tell the doctor.
You have depression.
You may be suffering from PTSD.
It sounds like you have an addiction.
"""
ALLOWED = """
No form can tell you if ketamine therapy is right for you.
No form can.
It takes a qualified health professional and a full evaluation, where they look at your health and your past with you.
The choice is then yours to make, with them.
Your answers did one thing here: they picked which topics and questions to show first.
Please do not start, stop or change any treatment because of this page.
Is this right for me?
Would it be safe with the medicines I take?
What other choices do I have?
What if I wait, or decide not to?
What does it cost, and who gains?
Someone could still guess that answers are yours, when few people use this form or when your answers are rare.
If you show your code to staff, they will know which answers are yours.
They may read yours, but nobody will write back.
Nobody is watching this form.
No one will call you or write to you.
This is not anonymous, because rare answers can be recognised.
One article says ketamine may weaken the brain's response to triggers.
That is its claim, and it names no studies.
The other article warns that ketamine in the wrong setting can be dangerous, above all for people in recovery.
Ketamine is not approved by the FDA for any psychiatric disorder.
It has not been shown to prevent suicide.
Recovery is possible.
The other article says that it may help some people, and that this does not make it safe for all.
Popular does not mean proven or safe.
Both articles say that usual treatments do not work for everyone.
Low mood can be hard to live with.
Some patients report that thoughts of suicide eased.
If someone is in danger or may have taken too much of something, call 911.
A trained person answers at any hour.
SAMHSA is the Substance Abuse and Mental Health Services Administration.
Alcoholics Anonymous and other groups meet in many towns.
You can use a private window, which keeps less history.
Leave this page.
Keep going.
Stop here.
Start again.
Share my answers.
Don't share.
Your answers are gone from this device.
Skip / I'd rather not say
Picking one does not mean it applies to you.
You won't be asked about these here.
How would someone watch over me while it works?
What would tell us that it is not working?
This page does not recommend anything.
These articles do not cover every safety matter.
Long-term research that shows a benefit is badly lacking, says the other article.
A craving is more than a wish.
It names concerns about addiction and about thinking skills.
We delete them after 90 days.
Ask who will be with you, and for how long.
A professional may ask how you sleep and which medicines you take.
Save for later
Check your answers
Sign in
Section 3 of 6
What helped, and what was hard, is worth telling.
"""

# Other words, to see what slips through: two in five of these did at first, and the forms were widened.
REFUSED_SINCE = """
You seem like an ideal candidate.
You'd be a strong candidate for this kind of care.
You're probably not a candidate.
Sounds like this is the right choice for you.
This may be the right step for you.
Ketamine could be just what you need.
Ketamine isn't for you.
This therapy is a poor fit for people with seizures like yours.
You are well suited to ketamine therapy.
You'd be better off with another treatment.
Find out if you qualify.
You meet the criteria for treatment.
Those who chose these options usually respond well.
From what you have shared, it seems ketamine might work for you.
Given your answers, a professional is likely to say yes.
Your responses point to trauma.
Your choices tell us you are struggling with addiction.
According to your answers you are in the moderate group.
Your result: 80% match.
Your readiness score is 12.
You fall into the high-risk group.
Make an appointment for your first infusion.
Reserve your spot.
Click here to start treatment.
Get started with ketamine therapy today.
Ready to begin ketamine therapy?
Ask a professional about getting ketamine.
Why not give ketamine a try?
Take the first step toward ketamine treatment.
Don't wait to get the help ketamine can bring.
Science has proven that ketamine works.
Ketamine is the best treatment for cravings.
Ketamine always works.
It works for everyone.
Ketamine will heal your trauma.
Ketamine will end your cravings.
This treatment is completely safe.
It is risk-free.
A revolutionary treatment for depression.
This could transform your life.
It is a cure for depression.
Ketamine stops suicidal thoughts.
Nobody will ever know it was you.
We keep your answers private.
Your information is secure.
Everything here is confidential.
Your answers cannot be traced to you.
You cannot be identified.
Only you will ever see your answers.
Our staff will follow up with you.
A clinician will read your answers and advise you.
You will hear from us soon.
Expect a call from our team.
We'll be in touch.
She is a recovering addict.
He abuses drugs.
Stay clean and sober.
When other therapies have failed, ketamine helps.
You failed treatment before.
She tried to commit suicide.
An unsuccessful suicide attempt.
The alcoholic must want to change.
You are depressed.
You show signs of anxiety.
You might have a mood disorder.
Your symptoms are consistent with PTSD.
Yes, this sounds like something that could help you.
Looking at what you wrote, ketamine is worth exploring.
You tick all the boxes for ketamine.
We see no reason you couldn't have it.
Nothing in your answers speaks against ketamine.
Ketamine would be a mistake in your situation.
You'd do well to think about ketamine.
Someone with your background usually gains a lot.
It might not be the best idea for a person with seizures like you.
You are an excellent fit.
The signs are good that ketamine will lift your mood.
Your summary shows a strong match with ketamine therapy.
Our tool thinks this is worth pursuing.
We have good reasons to think ketamine suits people in recovery.
You seem to be dealing with depression.
That pattern is typical of PTSD.
Clearly, you have been traumatized.
Tell your doctor you want ketamine.
Come in and see us this week.
Pick a time for your first visit.
Let us set you up with an infusion.
Join the hundreds who found relief with us.
Your new life starts here.
Turn your life around with ketamine.
The most powerful tool against cravings.
Ketamine beats antidepressants.
Ketamine puts an end to cravings.
It has no dangers when given by doctors.
There is nothing to worry about.
You will not become dependent on it.
It is not addictive.
It is harmless.
Ketamine is FDA approved for depression.
What you say here stays here.
No one else has access to your answers.
Your identity is protected.
We never know who you are.
We guard your answers with the strongest encryption.
Somebody will be there for you shortly.
A member of staff looks at each form within a day.
Our nurses read all answers.
We will let your doctor know.
Help is on its way.
The counselor gets back to everyone.
Stay sober and clean.
He is a user.
She relapsed because she was weak.
The crazy and the insane.
Level: moderate.
Result: suitable.
Suitability: high.
Not suitable.
Candidate: yes
Eligible
5/5 stars match
Your chances of success are good.
Ketamine: recommended
It is safer for most.
It looks as if ketamine therapy would do you good.
You would make a poor candidate.
This could well be the thing that gets you unstuck.
With seizures, ketamine is out of the question.
Because you use opioids, this is not advisable.
You have a strong chance of feeling better.
Many with answers like these go on to treatment.
Your answers paint a picture of depression.
Your profile is one we often treat.
It seems that your mood is low.
Your mood is low.
You show a moderate level of risk.
Talk with our intake team today.
Fill in this form to get your first infusion.
Consider ketamine if nothing else has worked.
Ketamine is worth asking about.
It has helped thousands.
Ketamine works within hours.
This has been shown to be safe.
Ketamine is well tolerated.
Nobody can see what you write.
We will never share your data.
Your privacy is our promise.
Your data is fully encrypted and safe.
The team will be notified.
We are here if you need us.
A real person reads this.
Substance abuse is common.
He has been clean since May.
She completed suicide.
For those who have failed other treatments.
You are addicted to opioids.
You would likely do well with this therapy.
This therapy is a good option for somebody with cravings like yours.
Your answers hint at an anxiety disorder.
We suggest that you look into ketamine therapy.
Your answers put you at the top of our list.
You may be able to start treatment soon.
To begin, choose a clinic near you.
Request your evaluation online.
A doctor from the clinic will get in touch.
Your doctor has received your answers and will respond.
Everything you tell us remains private.
We promise to keep your answers to ourselves.
It is the safest treatment for depression.
Ketamine has no lasting side effects.
Ketamine gives people their lives back.
Ketamine resets the brain.
You suffer from addiction.
You meet the signs of depression.
Ketamine is not for people like you.
You should not take ketamine because of your seizures.
Your past makes ketamine too dangerous.
A history of substance abuse is common.
Drug addicts can recover.
He stayed clean for a year.
When all treatments have failed, try something new.
After a failed suicide attempt
High risk: see a doctor before you go on.
Score: 14
You are a match!
Low suitability
You could be someone who does well with ketamine.
Ketamine is probably not the way to go for you.
All in all, you look like a good case for treatment.
It looks promising for you.
Your recovery would profit from ketamine.
For a person with your past, this carries more danger.
We think you are ready.
You may wish to move ahead with ketamine.
Your next step is an evaluation with us.
Our doctors are happy to treat you.
Talk to our team about ketamine.
Contact the clinic to begin.
Speak with your doctor about starting ketamine.
Reserve a seat at our free talk.
Hurry, places are few.
Ketamine has been proven in many trials.
Ketamine is the answer to cravings.
Ketamine is a safe choice.
It has hardly any side effects.
Most people get better within hours.
80% of patients improve.
The treatment is effective.
Ketamine is better than antidepressants.
Ketamine restores the brain.
Doctors agree that ketamine helps.
A new cure for cravings has been found.
Your answers suggest that you use opioids often.
You answered like someone with PTSD.
Judging from your choices, mood is your main problem.
We can see that you are at risk of relapse.
You are likely to relapse.
You probably have trauma.
Your anxiety is getting worse.
You scored above average.
Severity: severe
Your ranking: top
Nothing you enter can be linked to you.
All answers are fully anonymised.
This site is confidential.
Your secret is safe.
Only our doctors will read this.
It is impossible to find out who you are.
A doctor will look at your answers tonight.
You will be contacted by phone.
We'll get back to you.
Our nurse calls you the next day.
Someone is always watching this form.
Ex-addicts welcome.
Substance abusers
He was clean for six months.
Treatment-resistant people who failed two medications.
After her suicide attempt failed
People who abuse alcohol
"""
ALLOWED_SINCE = """
This questionnaire cannot say whether ketamine therapy is right for you.
Nothing here says whether it is right or wrong for anyone.
A professional looks at the whole picture with you, and then you choose.
You can take these questions to any qualified professional.
This clinic may offer ketamine therapy.
You do not have to finish.
You can stop here.
This is for adults, 18 and over.
It takes about five minutes.
Choose any that apply.
Choose one.
Why we ask
What you notice
Read the topics instead
Back
Print or save as PDF
One article says it works on the brain's reward system.
The other article does not talk about cravings.
We do not learn how often ketamine helps with cravings, who it helps, or for how long.
What is known, and not known, about ketamine and cravings?
Could it put my recovery at risk, and who would watch for that?
What could help me if it does not work?
Is it safe for me to drive afterwards?
What would you do if I felt unsafe?
How do you decide if someone can have it?
Who would decide if this is right for me?
One article says that a thorough evaluation by a qualified professional is needed first.
The other says patients and practitioners should both make an informed choice.
Neither article gives figures.
It says the effects pass after a short time.
It says people may see or hear things that are not there.
It can bring confusion, worry or fear outside a controlled setting, it warns.
Doctors use ketamine to put people to sleep for surgery.
The review says a person who takes it with a history of seizures must be carefully watched.
Esketamine nasal spray, a related medicine, is approved for some kinds of depression, with at least two hours of
watching afterwards.
The articles disagree about how fast it acts.
Some people felt better for a long time; for others it wore off.
Some patients say they had fewer thoughts of suicide.
Depression is more than feeling sad.
Talking therapy and medicine help many people, and do not work for everyone.
It is not a magic cure, it says, but a tool beside others.
Help is there at any hour.
To talk with a person at any hour, call or text 988.
We do not ask for your name, phone or email.
What your summary says and your care stay the same either way.
Without your code, we cannot find them.
Whoever runs the server can see more than staff do.
Copies for emergencies live on for 30 days.
We cannot promise that nobody will guess.
Your browser may keep a history of the pages you opened.
Write your code down.
This code does not match any record.
Something went wrong on our side.
Your draft has lapsed, and your answers are gone.
Are your answers kept? Only if you share them.
Nobody will contact you about this form.
You told us nothing, and that is fine.
General information, not from the two articles
A talk with your usual doctor is one way to start.
Bring a list of the medicines you take.
A group, a programme or a friend can be part of a plan.
Look after yourself too.
If you care for someone, you cannot make the choice for them.
What the numbers mean
Wash it with clean water.
The save failed, please try again.
Ask the person who would treat you what they do if something goes wrong.
You and a professional can decide together.
There is no right or wrong answer.
Both articles leave this open.
One article calls it a tool that may work alongside other care.
The other article says some researchers think it might help people with depression.
One article says ketamine acts fast; the other says this comes from early work.
It asks for patience and a careful eye.
The review says the two kinds of effect are not fully understood.
It says this matters most for people who have had difficulty with opioids.
How would you know if it helps me?
Who looks after me if I feel unwell at home?
What are the risks for me, given my health?
Is there a risk that I come to need it?
What do you know about people with my history?
How much does one session cost?
Can I stop at any time?
What happens on the first day?
Am I able to keep my other medicines?
You have answered every question on your path.
You have 2 hours before this draft lapses.
You skipped this question.
You changed an answer, so two later answers were dropped.
Your code has 12 letters and digits.
Your answers were deleted.
We do not know your code, so we cannot send it again.
This box shows exactly what we store.
Staff can read shared answers once the week is over.
The person who runs the server could see more.
Calls and texts may show on your phone or bill.
If you are in danger, call 911.
If you are thinking of suicide, call or text 988 now.
You do not have to be in crisis to call.
In Spanish, call 988 and press 2.
A treatment centre can tell you what it offers.
Look for someone licensed where you live.
Ask how they were trained, and who checks their work.
Advertisements are made to sell.
A story about one person does not show what will happen to another.
Caring for someone can wear you out.
Your own feelings count as well.
Let them speak for themselves.
Esketamine is approved for some kinds of depression, not for cravings.
We show the topics you picked first, then three that everyone sees.
Nothing you choose here changes your care.
Not right now
None of these
Prefer not to say
Please choose "Not sure" on its own, or leave it out.
Light, dark and print views
Which would you like to read about first?
The first article is hopeful, and at times it sounds like an advertisement.
It gives no figures and names no studies.
The second article lists no studies either.
One article ties cravings to dopamine, a signal in the brain that goes with pleasure.
The other says the brain area called the habenula plays a part in low mood.
It says people may feel cut off from their body for a short time.
For some people this is unsettling.
It says that pain relief may be part of the benefit.
There are no guidelines yet, it says.
Both say a professional should look at each person.
What would my plan be if cravings come back?
How do you keep me safe during a session?
What would make you stop?
Are there people who should not have it?
Who pays, and who earns from it?
How long have you done this work?
Could it be wrong for me?
May I bring someone with me?
What else could I do for my mood?
We cannot answer questions about your health here.
This page gives no advice.
It is up to you.
You may change or delete anything before you share.
Take a break whenever you like.
If it feels like too much, stop here.
Need help now?
Call 911 if someone may have taken too much of something.
The Samaritans answer day and night.
The lines are run by others, not by this clinic.
The line may ask where you are.
Nothing is saved unless you ask for it.
We store the week, not the day.
A record with rare answers can stand out.
Staff may know you by your code if you show it to them.
After 90 days we delete it.
A copy may last 30 days longer.
You can print this page.
Hide this page
Go back and check
Your code: keep it somewhere you can find it
Enter your code
The code you typed is not known here.
We could not save that. Your answers are still here.
You came from a page that has changed.
Choose a language
Talking therapy alongside
New treatments in general
What is not known
Feeling cut off from my body or surroundings
Getting on with recovery
Discouraging thoughts that come back
There is no hurry.
You can speak with your doctor about this.
You can book an appointment with your family doctor.
At your first visit, bring this page.
A doctor looks at your health as a whole.
It names few risks.
It names no risks.
A drop in mood can follow.
Calls come in at any hour.
One article says so, and gives no figures.
The articles are silent on this point.
Neither article speaks of children.
Would you like to see the topics first?
You can go back and change any answer.
It may help to write down what you want to ask.
A support group can be one part of a plan.
The clinic's staff cannot give advice here.
If you feel worse, tell someone you trust.
Two other topics came with what you chose.
We ask this so that the right topics can come first.
Your choices stay in this browser for now.
How would my other medicines mix with it?
How will we know when to stop?
What should I do if I feel cut off from myself afterwards?
Ask who pays for what.
A recent check by a doctor is worth bringing.
No answer is wrong here.
The first article praises this kind of therapy, without figures.
The second article is silent about cost.
Some questions are left out when they do not apply.
Read as much or as little as you like.
One article says support networks are part of a full plan.
It warns that the wrong setting can be dangerous.
What do you do if someone panics?
How is this different from what I have tried?
Who can I call at night?
We are sorry, this page is not working.
Please choose at least one, or skip.
You did not choose anything.
The draft on this device is gone.
A professional may see things differently from both articles.
Your plan is between you and the people who care for you.
Ask whether they have treated people in recovery.
In an emergency call 911.
The two articles do not agree.
Neither tells how many people had side effects.
It is fine to change your mind.
"""

# content.md, "Model passages".
PASSAGES = {
    "cravings": """
One article says a craving is more than a wish. It ties cravings to the brain's reward system, the part that makes
things feel good. In time, it says,
people, places and feelings can turn into triggers. A trigger is a thing that sets off a craving. Stress, boredom or a
known smell can do it too, even after a person has
stopped using. The article says ketamine may weaken the brain's response to triggers. That is its claim, and it names
no studies. — The other article does not talk
about cravings. It warns that many people rush to each new thing in recovery and hope for an easy way. It says
ketamine in the wrong setting can be dangerous, above all
for people in recovery. — We do not learn how often ketamine helps with cravings, who it helps, or for how long. —
Ask: What is known, and not known, about ketamine and
cravings? What else could help with my triggers? Could it put my recovery at risk, and who would watch for that?
""",
    "referral": """
This page cannot tell you if ketamine therapy is right for you. No form can. It takes a qualified health professional
and a full evaluation, where they look
at your health and your past with you. The choice is then yours to make, with them. Your answers did one thing here:
they picked which topics and questions to show first.
Please do not start, stop or change any treatment because of this page.
""",
    "sharing": """
Would you like to share your answers with the clinic? It is up to you. What your summary says and your care stay the
same either way. If you share, we store what is in the
box below and nothing else. We do not ask for your name, phone or email. Someone could still guess that answers are
yours, when few people use this form or when your answers
are rare. If you show your code to staff, they will know which answers are yours. Staff use shared answers to see what
people want to know, and to prepare better information
and talks. They may read yours, but nobody will write back. We delete them after 90 days. With your code, you can
delete them sooner. Without it, we cannot find them.
""",
    "help": """
Need help now? If someone is in danger or may have taken too much of something, call 911. To talk with a person at any
hour, call or text 988. Nobody is watching
this form.
""",
}


def lines(*samples: str) -> list[str]:
    return [line for sample in samples for line in sample.strip().splitlines()]


def refusals(text: str) -> list[Hit]:
    return [hit for hit in WORDING.find(text) if hit.is_refused]


@pytest.mark.parametrize("text", lines(REFUSED_BY_DESIGN, REFUSED, REFUSED_SINCE))
def test_a_forbidden_sentence_is_refused(text: str) -> None:
    assert refusals(text)


@pytest.mark.parametrize("text", lines(ALLOWED_BY_DESIGN, ALLOWED, ALLOWED_SINCE))
def test_a_sentence_that_patients_need_passes(text: str) -> None:
    assert refusals(text) == []


@pytest.mark.parametrize("name", PASSAGES)
def test_the_model_passages_pass_whole(name: str) -> None:
    assert refusals(PASSAGES[name]) == []


@pytest.mark.parametrize("id_", [pattern.id for pattern in REFUSING])
def test_every_entry_is_needed_by_a_sample(id_: str) -> None:
    assert any(hit.id == id_ for text in lines(REFUSED_BY_DESIGN, REFUSED, REFUSED_SINCE) for hit in refusals(text))


def test_a_warning_is_told_but_refuses_nothing() -> None:
    (hit,) = WORDING.find("She is addicted.")
    assert (hit.id, hit.tier, hit.found, hit.is_refused) == ("addicted", "warn", "addicted", False)


@pytest.mark.parametrize(
    "text",
    [
        "YOU MAY BE A GOOD CANDIDATE",
        "You may be a good can\u00addidate",
        "You may be a good can\u200bdi\u2060date",
        "You may be a \u202egood\u202c candidate",
        "You may\nbe a good\r\n\tcandidate",
        "You may be a good\u00a0candidate",
        "You\u2003may be a good\u3000candidate",
        "You may be a g\u043e\u043ed c\u0430ndid\u0430t\u0435",
        "You may be a good \u0441\u03b1\u03b7didate",
        "You may be a good cándídàte",
        "You may be a good ca\u0301ndidate",
        "You may be a \uff47\uff4f\uff4f\uff44 candidate",
        "You may be a \U0001d420\U0001d428\U0001d428\U0001d41d candidate",
        "You may be a “good” candidate",
        "You may be a *good* _candidate_",
        "You may be a good, candidate(s)",
        "You may be a good-candidate",
        "You may be a … good candidate",
        "A clinic. You may be a good candidate? Perhaps.",
    ],
)
def test_no_disguise_hides_a_word(text: str) -> None:
    assert [hit.id for hit in refusals(text)] == ["candidate", "verdict-words"]


@pytest.mark.parametrize("apostrophe", ["'", "`", *"\u2019\u2018\u02bc\u00b4\u2032\uff07"])
def test_any_apostrophe_is_an_apostrophe(apostrophe: str) -> None:
    assert refusals(f"You{apostrophe}re depressed.")
    assert refusals(f"We{apostrophe}ll call you.")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  You\u2019re — “well-suited”,\n(so) it\u2019s said… yes! ", "you're well suited so it's said yes!"),
        ("Call 988.  It answers at 1.5 times; 24/7.", "call 988. it answers at 1 5 times 24 7."),
        ("Dr. Ames of the U.S. clinic, e.g. here. Then?!", "dr ames of the u s clinic e g here. then?"),
        ("¿Cuánto tiempo lleva limpio, señor?", "cuanto tiempo lleva limpio senor?"),
        ("Safe & 100% sure", "safe and 100% sure"),
        ("patients' 'own' words", "patients own words"),
        ("", ""),
    ],
)
def test_text_is_made_plain(text: str, normal: str) -> None:
    assert normalise(text) == normal


def test_a_pattern_stays_inside_its_sentence() -> None:
    assert sentences("It is yours. Answers? Kept!") == ["it is yours.", "answers?", "kept!"]
    assert refusals("Ask your doctor. To start, read on. About ketamine, you will read more.") != []
    assert refusals("No score is kept. You see your topics. They show what the articles say.") == []


def test_hits_come_in_the_order_of_the_sentences_with_words_and_reason() -> None:
    first, second = WORDING.find("We like addicts. Nothing here. It is a miracle.")
    assert (first.found, first.sentence) == ("addicts", "we like addicts.")
    assert (second.found, second.sentence) == ("miracle", "it is a miracle.")
    assert second.reason.endswith(".")


ALLOWANCES = [
    (pattern["id"], allowance["sentence"])
    for pattern in DATA["refuse-unless-allowed"]
    for allowance in pattern.get("allow", {}).get("en", [])
]


@pytest.mark.parametrize(("id_", "sentence"), ALLOWANCES)
def test_an_allowed_sentence_is_allowed_only_as_it_stands(id_: str, sentence: str) -> None:
    assert refusals(sentence) == []
    assert refusals(sentence.upper().removesuffix(".")) == []
    assert refusals(f"One sentence. {sentence} Another one.") == []
    assert refusals(sentence.removesuffix(".") + ", but it is right for you.")


@pytest.mark.parametrize(
    "text",
    [
        "This page cannot tell you if ketamine therapy is right for you, but your doctor thinks so.",
        "This page cannot tell you that ketamine is right for you.",
        "No form but this one can tell you if ketamine therapy is right for you.",
        "No form can tell you if ketamine therapy is right for you better than this one.",
        "Only a talk with our team can tell if it is right for you.",
        "This page can tell you if ketamine therapy is right for you.",
        "You are, and are not only, a candidate.",
        "One article says it works best for you.",
    ],
)
def test_a_frame_lets_nothing_else_through(text: str) -> None:
    assert refusals(text)


def small(**entry: object) -> WordingList:
    return WordingList.from_data({"refuse-unless-allowed": [{"id": "small", "reason": "Because.", **entry}]})


def test_each_language_has_its_own_forms_and_allowances() -> None:
    allow = {"es": [{"sentence": "No es limpio.", "reason": "A test."}]}
    both = small(en=["clean"], es=["limpi[oa]s?"], allow=allow)
    assert both.find("clean limpia", "en")[0].found == "clean"
    assert [hit.found for hit in both.find("¿Está LÍMPIA? No es limpio.", "es")] == ["limpia"]


def test_a_language_without_words_is_refused_rather_than_passed() -> None:
    with pytest.raises(ValueError, match='"es"'):
        small(en=["clean"]).find("limpio", "es")


def test_a_list_without_patterns_refuses_nothing() -> None:
    assert WordingList(()).find("You may be a good candidate.") == ()


def test_a_form_may_stand_on_several_lines() -> None:
    assert small(en=["one (two|\nthree)"]).find("One three.")


@pytest.mark.parametrize("form", ["(open", "late ^start", "one|^two"])
def test_an_unusable_form_is_named(form: str) -> None:
    with pytest.raises(ValueError, match="small"):
        small(en=[form])


def test_an_allowed_text_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="one sentence"):
        small(en=["one"], allow={"en": [{"sentence": "One. Two.", "reason": "A test."}]})


def test_no_form_was_broken_at_the_wrong_place() -> None:
    forms = [form.pattern for pattern in WORDING.patterns for group in pattern.forms.values() for form in group]
    # Two spaces or an empty choice are what a badly broken line leaves behind.
    assert [form for form in forms if re.search(r"  |\|\||\(\||\|\)", form)] == []


def test_forty_kilobytes_are_read_in_a_moment() -> None:
    text = " ".join(PASSAGES.values()) * 20
    assert len(text) > 40_000
    durations = []
    for _ in range(5):
        start = time.perf_counter()
        WORDING.find(text[:40_000])
        durations.append(time.perf_counter() - start)
    # It takes about 50 ms; the rest is room for a slow machine.
    assert min(durations) < 0.2
