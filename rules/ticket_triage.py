"""What the answers of ticket-triage must hold to beyond their schema; the grounds are in tasks/ticket-triage/knowledge.

The word lists catch what is unmistakable in the languages that customers write in, and stay silent when in doubt: a
rule that fires on a right answer costs a call and a person's time.
"""

from __future__ import annotations

from processor.rule_library import examples, fields, leaks, texts

URGENCIES = {
    "safety": ("high", "critical"),
    "account": ("low", "normal", "high", "critical"),
    "payment": ("low", "normal", "high", "critical"),
    "product": ("low", "normal"),
    "other": ("low", "normal"),
}
"""What the handbook allows by category; every other category may be anything but critical."""

FOR_PEOPLE = ("safety", "privacy", "complaint")

HAZARD = (
    r"\bsmoke (?:came|comes|coming|out|from|rose|poured)\b",
    r"\b(?:saw|black|white|was) smoke\b",
    r"\bsparks\b|\bflames\b|\b(?:caught|catching|on) fire\b",
    r"\bsmell\w* (?:of|like) (?:burning|burnt|gas)\b|\bburnt plastic\b",
    r"\belectric(?:al)? shock\b|\bgot a (?:\w+ )?shock\b",
    r"\btipped over\b|\bcame off the wall\b|\bglass\b.{0,40}\bburst\b",
    r"\b(?:burns? on|burn(?:t|ed)|cuts on) (?:my|her|his)\b",
    r"\bFunken\b|\bFlammen\b|\bStromschlag|\bverschmort\b|\bangeschmolzen\b",
    r"\bGasgeruch\b|\briecht nach Gas\b|\bRauch (?:aus|kam|kommt)\b",
    r"\bde la fumée\b|\bétincelles\b|\bdécharge électrique\b|\bodeur de (?:gaz|brûlé)\b|\bpris feu\b",
    r"\bsale humo\b|\bchispas\b|\bdescarga eléctrica\b|\bolor a (?:gas|quemado)\b",
    r"\brook uit\b|\bvonken\b|\belektrische schok\b|\bgaslucht\b|\bbrandlucht\b",
)

DISPUTE = (
    r"\b(?:lawyers?|solicitors?|attorney|legal action|ombudsman|charge ?back)\b",
    r"\bconsumer (?:association|protection|programme)\b|\bdata protection (?:authority|commission)\b",
    r"\b(?:take|see) you (?:to|in) court\b|\breverse the payment\b",
    r"\b(?:Rechts)?anwalt\b|\bAnwältin\b|\bVerbraucherzentrale\b|\bzurückbuchen\b",
    r"\bavocate?\b|\btribunal\b|\babogad[oa]\b|\bdenunciar\b|\badvocaat\b|\brechtbank\b",
)

ORDERS_TO_THE_SYSTEM = (
    r"<\|[^|<>]{1,40}\|>|\[/?INST\]|<</?SYS>>|\bsystem prompt\b",
    (
        r"\b(?:ignore|disregard|forget|override)\W+(?:\w+\W+){0,3}(?:previous|prior|above|earlier|your|system)\W+"
        r"(?:\w+\W+){0,2}(?:instructions?|rules|prompts?|guidelines)\b"
    ),
    r"\b(?:note|message|instructions?) (?:to|for) (?:the |an? )?(?:AI|assistant|bot|chatbot|model|system)\b",
    r"\byou are now (?:in \w+ mode|an? (?:\w+ )?(?:AI|assistant|bot|chatbot|model))\b",
    r"\bset (?:the )?(?:urgency|category) to\b|\"(?:urgency|needs_person)\"\s*:",
    r"\b(?:vergiss|vergessen Sie|ignoriere?n?)\W+(?:\w+\W+){0,3}(?:Anweisungen|Instruktionen|Vorgaben)\b",
    r"\b(?:ignore[zr]?|oublie[zr]?)\W+(?:\w+\W+){0,3}(?:instructions|consignes)\b",
    r"\b(?:ignora|olvida)\w*\W+(?:\w+\W+){0,3}instrucciones\b",
    r"\b(?:negeer|vergeet)\W+(?:\w+\W+){0,3}instructies\b",
)

orders_to_the_system = texts.input_lacks(
    *ORDERS_TO_THE_SYSTEM,
    message="The message gives orders to the system.",
    then="review",
    description="A message that gives orders to the assistant goes to people: the answer may be what it wanted.",
)

dispute_needs_person = texts.input_means(
    "$.needs_person",
    True,
    *DISPUTE,
    message="The message threatens law, a chargeback or a consumer body, so a person must see it.",
    then="review",
    description="An overlooked threat of law or a chargeback is too dear for another try by the same model.",
)

hazard_is_safety = texts.input_means(
    "$.category",
    "safety",
    *HAZARD,
    message="The message reports a hazard, so the category is safety.",
    description="Smoke, fire, shock, gas or injury is a safety matter even inside a question about a return.",
)

urgency_fits_category = fields.depends(
    "$.urgency",
    "$.category",
    URGENCIES,
    otherwise=("low", "normal", "high"),
    description="Safety never waits, questions never rush, and critical is kept for danger and misuse.",
)

people_decide = fields.depends(
    "$.needs_person",
    "$.category",
    dict.fromkeys(FOR_PEOPLE, (True,)),
    description="Safety, privacy and complaints have desks of their own; no automatic answer goes out.",
)

numbers_from_message = texts.own_numbers(
    "$.reason",
    description="Models copy order numbers from examples; a wrong one sends somebody to a stranger's order.",
)

reason_is_plain_text = texts.lacks(
    "$.reason",
    r"^\s*[=+@-]",
    r"https?:|www\.|<[a-z/!|]|[{}\x00-\x1f\x7f]",
    expected="one short sentence in plain words, without links, mark-up and formulas",
    description="The reason is shown in tools and exported to spreadsheets, where a formula would run.",
)

reason_keeps_private = leaks.personal_data(
    "$.reason",
    description="The reason is read by more people than the message: no telephone or account number in it.",
)

reason_in_english = texts.language(
    "$.reason",
    "en",
    severity="warning",
    description="All desks read English; a reason in the customer's language is understood by one of them.",
)

reason_is_own_words = examples.not_copied(
    "$.reason",
    severity="warning",
    description="A reason copied from a past message tells nothing of this one; the labels may be right.",
)
