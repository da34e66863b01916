"""The web console: log-in, cases, posting by form, the inbound log, settings.

`app` creates the application, `services` has the objects that its pages share. A request passes through `guards` and
`web` before it reaches its page in `cases`, `inbound`, `settings` or `account`. There, most modules have the routes of
a page, and `queries` has the SQL of the pages, always in the scope of the viewer's tenant. `templates` has the HTML.

Other packages use `app.create_app`, `app.from_environment` (for uvicorn), `services.Offers` (what the workers do for
the console) and `account.passwords.hash_password`.
"""
