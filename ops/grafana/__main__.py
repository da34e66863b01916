"""Writes the dashboards: `python -m ops.grafana`."""

from ops.grafana.boards import BOARDS, file_of
from ops.grafana.render import render

for board in BOARDS:
    file_of(board).write_text(render(board))
