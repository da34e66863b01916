"""The HTTP API for host applications: they do here what people do in the console, by the same functions of `cases`.

`app` puts it together. `guards` finds out who asks, and how much they may ask for; `web` has what all resources share;
`resources` has a module for each kind of object.
"""
