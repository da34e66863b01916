"""What each role shows of itself: `/metrics`, `/livez` and `/readyz`, at the role's port of `Settings.metrics`.

`monitor` serves them: `serving` in the process itself, or, for the roles that Dramatiq forks, in a process beside them
(`beside`). `readiness` has what a role needs, `liveness` what must not stand still. `private_folder` is where the
processes of one role count together, `collectors` adds their figures up. `private_folder` must not import
prometheus_client, which reads its environment variable when it is imported.
"""
