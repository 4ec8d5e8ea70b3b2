"""Common rules, ready-made: each function returns a rule, to be given a name in a task's rules module.

    from processor.rule_library import dates, sums, texts

    due_after_invoice = dates.in_order("$.invoice_date", "$.due_date")
    lines_make_net = sums.adds_up("$.net", "$.lines[*].amount", tolerance="0.02")
    reason_in_english = texts.language("$.reason", "en", severity="warning")

Each takes the options of `@rule` as well: `severity`, `then`, `seconds`. Places of the answer are paths such as
`$.due_date` and `$.lines[*].sku`; a place that the task's contract does not have is refused when the task is loaded.
A rule judges what is there: null, and values of another type than it is for, say nothing.

`texts.language`, `leaks.profanity` and `leaks.personal_data` need `pip install "untuned[rules]"`.
"""
