"""Post: the update comes to exist, by the same call that the web form makes."""
