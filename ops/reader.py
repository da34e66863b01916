"""As `ops.worker`, in processes that read mails and files: what they read them with is ready before the first comes."""

from cases import apart
from cases.content.look import look
from ops.worker import broker
from workers.parse.understand import understand, understand_each

__all__ = ["broker"]

apart.prepare(look, understand, understand_each)
