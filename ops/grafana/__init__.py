"""Dashboards for Grafana as code: `make dashboards` writes them into `dashboards/`, from where Grafana imports them.

`model` is what a board says; `boards` lists the boards, a module each; `render` makes Grafana's JSON of them,
with the Grafana Foundation SDK, which only this needs.
"""
