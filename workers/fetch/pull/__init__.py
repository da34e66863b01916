"""Pull: fetches the sources that are due. Each fetch has a lease and a batch of the ledger.

From outside: `pool.begin`, the fetch stage. It runs `stage.fetch` in a thread; `take` takes the mails, `health` records
how it went and alerts the admins, and `idle` listens for new mail (IMAP IDLE).
"""
