"""The inbound log: the list of mails, the page of a mail, decisions on mails that did not post, and their results."""
