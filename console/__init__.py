"""The web console: log-in, cases, posting by form, the inbound log, settings.

`app` makes the application, `services` has what its pages share. A request passes `guards` and `web` before its page in
`cases`, `inbound`, `settings` or `account`. There each module holds the routes of one page, and `queries` the SQL that
the pages need, always in the scope of the viewer's tenant. The templates are in `templates`.

For other rooms: `app.create_app`, `app.from_environment` (for uvicorn), `services.Offers` (what the workers do for the
console), `account.passwords.hash_password`.
"""
