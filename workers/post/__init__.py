"""The post stage: turns a mail into an update, with the same function that the web form calls.

`stage.post` is the stage; a preview uses `stage.new_update` and `shown_again`.
"""
