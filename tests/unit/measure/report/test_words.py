"""What reports call things: every cause that exists, and nothing else."""

from processor.measure import report
from processor.measure.causes.records import CAUSES
from processor.measure.report import words
from tests import reported


def test_every_cause_has_a_name_and_a_meaning_and_no_other_has():
    assert set(words.CAUSES) == set(words.CAUSES_MEAN) == set(CAUSES)


def test_an_unknown_cause_is_told_plainly():
    assert words.cause("solar_flare") == "solar flare"
    assert words.cause_means("solar_flare") == "this report has no more words for it"
    assert words.cause_means("cut") == words.CAUSES_MEAN["cut"]
    contents = reported.full()
    assert words.cause_means("missed") in report.html(contents)
