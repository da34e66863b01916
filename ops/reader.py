"""The broker of `ops.worker`, for processes that read mails and files: the sandbox is ready before the first record."""

from cases.files.inspection.inspect import inspect
from cases.sandbox import isolation
from ops.worker import broker
from workers.parse.read import read_mail, read_mails

__all__ = ["broker"]

isolation.preload(inspect, read_mail, read_mails)
