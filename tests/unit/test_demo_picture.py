from docs import demo_picture


def test_what_was_drawn_over_is_gone_and_colours_stay():
    written = "one\r\n\x1b[?25ltwo 1\r\nthree 1\r\x1b[2K\x1b[1A\x1b[2K\x1b[32mtwo 2\x1b[0m\r\nthree 2\r\n\x1b[?25h"
    assert demo_picture.screen(written) == ["one", "\x1b[32mtwo 2\x1b[0m", "three 2", ""]


def test_a_block_that_is_left_out_keeps_its_title():
    lines = ["\x1b[1mSums\x1b[0m", "  1", "", "\x1b[1mWaiting for people\x1b[0m", "  a", "", "9 s in all"]
    assert demo_picture.shortened(lines) == [*lines[:3], "Waiting for people: …", "", "9 s in all"]
