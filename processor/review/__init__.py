"""The review application: what the ladder cannot settle goes to a person, and what they decide flows back as an event.

    review, decisions, leases, results topics -> view (SQLite) -> pages
    a posted form -> deciding -> Ruling -> decisions topic -> read back: the first one counts -> outcome -> its topic

| part | what |
| --- | --- |
| values | frozen values that go between the parts |
| forms/ | a contract's shapes -> form fields, and a posted form -> an answer; pure |
| deciding/ | a form's answer held against contract and rules -> Ruling; a ruling -> what is published; pure |
| view/ | the local SQLite view of the topics: queue, search, stories, figures |
| desk/ | Kafka: fills the view, takes leases, publishes rulings and what follows from them |
| access/ | users, passwords, sessions, roles and scopes, proxy header, OIDC, audit log |
| quality/ | agreement, time, rules that cost more than they catch, accuracy by audits |
| web/ | the aiohttp application: pages, forms, live updates |
"""
