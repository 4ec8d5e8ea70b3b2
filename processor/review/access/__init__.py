"""Who may use the review application, and as what.

| module | what |
| --- | --- |
| names | what a user may be called |
| passwords | Argon2id: hashes made and compared, one cost for every answer |
| users | the file of users: their roles, scopes and hashes |
| store | the SQLite file that the instances on one machine share |
| sessions | who is logged in, until when |
| throttle | how long a failed login has to wait |
| addresses | whose request it is behind a proxy; which proxy may say who somebody is |
| oidc | the login at an OpenID Connect provider |
| identity | what the provider says of somebody: checked, and made a name and a role |
| posted | the forms that are read before it is known who sends them |
| origin | which requests and which addresses are this site's own |
| log | the audit log |
| gate | who makes a request, by all of these |
| middleware | before every request: who makes it, and from which page |
| login | the handlers of login and logout |
| composing | all of it, from the settings |
"""
