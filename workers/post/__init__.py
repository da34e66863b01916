"""Post: the mail becomes an update, by the same call that the web form makes.

`stage.post` is the stage; a preview uses `stage.new_update`, `read_body` and `shown_again`.
"""
