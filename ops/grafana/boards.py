"""All boards, and the files they are written to."""

from pathlib import Path

from ops.grafana import mail, overview, queues, sources, stages, tenant
from ops.grafana.model import Board

BOARDS: tuple[Board, ...] = (
    overview.BOARD,
    tenant.BOARD,
    stages.BOARD,
    queues.BOARD,
    sources.BOARD,
    mail.BOARD,
)
FOLDER = Path(__file__).with_name("dashboards")


def file_of(board: Board) -> Path:
    """Returns the file of a board's JSON."""
    return FOLDER / f"{board.uid}.json"
